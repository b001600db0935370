"""Tables of phrases, readable as text, as patterns."""

import re


def words_of(table: str) -> list[str]:
    """Return the words of a table; they stand between spaces."""
    return table.split()


def any_of(table: str) -> str:
    """Return the pattern of any phrase of a table; they stand between commas, and may hold pattern syntax."""
    phrases = [" ".join(phrase.split()) for phrase in table.split(",")]
    return f"(?:{'|'.join(phrase for phrase in phrases if phrase)})"


def pattern_of(table: str) -> re.Pattern[str]:
    """Return the compiled pattern of any phrase of a table, as whole words."""
    return re.compile(rf"(?<!\w){any_of(table)}(?!\w)")
