"""The numbers that the platform may set: limits, amounts and thresholds (PRODUCT.md §3, «policy»)."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from services.contract.plans import PlanCatalogue

SECONDS_PER_HOUR = 3_600
MICROS_PER_CENT = 10_000

# Bounds far beyond any use, so that no date or balance overflows.
Days = Annotated[int, Meta(ge=0, le=3_650)]
Hours = Annotated[int, Meta(ge=0, le=1_000_000)]
Cents = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Policy in the words of the configuration file: hours, cents and days as whole numbers."""

    trial_days: Days = 14
    trial_hours: Hours = 10
    trial_cents: Cents = 500
    action_limit_hours: Hours = 100
    action_limit_cents: Cents = 50_000
    operator_limit_hours: Hours = 500
    operator_limit_cents: Cents = 200_000
    operator_window_hours: Hours = 24
    low_balance_hours: Hours = 2
    low_balance_cents: Cents = 200
    trial_ending_days: Days = 3
    plans: PlanCatalogue = PlanCatalogue()

    @property
    def trial_length(self) -> timedelta:
        """How long an approved or extended trial runs."""
        return timedelta(days=self.trial_days)
