"""Which booking becomes the latest adjustment a summary shows: a support or promotional grant, or a void. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.billing.model import Adjustment
from services.contract.types import Account, Category, EntryKind
from services.credits.state import Booked

_ADJUSTING = (Category.SUPPORT, Category.PROMOTIONAL)


def latest_adjustment(booked: Sequence[Booked], booked_at: datetime) -> Adjustment | None:
    """Return the last adjustment among transactions in their booked order, or None when none of them is one."""
    for transaction in (each.transaction for each in reversed(booked)):
        leg = next((entry for entry in transaction.entries if entry.account is Account.AVAILABLE), None)
        if leg is None or leg.category is None:
            continue
        granted = transaction.kind is EntryKind.GRANT and leg.category in _ADJUSTING
        if granted or transaction.kind is EntryKind.VOID:
            return Adjustment(
                kind=transaction.kind,
                unit=leg.unit,
                category=leg.category,
                amount=abs(leg.amount),
                reason=transaction.reason,
                source=transaction.source,
                booked_at=booked_at,
            )
    return None
