"""Marks that Markdown draws words with: taken off the same way where an answer is checked and where it is copied."""

import re

_MARK = re.compile(r"\\([!-/:-@\[-`{-~])|\*+|~~|`+|(?<!\w)_+|_+(?!\w)")
_STAR = re.compile(r"^(\s*(?:>\s*)*)\*\s+")
IN_A_WORD = re.compile(r"[^\W_](?=[*_`~\\]*[*`~\\]|__)[*_`~\\]+(?=[^\W_])")
"""Marks within a word: drawn or not, it reads as one word to some and as two to others. A lone `_` is a letter."""


def without_emphasis(text: str) -> str:
    """Return a text that has no marks within its words without those around them; what is escaped stays."""
    return _MARK.sub(r"\1", text)


def with_dash(line: str) -> str:
    """Return a line whose bullet, if it is an asterisk, is a dash."""
    return _STAR.sub(r"\1- ", line)
