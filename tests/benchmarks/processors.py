"""Who used the processors while something ran: what binds it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter

import psycopg

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12  # in /proc/PID/stat, behind the name


class Usage:
    """How many processors each group of processes kept busy, on average; added up over all that was watched."""

    def __init__(self) -> None:
        self._clock = 0.0
        self._used: dict[str, float] = {}

    def __str__(self) -> str:
        busy = ", ".join(f"{name} {used / self._clock:.2f}" for name, used in self._used.items())
        return f"{busy} of {os.cpu_count()} processors"

    def add(self, name: str, seconds: float) -> None:
        """Count seconds that a group computed."""
        self._used[name] = self._used.get(name, 0.0) + seconds

    @contextmanager
    def watched(self, groups: dict[str, Iterable[int]]) -> Iterator[None]:
        """Count what the processes of each group compute meanwhile."""
        before = {name: _computed(pids) for name, pids in groups.items()}
        began = perf_counter()
        yield
        self._clock += perf_counter() - began
        for name, computed in before.items():
            after = _computed(computed)
            self.add(name, sum(after[pid] - computed[pid] for pid in after))


def backends(url: str) -> list[int]:
    """Return the PostgreSQL server's processes as they are now."""
    with psycopg.connect(url) as connection:
        return [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]


def _computed(pids: Iterable[int]) -> dict[int, float]:
    """Return the CPU seconds of each process that still runs."""
    computed = {}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            computed[pid] = (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_A_SECOND
    return computed
