"""Known values in other spellings: other separators, letters set apart, and the two ways to write an umlaut."""

import re
from collections.abc import Iterator

_SEPARATORS = "-_/.:#' "
_LEAST = 4  # letters and digits; shorter values are too many other things
_MOST_SPACED = 40  # characters; nobody sets more apart
_PARTS = re.compile(rf"(?P<letters>[^\W\d_]+)|(?P<digits>[0-9]+)|(?P<joint>[{_SEPARATORS}]+)|(?P<other>.)", re.DOTALL)
_UMLAUT = re.compile("a[ae]?|[ou]e?")
_JOINT = rf"[{_SEPARATORS}]"
# What a spelling can leave out or put in. Without it, a value and all its spellings are the same.
_OPTIONAL = str.maketrans("", "", _SEPARATORS + "ea")


def skeleton(text: str) -> str:
    """Return a folded text without what spellings differ in: where a value is, its skeleton is in the text's."""
    return text.translate(_OPTIONAL)


def has_spellings(value: str) -> bool:
    """Return whether a folded value is found in other spellings: those of figures alone are amounts and dates."""
    return any(map(str.isalpha, value)) and sum(map(str.isalnum, value)) >= _LEAST


def is_long_enough(spelled: str) -> bool:
    """Return whether a spelling has kept enough of the value to be told from other words."""
    return sum(map(str.isalnum, spelled)) >= _LEAST


def spellings(value: str, *, umlauts: bool) -> str:
    """Return the pattern of a value as people write it; it takes linear time.

    Args:
        value: folded, and `has_spellings`.
        umlauts: whether "ae" and "a" are one.
    """
    together = "".join(_together(value, umlauts=umlauts))
    letters = "".join(filter(str.isalnum, value))
    if len(letters) > _MOST_SPACED:
        return together
    return f"{together}|{_apart(letters, umlauts=umlauts)}"


def _together(value: str, *, umlauts: bool) -> Iterator[str]:
    before = None
    for part in _PARTS.finditer(value):
        kind, text = part.lastgroup, part.group()
        if kind == "joint":
            between_figures = before == "digits" and value[part.end() : part.end() + 1].isdecimal()
            inner = before is not None and part.end() < len(value)
            yield f"{_JOINT}{{{int(between_figures)},3}}" if inner else re.escape(text)
        else:
            if {before, kind} == {"letters", "digits"}:
                yield f"{_JOINT}{{0,3}}"
            yield _umlauts(text) if umlauts and kind == "letters" else re.escape(text)
        before = kind


def _apart(letters: str, *, umlauts: bool) -> str:
    gap = f"{_JOINT}{{1,3}}"
    if not umlauts:
        return gap.join(map(re.escape, letters))
    return gap.join(
        f"{base}(?:{_JOINT}{{0,3}}[{'ae' if base == 'a' else 'e'}])?" if base in "aou" else re.escape(base)
        for base in _UMLAUT.sub(lambda match: match.group()[0], letters)
    )


def _umlauts(letters: str) -> str:
    """Return the pattern of letters whose "ä", "å", "ö", "ø" and "ü" may have been written with or without an e."""
    pattern, done = [], 0
    for match in _UMLAUT.finditer(letters):
        base = match.group()[0]
        pattern += [re.escape(letters[done : match.start()]), base, "[ae]?" if base == "a" else "e?"]
        done = match.end()
    return "".join([*pattern, re.escape(letters[done:])])
