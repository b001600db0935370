"""Shares of a period's price in whole minor units.

Source: docs.stripe.com/billing/subscriptions/prorations: time counts by the second.
"""

# Stripe takes amounts in these currencies only with a last digit of 0 (docs.stripe.com/currencies#three-decimal).
_THREE_DECIMALS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def smallest_step(currency: str) -> int:
    """Return the minor units that every amount in this currency is a multiple of."""
    return 10 if currency in _THREE_DECIMALS else 1


def remaining_share(amount: int, start: int, end: int, moment: int, *, step: int = 1) -> int:
    """Return the part of `amount` that falls on `moment` … `end`, when the whole covers `start` … `end`.

    Amounts are not negative. Halves round up, to multiples of `step`; never more than the whole, which comes back
    unchanged up to its start, and nothing after its end.
    """
    if moment <= start:
        return amount
    if moment >= end:
        return 0
    whole = (end - start) * step
    return min(amount, (2 * amount * (end - moment) + whole) // (2 * whole) * step)
