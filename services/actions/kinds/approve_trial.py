"""Approve trial: start without a verified rail for one trial length, with a trial lot for each empty unit."""

import msgspec

from services.actions.kinds.checklist import settle_billing_item
from services.actions.model import Call, Effect, Kind
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR
from services.contract.types import Action, BillingState, Category, ChecklistStatus, PaymentRail, Unit
from services.credits.ledger import grant
from services.credits.rules import available_now
from services.credits.state import Booked


def _effect(facts: CustomerFacts, call: Call) -> Effect:
    now, policy = call.context.now, call.context.policy
    ends = now + policy.trial_length
    rail = facts.billing.payment_rail
    amounts = {
        Unit.WORKSPACE_HOURS: policy.trial_hours * SECONDS_PER_HOUR,
        Unit.AI_CENTS: policy.trial_cents * MICROS_PER_CENT,
    }
    credits, booked = facts.credits, list[Booked]()
    for unit, amount in amounts.items():
        if amount and available_now(credits.lots, unit, now) == 0:
            booked.append(
                grant(
                    credits,
                    transaction_id=call.context.new_id("txn"),
                    grant_id=call.context.new_id("grant"),
                    unit=unit,
                    category=Category.TRIAL,
                    amount=amount,
                    source=Action.APPROVE_TRIAL.value,
                    reason=call.reason,
                    effective_at=now,
                    expires_at=ends,
                )
            )
            credits = booked[-1].after
    after = msgspec.structs.replace(
        facts,
        billing=msgspec.structs.replace(
            facts.billing,
            state=BillingState.TRIAL_APPROVED,
            trial_ends_at=ends,
            payment_rail=PaymentRail.TRIAL if rail is PaymentRail.NONE else rail,
        ),
        checklist=settle_billing_item(facts.checklist, ChecklistStatus.WAIVED),
        credits=credits,
    )
    return Effect(after=after, booked=tuple(booked))


KIND = Kind(
    action=Action.APPROVE_TRIAL,
    request=requests.ApproveTrial,
    done=lambda _effect: "has an approved trial",
    effect=_effect,
)
