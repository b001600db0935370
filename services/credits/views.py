"""Ledger entries as callers read them. Pure."""

from services.contract.views import LedgerEntryView
from services.credits.store import BookedEntry
from services.credits.units import format_amount


def ledger_entry_view(entry: BookedEntry) -> LedgerEntryView:
    """Return an entry with its amounts as decimal strings; `entry_id` is its entry number."""
    return LedgerEntryView(
        entry_id=str(entry.entry_number),
        transaction_id=entry.transaction_id,
        kind=entry.kind,
        unit=entry.unit,
        account=entry.account,
        amount=format_amount(entry.unit, entry.amount),
        balance_after=format_amount(entry.unit, entry.balance_after),
        grant_id=entry.grant_id,
        category=entry.category,
        occurred_at=entry.occurred_at,
        booked_at=entry.booked_at,
        source=entry.source,
        reason=entry.reason,
    )
