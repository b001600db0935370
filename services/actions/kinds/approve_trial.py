"""Approve trial: start without a verified rail for one trial length, with a trial lot for each empty unit."""

import msgspec

from services.actions.kinds.checklist import settle_billing_item
from services.actions.kinds.granting import open_lots
from services.actions.model import Call, Effect, Kind
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR
from services.contract.types import Action, BillingState, Category, ChecklistStatus, PaymentRail, Unit
from services.credits.rules import available_now


def _effect(facts: CustomerFacts, call: Call) -> Effect:
    now, policy = call.context.now, call.context.policy
    ends = now + policy.trial_length
    rail = facts.billing.payment_rail
    amounts = {
        Unit.WORKSPACE_HOURS: policy.trial_hours * SECONDS_PER_HOUR,
        Unit.AI_CENTS: policy.trial_cents * MICROS_PER_CENT,
    }
    empty = {unit: amount for unit, amount in amounts.items() if not available_now(facts.credits.lots, unit, now)}
    booked = open_lots(facts, call, empty, action=Action.APPROVE_TRIAL, category=Category.TRIAL, expires_at=ends)
    after = msgspec.structs.replace(
        facts,
        billing=msgspec.structs.replace(
            facts.billing,
            state=BillingState.TRIAL_APPROVED,
            trial_ends_at=ends,
            payment_rail=PaymentRail.TRIAL if rail is PaymentRail.NONE else rail,
        ),
        checklist=settle_billing_item(facts.checklist, ChecklistStatus.WAIVED),
        credits=booked[-1].after if booked else facts.credits,
    )
    return Effect(after=after, booked=booked)


KIND = Kind(
    action=Action.APPROVE_TRIAL,
    request=requests.ApproveTrial,
    done=lambda _effect: "has an approved trial",
    effect=_effect,
)
