"""The sandbox on a loopback port, in a thread of its own: for the command, for demos and for browsers."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.wire import ConnectionDropped

_UNDER_WAY_SECONDS = 2  # what has not been answered by then is a slow answer that was ordered


@contextmanager
def served(sandbox: Sandbox, listener: socket.socket) -> Iterator[None]:
    """Serve a sandbox while the block runs, on a socket that listens where its `base` says.

    Webhooks are delivered meanwhile. The sandbox is the caller's to close.
    """
    server = _Server(
        uvicorn.Config(
            sandbox.application,
            interface="asgi3",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_UNDER_WAY_SECONDS,
        )
    )
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_unwanted)
    thread = threading.Thread(target=server.run, args=([listener],), name="stripe sandbox")
    thread.start()
    try:
        server.serving.wait()
        yield
    finally:
        server.should_exit = True
        thread.join()
        log.removeFilter(_is_unwanted)


class _Server(uvicorn.Server):
    """Tells when it serves; its signals are those of the main thread, which it is not in."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell that it is done."""
        try:
            await super().startup(sockets)
        finally:
            self.serving.set()


def _is_unwanted(record: logging.LogRecord) -> bool:
    """Return whether a record is worth logging: a connection that was dropped by order is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConnectionDropped))
