"""What the app holds in memory on the large store, once somebody has worked with it."""

from tests.benchmarks.figures import Bound, Figure, Group
from tests.benchmarks.first_frame import BARE_APP, BILLING_HELP, CUSTOMER, SUMMARY_SHOWN
from tests.benchmarks.stores import LARGE, cached_store, environment
from tests.benchmarks.terminal import Terminal, running
from tests.benchmarks.typist import Typist

BOUND = Bound(150)

_MEGABYTE = 1024 * 1024
_TEXTS = ("optics", "gmbh", "brindlemoor")
_ESCAPE = b"\x1b"


def measure(_rounds: int) -> Group:
    """Measure the app after its work: once, as memory does not depend on what else the machine does."""
    with running(BARE_APP) as bare:
        bare.wait_for("READY")
        floor = bare.memory()
    with running((*BILLING_HELP, *CUSTOMER), environment(cached_store(LARGE))) as ours:
        ours.wait_for(SUMMARY_SHOWN)
        opened = ours.memory()
        _work(ours)
        worked = ours.memory()
    figures = [
        _figure("with a customer opened, now", opened["VmRSS"], floor["VmRSS"], None),
        _figure("after searches, walks, ledger, audit, guide: now", worked["VmRSS"], floor["VmRSS"], BOUND),
        _figure("at most", worked["VmHWM"], floor["VmHWM"], BOUND),
    ]
    return Group(f"resident memory of the app on {LARGE:,} customers, in MB; beside it a bare Textual app's", figures)


def _work(terminal: Terminal) -> None:
    """Search, walk through blocked customers, and look at all that there is of one."""
    terminal.run_for(1)
    terminal.write(b"/")
    terminal.run_for(1)
    Typist(terminal, lambda _typed: None).type_round(_TEXTS)
    for key in (_ESCAPE, *[b"n"] * 10, b"l", _ESCAPE, b"a", _ESCAPE, b"1"):
        terminal.write(key)
        terminal.run_for(0.7)


def _figure(what: str, ours: int, floor: int, bound: Bound | None) -> Figure:
    megabytes = ours / _MEGABYTE
    return Figure(what, f"{megabytes:.0f} MB", f"{floor / _MEGABYTE:.0f} MB", megabytes, None, bound)
