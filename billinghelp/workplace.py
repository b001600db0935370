"""What all pages share: the open desk, who is signed in, the keys, the clock and where files are saved."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from billinghelp.desk_port import DeskPort, OpenDesk, ask
from billinghelp.keys import key_label
from billinghelp.link import Link, WatchedDesk
from billinghelp.state_pane import State
from services.contract.errors import Refused

if TYPE_CHECKING:  # the first frame needs none of these types, and importing them would delay it
    from datetime import datetime

    from billinghelp.acting import ActionRunner
    from services.contract.clock import Clock
    from services.contract.ids import NewId
    from services.contract.views import Identity

TRY_AGAIN_AFTER = (0.5, 1.0, 2.0, 5.0)
"""Seconds before a server that gave no answer is asked again; the last one stays. Many desks may be waiting for it."""


@dataclass(kw_only=True)
class Workplace:
    """The state of the whole app; `desk` and `identity` are there once the store has answered."""

    open_desk: OpenDesk
    keys: Mapping[str, str]
    clock: "Clock"
    new_id: "NewId"
    folder: Path
    """Where exports are written."""
    demo: bool = False
    """Whether the store is a throw-away one."""
    desk: DeskPort | None = None
    identity: "Identity | None" = None
    blocked: str = ""
    """How many customers something blocks, ready to read; "" while unknown."""
    waiting: str = ""
    """How many change requests wait for a decision, ready to read; "" for none, or while unknown."""
    customer_id: str | None = None
    """Who is selected on the pages that show one customer; null: nobody."""
    paid_for: "tuple[str, datetime] | None" = None
    """The customer whose payments something was last done about here, and when: what changes soon after comes of it."""
    trouble: "State | None" = None
    """Why the desk could not be opened, and what to press."""
    runner: "ActionRunner | None" = None
    """Runs audited actions; there is none before the desk is open."""
    link: Link = field(default_factory=Link)
    """The way to the desk: whether answers come."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits before a server that gave no answer is asked again."""
    _trying: "asyncio.Task[None] | None" = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self.link.watch(self._link_changed)  # before every page, which then finds `trouble` as it is

    async def open(self) -> None:
        """Open the desk and learn who is signed in.

        Raises:
            Refused: why it cannot be opened; then nothing has changed.
        """
        desk = WatchedDesk(await asyncio.to_thread(self._open_desk), self.link)
        from billinghelp.acting import ActionRunner  # what these lead to has been imported by the desk
        from services.contract.requests import WhoAmI
        from services.contract.views import Identity

        try:
            self.identity = await ask(desk, WhoAmI(), Identity)
        except BaseException:
            await asyncio.to_thread(desk.close)
            raise
        earlier, self.desk = self.desk, desk
        self.runner = self.runner or ActionRunner(self.new_id, self._pause)
        if earlier is not None:
            await earlier.hang_up()
            await asyncio.to_thread(earlier.close)

    def _open_desk(self) -> DeskPort:
        desk = self.open_desk()
        if self._closed:  # the person has left meanwhile
            desk.close()
        return desk

    async def close(self) -> None:
        """Give the store back."""
        self._closed = True
        if self._trying is not None:
            self._trying.cancel()
        if self.desk is not None:
            await self.desk.hang_up()
            await asyncio.to_thread(self.desk.close)

    async def _pause(self, seconds: float) -> None:
        await self.sleep(seconds)

    def _link_changed(self) -> None:
        if self.desk is None:
            return  # who opens the desk says why it cannot be opened
        if self.link.shut_out is not None:
            self.trouble = self._shut_out(self.link.shut_out)
        elif self.link.lost and (self._trying is None or self._trying.done()):
            self._trying = asyncio.create_task(self._try_again(self.desk), name="reaching the server again")

    async def _try_again(self, desk: DeskPort) -> None:
        from services.contract.requests import WhoAmI  # as above
        from services.contract.views import Identity

        for pause in chain(TRY_AGAIN_AFTER, repeat(TRY_AGAIN_AFTER[-1])):
            await self._pause(pause)
            if not self.link.lost:  # somebody else's question was answered
                return
            with suppress(Refused):  # the link has taken it in
                self.identity = await ask(desk, WhoAmI(), Identity)

    def _shut_out(self, refusal: Refused) -> State:
        again, leave = key_label(self.keys["billing_help.refresh"]), key_label(self.keys["app.quit"])
        return State(
            title="The server no longer lets you in",
            text=f"{refusal.message} With a new one in the keyring, try again here; else leave, and start with it."
            " What you have typed stays as it is meanwhile.",
            keys=((again, "try again"), (leave, "quit")),
        )

    @property
    def is_remote(self) -> bool:
        """Whether the records are where a server is: who has a token came to one."""
        return self.identity is not None and self.identity.expires_at is not None

    def store_label(self) -> str:
        """Return what the header calls the store."""
        if self.demo:
            return "demo store (thrown away on leaving)"
        return self.identity.store if self.identity else "opening the store…"

    def who(self) -> str:
        """Return who is signed in and as what, "" while unknown."""
        return f"{self.identity.actor} ({self.identity.role})" if self.identity else ""
