"""Amounts of processors and bytes in the field's notation (`500m`, `200Gi`): exact text outside, integers inside. Pure.

Source: Kubernetes, «Resource Management» and «Quantity»; of its ways to write one, exponents and signs are left out.
"""

import re
from fractions import Fraction
from functools import lru_cache

from services.contract.quoting import quoted, short

MAX_QUANTITY = 2**62
"""The most that one amount may be, in thousandths of a processor or in bytes: two of them still fit 64 signed bits."""

_BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BYTES = {**_BINARY, **_DECIMAL}
_MILLIS = {"": 1000, "m": 1}

# [0-9], because \d also takes the digits of other scripts; both sides of the point must say something.
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")
# Enough for every exact amount (a byte is sixty places of an Ei), and little enough to work out at once.
_MAX_LENGTH = 100
_REMEMBERED = 1_024  # the amounts of a policy are read with every judgement


@lru_cache(_REMEMBERED)
def parse_cpu(text: str) -> int:
    """Return the thousandths of a processor that `text` says, exactly: "2", "0.5", "500m".

    Raises:
        ValueError: it is malformed, finer than a thousandth or above `MAX_QUANTITY`; one sentence says what to write.
    """
    return _parse(text, _MILLIS, "a number of processors like 2 or 500m", "a thousandth of a processor")


@lru_cache(_REMEMBERED)
def parse_bytes(text: str) -> int:
    """Return the bytes that `text` says, exactly: "200Gi", "1.5Gi", "2G", "1024".

    Raises:
        ValueError: it is malformed, holds a fraction of a byte or is above `MAX_QUANTITY`; one sentence says what to
            write.
    """
    return _parse(text, _BYTES, "an amount like 200Gi or 512Mi", "a byte")


def format_cpu(millis: int) -> str:
    """Return thousandths of a processor as they are written: whole processors without suffix ("2"), others "1500m"."""
    whole, rest = divmod(millis, 1000)
    return f"{millis}m" if rest else str(whole)


def format_bytes(count: int) -> str:
    """Return bytes with the largest binary suffix that is exact: "200Gi", "1536Mi", "1000"; nothing is "0"."""
    suffix, factor = next(each for each in reversed(_BINARY.items()) if count % each[1] == 0)
    return f"{count // factor}{suffix}" if count else "0"


def _parse(text: str, factors: dict[str, int], wanted: str, finest: str) -> int:
    written = text.strip()
    match = _QUANTITY.fullmatch(written) if len(written) <= _MAX_LENGTH else None
    if match is None or match[2] not in factors:
        raise ValueError(f"Write {wanted}, not {quoted(written)}." if short(written) else f"Write {wanted}.")
    amount = Fraction(match[1]) * factors[match[2]]
    if amount.denominator != 1:
        raise ValueError(f"Write {wanted}: {finest} is the smallest part there is.")
    if amount > MAX_QUANTITY:
        raise ValueError(f"Write {wanted}: this is more than anything could hold.")
    return amount.numerator
