"""Reverse support credit: what is left of one support lot is voided."""

from datetime import datetime

import msgspec

from services.actions.kinds.granting import booked_amounts
from services.actions.model import Call, Effect, Kind
from services.billing.conditions import reversible_lots
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.errors import precondition
from services.contract.types import Action
from services.credits.ledger import void


def _parse(fields: dict[str, str], facts: CustomerFacts, now: datetime) -> str:
    grant_id = fields.get("grant_id", "")
    if all(lot.grant_id != grant_id for lot in reversible_lots(facts, now)):
        raise precondition(
            "NOTHING_TO_REVERSE", "Choose a support credit of this customer that has something left to reverse."
        )
    return grant_id


def _effect(facts: CustomerFacts, call: Call) -> Effect:
    booked = void(
        facts.credits,
        call.params,
        transaction_id=call.context.new_id("txn"),
        at=call.context.now,
        source=Action.REVERSE_SUPPORT_CREDIT.value,
        reason=call.reason,
    )
    return Effect(after=msgspec.structs.replace(facts, credits=booked.after), booked=(booked,))


KIND = Kind(
    action=Action.REVERSE_SUPPORT_CREDIT,
    request=requests.ReverseSupportCredit,
    done=lambda effect: f"has {booked_amounts(effect)} of support credit reversed",
    effect=_effect,
    parse=_parse,
)
