"""Usage, checked: events in the order in which they apply, and levels. Pure (PRODUCT.md §3: events apply by time)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from services.contract.errors import Refused, invalid
from services.contract.requests import UsageEvent, UsageLevel
from services.contract.types import Resource, Unit
from services.contract.wording import RESOURCE_TITLES
from services.credits.units import parse_amount
from services.feeding.model import Level
from services.feeding.moments import FIRST_MOMENT
from services.feeding.places import MAX_PLACE, is_place, is_visible
from services.feeding.problems import shown

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far another machine's clock may run ahead of ours."""

MEASURED = (Resource.USERS, Resource.STORAGE)
"""What is measured beside what nodes tell. The nodes themselves are counted: each is there once it is registered."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One use; `amount` in inner units. `namespace` and `resource`: where, null where nobody said."""

    event_id: str
    unit: Unit
    amount: int
    at: datetime
    namespace: str | None = None
    resource: str | None = None


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """The undoing of the use that was recorded as `reverses`."""

    event_id: str
    reverses: str
    at: datetime


def read_events(events: Iterable[UsageEvent], now: datetime) -> list[Use | Reversal]:
    """Return the events in the order in which they apply: by time, and a reversal after what it reverses.

    Of events with one id the first one stands. A reversal without a time of its own happens now.

    Raises:
        Refused: `INVALID_USAGE_EVENT`, `INVALID_AMOUNT`, `USAGE_IN_THE_FUTURE`; the message names the event.
    """
    read: dict[str, Use | Reversal] = {}
    for event in events:
        found = _use(event, now) if event.reverses is None else _reversal(event, event.reverses, now)
        read.setdefault(event.event_id, found)

    def order(event: Use | Reversal) -> tuple[datetime, bool]:
        if isinstance(event, Use):
            return event.at, False
        reversed_use = read.get(event.reverses)
        return (event.at if reversed_use is None else max(event.at, reversed_use.at)), True

    return sorted(read.values(), key=order)


def read_levels(levels: Iterable[UsageLevel], now: datetime) -> list[Level]:
    """Return the levels, checked, in the order of the call.

    Raises:
        Refused: `INVALID_USAGE_LEVEL`, `USAGE_IN_THE_FUTURE`; the message names the resource.
    """
    return [_level(level, now) for level in levels]


def _use(event: UsageEvent, now: datetime) -> Use:
    if event.unit is None or event.amount is None or event.occurred_at is None:
        raise _refusal(event, "Give unit, amount and occurred_at for a use, or reverses for a reversal")
    event_id, at = _checked_id(event, event.event_id), _moment(event, event.occurred_at, now)
    try:
        amount = parse_amount(event.unit, event.amount)
    except Refused as refused:
        raise invalid(refused.reason, f"Mend usage event {shown(event_id)}: {refused.message}") from refused
    if amount == 0:
        raise _refusal(event, "Give an amount above zero")
    for place in (event.namespace, event.resource):
        if place is not None and not is_place(place):
            raise _refusal(event, f"Name a namespace and a resource with 1 to {MAX_PLACE} visible characters")
    return Use(
        event_id=event_id,
        unit=event.unit,
        amount=amount,
        at=at,
        namespace=event.namespace,
        resource=event.resource,
    )


def _reversal(event: UsageEvent, reverses: str, now: datetime) -> Reversal:
    if event.unit is not None or event.amount is not None:
        raise _refusal(event, "Leave out unit and amount where an event reverses another: it is undone whole")
    if event.namespace is not None or event.resource is not None:
        raise _refusal(event, "Leave out namespace and resource where an event reverses another: it has its use's")
    at = now if event.occurred_at is None else _moment(event, event.occurred_at, now)
    return Reversal(event_id=_checked_id(event, event.event_id), reverses=_checked_id(event, reverses), at=at)


def _level(level: UsageLevel, now: datetime) -> Level:
    if level.resource not in MEASURED:
        raise _level_refusal(level, "leave it out, as nodes are counted where they are registered")
    if level.measured_at.tzinfo is None:
        raise _level_refusal(level, "give measured_at with an offset, like 2026-10-31T09:00:00Z")
    if level.measured_at > now + CLOCK_TOLERANCE:
        raise _level_refusal(
            level, "it was measured in the future, so check the clock that stamped it", "USAGE_IN_THE_FUTURE"
        )
    if level.measured_at < FIRST_MOMENT:
        raise _level_refusal(level, "give a measured_at of 1970 or later")
    return Level(resource=level.resource, amount=level.amount, measured_at=level.measured_at.astimezone(UTC))


def _checked_id(event: UsageEvent, event_id: str) -> str:
    if not is_visible(event_id):
        raise _refusal(event, "Use event ids of visible characters")
    return event_id


def _moment(event: UsageEvent, at: datetime, now: datetime) -> datetime:
    if at.tzinfo is None:
        raise _refusal(event, "Give occurred_at with an offset, like 2026-10-31T09:00:00Z")
    if at > now + CLOCK_TOLERANCE:
        message = (
            f"Mend usage event {shown(event.event_id)}: it lies in the future, so check the clock that stamped it."
        )
        raise invalid("USAGE_IN_THE_FUTURE", message, event_id=event.event_id)
    if at < FIRST_MOMENT:
        raise _refusal(event, "Give an occurred_at of 1970 or later")
    return at.astimezone(UTC)


def _refusal(event: UsageEvent, what_to_do: str) -> Refused:
    message = f"Mend usage event {shown(event.event_id)}: {what_to_do}."
    return invalid("INVALID_USAGE_EVENT", message, event_id=event.event_id)


def _level_refusal(level: UsageLevel, what_to_do: str, reason: str = "INVALID_USAGE_LEVEL") -> Refused:
    message = f"Mend the level of {RESOURCE_TITLES[level.resource]}: {what_to_do}."
    return invalid(reason, message, resource=level.resource.value)
