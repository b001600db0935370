"""What a check found: which kind of thing, and where."""

import msgspec

from services.contract.text import clean
from services.contract.types import FlagKind

LONGEST_EXCERPT = 80
"""An excerpt says where to look; it is no way for a flagged text to be shown after all."""


class Flag(msgspec.Struct, frozen=True):
    """One thing that is wrong with a sentence; the excerpt is clean, on one line and short."""

    kind: FlagKind
    excerpt: str


def make_flag(kind: FlagKind, where: str) -> Flag:
    """Return a flag whose excerpt is cleaned and cut."""
    return Flag(kind, clean(where[: 4 * LONGEST_EXCERPT])[:LONGEST_EXCERPT].rstrip())
