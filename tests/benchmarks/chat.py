"""An answer as it streams into our pane, against one growing stock Markdown, and a thread of 500 messages."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.chat_stream import PER_SECOND, TOKENS
from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds, percentile
from tests.benchmarks.terminal import Terminal, running
from tests.benchmarks.typist import Sign, Typist

LAG_P95, LAG_P99, KEY, OPENED, MEMORY = Bound(10), Bound(30), Bound(100), Bound(150), Bound(60)
PROCESSOR = Bound(0.5)

_OURS = ("-m", "tests.benchmarks.chat_app")
_FLOOR = ("-m", "tests.benchmarks.floors.stock_chat")
_MEGABYTE = 1024 * 1024
_UNTIL_STREAMING = 2.0
_LONGEST = TOKENS / PER_SECOND + 40
_TEXTS = ("why is it open", "who approved", "since when", "what now")


def measure(rounds: int) -> Group:
    """Stream in turn into both, typing all the while; then open the thread."""
    ours = [_streamed(_OURS, "stream") for _ in range(rounds)]
    floor = [_streamed(_FLOOR) for _ in range(rounds)]
    return Group(
        f"{TOKENS:,} tokens at {PER_SECOND} a second, against one growing stock Markdown; a thread of 500 messages",
        [
            _absolute("event loop late, p95", _lags(ours, 95), _lags(floor, 95), LAG_P95),
            _absolute("event loop late, p99", _lags(ours, 99), _lags(floor, 99), LAG_P99),
            compare("processor time", _processor(ours), _processor(floor), PROCESSOR, milliseconds),
            _absolute("key to its letter meanwhile, at most", _slowest_key(ours), _slowest_key(floor), KEY),
            *_thread_figures(),
        ],
    )


def _streamed(command: Sequence[str], *arguments: str) -> Mapping[str, Any]:
    """Run a program while its answer comes, and type into it; return what it found, with the keys' latencies."""
    with TemporaryDirectory() as folder:
        result = Path(folder) / "found.json"
        with running((sys.executable, *command, str(result), *arguments)) as terminal:
            terminal.run_for(_UNTIL_STREAMING)
            typist = Typist(terminal, _sign_of)
            waited = 0.0
            while not result.exists():
                began = terminal.chunks[-1].at
                typist.type_round(_TEXTS)
                waited += terminal.chunks[-1].at - began
                if waited > _LONGEST:
                    raise AssertionError("the answer did not come to its end")
            found = json.loads(result.read_text(encoding="utf-8"))
        keys = [seconds for round_ in typist.seconds_by_round() for seconds in round_]
        return {**found, "keys": keys}


def _sign_of(typed: str) -> Sign:
    # What is typed stands in the last rows, away from the answer, which may say the same.
    return lambda screen: any(typed in line for line in screen[-5:])


def _thread_figures() -> Sequence[Figure]:
    with TemporaryDirectory() as folder:
        result = Path(folder) / "found.json"
        with running((sys.executable, *_OURS, str(result), "thread")) as terminal:
            _wait_for(result, terminal)
        found = json.loads(result.read_text(encoding="utf-8"))
    if found["shown"] != 500:
        raise AssertionError(f"{found['shown']} messages were shown")
    megabytes = found["memory"] / _MEGABYTE
    return [
        _absolute("thread opened: its newest page", found["opened"], None, OPENED),
        _absolute("an older page of it, at most", found["older"], None, None),
        Figure("all its messages looked at, memory", f"{megabytes:.0f} MB", "", megabytes, None, MEMORY),
    ]


def _wait_for(result: Path, terminal: Terminal) -> None:
    for _ in range(int(_LONGEST)):
        terminal.run_for(1)
        if result.exists():
            return
    raise AssertionError("the thread was not shown")


def _absolute(what: str, ours: float, floor: float | None, bound: Bound | None) -> Figure:
    return Figure(what, milliseconds(ours), milliseconds(floor) if floor is not None else "", ours * 1e3, None, bound)


def _lags(runs: Sequence[Mapping[str, Any]], percent: int) -> float:
    return percentile([lag for run in runs for lag in run["lags"]], percent)


def _processor(runs: Sequence[Mapping[str, Any]]) -> list[float]:
    return [run["processor"] for run in runs]


def _slowest_key(runs: Sequence[Mapping[str, Any]]) -> float:
    slowest: float = max(seconds for run in runs for seconds in run["keys"])
    return slowest
