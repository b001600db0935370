"""What commands share: the settings of their options, and a desk that is closed when they end."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from billinghelp.config import Flags, Settings, load_settings
from billinghelp.logs import log_to_file

if TYPE_CHECKING:  # importing it would delay the app's first frame
    from services.contract.requests import Request


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the command's options, the environment and the configuration file give."""
    flags = Flags(
        database_url=options.database_url,
        theme=getattr(options, "theme", None),
        acting_as=options.acting_as,
        read_only=options.read_only,
    )
    settings = load_settings(flags, os.environ)
    log_to_file(settings.secrets())
    return settings


@contextmanager
def opened(options: argparse.Namespace) -> Iterator["Session"]:
    """Yield a session on the configured desk."""
    from billinghelp.desk import open_desk

    desk = open_desk(settings_of(options))
    try:
        yield Session(desk)
    finally:
        desk.close()


class Session:
    """A desk whose calls a command waits for."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    @asynccontextmanager
    async def online(self) -> AsyncIterator[None]:
        """Let connections that are opened meanwhile be closed at the end."""
        try:
            yield
        finally:
            await self.desk.hang_up()

    def call(self, request: "Request", **more: Any) -> Any:
        """Return the answer to a request."""
        return asyncio.run(self.desk.call(request, **more))
