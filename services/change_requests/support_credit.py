"""The kind `support_credit`: a support credit above what its operator may grant alone (PRODUCT.md §3). Pure."""

from collections.abc import Mapping

from services.contract.types import Unit
from services.contract.wording import credit, join
from services.credits.units import format_amount, parse_amount


def asks_for(params: Mapping[str, str]) -> str:
    """Return what is asked for, ready to read: «600.00 h and $500.00»."""
    amounts = {unit: parse_amount(unit, params.get(unit.value, "0")) for unit in Unit}
    return join([credit(unit, format_amount(unit, amount)) for unit, amount in amounts.items() if amount])
