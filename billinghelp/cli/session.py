"""What commands share: the settings of their options, and a desk that is closed when they end."""

import argparse
import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from billinghelp.config import Flags, Settings, load_settings
from billinghelp.logs import log_to_file
from services.contract.errors import invalid

if TYPE_CHECKING:  # importing it would delay the app's first frame
    from services.contract.requests import Request
    from services.contract.views import Identity

_T = TypeVar("_T")


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the command's options, the environment and the configuration file give."""
    flags = Flags(
        database_url=options.database_url,
        server_url=options.server_url,
        theme=getattr(options, "theme", None),
        acting_as=options.acting_as,
        read_only=options.read_only,
    )
    settings = load_settings(flags, os.environ)
    log_to_file(settings.secrets())
    return settings


def database_settings_of(options: argparse.Namespace, command: str) -> Settings:
    """Return the settings for a command that works on a database itself.

    Raises:
        Refused: `USAGE`, where a server is configured: the command would look at another database than its.
    """
    settings = settings_of(options)
    if settings.server_url:
        raise invalid(
            "USAGE",
            f"A server is configured, and {command} works on a database: run it where that is, with --database-url, or"
            " unset BILLINGHELP_SERVER_URL (or server_url in config.toml).",
        )
    return settings


@contextmanager
def opened(options: argparse.Namespace) -> Iterator["Session"]:
    """Yield a session on the configured desk."""
    from billinghelp.desk import open_desk

    session = Session(open_desk(settings_of(options)))
    try:
        yield session
    finally:
        session.close()


class Session:
    """A desk whose calls a command waits for, all in one event loop: connections that are kept open belong to one."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self._runner = asyncio.Runner()

    def call(self, request: "Request", **more: Any) -> Any:
        """Return the answer to a request."""
        return self.run(self.desk.call(request, **more))

    def offers(self, method: "type[Request]") -> bool:
        """Return whether the caller may call a method now; the call itself says why not."""
        from services.contract.requests import WhoAmI

        identity: Identity = self.call(WhoAmI())
        return method.__name__ in identity.methods

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what work on the desk comes to."""
        return self._runner.run(work)

    def close(self) -> None:
        """Close the connections, and give the desk back."""
        try:
            self.run(self.desk.hang_up())
        finally:
            self._runner.close()
            self.desk.close()
