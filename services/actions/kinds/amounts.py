"""What several kinds say of the amounts they book."""

from services.actions.model import Effect
from services.contract.types import Account
from services.contract.wording import credit, join
from services.credits.units import format_amount


def booked_amounts(effect: Effect) -> str:
    """Return what an effect moves in or out of the balance, by unit: «12.50 h and $5.00»."""
    legs = [leg for booked in effect.booked for leg in booked.transaction.entries if leg.account is Account.AVAILABLE]
    return join([credit(leg.unit, format_amount(leg.unit, abs(leg.amount))) for leg in legs])
