"""Mark invoice verified: state verified, a trial's end cleared, an open billing item complete."""

import msgspec

from services.actions.kinds.checklist import settle_billing_item
from services.actions.model import Call, Effect, Kind
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.types import Action, BillingState, ChecklistStatus


def _effect(facts: CustomerFacts, _call: Call) -> Effect:
    billing = msgspec.structs.replace(facts.billing, state=BillingState.VERIFIED, trial_ends_at=None)
    after = msgspec.structs.replace(
        facts, billing=billing, checklist=settle_billing_item(facts.checklist, ChecklistStatus.COMPLETE)
    )
    return Effect(after=after)


KIND = Kind(
    action=Action.MARK_INVOICE_VERIFIED,
    request=requests.MarkInvoiceVerified,
    done=lambda _effect: "is now invoice verified",
    effect=_effect,
)
