"""What usage ought to lead to (PRODUCT.md §3: events apply by time; a use is reversed once, and whole)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.grains import count
from tests.simulation.records import Customer, Denied, Use, is_expired


def record(customer: Customer, events: list[Any], now: datetime, reached: Counter[str]) -> int:
    """Take usage events by time, each id once; return how many were new.

    Raises:
        Denied: one of them cannot be; then nothing was taken.
    """
    given: dict[str, Any] = {}
    for event in events:
        if event.occurred_at is not None and event.occurred_at > now + timedelta(minutes=5):
            raise Denied("USAGE_IN_THE_FUTURE")
        given.setdefault(event.event_id, event)

    def moment(event: Any) -> datetime:
        at: datetime = event.occurred_at or now
        if event.reverses in given:
            at = max(at, given[event.reverses].occurred_at or now)
        return at

    fresh = [event for event in given.values() if event.event_id not in customer.uses]
    fresh.sort(key=lambda event: (moment(event), event.reverses is not None))
    _check_reversals(customer, fresh)
    for event in fresh:
        customer.uses[event.event_id] = _apply(customer, event, event.occurred_at or now, reached)
    if fresh:
        customer.changed(now)
    return len(fresh)


def _check_reversals(customer: Customer, fresh: list[Any]) -> None:
    uses = {name for name, use in customer.uses.items() if not use.is_reversal}
    gone = {name for name, use in customer.uses.items() if use.is_reversed}
    for event in fresh:
        if event.reverses is None:
            uses.add(event.event_id)
        elif event.reverses not in uses:
            raise Denied("USAGE_NOT_FOUND")
        elif event.reverses in gone:
            raise Denied("USAGE_ALREADY_REVERSED")
        else:
            gone.add(event.reverses)


def _apply(customer: Customer, event: Any, at: datetime, reached: Counter[str]) -> Use:
    if event.reverses is None:
        burnt = customer.credits.consume(event.unit, count(event.unit, event.amount), at)
        if any(name is None for _, name in burnt):
            reached["a use beyond all credit"] += 1
        return Use(burnt, is_reversal=False)
    use = customer.uses[event.reverses]
    closed = [customer.credits.lots[name] for _, name in use.grains if name and customer.credits.lots[name]["closed"]]
    for lot in closed:
        reached["reversal into an expired lot" if is_expired(lot, at) else "reversal into a void lot"] += 1
    customer.credits.reverse(use.grains, at)
    use.is_reversed = True
    return Use([], is_reversal=True)
