"""Which policy bounds hold: those that stand beside the configuration, or else those that are shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from billinghelp.config import Settings
    from services.change_requests.policy import BoundsPolicy


def policy_bounds(settings: Settings) -> Callable[[], BoundsPolicy] | None:
    """Return what gives the configured bounds, read and checked now; null for those that are shipped.

    Raises:
        Refused: `POLICY_INVALID`.
    """
    if settings.policy_file is None:
        return None
    from services.change_requests.policy_file import read_policy  # 10 ms, where a platform has bounds of its own

    policy = read_policy(settings.policy_file)
    return lambda: policy
