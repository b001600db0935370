"""Which lots count at a moment, and in which order they burn (PRODUCT.md §3, «Credit lots and ledger»). Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from services.contract.types import Category, Unit
from services.credits.model import Lot

# Stands in a sort key beside a flag that already sorts "always" and "never" to their end; it is never compared with
# a real moment.
_NO_MOMENT = datetime.min.replace(tzinfo=UTC)

BurnDownKey = tuple[int, bool, datetime, bool, bool, datetime, int]


def is_effective(lot: Lot, at: datetime) -> bool:
    """Return whether the lot has taken effect at `at` (its first moment included)."""
    return lot.effective_at is None or lot.effective_at <= at


def is_expired(lot: Lot, at: datetime) -> bool:
    """Return whether the lot has expired at `at`: its expiry is the first moment without it, booked or not."""
    return lot.expires_at is not None and lot.expires_at <= at


def is_active(lot: Lot, at: datetime) -> bool:
    """Return whether usage at `at` may burn the lot: effective, not expired, something remaining (closed: nothing)."""
    return lot.remaining > 0 and is_effective(lot, at) and not is_expired(lot, at)


def burn_down_key(lot: Lot) -> BurnDownKey:
    """Return what lots are ordered by when they burn; it never changes in a lot's life, and no two lots share one.

    Priority, earliest expiry (null last), non-paid before paid, earliest effect (null, always, first), creation order.
    """
    return (
        lot.priority,
        lot.expires_at is None,
        lot.expires_at or _NO_MOMENT,
        lot.category is Category.PAID,
        lot.effective_at is not None,
        lot.effective_at or _NO_MOMENT,
        lot.position,
    )


def burn_down_order(lots: Iterable[Lot], at: datetime) -> tuple[Lot, ...]:
    """Return the lots active at `at` in the order in which usage burns them."""
    return tuple(sorted((lot for lot in lots if is_active(lot, at)), key=burn_down_key))


def available_now(lots: Iterable[Lot], unit: Unit, at: datetime) -> int:
    """Return what usage at `at` could burn of `unit`; an expired lot counts for nothing before its expiry is booked."""
    return sum(lot.remaining for lot in lots if lot.unit is unit and is_active(lot, at))


def next_credit_change(lots: Iterable[Lot], at: datetime) -> datetime | None:
    """Return the first moment after `at` at which the clock alone makes a lot active or inactive; null if none will."""
    return min((moment for lot in lots if (moment := _next_change(lot, at)) is not None), default=None)


def _next_change(lot: Lot, at: datetime) -> datetime | None:
    if not lot.remaining or is_expired(lot, at):
        return None
    if lot.effective_at is None or lot.effective_at <= at:
        return lot.expires_at
    # A lot that expires before it takes effect is never active.
    return None if is_expired(lot, lot.effective_at) else lot.effective_at


class Granted(Protocol):
    """Anything that says when a credit takes effect; null: always."""

    @property
    def effective_at(self) -> datetime | None: ...


class Used(Protocol):
    """Anything that says when a use occurred."""

    @property
    def occurred_at(self) -> datetime: ...


GrantT = TypeVar("GrantT", bound=Granted)
UseT = TypeVar("UseT", bound=Used)


def order_events(grants: Iterable[GrantT], usage: Iterable[UseT]) -> list[GrantT | UseT]:
    """Return imported history in the order in which it is applied: by time, grants before usage, then file order.

    A grant's time is the moment it takes effect; one that is always effective comes before everything.
    """
    # The sort is stable, and grants stand first in what it sorts: both ties are broken without a word about them.
    timed: list[tuple[tuple[bool, datetime], GrantT | UseT]] = [
        ((grant.effective_at is not None, grant.effective_at or _NO_MOMENT), grant) for grant in grants
    ]
    timed += [((True, use.occurred_at), use) for use in usage]
    timed.sort(key=lambda event: event[0])
    return [event for _, event in timed]
