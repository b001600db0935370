"""One sentence of an answer, normalised once for all checks."""

import re
import unicodedata

import msgspec

from services.guidance.checking.emphasis import with_dash, without_emphasis
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
_BEGINNING = r"\A\s*(?:>\s*)*(?:#{1,6}\s+)?(?:[-+•]\s+)?(?:\[[ xX]\]\s+)?"
_LEAD = re.compile(_BEGINNING)
_NUMBERED = re.compile(_BEGINNING + r"(?:\((\d{1,2})\)(?=\s|$)|(\d{1,2})[.)](?=\s|$)|(?i:step) (\d{1,2})(?=[:.]))\s*")
_MODIFIER = r"(?:shift|ctrl|control|alt)"
_CODE_KEY = re.compile(rf"(?:{_MODIFIER}\+)?(\w)")
# A key that is named without backticks: any lone letter that is no word, and a capital beside what tells of keys.
_LONE_KEY = re.compile(
    rf"(?i:\b({_MODIFIER}(?:[ +-]*(?:and )?)?|(?:press|hit|push|tap|type|key|letter|button|shortcut|strike)(?:ing)? "
    r"(?:the )?|(?:use|using|with|via) )[\"']?([a-z])[\"']?(?![\w']))"
    r"|(?i:(?<![\w'])([a-z])[\"']?[ -](?:key|button|shortcut)\b)"
    r"|(?<![\w.&/§$-])(?<!\w')([b-hj-z])(?![\w'&/§-]|\.\w)"
)
_ACTION_KEY = re.compile(r"action\.(\w+)\.(title|state|why_not)")


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, or the whole line where it has no end.

    Args:
        text: as it was written.
        outside: normalised, without references and code: all that the model itself has written.
        keys: the keys of its references.
        codes: what stands in backticks.
        spelled: normalised, with references and without emphasis, after the reference that the line above ended with.
        words: normalised, without references, code, emphasis and the numeral or bullet at the start of its line.
        said: `words` in lower case for what is claimed: actions by their titles, states in words, and before it the
            unfinished sentence of the line above.
        starts_line: whether it begins its line.
        numeral: the number of the step that it begins, null where it begins none that counts on.
        counted: up to which number the answer's steps have been counted, with this one.
        is_heading: whether it is a heading, or a line in bold letters alone.
        under_refusal: whether it is an item of a list whose heading says that these things are not allowed.
        for_customer: whether it may be sent to the customer.
    """

    text: str
    outside: str
    keys: tuple[str, ...]
    codes: tuple[str, ...]
    spelled: str
    words: str
    said: str
    starts_line: bool
    numeral: int | None
    counted: int
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
        self,
        text: str,
        *,
        starts_line: bool,
        counted: int = 0,
        under_refusal: bool = False,
        for_customer: bool = False,
        before: str = "",
        dangling: str = "",
    ) -> Sentence:
        """Return the sentence, normalised.

        Args:
            text: as it was written.
            starts_line: whether it begins its line.
            counted: up to which number the answer's steps have been counted before it.
            under_refusal: whether it stands under a heading that denies it.
            for_customer: whether it may be sent to the customer.
            before: what was said on the line above and not finished there.
            dangling: the reference that the line above ended with, where it was not finished.
        """
        normal = _MARKS.sub("", unicodedata.normalize("NFKC", text.translate(_PLAIN))).translate(_PLAIN)
        normal = " ".join(normal.split())
        lead = _NO_LEAD
        if starts_line:
            normal = with_dash(normal)
            lead = _lead(without_emphasis(normal), counted)
        outside = REFERENCE.sub(PLACE, _CODE.sub(" ", normal))
        # a row of a table is one thought
        named = REFERENCE.sub(self._spoken, _CODE.sub(self._pressed, normal).replace("|", " "))
        named = self._methods.sub(lambda match: self._titles[match.group()], named)
        said = _LONE_KEY.sub(self._named, lead.cut(named)).lower()
        stripped = text.strip().strip(">").strip()
        return Sentence(
            text=text,
            outside=outside,
            keys=tuple(REFERENCE.findall(normal)),
            codes=tuple(code.strip() for code in _CODE.findall(normal)),
            spelled=f"{dangling} {lead.cut(normal)}".lstrip(),
            words=lead.cut(outside),
            said=f"{before} {said}".strip(),
            starts_line=starts_line,
            numeral=lead.numeral,
            counted=max(counted, lead.numeral or 0),
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
        key = _CODE_KEY.fullmatch(code)
        title = self._keys.get(key.group(1).lower()) if key else self._titles.get(code)
        return f" {title or PLACE} "

    def _named(self, match: re.Match[str]) -> str:
        title = self._keys.get(next(filter(None, match.groups()[1:])).lower())
        return f"{match.group(1) or ''}{title} " if title else match.group()


class _Lead(msgspec.Struct, frozen=True):
    """What a line begins with before its words: the pattern of it, and the number of its step."""

    pattern: re.Pattern[str] | None
    numeral: int | None

    def cut(self, text: str) -> str:
        """Return the line's words without emphasis and without what it begins with."""
        bare = without_emphasis(text)
        return " ".join((self.pattern.sub("", bare, count=1) if self.pattern else bare).split())


_NO_LEAD = _Lead(None, None)


def _lead(bare: str, counted: int) -> _Lead:
    """Return what a line begins with; a number belongs to it only where it is the first step's, or counts on."""
    found = _NUMBERED.match(bare)
    numeral = int(next(filter(None, found.groups()))) if found else 0
    return _Lead(_NUMBERED, numeral) if 1 <= numeral <= counted + 1 else _Lead(_LEAD, None)
