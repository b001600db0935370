"""Which policy bounds hold: those that stand beside the configuration, or else those that are shipped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from billinghelp.config import Settings
    from services.change_requests.policy.bounds import BoundsPolicy


def policy_bounds(settings: Settings) -> Callable[[], BoundsPolicy] | None:
    """Return what gives the configured bounds; null for those that are shipped.

    The file is read when bounds are first asked for, so that one that is broken stops no work that needs none: what it
    gives raises `Refused` (`POLICY_INVALID`) then. A server asks at its start.
    """
    path = settings.policy_file
    if path is None:
        return None

    @cache
    def configured() -> BoundsPolicy:
        from services.change_requests.policy.file import read_policy  # 10 ms, where a platform has bounds of its own

        return read_policy(path)

    return configured
