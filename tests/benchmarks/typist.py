"""Types into a program, and finds afterwards, with an emulator, how long each key's effect took to the screen."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from random import Random

import pyte

from tests.benchmarks.terminal import COLUMNS, ROWS, Chunk, Terminal

Screen = Sequence[str]
"""What a screen shows, line by line."""

Sign = Callable[[Screen], bool]
"""Whether a screen shows what was waited for."""

GAP = 0.09
"""Seconds between two keys: eleven a second, as fast fingers type."""

_SETTLE = 0.4
_CTRL_U = b"\x15"  # empties a field


@dataclass(frozen=True)
class Key:
    """A key that was pressed, and the sign of its effect."""

    at: float
    sign: Sign


class Typist:
    """Types texts into a field, round by round.

    Args:
        terminal: where the program runs, with the field focused and empty.
        sign_of: makes of what is typed so far the sign that it had its effect; none where it has no effect to see.
    """

    def __init__(self, terminal: Terminal, sign_of: Callable[[str], Sign | None]) -> None:
        self._terminal = terminal
        self._sign_of = sign_of
        self._rounds: list[list[Key]] = []

    def type_round(self, texts: Sequence[str]) -> None:
        """Type texts, emptying the field after each."""
        self._rounds.append([key for text in texts for key in self._type(text)])

    def seconds_by_round(self) -> list[list[float]]:
        """Return for each round but the first, which warmed the program, how long its keys took."""
        found = iter(latencies(self._terminal.chunks, [key for keys in self._rounds for key in keys]))
        return [[next(found) for _ in keys] for keys in self._rounds][1:]

    def _type(self, text: str) -> Iterator[Key]:
        rng = Random(text)  # the same uneven pace for whoever is compared
        for end in range(1, len(text) + 1):
            at = self._terminal.write(text[end - 1].encode())
            if sign := self._sign_of(text[:end]):
                yield Key(at, sign)
            self._terminal.run_for(GAP * rng.uniform(0.7, 1.3))
        self._terminal.run_for(_SETTLE)
        self._terminal.write(_CTRL_U)
        self._terminal.run_for(_SETTLE)


def latencies(chunks: Sequence[Chunk], keys: Sequence[Key]) -> list[float]:
    """Return for each key the seconds until the screen shows its sign; endless where it never did."""
    found: list[float] = []
    coming, waiting = deque(keys), deque[Key]()
    for at, screen in screens(chunks):
        while coming and coming[0].at <= at:
            waiting.append(coming.popleft())
        seen = next((place for place, key in enumerate(waiting) if key.sign(screen)), None)
        if seen is not None:
            found += [inf] * seen  # overtaken by a later key, these were never seen
            found.append(at - waiting[seen].at)
            for _ in range(seen + 1):
                waiting.popleft()
    return found + [inf] * (len(waiting) + len(coming))


def screens(chunks: Sequence[Chunk]) -> Iterator[tuple[float, Screen]]:
    """Yield what the screen shows after each chunk, and when."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    for chunk in chunks:
        stream.feed(chunk.data)
        yield chunk.at, screen.display


def row_of(terminal: Terminal, text: str) -> int:
    """Return the row in which the terminal shows `text` now."""
    *_, (_, screen) = screens(terminal.chunks)
    return next(row for row, line in enumerate(screen) if text in line)
