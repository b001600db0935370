"""What a benchmark finds: our figure beside a floor measured in the same run, their ratio, and the bound it must keep.

A ratio is the median over rounds that alternate between the two, because whatever else the machine does then slows
both. Its spread is that of the rounds' middle half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Bound:
    """What a ratio must keep: at most, or at least."""

    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"

    def holds(self, ratio: float) -> bool:
        """Return whether the ratio keeps it."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    `ours` and `floor` are in words. Where the bound is an absolute one, `ratio` is the figure itself, without a spread.
    """

    what: str
    ours: str
    floor: str
    ratio: float
    spread: tuple[float, float] | None = None
    bound: Bound | None = None

    @property
    def broken(self) -> bool:
        """Whether a bound is there and not kept."""
        return self.bound is not None and not self.bound.holds(self.ratio)


@dataclass(frozen=True)
class Group:
    """What one benchmark found.

    Attributes:
        about: what was compared with what, for whoever reads the table.
        notes: what else is worth knowing, below it.
    """

    about: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()


def compare(
    what: str, ours: Sequence[float], floor: Sequence[float], bound: Bound | None, shown: Callable[[float], str]
) -> Figure:
    """Return the figure of one measure, given round by round for both; `shown` puts one of them in words."""
    ratios = [mine / theirs for mine, theirs in zip(ours, floor, strict=True)]
    return Figure(what, shown(median(ours)), shown(median(floor)), median(ratios), middle_half(ratios), bound)


def middle_half(values: Sequence[float]) -> tuple[float, float]:
    """Return the quartiles, which a few disturbed rounds do not move."""
    if len(values) == 1:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which `percent` of the values lie."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]


def milliseconds(seconds: float) -> str:
    """Return seconds in words."""
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"


def per_second(rate: float) -> str:
    """Return a rate in words."""
    return f"{rate:.0f} /s"
