"""When a switch of plans takes effect: at once, or at the period's end.

Source: `features.subscription_update.schedule_at_period_end.conditions` of a portal configuration. Amounts are compared
as they stand in the prices; that a year costs more than a month is why there is a condition for intervals too.
"""

from collections.abc import Collection
from fractions import Fraction
from typing import Any

_DAYS = {"day": Fraction(1), "week": Fraction(7), "month": Fraction(365, 12), "year": Fraction(365)}


def waits_for_period_end(conditions: Collection[str], before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether a switch between two recurring prices is scheduled, and not made at once.

    Args:
        conditions: `decreasing_item_amount`, `shortening_interval`, or both: one that is true suffices.
    """
    if "decreasing_item_amount" in conditions and after["unit_amount"] < before["unit_amount"]:
        return True
    return "shortening_interval" in conditions and days(after) < days(before)


def days(price: dict[str, Any]) -> Fraction:
    """Return how many days lie between two payments of a recurring price, all months being equal."""
    return _DAYS[price["recurring"]["interval"]] * int(price["recurring"]["interval_count"])
