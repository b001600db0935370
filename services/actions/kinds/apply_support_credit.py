"""Apply support credit: a support lot per unit that was asked for. It needs no decision on the billing itself."""

from datetime import datetime

import msgspec

from services.actions.kinds.amounts import booked_amounts
from services.actions.model import Call, Effect, Kind, Spending
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.errors import invalid
from services.contract.types import Action, Category, Unit
from services.credits.ledger import grant
from services.credits.state import Booked
from services.credits.units import parse_amount


def _parse(fields: dict[str, str], _facts: CustomerFacts, _now: datetime) -> Spending:
    asked = Spending(
        parse_amount(Unit.WORKSPACE_HOURS, fields.get("workspace_hours", "0")),
        parse_amount(Unit.AI_CENTS, fields.get("ai_cents", "0")),
    )
    if not asked.seconds and not asked.micros:
        raise invalid("INVALID_AMOUNT", "Give workspace hours, AI cents, or both: one of them above zero.")
    return asked


def _effect(facts: CustomerFacts, call: Call) -> Effect:
    credits, booked = facts.credits, list[Booked]()
    for unit, amount in ((Unit.WORKSPACE_HOURS, call.params.seconds), (Unit.AI_CENTS, call.params.micros)):
        if amount:
            booked.append(
                grant(
                    credits,
                    transaction_id=call.context.new_id("txn"),
                    grant_id=call.context.new_id("grant"),
                    unit=unit,
                    category=Category.SUPPORT,
                    amount=amount,
                    source=Action.APPLY_SUPPORT_CREDIT.value,
                    reason=call.reason,
                    effective_at=call.context.now,
                )
            )
            credits = booked[-1].after
    return Effect(after=msgspec.structs.replace(facts, credits=credits), booked=tuple(booked))


KIND = Kind(
    action=Action.APPLY_SUPPORT_CREDIT,
    request=requests.ApplySupportCredit,
    done=lambda effect: f"has a support credit of {booked_amounts(effect)}",
    effect=_effect,
    parse=_parse,
    spends=lambda asked: asked,
)
