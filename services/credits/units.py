"""Amounts between people and machine: exact decimal strings outside, integers inside (PRODUCT.md §3, «Units»)."""

import re

from services.contract.errors import Refused, invalid
from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR
from services.contract.types import Unit

MAX_AMOUNT = 10_000_000_000
"""The most that one amount may say, in hours or cents: over a million years, or 100 million dollars.

Inside that is at most 10^14, so that some 90 000 of the largest amounts still fit one signed 64-bit balance.
"""

_INVALID_AMOUNT = "INVALID_AMOUNT"
# [0-9], because \d also takes the digits of other scripts; both sides of the point must say something.
_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_MAX_DIGITS = len(str(MAX_AMOUNT))

_SECONDS_PER_HUNDREDTH = SECONDS_PER_HOUR // 100
_WHOLE = {Unit.WORKSPACE_HOURS: SECONDS_PER_HOUR, Unit.AI_CENTS: MICROS_PER_CENT}
_PLACES = {Unit.WORKSPACE_HOURS: 2, Unit.AI_CENTS: 4}
_LAST_PLACE = {Unit.WORKSPACE_HOURS: _SECONDS_PER_HUNDREDTH, Unit.AI_CENTS: MICROS_PER_CENT // 10_000}
_NAME = {Unit.WORKSPACE_HOURS: "workspace hours", Unit.AI_CENTS: "AI cents"}
_HOW_TO_TYPE = {
    Unit.WORKSPACE_HOURS: "Type workspace hours as digits with at most two decimal places, such as 40 or 12.5.",
    Unit.AI_CENTS: "Type AI cents as digits with at most four decimal places, such as 500 or 0.25.",
}


def parse_amount(unit: Unit, text: str) -> int:
    """Return the seconds or micro-dollars that `text` says, exactly.

    Accepts ASCII digits with at most one point between digits: no sign, exponent, space, separator. Zero is an amount.

    Raises:
        Refused: `INVALID_AMOUNT`, when the text is malformed, finer than the unit or above `MAX_AMOUNT`.
    """
    match = _DECIMAL.fullmatch(text)
    places = _PLACES[unit]
    fraction = (match[2] or "") if match else ""
    if match is None or len(fraction) > places:
        raise invalid(_INVALID_AMOUNT, _HOW_TO_TYPE[unit])
    whole = match[1].lstrip("0")
    # Length first: turning thousands of digits into an integer is slow, and refused by Python itself.
    if len(whole) > _MAX_DIGITS:
        raise _too_large(unit)
    value = int(whole or "0") * _WHOLE[unit] + int(fraction.ljust(places, "0")) * _LAST_PLACE[unit]
    if value > MAX_AMOUNT * _WHOLE[unit]:
        raise _too_large(unit)
    return value


def _too_large(unit: Unit) -> Refused:
    return invalid(_INVALID_AMOUNT, f"Type at most {MAX_AMOUNT} {_NAME[unit]}.")


def format_amount(unit: Unit, value: int) -> str:
    """Return seconds or micro-dollars as the decimal string shown outside; a negative value keeps its sign.

    Hours have exactly two places, rounded toward zero ("12.50", never "-0.00"); cents as many as needed, at most four.
    """
    if unit is Unit.WORKSPACE_HOURS:
        hundredths = abs(value) // _SECONDS_PER_HUNDREDTH
        sign = "-" if value < 0 and hundredths else ""
        return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"
    cents, rest = divmod(abs(value), MICROS_PER_CENT)
    fraction = f".{rest:04d}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{cents}{fraction}"
