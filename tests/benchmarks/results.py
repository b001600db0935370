"""From a key to 50 painted results among 100 000 customers: our picker, against a stock OptionList asking the same."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from services.contract.policy import Policy
from services.contract.requests import ListBillingCustomers
from services.contract.views import CustomerList
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.benchmarks.figures import Bound, Group, compare, milliseconds
from tests.benchmarks.first_frame import BILLING_HELP
from tests.benchmarks.stores import LARGE, OPERATOR, cached_store, environment
from tests.benchmarks.terminal import Terminal, running
from tests.benchmarks.typist import Screen, Sign, Typist

BOUND = Bound(0.5)

_PAGE = 50
_VISIBLE = 20  # rows that both show at once; the other thirty lie below the edge of the terminal
_CELLS = 20  # of a name: as many are never cut off
_TEXTS = ("opti", "robo", "ana", "gmbh", "kest", "holdi", "fre", "orms", "studi", "bri", "sur", "lumb")
_TEXTS_A_ROUND = 6
_STOCK_PICKER = str(Path(__file__).parent / "floors" / "stock_picker.py")
_UNTIL_QUIET = 1.0

_Names = tuple[str, ...]


def measure(rounds: int) -> Group:
    """Compare both lists. Both programs run all the time."""
    url = cached_store(LARGE)
    found = _found(url)

    def sign_of(typed: str) -> Sign | None:
        # Only a key that brings 50 other results tells when they were painted.
        before, after = found[typed[:-1]], found[typed]
        return _shows(after) if len(after) == _PAGE and after[:_VISIBLE] != before[:_VISIBLE] else None

    with ExitStack() as opened:
        ours = _typist(opened.enter_context(running(BILLING_HELP, environment(url))), b"/", sign_of)
        floor = _typist(opened.enter_context(running((sys.executable, _STOCK_PICKER, url))), b"", sign_of)
        for number in range(rounds + 1):
            texts = [_TEXTS[(number * _TEXTS_A_ROUND + n) % len(_TEXTS)] for n in range(_TEXTS_A_ROUND)]
            for typist in (ours, floor):
                typist.type_round(texts)
    figure = compare("key to 50 results, p50", _medians(ours), _medians(floor), BOUND, milliseconds)
    return Group(f"from a key to its results, {LARGE:,} customers, against a stock OptionList", [figure])


def _found(url: str) -> dict[str, _Names]:
    """Return what the surface finds for each text and each of its beginnings."""
    surface = Surface(Store(url), policy=Policy())
    found = {}
    for query in {text[:end] for text in _TEXTS for end in range(len(text) + 1)}:
        page: CustomerList = surface.dispatch(OPERATOR, ListBillingCustomers(query=query, page_size=_PAGE))
        found[query] = tuple(row.legal_name for row in page.customers)
    surface.close()
    return found


def _typist(terminal: Terminal, opened_by: bytes, sign_of: Callable[[str], Sign | None]) -> Typist:
    terminal.run_for(2 * _UNTIL_QUIET)
    terminal.write(opened_by)
    terminal.wait_for("Type a name")
    terminal.run_for(_UNTIL_QUIET)
    return Typist(terminal, sign_of)


def _medians(typist: Typist) -> list[float]:
    return [median(seconds) for seconds in typist.seconds_by_round()]


def _shows(names: _Names) -> Sign:
    """Return the sign of these results: their names stand beneath each other."""
    sought = [name[:_CELLS] for name in names[:_VISIBLE]]

    def shown(screen: Screen) -> bool:
        first = next((row for row, line in enumerate(screen) if sought[0] in line), len(screen))
        lines = screen[first : first + len(sought)]
        return len(lines) == len(sought) and all(name in line for name, line in zip(sought, lines, strict=True))

    return shown
