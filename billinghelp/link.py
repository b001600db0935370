"""The way to the desk: whether answers come, and whether the caller is still let in. Screens watch it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from billinghelp.desk_port import DeskPort
from services.contract.errors import Code, Refused

if TYPE_CHECKING:  # the first frame needs none of these types, and importing them would delay it
    from services.contract.requests import AskBillingChat, Request
    from services.contract.views import ChatEvent

SILENT = "SERVER_UNREACHABLE"
"""The reason of a refusal that stands for no answer at all."""


class Link:
    """What the latest answer, or the lack of one, tells of the way to the desk."""

    def __init__(self) -> None:
        self.lost = False
        """Whether the server gave no answer when it was last asked."""
        self.shut_out: Refused | None = None
        """Why the server no longer knows the caller; null while it does."""
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` whenever one of the two has changed; return what ends that."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def note(self, refusal: Refused | None) -> None:
        """Take in how a call ended: with a refusal, or with an answer."""
        before = (self.lost, self.shut_out)
        self.lost = refusal is not None and refusal.reason == SILENT
        if not self.lost:
            self.shut_out = refusal if refusal is not None and refusal.code is Code.UNAUTHENTICATED else None
        if (self.lost, self.shut_out and self.shut_out.reason) != (before[0], before[1] and before[1].reason):
            for changed in tuple(self._watchers):
                changed()


class WatchedDesk:
    """A desk from whose answers a link learns. In all else it is that desk."""

    def __init__(self, desk: DeskPort, link: Link) -> None:
        self._desk = desk
        self._link = link

    async def call(self, request: "Request") -> Any:
        """Return the answer to `request`."""
        try:
            answer = await self._desk.call(request)
        except Refused as refusal:
            self._link.note(refusal)
            raise
        self._link.note(None)
        return answer

    async def stream(self, request: "AskBillingChat") -> AsyncGenerator["ChatEvent", None]:
        """Yield the events of an answer as it is written."""
        try:
            async with aclosing(self._desk.stream(request)) as events:
                async for event in events:
                    self._link.note(None)
                    yield event
        except Refused as refusal:
            self._link.note(refusal)
            raise

    async def prepare(self) -> None:
        """Load what the first question needs."""
        await self._desk.prepare()

    async def hang_up(self) -> None:
        """Close connections."""
        await self._desk.hang_up()

    def close(self) -> None:
        """Give the desk back."""
        self._desk.close()
