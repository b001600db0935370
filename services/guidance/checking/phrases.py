"""Tables of phrases, readable as text, as patterns."""

import re

_BROKEN = re.compile(r"\|\n\s*|\n\s*\|")
_BETWEEN = re.compile(r",(?:\s+|\Z)")  # a comma within a pattern has nothing after it


def words_of(table: str) -> list[str]:
    """Return the words of a table; they stand between spaces."""
    return table.split()


def any_of(table: str) -> str:
    """Return the pattern of any phrase of a table; they stand between commas, and may hold pattern syntax.

    A line may be broken beside a `|`.
    """
    phrases = [" ".join(phrase.split()) for phrase in _BETWEEN.split(_BROKEN.sub("|", table))]
    return f"(?:{'|'.join(phrase for phrase in phrases if phrase)})"


def pattern_of(table: str) -> re.Pattern[str]:
    """Return the compiled pattern of any phrase of a table, as whole words."""
    return re.compile(rf"(?<!\w){any_of(table)}(?!\w)")
