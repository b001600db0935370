"""Proper names: of persons, of companies, of anybody who is no fact of this customer."""

import re
from collections.abc import Iterator

from services.contract.types import FlagKind
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.phrases import any_of
from services.guidance.checking.vocabulary import is_known, looks_english

_LEGAL_FORM = re.compile(
    r"(?<![\w§])(?:GmbH|gmbh|AG|KGaA|KG|UG|OHG|e\.V\.|Inc|inc|LLC|llc|LLP|Ltd|ltd|Limited|PLC|plc|Corp|Corporation"
    r"|S\.?A\.?R\.?L|S\.A\.|SAS|S\.?p\.?A|S\.?r\.?l|B\.?V|N\.?V|Pty|Oyj?|ApS|A/S|Incorporated|Holdings?"
    r"|K\.K|Co)\.?(?!\w)"
)
_ADDRESSED = re.compile(r"(?<!\w)(?:[Mm]rs?|[Mm]s|[Mm]x|[Dd]r|[Pp]rof)\.? [A-Za-z]\w+")
_GREETED = re.compile(
    r"(?<!\w)(?:hello|hi|hey|dear|regards|cheers|sincerely|good (?:morning|day|afternoon|evening)),? ([^\W\d_]+)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?<!\w)(?:customer|client|company|tenant|account|firm) (?:called|named|known as) (?![§])\S+", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'&][^\W\d_]+)*")
_SAYS = any_of(
    """said, says, confirmed, confirms, told, wrote, writes, mentioned, agreed, approved, promised, insists, insisted,
    claims, claimed, reported, signed, knows, thinks, replied, answered"""
)
# In small letters a name is known only by where it stands: a role before it, or what people do after it.
_UNCAPITALISED = re.compile(
    r"(?<!\w)(?:(?:manager|colleague|contact|agent|operator|accountant|director|boss|assistant|buyer|clerk|lead) "
    rf"(?P<first>[a-z]+) (?P<last>[a-z]+)|(?P<one>[a-z]+) (?P<two>[a-z]+) {_SAYS})(?!\w)"
)
_OPENING = re.compile(rf"^(?P<word>[a-z]+) {_SAYS}(?!\w)")
# After these, what is said begins anew, and a capital says nothing.
_OPENERS = frozenset(':;|("[!?.-/✓✗✅❌✔✘→⇒>=')
_VERB = re.compile(
    r"(?:'s)? "
    + any_of(
        rf"""{_SAYS}, is, was, has, had, owes?, owed, can, cannot, could, should, must, needs?, will, paid, pays, and,
        or, asked, wants?, handles?, handled, granted, booked, called, sent, changed, added, works?,
        (?:from|in|at|of) (?:finance|accounting|support|sales|engineering|billing|operations|legal|management|the|our|
        customer)"""
    )
    + r"\b"
)


def check_names(words: str, *, is_heading: bool) -> Iterator[Flag]:
    """Yield the names in `words`, which hold no values of facts.

    Within a sentence every capitalised word counts that is not ours. At its start, and in a heading, where any word has
    a capital, two of them in a row count, and one that is the subject of a verb.
    """
    for form in (_LEGAL_FORM, _ADDRESSED, _CALLED):
        for match in form.finditer(words):
            yield make_flag(FlagKind.NAME, match.group())
    for match in _GREETED.finditer(words):
        if not is_known(match.group(1)):
            yield make_flag(FlagKind.NAME, match.group())
    for form in (_UNCAPITALISED, _OPENING):
        for match in form.finditer(words):
            if not any(is_known(word) for word in match.groupdict().values() if word):
                yield make_flag(FlagKind.NAME, match.group())
    before: re.Match[str] | None = None  # the unknown capitalised word right before this one
    for match in _WORD.finditer(words):
        word = match.group()
        if not word[0].isupper() or _is_ours(word):
            before = None
            continue
        opens = _opens(words, match.start())
        unlikely = not looks_english(word)
        subject = opens and unlikely and (_VERB.match(words, match.end()) or _is_aside(words, match))
        if (subject or not opens) and (unlikely or not is_heading):
            adjacent = before is not None and words[before.end() : match.start()] in (" ", " & ", " of ", " and ")
            yield make_flag(
                FlagKind.NAME, words[before.start() if before and adjacent else match.start() : match.end()]
            )
        before = match


def _is_ours(word: str) -> bool:
    whole = word.removesuffix("'s")
    return len(whole) == 1 or is_known(whole) or all(is_known(part) for part in re.split(r"[-'&]", whole) if part)


def _is_aside(words: str, match: re.Match[str]) -> bool:
    return words[match.start() - 1 : match.start()] == "(" and words.startswith(")", match.end())


def _opens(words: str, start: int) -> bool:
    before = words[:start].rstrip()
    return not before or before[-1] in _OPENERS
