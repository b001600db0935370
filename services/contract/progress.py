"""How far a long call is: a function that is told, from whichever thread does the work."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told the stage ("reading", then "writing"), how much of it is done, and how much there is: lines, then customers."""


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""
