"""How much support credit an operator may grant: per action, and cumulatively in a running window. Pure.

Source: PRODUCT.md §3, «Limits and amounts are policy». The sum runs over all customers, so that splitting a credit does
not get around it.
"""

from services.actions.model import Spending
from services.contract.errors import Refused, precondition
from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR, Policy
from services.contract.types import Unit
from services.contract.views import SupportCreditLimits
from services.contract.wording import credit
from services.credits.units import format_amount


def _left(policy: Policy, spent: Spending) -> Spending:
    return Spending(
        max(0, policy.operator_limit_hours * SECONDS_PER_HOUR - spent.seconds),
        max(0, policy.operator_limit_cents * MICROS_PER_CENT - spent.micros),
    )


def _one_action(policy: Policy) -> Spending:
    return Spending(policy.action_limit_hours * SECONDS_PER_HOUR, policy.action_limit_cents * MICROS_PER_CENT)


def limits_view(policy: Policy, spent: Spending) -> SupportCreditLimits:
    """Return the limits as a form shows them, after `spent` in the running window."""
    action, left = _one_action(policy), _left(policy, spent)
    return SupportCreditLimits(
        action_workspace_hours=format_amount(Unit.WORKSPACE_HOURS, action.seconds),
        action_ai_cents=format_amount(Unit.AI_CENTS, action.micros),
        left_workspace_hours=format_amount(Unit.WORKSPACE_HOURS, left.seconds),
        left_ai_cents=format_amount(Unit.AI_CENTS, left.micros),
        window_hours=policy.operator_window_hours,
    )


def _read(hours: str, cents: str) -> str:
    return f"{credit(Unit.WORKSPACE_HOURS, hours)} and {credit(Unit.AI_CENTS, cents)}"


def above_limit(policy: Policy, spent: Spending, asked: Spending) -> Refused | None:
    """Return why a credit above one action's or the operator's limit needs approval; None when it is within both."""
    action, left = _one_action(policy), _left(policy, spent)
    if asked.seconds <= min(action.seconds, left.seconds) and asked.micros <= min(action.micros, left.micros):
        return None
    view = limits_view(policy, spent)
    return precondition(
        "ABOVE_OPERATOR_LIMIT",
        f"Another operator must approve this: you may grant {_read(view.action_workspace_hours, view.action_ai_cents)}"
        f" at a time, and {_read(view.left_workspace_hours, view.left_ai_cents)} are left to you in"
        f" {view.window_hours} h.",
    )
