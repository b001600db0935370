"""How much credit a prepaid customer is short of: a figure answers may name, and an action's form begins with. Pure."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from services.contract.policy import Policy
from services.contract.types import PaymentRail, Unit
from services.contract.views import CustomerBillingView

_PREPAID = (PaymentRail.PREPAID, PaymentRail.TRIAL)
# What the form of a credit takes: two places for hours, four for cents (PRODUCT.md §3, Units).
_STEP = {Unit.WORKSPACE_HOURS: Decimal("0.01"), Unit.AI_CENTS: Decimal("0.0001")}


def shortfall(view: CustomerBillingView, policy: Policy) -> Mapping[Unit, str]:
    """Return for each balance that is empty or low the least credit after which it is neither, as the form takes it."""
    if view.billing.payment_rail not in _PREPAID:
        return {}
    enough = (
        (Unit.WORKSPACE_HOURS, view.credits.workspace_hours, policy.low_balance_hours),
        (Unit.AI_CENTS, view.credits.ai_cents, policy.low_balance_cents),
    )
    missing = ((unit, Decimal(low) - Decimal(left)) for unit, left, low in enough)
    return {unit: _amount(unit, amount) for unit, amount in missing if amount > 0}


def _amount(unit: Unit, amount: Decimal) -> str:
    rounded = amount.quantize(_STEP[unit], rounding=ROUND_CEILING)
    return f"{rounded:f}" if unit is Unit.WORKSPACE_HOURS else f"{rounded.normalize():f}"
