"""What an answer may not hold whatever it says: links, markup, code, control characters, broken references."""

import re
from collections.abc import Iterator

from services.contract.text import is_clean
from services.contract.types import FlagKind
from services.guidance.checking.emphasis import IN_A_WORD, without_emphasis
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.neighbours import Neighbours
from services.guidance.checking.sentence import REFERENCE, Sentence
from services.guidance.model import Facts

# A joiner may only make one picture of several.
_INVISIBLE = re.compile(
    "[\u200b\u200c\ufeff\u00ad]|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
# Letters and digits in circles, squares and keycaps, and pictures of them: read by people, and by no check.
_DRAWN = re.compile("[\u20d0-\u20f0\u2776-\u2793\U0001f100-\U0001f1ff\U0001f4af\U0001f51f-\U0001f524]")
_BRACES = re.compile("[\uff5b\uff5d\ufe5b\ufe5c\u2774\u2775\u2983\u2984]")
_HTML = re.compile(r"<[A-Za-z/!?]|&#?\w{1,31};")
_FENCE = re.compile(r"```|~~")  # code fences; and what is struck out reads otherwise than it is checked
_NON_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:(?://|\\\\)|\bwww\.|\b(?:javascript|mailto|data|file|tel|ftp|sms):\S|!\[|\]\s?\(|\]\[|^\s*\[[^\]]+\]:"
    r"|\(at\)|\b(?:dot|\(dot\)|\[dot\]) (?:com|net|org|io|dev|example)\b|hxxps?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+ ?@ ?[\w.-]+")
_DOTTED = re.compile(r"(?<![\w.@/-])[a-z0-9][\w-]*(?:\.[a-z0-9][\w-]*)*\.[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w/§.])(?:~|\.{1,2})?/[A-Za-z][\w.-]*/?[\w./-]*|\b[A-Za-z]:\\\w|\\\\\w+\\")
_TEMPLATE = re.compile(
    r"\\§|\$\{|\$[A-Za-z_]\w*|\{%|%\}|\{#|<%|%>|%\(\w+\)|%[sd]\b|[{}]|\[\[|\[(?![ xX]\])[^\]]{1,80}\]|<<"
)
_ABBREVIATIONS = frozenset(("e.g", "i.e", "n.b", "a.k.a"))
_FORMS = (
    (_HTML, FlagKind.MARKUP),
    (_FENCE, FlagKind.MARKUP),
    (_DRAWN, FlagKind.MARKUP),
    (_NON_LATIN, FlagKind.LANGUAGE),
)
_KEYS = re.compile(r"[a-z0-9/?]|f\d{1,2}|esc|escape|enter|tab|(?:ctrl|shift|alt)\+\w", re.IGNORECASE)


class Markup:
    """Checks the form of a sentence."""

    def __init__(self, facts: Facts, codes: frozenset[str]) -> None:
        self._facts = facts
        self._codes = codes
        keys = [fact.key for fact in facts]
        self._neighbours = Neighbours(facts)
        self._stems = frozenset(".".join(key.split(".")[:n]) for key in keys for n in range(1, key.count(".") + 2))

    def check(self, sentence: Sentence) -> Iterator[Flag]:
        """Yield what is wrong with the form."""
        text, normal = sentence.text, sentence.outside
        if not is_clean(text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")) or _INVISIBLE.search(text):
            yield make_flag(FlagKind.MARKUP, text)
        for form, kind in _FORMS:
            if match := form.search(normal):
                yield make_flag(kind, normal[match.start() :])
        if match := IN_A_WORD.search(text):
            yield make_flag(FlagKind.MARKUP, text[match.start() :])
        for code in sentence.codes:
            if not (_KEYS.fullmatch(code) or code in self._codes or code in self._stems or REFERENCE.fullmatch(code)):
                yield make_flag(FlagKind.MARKUP, code)
        yield from self._check_references(sentence)
        yield from self._check_links(normal)
        plain = without_emphasis(normal)
        if plain != normal:
            yield from self._check_links(plain)

    def _check_references(self, sentence: Sentence) -> Iterator[Flag]:
        if tuple(REFERENCE.findall(sentence.text)) != sentence.keys:  # looks like a reference, and is not filled in
            yield make_flag(FlagKind.REFERENCE, sentence.text)
        for key in sentence.keys:
            if key not in self._facts:
                yield make_flag(FlagKind.REFERENCE, "{{" + key + "}}")
        for form, text in ((_TEMPLATE, sentence.outside), (_BRACES, sentence.text)):
            if match := form.search(text):
                yield make_flag(FlagKind.REFERENCE, text[match.start() :])
        yield from self._neighbours.check(sentence.spelled)

    def _check_links(self, normal: str) -> Iterator[Flag]:
        for form in (_LINK, _PATH):
            if match := form.search(normal):
                yield make_flag(FlagKind.LINK, normal[match.start() :])
        for match in _DOTTED.finditer(normal):
            dotted = match.group()
            if dotted not in self._stems and dotted.lower() not in _ABBREVIATIONS:
                yield make_flag(FlagKind.LINK, dotted)
        if match := _ADDRESS.search(normal):
            yield make_flag(FlagKind.LINK, match.group())
            yield make_flag(FlagKind.IDENTIFIER, match.group())
