"""Finding values that are known: whatever their spelling, and whatever they are part of."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

import msgspec

from services.guidance.redaction.legal_names import end_of_name
from services.guidance.redaction.page import Page, is_uncased
from services.guidance.redaction.words import is_ordinary

SHORTEST = 3
"""Shorter values are found as whole words only: everything holds one or two letters somewhere."""


_LONG_WORD = re.compile(r"[^\W\d_]{4,}")  # shorter ones ("of") are in lower case in titles


class Nature(Enum):
    """How a value stands in a text."""

    IDENTIFIER = auto()  # a hyphen and more after it make it another one
    TEXT = auto()
    NAME = auto()  # further words and a legal form may follow


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A value to look for, folded, and what takes its place.

    `name_words`: what else the name that a NAME belongs to is made of. `inside`: whether it is found in longer words.
    `capital`: whether each of its words must begin in upper case, because they are ordinary ones.
    """

    value: str
    pseudonym: str
    nature: Nature
    name_words: frozenset[str] = frozenset()
    inside: bool = True
    capital: bool = False


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
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def find(self, page: Page) -> Iterator[Sighting]:
        """Yield where a value stands, in order."""
        place = 0
        while self._pattern is not None and (match := self._pattern.search(page.folded, place)) is not None:
            known = self._known[match.group()]
            start, end = _token(page.folded, *match.span(), known.nature, place)
            within = (start, end) != match.span()
            place = match.end()
            if known.capital and not _is_title(page, *match.span()):
                continue
            if not within:
                if known.nature is Nature.NAME:
                    end = end_of_name(page, end, known.name_words)
            elif not known.inside or is_ordinary(page.folded[start:end].strip("-_")):
                continue
            yield Sighting(start, end, known, within)
            place = end


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
    joint = nature is Nature.IDENTIFIER and text[place] in "-_"
    return joint and 0 <= beyond < len(text) and _is_joining(text[beyond])


def _is_joining(character: str) -> bool:
    """Return whether letters beside the character make one word with it; scripts without spaces tell nothing."""
    return character.isalnum() and not is_uncased(character)
