"""What all pages share: the open desk, who is signed in, the keys, the clock and where files are saved."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from billinghelp.desk_port import DeskPort, OpenDesk, ask

if TYPE_CHECKING:  # the first frame needs none of these types, and importing them would delay it
    from billinghelp.acting import ActionRunner
    from billinghelp.state_pane import State
    from services.contract.clock import Clock
    from services.contract.ids import NewId
    from services.contract.views import Identity


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
    trouble: "State | None" = None
    """Why the desk could not be opened, and what to press."""
    runner: "ActionRunner | None" = None
    """Runs audited actions; there is none before the desk is open."""
    _closed: bool = False

    async def open(self) -> None:
        """Open the desk and learn who is signed in.

        Raises:
            Refused: why it cannot be opened; then nothing has changed.
        """
        desk = await asyncio.to_thread(self._open_desk)
        from billinghelp.acting import ActionRunner  # what these lead to has been imported by the desk
        from services.contract.requests import WhoAmI
        from services.contract.views import Identity

        try:
            self.identity = await ask(desk, WhoAmI(), Identity)
        except BaseException:
            await asyncio.to_thread(desk.close)
            raise
        self.desk = desk
        self.runner = self.runner or ActionRunner(self.new_id)

    def _open_desk(self) -> DeskPort:
        desk = self.open_desk()
        if self._closed:  # the person has left meanwhile
            desk.close()
        return desk

    async def close(self) -> None:
        """Give the store back."""
        self._closed = True
        if self.desk is not None:
            await self.desk.hang_up()
            await asyncio.to_thread(self.desk.close)

    def store_label(self) -> str:
        """Return what the header calls the store."""
        if self.demo:
            return "demo store (thrown away on leaving)"
        return self.identity.store if self.identity else "opening the store…"

    def who(self) -> str:
        """Return who is signed in and as what, "" while unknown."""
        return f"{self.identity.actor} ({self.identity.role})" if self.identity else ""
