"""`python -m tests.simulation`: a team on one database, with crashes, for as long as you like.

Each run of `--steps` steps has a seed of its own, counted up from `--seed`; a failure names the seed that replays it.
"""

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date

from tests.simulation.branches import REACHED
from tests.simulation.simulation import Broken, Simulation
from tests.simulation.stores import FreshStores, postgresql_stores, sqlite_stores

_STORES: dict[str, Callable[[str], AbstractContextManager[FreshStores]]] = {
    "sqlite": sqlite_stores,
    "postgresql": postgresql_stores,
}
_ENOUGH_STEPS = 1_000
"""From here on a branch that was never reached fails the run."""


def main(arguments: Sequence[str]) -> int:
    """Run and return the exit code: 1 when something that must hold does not, or was never tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__.partition("\n")[0])
    today = int(date.today().strftime("%Y%m%d"))  # noqa: DTZ011  (any number that differs from yesterday's)
    parser.add_argument("--seed", type=int, default=today, help="the first seed; today's date unless given")
    parser.add_argument("--steps", type=int, default=_ENOUGH_STEPS, help="steps a seed")
    parser.add_argument("--store", choices=_STORES, default="sqlite")
    parser.add_argument("--hours", type=float, default=0, help="go on with the next seeds for that long")
    options = parser.parse_args(arguments)
    _say(f"seed {options.seed}, {options.steps} steps a seed, {options.store}")
    logging.disable()  # what the product logs of faults that are made here on purpose
    deadline = time.monotonic() + options.hours * 3_600
    reached: Counter[str] = Counter()
    seed, steps = options.seed, 0
    with tempfile.TemporaryDirectory() as folder, _STORES[options.store](folder) as fresh_store:
        while True:
            began = time.monotonic()
            try:
                with fresh_store() as open_store:
                    reached += Simulation(seed, open_store).run(options.steps)
            except Broken:
                traceback.print_exc()
                again = f"--store {options.store} --seed {seed} --steps {options.steps}"
                _say(f"Replay it: python -m tests.simulation {again}")
                return 1
            steps += options.steps
            _say(f"seed {seed}: every invariant held after each step, {time.monotonic() - began:.1f} s")
            seed += 1
            if time.monotonic() >= deadline:
                break
    for branch in sorted(reached):
        _say(f"{reached[branch]:9} {branch}")
    never = sorted(REACHED - reached.keys())
    if never:
        _say("Never reached: " + ", ".join(never))
    return 1 if never and steps >= _ENOUGH_STEPS else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
