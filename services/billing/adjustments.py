"""Which booking becomes the latest adjustment a summary shows: a support or promotional grant, or a void. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.billing.model import Adjustment
from services.credits.ledger import is_adjustment
from services.credits.state import Booked


def latest_adjustment(booked: Sequence[Booked], booked_at: datetime) -> Adjustment | None:
    """Return the last adjustment among transactions in their booked order, or None when none of them is one."""
    for transaction in (each.transaction for each in reversed(booked)):
        for leg in transaction.entries:
            if leg.category is not None and is_adjustment(transaction, leg):
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
