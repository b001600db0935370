"""How a sentence says what somebody wrote: untrusted text stands in it short, clean and in quotes. Pure."""

from services.contract.text import clean

_SHOWN_LENGTH = 40  # enough to recognise what was written, short enough for one sentence
# Cut before it is cleaned too: the text may be as long as whoever sent it liked.
_READ_LENGTH = 4 * _SHOWN_LENGTH


def short(text: str) -> str:
    """Return a text cleaned and cut to fit a sentence; empty where it holds nothing that anybody could see."""
    cleaned = clean(text[:_READ_LENGTH])
    return cleaned if len(cleaned) <= _SHOWN_LENGTH else f"{cleaned[: _SHOWN_LENGTH - 1]}…"


def quoted(text: str) -> str:
    """Return the same in quotes."""
    return f"“{short(text)}”"
