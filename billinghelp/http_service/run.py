"""The application on a socket: uvicorn, signals, and an orderly end."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from billinghelp.config import ServerLimits
from billinghelp.follower_process import FollowerProcess
from billinghelp.http_service.app import make_app
from billinghelp.http_service.connection import Connection, connection_type
from billinghelp.http_service.heartbeat_clock import HeartbeatClock
from billinghelp.http_service.sweeper import Sweeper
from billinghelp.http_service.webhooks import Webhooks
from billinghelp.payment_follower import PaymentFollower
from billinghelp.platform_sender import PlatformSender
from services.payments.nodes.heartbeats import Heartbeats
from services.storage.engine import Store
from services.surface.surface import Surface

_BACKLOG = 2_048  # connections that wait to be accepted: a crowd that comes back after a restart finds room
_LAST_WORDS_SECONDS = 5.0  # for what was written of an answer that is broken off to be stored
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """A surface being served. `run` in the process's main thread obeys signals; elsewhere, `stop` ends it.

    Args:
        sweeper: what is recorded meanwhile; null: nothing.
        sender: who tells the platform meanwhile of what was approved; null: nobody.
        heartbeats: answers nodes; null: nodes have no business here.
        follower: reads meanwhile what happens at Stripe; null: nobody.
        webhooks: hears Stripe; null: it has no business here.
        records: whether calls record: such a service is not ready where nothing can be recorded.
    """

    def __init__(
        self,
        surface: Surface,
        store: Store,
        limits: ServerLimits,
        sweeper: Sweeper | None,
        sender: PlatformSender | None = None,
        *,
        heartbeats: Heartbeats | None = None,
        follower: FollowerProcess | PaymentFollower | None = None,
        webhooks: Webhooks | None = None,
        records: bool,
    ) -> None:
        self._surface = surface
        heartbeat_clock = None if heartbeats is None else HeartbeatClock(heartbeats)
        self._meanwhile = [each for each in (sweeper, sender, heartbeat_clock, follower) if each is not None]
        self._server = _Server(
            uvicorn.Config(
                make_app(
                    surface,
                    store,
                    limits,
                    lambda: self._server.should_exit,
                    heartbeats=heartbeats,
                    webhooks=webhooks,
                    records=records,
                ),
                http=connection_type(limits),
                interface="asgi3",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=limits.shutdown_seconds,
            )
        )

    def run(self, listener: socket.socket, when_serving: Callable[[], None] = lambda: None) -> None:
        """Serve until told to stop, and let calls under way finish. The surface is the caller's to close.

        Args:
            when_serving: called once it serves, and obeys signals.
        """
        self._server.when_serving = when_serving
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(self._serve(listener))

    def stop(self) -> None:
        """Let the server stop; from any thread."""
        self._server.should_exit = True

    async def _serve(self, listener: socket.socket) -> None:
        meanwhile = [asyncio.create_task(each.run()) for each in self._meanwhile]
        await self._surface.prepare()
        await self._server.serve(sockets=[listener])
        for task in meanwhile:
            task.cancel()
        for connection in list(self._server.server_state.connections):
            if isinstance(connection, Connection):
                connection.leave_if_unheard()
        if broken_off := self._server.server_state.tasks:
            await asyncio.wait(broken_off, timeout=_LAST_WORDS_SECONDS)
        if meanwhile:
            await asyncio.wait(meanwhile)
        await self._surface.hang_up()


class _Server(uvicorn.Server):
    when_serving: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell that it is done."""
        await super().startup(sockets)
        self.when_serving()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in good order at the first signal; the second finds nobody who listens, and ends the process at once.

        Uvicorn's own way ends the process by the signal in either case, as if it had not been obeyed.
        """

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.should_exit = True
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)

        if threading.current_thread() is threading.main_thread():
            for each in _SIGNALS:
                signal.signal(each, stop)
        yield
