"""How the feeding room says what is wrong with a file: untrusted text is quoted short and clean."""

from services.contract.text import clean

_SHOWN_LENGTH = 40  # enough to find the place in the file, short enough for one line of a terminal


class UnreadableError(Exception):
    """A text that cannot be read as what it should be; its message is a sentence without the full stop."""


def shown(text: str) -> str:
    """Return a piece of untrusted text in quotes, cleaned and cut to fit a sentence."""
    cleaned = clean(text)
    return f"“{cleaned}”" if len(cleaned) <= _SHOWN_LENGTH else f"“{cleaned[: _SHOWN_LENGTH - 1]}…”"
