"""One sentence of an answer, normalised once for all checks."""

import re
import unicodedata

import msgspec

from services.guidance.model import Advice, Facts

REFERENCE = re.compile(r"\{\{([A-Za-z0-9_.]+)\}\}")
PLACE = "§"
"""Stands for a reference in `Sentence.words` and `Sentence.said`: some value, whose words are not the model's."""

_PLAIN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u2043", "-")
    | dict.fromkeys("\u2014\u2015", " - ")
    | dict.fromkeys("\u2018\u2019\u02bc", "'")
    | dict.fromkeys("«»\u201c\u201d", '"')
)
# Drawn as nothing or on top of a letter: it must not make a word look like another one.
_MARKS = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")
_CODE = re.compile(r"`+([^`]*)`+")
_EMPHASIS = re.compile(r"\\(?=\W)|\*+|~~|(?<![^\W_])_+|_+(?![^\W_])")
_LEAD = re.compile(r"^\s*(?:>\s*)*(?:#{1,6}\s+)?(?:[-+•]\s+)?(?:\[[ xX]\]\s+)?(?:\d{1,2}[.)](?:\s+|$))?(?:\(\d\)\s+)?")
_BULLET = re.compile(r"^(\s*(?:>\s*)*)\*\s+")
# A key that is named without backticks.
_PRESSED = re.compile(
    r"\b(press|hit|push|tap|type|key|use|with|via)(?:ing)? [\"']?([a-z])[\"']?(?![\w'])", re.IGNORECASE
)
_ACTION_KEY = re.compile(r"action\.(\w+)\.(title|state|why_not)")


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, or the whole line where it has no end.

    Args:
        text: as it was written.
        outside: normalised, without references and code: all that the model itself has written.
        keys: the keys of its references.
        codes: what stands in backticks.
        words: normalised, without references, code, emphasis and the numeral or bullet at the start of its line.
        said: `words` in lower case for what is claimed: actions by their titles, states in words, and before it the
            unfinished sentence of the line above.
        starts_line: whether it begins its line.
        is_heading: whether it is a heading, or a line in bold letters alone.
        under_refusal: whether it is an item of a list whose heading says that these things are not allowed.
        for_customer: whether it may be sent to the customer.
    """

    text: str
    outside: str
    keys: tuple[str, ...]
    codes: tuple[str, ...]
    words: str
    said: str
    starts_line: bool
    is_heading: bool
    under_refusal: bool
    for_customer: bool


class Reader:
    """Normalises sentences; knows the titles and keys of this advice's actions."""

    def __init__(self, facts: Facts, advice: Advice) -> None:
        self._values = {fact.key: fact.value.lower() for fact in facts if not fact.is_private}
        self._titles = {action.action.value: action.title.lower() for action in advice.actions}
        self._methods = re.compile(rf"\b(?:{'|'.join(self._titles)})\b")
        self._keys = {action.key: action.title.lower() for action in advice.actions}

    def read(
        self, text: str, *, starts_line: bool, under_refusal: bool = False, for_customer: bool = False, before: str = ""
    ) -> Sentence:
        """Return the sentence, normalised; `before`: what was said on the line above and not finished there."""
        normal = _MARKS.sub("", unicodedata.normalize("NFKC", text.translate(_PLAIN))).translate(_PLAIN)
        normal = " ".join(normal.split())
        if starts_line:
            normal = _BULLET.sub(r"\1- ", normal)
        outside = REFERENCE.sub(PLACE, _CODE.sub(" ", normal))
        # a row of a table is one thought
        named = REFERENCE.sub(self._spoken, _CODE.sub(self._pressed, normal).replace("|", " "))
        named = self._methods.sub(lambda match: self._titles[match.group()], named)
        said = _PRESSED.sub(self._named, f"{before} {_bare(named, starts_line)}".strip().lower())
        stripped = text.strip().strip(">").strip()
        return Sentence(
            text=text,
            outside=outside,
            keys=tuple(REFERENCE.findall(normal)),
            codes=tuple(code.strip() for code in _CODE.findall(normal)),
            words=_bare(outside, starts_line),
            said=said,
            starts_line=starts_line,
            is_heading=stripped.startswith(("#", "**")) and (stripped[0] == "#" or stripped.endswith("**")),
            under_refusal=under_refusal,
            for_customer=for_customer,
        )

    def _spoken(self, match: re.Match[str]) -> str:
        found = _ACTION_KEY.fullmatch(match.group(1))
        if found is None:
            return PLACE
        method, part = found.groups()
        if part == "title":
            return self._titles.get(method, PLACE)
        return "not allowed" if part == "why_not" else self._values.get(match.group(1), PLACE)

    def _pressed(self, match: re.Match[str]) -> str:
        code = match.group(1).strip()
        return f" {self._keys.get(code) or self._titles.get(code, PLACE)} "

    def _named(self, match: re.Match[str]) -> str:
        return f"{match.group(1)} {self._keys.get(match.group(2), match.group(2))}"


def _bare(text: str, starts_line: bool) -> str:
    bare = _EMPHASIS.sub("", text)
    return " ".join((_LEAD.sub("", bare, count=1) if starts_line else bare).split())
