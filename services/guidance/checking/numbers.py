"""Numbers as people write them: figures in any grouping, and number words."""

import re
from decimal import Decimal

from services.guidance.checking.phrases import words_of

_UNITS = words_of("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
""")
_TENS = words_of("twenty thirty forty fifty sixty seventy eighty ninety")
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

_SMALL = (
    {word: number for number, word in enumerate(_UNITS)}
    | {word: 10 * number for number, word in enumerate(_TENS, 2)}
    | {"dozen": 12, "fortnight": 14}
)
_ANY_WORD = "|".join([*_SMALL, *_SCALES, "dozens", "hundreds", "thousands", "millions"])

FIGURES = r"(?<![\w.,])[-+]?\d+(?:[.,' ]\d{3}(?!\d))*(?:[.,]\d+)?"
WORDS = rf"(?<![\w-])(?:{_ANY_WORD})(?:(?:-| and | )(?:{_ANY_WORD})){{0,8}}(?!\w)"
AMOUNT = rf"(?:{FIGURES}|(?i:{WORDS}))"
"""The pattern of a number; it has no groups."""


def values(written: str) -> frozenset[Decimal]:
    """Return what a number may mean: `1,299` is one thousand or, where a comma divides decimals, a little over one."""
    compact = written.strip().lower().lstrip("+")
    if not any(char.isdigit() for char in compact):
        return frozenset((_spelled(compact),))
    compact = compact.replace(" ", "").replace("'", "")
    readings = {compact.replace(",", ""), compact.replace(".", "").replace(",", ".")}
    return frozenset(Decimal(reading) for reading in readings if reading.count(".") <= 1)


def _spelled(words: str) -> Decimal:
    total = part = 0
    for word in re.split(r"[- ]+", words):
        name = word.removesuffix("s") if word.removesuffix("s") in _SCALES else word
        if name in _SCALES:
            scale = _SCALES[name]
            part = max(part, 1) * scale
            if scale > 100:
                total, part = total + part, 0
        else:
            part += _SMALL.get(word.removesuffix("s") if word == "dozens" else word, 0)
    return Decimal(total + part)
