"""Complete checklist item: the open billing item becomes complete."""

import msgspec

from services.actions.kinds.checklist import settle_billing_item
from services.actions.model import Call, Effect, Kind
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.types import Action, ChecklistStatus


def _effect(facts: CustomerFacts, _call: Call) -> Effect:
    checklist = settle_billing_item(facts.checklist, ChecklistStatus.COMPLETE)
    return Effect(after=msgspec.structs.replace(facts, checklist=checklist))


KIND = Kind(
    action=Action.COMPLETE_BILLING_CHECKLIST,
    request=requests.CompleteBillingChecklist,
    done=lambda _effect: "has its billing checklist item complete",
    effect=_effect,
)
