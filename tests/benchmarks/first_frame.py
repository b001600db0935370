"""From the command to what a person sees: the shell, and the customer who was named, against a bare Textual app."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.figures import Bound, Group, compare, milliseconds
from tests.benchmarks.stores import SMALL, cached_store, environment
from tests.benchmarks.terminal import running

SHELL, SUMMARY = Bound(1.25), Bound(2.8)

BARE_APP = (sys.executable, str(Path(__file__).parent / "floors" / "bare_app.py"))
BILLING_HELP = (str(Path(sys.executable).parent / "billinghelp"),)
# The first customer of every demo: needs review, with an approved invoice rail and an open checklist item.
CUSTOMER = ("--customer", "demo-0001")
SUMMARY_SHOWN = "Needs review"
"""What stands in the summary of that customer and nowhere else on the screen."""


def measure(rounds: int) -> Group:
    """Compare the shell's first frame, and the first sight of the summary."""
    database = environment(cached_store(SMALL))
    bare: list[float] = []
    shell: list[float] = []
    summary: list[float] = []
    for number in range(rounds + 1):
        times = (
            _time_to(BARE_APP, "READY", {}),
            _time_to(BILLING_HELP, "Billing Help", database),
            _time_to((*BILLING_HELP, *CUSTOMER), SUMMARY_SHOWN, database),
        )
        if number:  # the first round leaves compiled bytecode behind for the others
            for kept, time in zip((bare, shell, summary), times, strict=True):
                kept.append(time)
    figures = [
        compare("first frame: «Billing Help»", shell, bare, SHELL, milliseconds),
        compare("summary of --customer", summary, bare, SUMMARY, milliseconds),
    ]
    return Group("from the command to the screen, against a bare Textual app (one Static, one Input)", figures)


def _time_to(command: Sequence[str], text: str, environ: dict[str, str]) -> float:
    with running(command, environ) as terminal:
        return terminal.wait_for(text) - terminal.started
