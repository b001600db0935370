"""What of the settings concerns the platform that carries approved changes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from billinghelp.config import Settings
    from services.platform.settings import PlatformSettings


def platform_settings(settings: Settings) -> PlatformSettings | None:
    """Return how to reach the platform that is configured, null where none is.

    Raises:
        Refused: `CONFIG_INVALID`, when its address or its token cannot be used.
    """
    if settings.platform is None:
        return None
    from services.platform.settings import PlatformSettings  # not before a platform is configured

    token = settings.platform_token
    return PlatformSettings(
        url=settings.platform.url,
        token=None if token is None else token.reveal(),
        answer_within=settings.platform.timeout_seconds,
    )
