"""Apply support credit: a support lot per unit that was asked for. It needs no decision on the billing itself."""

from datetime import datetime

import msgspec

from services.actions.kinds.granting import booked_amounts, open_lots
from services.actions.model import Call, Effect, Kind, Spending
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.errors import invalid
from services.contract.types import Action, Category, Unit
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
    amounts = {Unit.WORKSPACE_HOURS: call.params.seconds, Unit.AI_CENTS: call.params.micros}
    booked = open_lots(facts, call, amounts, action=Action.APPLY_SUPPORT_CREDIT, category=Category.SUPPORT)
    return Effect(after=msgspec.structs.replace(facts, credits=booked[-1].after), booked=booked)


KIND = Kind(
    action=Action.APPLY_SUPPORT_CREDIT,
    request=requests.ApplySupportCredit,
    done=lambda effect: f"has a support credit of {booked_amounts(effect)}",
    effect=_effect,
    parse=_parse,
    spends=lambda asked: asked,
)
