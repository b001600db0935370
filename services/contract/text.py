"""Text from outside is untrusted: it is cleaned character by character where it enters (ARCHITECTURE.md)."""

import unicodedata

# Bidirectional controls can make a name read as another one; the marks LRM, RLM and ALM have no place in one either.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_FORMAT = frozenset("\u200c\u200d")  # zero-width (non-)joiner: part of Persian and Indic spelling
# Letters and symbols by their category, yet drawn as nothing: Hangul fillers, the braille blank, the grapheme joiner.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def _harmful(char: str) -> bool:
    if char in _KEPT_FORMAT:
        return False
    # Cc: controls, escape among them; Cf: formats, bidi among them; Cs: lone surrogates; Zl, Zp: line separators
    return char in _BIDI or char in _BLANK or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def is_clean(text: str) -> bool:
    """Return whether `text` is free of control, bidi and other invisible formatting characters."""
    return (text.isascii() and text.isprintable()) or not any(map(_harmful, text))


def clean(text: str) -> str:
    """Return `text` on one line: line breaks and tabs become spaces, other harmful characters go, ends are trimmed.

    Where nothing is left that anybody could see, nothing is left at all.
    """
    if not is_clean(text):
        text = "".join(" " if c in "\t\n\r\v\f\x85\u2028\u2029" else "" if _harmful(c) else c for c in text)
    text = text.strip()
    return text if any(c not in _KEPT_FORMAT and not c.isspace() for c in text) else ""


def clean_block(text: str) -> str:
    """Return `text` with its line breaks kept and every other harmful character removed, ends trimmed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        clean(line.replace("\t", "    ")) if not is_clean(line) else line.rstrip() for line in lines
    ).strip()
