"""From a key to its letter on the screen: in the picker and in the composer, against a bare Textual Input."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds, percentile
from tests.benchmarks.first_frame import BARE_APP, BILLING_HELP, CUSTOMER, SUMMARY_SHOWN
from tests.benchmarks.stores import LARGE, cached_store, environment
from tests.benchmarks.terminal import Terminal, running
from tests.benchmarks.typist import Sign, Typist, row_of

BOUND = Bound(2)

# Found in thousands of names, in some, and in the end in one or none: each key brings other results to the picker.
_TEXTS = ("brindlemoor analytics", "ormswick optics s.a.", "halvornis geodata oy", "robotics gmbh lantern")
_TEXTS_A_ROUND = 2
_TAIL = 12  # letters that are compared: a field scrolls when it is full
_UNTIL_QUIET = 1.0


@dataclass(frozen=True)
class Field:
    """A field to type into: its program, when that is ready, the key that opens it, what it shows while empty."""

    command: Sequence[str]
    ready: str
    opened_by: bytes
    placeholder: str


_BARE = Field(BARE_APP, "READY", b"", "Type here")
_OURS = {
    "picker": Field((*BILLING_HELP, *CUSTOMER), SUMMARY_SHOWN, b"/", "Type a name, an id or a reference"),
    "composer": Field((*BILLING_HELP, *CUSTOMER), SUMMARY_SHOWN, b"i", "Ask about this customer"),
}


def measure(rounds: int) -> Group:
    """Compare both fields. All programs run all the time."""
    database = environment(cached_store(LARGE))
    with ExitStack() as opened:
        floor, *ours = [
            _typist(opened.enter_context(running(f.command, database)), f) for f in (_BARE, *_OURS.values())
        ]
        for number in range(rounds + 1):
            texts = [_TEXTS[(number * _TEXTS_A_ROUND + n) % len(_TEXTS)] for n in range(_TEXTS_A_ROUND)]
            for typist in (floor, *ours):
                typist.type_round(texts)
    figures = [
        figure
        for name, typist in zip(_OURS, ours, strict=True)
        for figure in _figures(name, typist.seconds_by_round(), floor.seconds_by_round())
    ]
    return Group(f"from a key to its letter on the screen ({LARGE:,} customers), against a bare Textual Input", figures)


def _typist(terminal: Terminal, field: Field) -> Typist:
    terminal.wait_for(field.ready)
    terminal.run_for(_UNTIL_QUIET)
    terminal.write(field.opened_by)
    terminal.run_for(_UNTIL_QUIET)
    return Typist(terminal, _stands_in(row_of(terminal, field.placeholder)))


def _stands_in(row: int) -> Callable[[str], Sign]:
    return lambda typed: lambda screen: typed[-_TAIL:] in screen[row]


def _figures(name: str, ours: Sequence[Sequence[float]], floor: Sequence[Sequence[float]]) -> list[Figure]:
    return [
        compare(
            f"key in the {name}, p{percent}",
            [percentile(seconds, percent) for seconds in ours],
            [percentile(seconds, percent) for seconds in floor],
            bound,
            milliseconds,
        )
        for percent, bound in ((95, BOUND), (50, None))
    ]
