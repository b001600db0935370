"""Approved changes go to the configured platform, from a server or from an app that holds the store itself."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from billinghelp.loop_thread import LoopThread
from billinghelp.platform_settings import platform_settings
from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused
from services.contract.ids import NewId, new_id

if TYPE_CHECKING:
    from billinghelp.config import Settings
    from services.change_requests.policy.bounds import BoundsPolicy
    from services.platform.port import PlatformPort
    from services.storage.engine import Store

_log = logging.getLogger(__name__)


class PlatformSender:
    """Tells the platform what is due. Any number of processes on one database share the work.

    Args:
        platform: makes whoever tells it; called where it runs, for that loads an HTTP library.
        bounds: gives the policy bounds.
        every: how many seconds lie between two looks at a store where nothing is due.
    """

    def __init__(
        self,
        store: "Store",
        platform: "Callable[[], PlatformPort]",
        bounds: "Callable[[], BoundsPolicy]",
        *,
        clock: Clock = system_clock,
        new_id: NewId = new_id,
        every: float = 1.0,
    ) -> None:
        self._store = store
        self._platform = platform
        self._bounds = bounds
        self._clock = clock
        self._new_id = new_id
        self._every = every

    async def run(self) -> NoReturn:
        """Send until cancelled. Who waits for an answer then is told again, by whoever looks next."""
        platform = await asyncio.to_thread(self._platform)
        try:
            while True:
                if not await self._round(platform):
                    await asyncio.sleep(self._every)
        finally:
            await platform.hang_up()

    async def send_all_due(self) -> int:
        """Send until nothing is due any more, and return how much it was.

        Raises:
            Refused: `STORE_…`; `POLICY_INVALID`.
        """
        platform = await asyncio.to_thread(self._platform)
        told = 0
        try:
            while sent := await self._send(platform):
                told += sent
        finally:
            await platform.hang_up()
        return told

    async def _round(self, platform: "PlatformPort") -> int:
        """Send what is due, and return how much it was. Whatever goes wrong is logged, and tried again later."""
        try:
            return await self._send(platform)
        except Refused as refused:
            _log.warning("Approved changes were not sent: %s", refused.reason)
        except Exception as fault:  # noqa: BLE001  (logged; the next round is in a second)
            _log.exception("%s while approved changes were sent", type(fault).__name__)
        return 0

    async def _send(self, platform: "PlatformPort") -> int:
        from services.change_requests.sending import send_due  # 15 ms, which no start should wait for

        return await send_due(self._store, platform, self._bounds, self._clock, self._new_id)


def make_sender(settings: "Settings", store: "Store", bounds: "Callable[[], BoundsPolicy]") -> PlatformSender | None:
    """Return who tells the configured platform; null where none is configured, or nothing may be changed.

    Raises:
        Refused: `CONFIG_INVALID`, when the platform's address or token cannot be used.
    """
    chosen = platform_settings(settings)
    if chosen is None or settings.read_only:
        return None

    def open_platform() -> "PlatformPort":
        from services.platform.http_platform import HttpPlatform  # 50 ms

        return HttpPlatform(chosen, system_clock)

    return PlatformSender(store, open_platform, bounds)


def open_sending(settings: "Settings", store: "Store", bounds: "Callable[[], BoundsPolicy]") -> LoopThread | None:
    """Return who tells the configured platform from now on; null as `make_sender`, and where it cannot be used.

    The log then says why: the store is good without it, and what is approved meanwhile stands in line.
    """
    try:
        sender = make_sender(settings, store, bounds)
    except Refused as refused:
        _log.warning("Approved changes are not sent: %s", refused.message)
        return None
    return None if sender is None else LoopThread("platform sender", sender.run)
