"""Facts about what happened lately: ledger transactions and audited actions."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from services.contract import wording
from services.contract.types import Account, EntryKind, Unit
from services.contract.views import AuditEventView, LedgerEntryView
from services.guidance.model import Fact, FactKind

SHOWN = 5
"""How many ledger transactions and audited actions an answer may name one by one."""

# The account whose legs say how much a transaction was about.
_MEASURE = {
    EntryKind.GRANT: Account.AVAILABLE,
    EntryKind.CONSUME: Account.CONSUMED,
    EntryKind.EXPIRE: Account.EXPIRED,
    EntryKind.VOID: Account.VOIDED,
    EntryKind.REVERSE: Account.CONSUMED,
}


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """What one ledger transaction did to one unit."""

    kind: EntryKind
    unit: Unit
    amount: Decimal
    at: datetime
    """When it happened; when it was booked, for a grant that is always effective."""
    reason: str | None


def bookings(entries: Iterable[LedgerEntryView]) -> Iterator[Booking]:
    """Yield the whole transactions among `entries` (newest first), unit by unit.

    A transaction whose legs do not sum to zero was cut off at the end of the page, and is left out.
    """
    transactions: dict[tuple[str, Unit], list[LedgerEntryView]] = {}
    for entry in entries:
        transactions.setdefault((entry.transaction_id, entry.unit), []).append(entry)
    for own in transactions.values():
        if sum((Decimal(leg.amount) for leg in own), Decimal(0)) != 0:
            continue
        first = own[0]
        measured = (Decimal(leg.amount) for leg in own if leg.account is _MEASURE[first.kind])
        yield Booking(
            kind=first.kind,
            unit=first.unit,
            amount=abs(sum(measured, Decimal(0))),
            at=first.occurred_at or first.booked_at,
            reason=first.reason,
        )


def activity_facts(entries: Iterable[LedgerEntryView]) -> Iterator[Fact]:
    """Yield the newest bookings one by one, and totals by kind and unit over all of `entries`."""
    recent = list(bookings(entries))
    if not recent:
        return
    since = wording.date(min(booking.at for booking in recent))
    yield _fact("activity.since", FactKind.DATE, "Ledger read back to", since)
    for kind in EntryKind:
        for unit in Unit:
            amounts = [b.amount for b in recent if b.kind is kind and b.unit is unit]
            if amounts:
                total = sum(amounts, Decimal(0))
                label = wording.capital(f"{wording.UNIT_TITLES[unit]} {wording.KIND_TITLES[kind]}")
                yield _amount(f"activity.total.{kind}.{unit}", label, unit, total)
    for number, booking in enumerate(recent[:SHOWN], 1):
        stem = f"activity.{number}"
        yield _fact(f"{stem}.date", FactKind.DATE, "When", wording.date(booking.at))
        yield _amount(f"{stem}.amount", "Amount", booking.unit, booking.amount)
        what = f"{wording.UNIT_TITLES[booking.unit]} {wording.KIND_TITLES[booking.kind]}"
        yield _fact(f"{stem}.what", FactKind.WORD, "What was booked", what)
        if booking.reason:
            yield _fact(f"{stem}.reason", FactKind.TEXT, "Reason", booking.reason)


def audit_facts(events: Iterable[AuditEventView]) -> Iterator[Fact]:
    """Yield the newest audited actions."""
    for number, event in enumerate(list(events)[:SHOWN], 1):
        stem = f"audit.{number}"
        source = "audit trail"
        facts = (
            ("id", FactKind.TEXT, "Audit event", event.audit_event_id),
            ("date", FactKind.DATE, "Date", event.occurred_at[:10]),
            ("action", FactKind.WORD, "Action", wording.action_name(event.action)),
            ("outcome", FactKind.WORD, "Outcome", event.outcome.value),
            ("actor", FactKind.TEXT, "By", event.actor),
        )
        for name, kind, label, value in facts:
            yield Fact(key=f"{stem}.{name}", kind=kind, label=label, value=value, unit=None, source=source)


def _fact(key: str, kind: FactKind, label: str, value: str, unit: str | None = None) -> Fact:
    return Fact(key=key, kind=kind, label=label, value=value, unit=unit, source="credit ledger")


def _amount(key: str, label: str, unit: Unit, amount: Decimal) -> Fact:
    hours = unit is Unit.WORKSPACE_HOURS
    kind = FactKind.HOURS if hours else FactKind.MONEY
    return _fact(key, kind, label, wording.credit(unit, str(amount)), "h" if hours else "USD")
