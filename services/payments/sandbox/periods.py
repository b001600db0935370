"""Billing periods: boundaries counted from the billing cycle anchor, so that month ends come back (31 → 28 → 31).

Stripe's rule (docs.stripe.com/billing/subscriptions/billing-cycle): a month without the anchor's day ends the period on
its last day, and the next one goes by the anchor again. All moments are unix seconds, the calendar is UTC's.
"""

import calendar
from datetime import UTC, datetime

_DAY = 86_400
_SECONDS = {"day": _DAY, "week": 7 * _DAY}
_MONTHS = {"month": 1, "year": 12}


def boundary(anchor: int, interval: str, count: int, number: int) -> int:
    """Return the `number`th boundary of a cycle of `count` intervals; the anchor itself is number 0."""
    if interval in _SECONDS:
        return anchor + number * count * _SECONDS[interval]
    first = datetime.fromtimestamp(anchor, UTC)
    years, month = divmod(first.month - 1 + number * count * _MONTHS[interval], 12)
    year = first.year + years
    day = min(first.day, calendar.monthrange(year, month + 1)[1])
    return int(first.replace(year=year, month=month + 1, day=day).timestamp())


def next_boundary(anchor: int, interval: str, count: int, moment: int) -> int:
    """Return the first boundary of the cycle that lies after `moment`, which is not before the anchor."""
    if interval in _SECONDS:
        number = (moment - anchor) // (count * _SECONDS[interval])
    else:
        first, last = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(moment, UTC)
        months = 12 * (last.year - first.year) + last.month - first.month
        number = months // (count * _MONTHS[interval]) - 1
    while (end := boundary(anchor, interval, count, number)) <= moment:
        number += 1
    return end
