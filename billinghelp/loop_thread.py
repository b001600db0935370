"""Work that goes on beside an app: a coroutine in a thread and an event loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any


class LoopThread:
    """Runs a coroutine from now on until it is stopped.

    Args:
        name: what the thread is called.
        make: makes the coroutine, in the thread: what it takes to import is imported there.
        after: how many seconds to wait before that; what somebody waits for at the start of an app comes first.
    """

    def __init__(self, name: str, make: Callable[[], Coroutine[Any, Any, object]], *, after: float = 0.0) -> None:
        self._make = make
        self._after = after
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._cancel: Callable[[], object] | None = None
        # No reason for a process to live on: what it leaves undone is done by who comes next.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let a transaction under way finish; return when it has."""
        with self._lock:
            self._stopping.set()
            if self._cancel is not None:
                self._cancel()
        self._thread.join()

    def _run(self) -> None:
        if self._stopping.wait(self._after):
            return
        loop = asyncio.new_event_loop()
        try:
            task = loop.create_task(self._make())
            with self._lock:
                if self._stopping.is_set():
                    task.cancel()
                self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            with self._lock:
                self._cancel = None
            loop.close()
