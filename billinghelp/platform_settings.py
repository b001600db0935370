"""What of the settings concerns the platform that carries approved changes out."""

from typing import TYPE_CHECKING

from services.contract.clock import system_clock

if TYPE_CHECKING:
    from billinghelp.config import Settings
    from services.platform.port import PlatformPort
    from services.platform.settings import PlatformSettings


def platform_settings(settings: "Settings") -> "PlatformSettings | None":
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


def make_platform(settings: "Settings") -> "PlatformPort | None":
    """Return who tells the platform, null where none is configured.

    Raises:
        Refused: as `platform_settings`.
    """
    chosen = platform_settings(settings)
    if chosen is None:
        return None
    from services.platform.http_platform import HttpPlatform  # 50 ms

    return HttpPlatform(chosen, system_clock)
