"""The numbers that the platform may set: limits, amounts and thresholds (PRODUCT.md §3, «policy»)."""

from datetime import timedelta

import msgspec

SECONDS_PER_HOUR = 3_600
MICROS_PER_CENT = 10_000


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Policy in the words of the configuration file: hours, cents and days as whole numbers."""

    trial_days: int = 14
    trial_hours: int = 10
    trial_cents: int = 500
    action_limit_hours: int = 100
    action_limit_cents: int = 50_000
    operator_limit_hours: int = 500
    operator_limit_cents: int = 200_000
    operator_window_hours: int = 24
    low_balance_hours: int = 2
    low_balance_cents: int = 200
    trial_ending_days: int = 3
    # Usage may arrive late: an expired lot stays open for it this long before its expiry is booked.
    expiry_booking_delay_hours: int = 72

    @property
    def trial_length(self) -> timedelta:
        """How long an approved or extended trial runs."""
        return timedelta(days=self.trial_days)
