"""The payment follower of a server, in a process of its own.

To read again what Stripe tells of takes the processor's time, of which Python gives one thread of a process after the
other: apart, a storm of webhooks keeps nobody waiting whom the server answers.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import NoReturn

from billinghelp.config import Settings
from billinghelp.http_service.logs import log_to_standard_output
from billinghelp.payment_follower import CONNECTIONS, PaymentFollower, follower_of
from billinghelp.payments import open_office
from services.contract.errors import Refused
from services.storage.engine import Store
from services.storage.faults import unreachable

_log = logging.getLogger(__name__)

_BELL = b"\n"
_MANY_BELLS = 4_096
_NICENESS = 5  # of 19: whoever is waited for comes first
_AGAIN_AFTER = 5.0  # seconds
_LAST_WORDS_SECONDS = 15.0  # for a transaction under way, which may wait for a lock


class FollowerProcess:
    """Runs a payment follower in another process, and the next one when that is gone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bell: Connection | None = None

    def wake(self) -> None:
        """Have the inbox looked into now: something has arrived. In the event loop of `run`."""
        if self._bell is not None:
            with suppress(OSError):  # it is gone, or has been rung often enough
                os.write(self._bell.fileno(), _BELL)

    async def run(self) -> NoReturn:
        """Follow until cancelled."""
        while True:
            code = await self._follow()
            _log.error("The process that reads what happens at Stripe ended (%s); another one takes its place.", code)
            await asyncio.sleep(_AGAIN_AFTER)

    async def _follow(self) -> int | None:
        """Let a process follow until it ends, or end it when cancelled; return its exit code."""
        context = multiprocessing.get_context("spawn")
        heard, bell = context.Pipe(duplex=False)
        with closing(bell):
            with closing(heard):
                process = context.Process(target=_run, args=(self._settings, heard), daemon=True)
                await asyncio.to_thread(_start, process)
            os.set_blocking(bell.fileno(), False)
            self._bell = bell
            try:
                await _end_of(process)
            finally:
                self._bell = None
                bell.close()
                await asyncio.to_thread(_leave, process)
        return process.exitcode


async def _end_of(process: SpawnProcess) -> None:
    """Wait until a process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)


def _start(process: SpawnProcess) -> None:
    """Start a process that a terminal's interrupt leaves alone: the server has it as well, and ends this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which the new process has from this thread
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave(process: SpawnProcess) -> None:
    process.join(_LAST_WORDS_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()


def _run(settings: Settings, heard: Connection) -> None:
    """Follow until there is nobody any more who could ring: what the other process does."""
    os.nice(_NICENESS)
    log_to_standard_output(settings.secrets())
    with closing(Store(settings.database_url.reveal(), connections=CONNECTIONS)) as store:
        try:
            _open(store)
        except Refused as refused:
            _log.error("What happens at Stripe is not read: %s", refused.message)
            sys.exit(1)
        with closing(open_office(settings, None)) as office:
            asyncio.run(_until_alone(follower_of(settings, store, office), heard))


def _open(store: Store) -> None:
    """Open the store that the server has. One whose file is away is not made anew: what is put back is another."""
    if store.missing:
        raise unreachable(store.label)
    with store.read():
        pass


async def _until_alone(follower: PaymentFollower, heard: Connection) -> None:
    loop, alone = asyncio.get_running_loop(), asyncio.Event()

    def hear() -> None:
        if os.read(heard.fileno(), _MANY_BELLS):
            follower.wake()
        else:
            loop.remove_reader(heard.fileno())  # at its end a pipe can always be read
            alone.set()

    loop.add_reader(heard.fileno(), hear)
    loop.add_signal_handler(signal.SIGTERM, alone.set)
    following, waiting = asyncio.create_task(follower.run()), asyncio.create_task(alone.wait())
    await asyncio.wait((following, waiting), return_when=asyncio.FIRST_COMPLETED)
    loop.remove_reader(heard.fileno())
    following.cancel()  # once: it gives back what it holds meanwhile
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await following
