"""Frozen types of the action room: what a call brings, and what an allowed action changes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from services.billing.model import CustomerFacts
from services.contract.context import CallContext
from services.contract.requests import ActionRequest
from services.contract.types import Action
from services.credits.state import Booked


class Spending(msgspec.Struct, frozen=True):
    """What a support credit draws on an operator's limits: seconds and micro-dollars."""

    seconds: int = 0
    micros: int = 0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of action may look at beside the facts. `params` are the kind's own, already parsed."""

    params: Any
    reason: str
    context: CallContext


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What an allowed action changes: the facts after it, and what was booked to make its credits so."""

    after: CustomerFacts
    booked: tuple[Booked, ...] = ()


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of audited action.

    Its condition is the billing room's (`conditions.refusal`); here stand its parameters and its effect.

    Args:
        action: its name.
        request: the request type that carries it.
        done: how a finished one reads, after the customer's name («is now invoice verified»), given its effect.
        parse: turns the request's own fields (decimal strings, ids) into parameters, or refuses them.
        effect: the facts after it; called only when the action is allowed.
        spends: what it draws on the operator's limits.
    """

    action: Action
    request: type[ActionRequest]
    done: Callable[[Effect], str]
    effect: Callable[[CustomerFacts, Call], Effect]
    parse: Callable[[dict[str, str], CustomerFacts, datetime], Any] = lambda _fields, _facts, _now: None
    spends: Callable[[Any], Spending | None] = lambda _params: None
