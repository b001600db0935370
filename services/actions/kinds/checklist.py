"""What several kinds do to the checklist."""

import msgspec

from services.billing.model import BILLING_ITEM, ChecklistItem
from services.contract.types import ChecklistStatus

_OPEN = (ChecklistStatus.OPEN, ChecklistStatus.IN_PROGRESS)


def settle_billing_item(checklist: tuple[ChecklistItem, ...], status: ChecklistStatus) -> tuple[ChecklistItem, ...]:
    """Return the checklist with an open billing item set to `status`; a settled or missing one stays as it is."""
    return tuple(
        msgspec.structs.replace(item, status=status) if item.item == BILLING_ITEM and item.status in _OPEN else item
        for item in checklist
    )
