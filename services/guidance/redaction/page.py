"""A text under redaction: read folded, so that no spelling hides a value, and written back into the text as it was."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.contract.text import is_clean
from services.storage.search import fold

GONE = "\0"
"""What stands in the folded text where something was decided on. No folded text holds it otherwise."""

_LEFT = re.compile("[^\0]+")
# Unicode's stream-safe limit. Marks beyond it are looked at apart: sorting a long run of them takes quadratic time.
_MOST_MARKS = 30
_FIRST_MARK = "\u0300"


Place = tuple[int, int]
"""Where something begins and ends in a folded text."""


class Match(NamedTuple):
    """A place of the folded text, and what takes it; None: it stays as it is, and nobody looks into it again."""

    start: int
    end: int
    pseudonym: str | None


class Page:
    """A text, its folded form, and what of it is to be replaced.

    The folded form has no case, no accents, nothing invisible, one space between words. What has been decided on is
    blanked in it, so that the next look finds the rest only.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.folded, self._starts, self._ends = _folded(text)
        self._replaced: list[Match] = []  # in places of the text itself

    def original(self, start: int, end: int) -> str:
        """Return what stands in the text at a place of the folded text."""
        return self._text[self._starts[start] : self._ends[end - 1]]

    def is_capital(self, start: int, end: int) -> bool:
        """Return whether an upper-case letter stands there."""
        original = self.original(start, end)
        return original != original.lower()

    def take(self, matches: Iterable[Match]) -> None:
        """Decide on places, given in their order; what was decided before stays so."""
        rest, done = [], 0
        for start, end, pseudonym in matches:
            if pseudonym is not None:
                for left in _LEFT.finditer(self.folded, start, end):
                    places = self._starts[left.start()], self._ends[left.end() - 1]
                    self._replaced.append(Match(*places, pseudonym))
            rest += [self.folded[done:start], GONE * (end - start)]
            done = end
        self.folded = "".join([*rest, self.folded[done:]])

    def result(self) -> str:
        """Return the text with everything replaced; a pseudonym that would touch a word is set off by a space."""
        parts: list[str] = []
        done = 0
        for start, end, pseudonym in sorted(self._replaced):
            before = self._text[done:start]
            parts += [
                before,
                " " if _touches(before[-1:] or (parts[-1][-1:] if parts else "")) else "",
                pseudonym or "",
            ]
            parts.append(" " if _touches(self._text[end : end + 1]) else "")
            done = end
        return "".join([*parts, self._text[done:]])


def folded(text: str) -> str:
    """Return a text as pages read it."""
    return _folded(text)[0].strip()


def is_uncased(character: str) -> bool:
    """Return whether a letter is of a script whose capitals tell nothing: not Latin, Greek or Cyrillic."""
    return character.isalpha() and not (character < "\u0530" or "\u1c80" <= character < "\u2000")


def _folded(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """Return the folded text, and of each of its characters where the original begins and ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.lower(), range(len(text)), range(1, len(text) + 1)
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and text[end] >= _FIRST_MARK and end - start < _MOST_MARKS and _is_mark(text[end]):
            end += 1
        if text[start].isspace():
            piece = "" if characters and characters[-1] == " " else " "
        else:
            piece = _folded_cluster(text[start:end])
        for character in piece:
            characters.append(character)
            starts.append(start)
            ends.append(end)
        start = end
    return "".join(characters), starts, ends


@lru_cache(maxsize=8192)
def _folded_cluster(cluster: str) -> str:
    return fold("".join(_plain(c) for c in cluster if is_clean(c)))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))  # digits of any script
    return "" if unicodedata.name(character, "").startswith("VARIATION SELECTOR") else character


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) != 0


def _touches(character: str) -> bool:
    return character.isalnum() or character == "_"
