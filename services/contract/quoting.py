"""How a sentence says what somebody wrote: untrusted text stands in it short, clean and in quotes. Pure."""

from collections.abc import Sequence

from services.contract.text import clean
from services.contract.wording import join

_SHOWN_LENGTH = 40  # enough to recognise what was written, short enough for one sentence
# Cut before it is cleaned too: the text may be as long as whoever sent it liked.
_READ_LENGTH = 4 * _SHOWN_LENGTH
_NAMED = 3  # more names than these make a sentence that nobody reads to its end


def short(text: str) -> str:
    """Return a text cleaned and cut to fit a sentence; empty where it holds nothing that anybody could see."""
    cleaned = clean(text[:_READ_LENGTH])
    return cleaned if len(cleaned) <= _SHOWN_LENGTH else f"{cleaned[: _SHOWN_LENGTH - 1]}…"


def quoted(text: str) -> str:
    """Return the same in quotes."""
    return f"“{short(text)}”"


def some(names: Sequence[str]) -> str:
    """Return names for a sentence, no more than it can bear: «a, b and c», «a, b, c and 4 more»."""
    shown = [short(name) for name in names[:_NAMED]]
    return join([*shown, f"{len(names) - _NAMED} more"] if len(names) > _NAMED else shown)
