"""How several kinds open credit lots, and how they say what they moved."""

from collections.abc import Mapping
from datetime import datetime

from services.actions.model import Call, Effect
from services.billing.model import CustomerFacts
from services.contract.types import Account, Action, Category, Unit
from services.contract.wording import credit, join
from services.credits.ledger import grant
from services.credits.state import Booked
from services.credits.units import format_amount


def open_lots(
    facts: CustomerFacts,
    call: Call,
    amounts: Mapping[Unit, int],
    *,
    action: Action,
    category: Category,
    expires_at: datetime | None = None,
) -> tuple[Booked, ...]:
    """Return the bookings that open a lot, effective now, for each unit whose amount is above zero."""
    booked: list[Booked] = []
    for unit, amount in amounts.items():
        if amount:
            booked.append(
                grant(
                    booked[-1].after if booked else facts.credits,
                    transaction_id=call.context.new_id("txn"),
                    grant_id=call.context.new_id("grant"),
                    unit=unit,
                    category=category,
                    amount=amount,
                    source=action.value,
                    reason=call.reason,
                    effective_at=call.context.now,
                    expires_at=expires_at,
                )
            )
    return tuple(booked)


def booked_amounts(effect: Effect) -> str:
    """Return what an effect moves in or out of the balance, by unit: «12.50 h and $5.00»."""
    legs = [leg for booked in effect.booked for leg in booked.transaction.entries if leg.account is Account.AVAILABLE]
    return join([credit(leg.unit, format_amount(leg.unit, abs(leg.amount))) for leg in legs])
