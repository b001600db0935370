"""Amounts in the simulation are counted in coarse grains, so that the oracle can move them one by one."""

from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR, Policy
from services.contract.types import Unit

GRAIN = {Unit.WORKSPACE_HOURS: SECONDS_PER_HOUR // 4, Unit.AI_CENTS: MICROS_PER_CENT * 5 // 2}
"""A quarter of an hour, and two and a half cents, in seconds and micro-dollars."""

POLICY = Policy(
    trial_hours=2,
    trial_cents=50,
    action_limit_hours=6,
    action_limit_cents=60,
    operator_limit_hours=15,
    operator_limit_cents=150,
)
"""Small limits, so that a team of four reaches them again and again."""


def grains(unit: Unit, whole: int) -> int:
    """Return how many grains there are in whole hours or cents."""
    per_whole = SECONDS_PER_HOUR if unit is Unit.WORKSPACE_HOURS else MICROS_PER_CENT
    return whole * per_whole // GRAIN[unit]


def as_text(unit: Unit, amount: int) -> str:
    """Return an amount of grains as people type it."""
    hundredths = amount * (25 if unit is Unit.WORKSPACE_HOURS else 250)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def count(unit: Unit, text: str) -> int:
    """Return how many grains an amount is that `as_text` wrote."""
    return int(text.replace(".", "")) // (25 if unit is Unit.WORKSPACE_HOURS else 250)
