"""Finding values that are known: whatever their spelling, and whatever they are part of."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

import msgspec

from services.guidance.redaction.legal_names import end_of_name
from services.guidance.redaction.mentions import can_be_id
from services.guidance.redaction.page import Page, Place, is_uncased
from services.guidance.redaction.patterns import is_quantity
from services.guidance.redaction.respelling import has_spellings, is_long_enough, skeleton, spellings
from services.guidance.redaction.words import is_ordinary

SHORTEST = 3
"""Shorter values are found as whole words only: everything holds one or two letters somewhere."""


_JOINTS = "-_"  # of identifiers
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")  # shorter ones ("of") are in lower case in titles


class Nature(Enum):
    """How a value stands in a text."""

    IDENTIFIER = auto()  # a hyphen and more after it make it another one
    TEXT = auto()
    NAME = auto()  # further words and a legal form may follow


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A value to look for, folded, and what takes its place: a pseudonym, or one of a kind that is coined when found.

    `name_words`: what else the name that a NAME belongs to is made of. `inside`: whether it is found in longer words.
    `capital`: whether each of its words must begin in upper case, because they are ordinary ones. `customer_id`: it is
    another customer's id, and is found where it can be meant as an id only.
    """

    value: str
    nature: Nature
    pseudonym: str | None = None
    kind: str = "TEXT"
    name_words: frozenset[str] = frozenset()
    inside: bool = True
    capital: bool = False
    customer_id: bool = False

    @property
    def has_spellings(self) -> bool:
        """Whether other spellings of the value mean it as well."""
        return not self.capital and not self.customer_id and has_spellings(self.value)


class Sighting(msgspec.Struct, frozen=True):
    """A place of the folded text where a known value stands; `within`: in a longer word, which the place covers."""

    start: int
    end: int
    known: Known
    within: bool


class KnownValues:
    """The values by which a text is searched. The first to claim a value keeps it."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._known: dict[str, Known] = {}
        for one in known:
            self._known.setdefault(one.value, one)
        self._known.pop("", None)
        longest_first = sorted(self._known, key=lambda value: (-len(value), value))
        self._skeletons = [(skeleton(value), self._known[value]) for value in longest_first]

    def find(self, page: Page) -> Iterator[Sighting]:
        """Yield where a value stands, in order."""
        bones = skeleton(page.folded)
        sought = [known for bone, known in self._skeletons if bone in bones]
        if not sought:
            return
        pattern = re.compile("|".join(f"({_pattern(known)})" for known in sought))
        place = done = 0
        passed: dict[Nature, Place] = {}  # the tokens of what was left where it is: each is looked at once
        while (match := pattern.search(page.folded, place)) is not None:
            known = self._known.get(match.group()) or sought[(match.lastindex or 1) - 1]
            place = match.start() + 1
            if match.group() != known.value and not _is_spelling(match.group()):
                continue
            before, after = passed.get(known.nature, (0, 0))
            token = max(before, done), after
            if not token[0] <= match.start() < match.end() <= token[1]:
                token = _token(page.folded, *match.span(), known.nature, done)
            sighting = _sighting(page, known, match.span(), token)
            if sighting is None:
                passed[known.nature] = token
            else:
                yield sighting
                place = done = sighting.end


def _pattern(known: Known) -> str:
    if not known.has_spellings:
        return re.escape(known.value)
    return f"{re.escape(known.value)}|{spellings(known.value, umlauts=known.nature is not Nature.IDENTIFIER)}"


def _is_spelling(text: str) -> bool:
    """Return whether a text that resembles a value means nothing else: "does" is not "Dös", "30 day" no plan."""
    return (
        is_long_enough(text) and not (text.isalpha() and is_ordinary(text)) and not is_quantity(text.replace(" ", "-"))
    )


def _sighting(page: Page, known: Known, found: Place, token: Place) -> Sighting | None:
    """Return what a known value amounts to where it was found, in a token that may be longer."""
    (start, end), (before, after) = found, token
    text, within = page.folded, found != token
    if within:  # a short value is found beside a joint only; and what is quick to tell comes first: tokens can be long
        at_joints = (start == before or text[start - 1] in _JOINTS) and (end == after or text[end] in _JOINTS)
        if not (known.inside or (known.customer_id and at_joints)) or is_ordinary(text[before:after].strip("-_")):
            return None
    if known.capital and not _is_title(page, start, end):
        return None
    if known.customer_id and not can_be_id(text, before, after):
        return None
    if not within and known.nature is Nature.NAME:
        after = end_of_name(page, after, known.name_words)
    return Sighting(before, after, known, within)


def _is_title(page: Page, start: int, end: int) -> bool:
    words = _LONG_WORD.finditer(page.folded, start, end)
    return all(page.is_capital(*word.span()) for word in words)


def _token(text: str, start: int, end: int, nature: Nature, least: int) -> tuple[int, int]:
    """Return the place, widened to the token that it is a part of; no wider than from `least` on."""
    before, after = start, end
    if _is_joining(text[start]):
        while before > least and _is_part(text, before - 1, nature, -1):
            before -= 1
    if _is_joining(text[end - 1]):
        while after < len(text) and _is_part(text, after, nature, 1):
            after += 1
    return before, after


def _is_part(text: str, place: int, nature: Nature, step: int) -> bool:
    if _is_joining(text[place]):
        return True
    beyond = place + step
    joint = nature is Nature.IDENTIFIER and text[place] in _JOINTS
    return joint and 0 <= beyond < len(text) and _is_joining(text[beyond])


def _is_joining(character: str) -> bool:
    """Return whether letters beside the character make one word with it; scripts without spaces tell nothing."""
    return character.isalnum() and not is_uncased(character)
