"""`make bench`: measure everything in one run, print what was found, and fail when a bound is broken.

Each measure stands beside a floor that is measured in the same run, round by round in turn, so that a slow or busy
machine changes both. Run it on a machine that has nothing else to do all the same: then the spreads are narrow.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks import (
    actions,
    change_requests,
    chat,
    first_frame,
    heartbeats,
    keys,
    memory,
    payments,
    results,
    scale,
    scale_postgresql,
    service,
)
from tests.benchmarks.figures import Group
from tests.benchmarks.table import lines


@dataclass(frozen=True)
class Benchmark:
    """A group of measures, how many rounds it takes, and how many in a hurry: with none, only if asked for by name."""

    measure: Callable[[int], Group]
    rounds: int
    quick: int


BENCHMARKS = {
    "first-frame": Benchmark(first_frame.measure, rounds=15, quick=5),
    "keys": Benchmark(keys.measure, rounds=8, quick=2),
    "results": Benchmark(results.measure, rounds=8, quick=2),
    "scale": Benchmark(scale.measure, rounds=25, quick=7),
    "chat": Benchmark(chat.measure, rounds=2, quick=1),
    "memory": Benchmark(memory.measure, rounds=1, quick=1),
    "actions": Benchmark(actions.measure, rounds=15, quick=5),
    "change-requests": Benchmark(change_requests.measure, rounds=15, quick=5),
    "service": Benchmark(service.measure, rounds=3, quick=1),
    "heartbeats": Benchmark(heartbeats.measure, rounds=5, quick=2),
    "payments": Benchmark(payments.measure, rounds=1, quick=1),
    "scale-postgresql": Benchmark(scale_postgresql.measure, rounds=15, quick=0),
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks and return the exit code: 1 when a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="run this one; may be given several times")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first impression, with wider spreads")
    options = parser.parse_args(arguments)
    chosen = options.only or [name for name, each in BENCHMARKS.items() if each.quick or not options.quick]
    broken = 0
    for name in chosen:
        benchmark = BENCHMARKS[name]
        rounds = (options.quick and benchmark.quick) or benchmark.rounds
        group = benchmark.measure(rounds)
        sys.stdout.write("\n".join((*lines(name, group), "", "")))
        sys.stdout.flush()
        broken += sum(figure.broken for figure in group.figures)
    sys.stdout.write(f"Bounds broken: {broken}\n" if broken else "Every bound is kept.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
