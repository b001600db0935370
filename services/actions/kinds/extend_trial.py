"""Extend trial: the end moves one trial length on, from now or from the end, whichever is later. Once."""

import msgspec

from services.actions.model import Call, Effect, Kind
from services.billing.model import CustomerFacts
from services.contract import requests
from services.contract.types import Action


def _effect(facts: CustomerFacts, call: Call) -> Effect:
    ends = facts.billing.trial_ends_at
    now = call.context.now
    start = now if ends is None else max(now, ends)
    billing = msgspec.structs.replace(
        facts.billing, trial_ends_at=start + call.context.policy.trial_length, trial_extended=True
    )
    return Effect(after=msgspec.structs.replace(facts, billing=billing))


KIND = Kind(
    action=Action.EXTEND_TRIAL,
    request=requests.ExtendTrial,
    done=lambda _effect: "has its trial extended",
    effect=_effect,
)
