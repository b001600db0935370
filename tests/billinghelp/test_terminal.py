"""The app needs a terminal that can show it, puts the shell on it before anything heavy, and leaves when it is gone."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from billinghelp.terminal import require_terminal, terminal_is_there
from services.contract.errors import Refused

HEAVY = (
    *("sqlalchemy", "alembic", "psycopg", "stripe", "openai", "fastapi", "fpdf"),
    *("services.surface", "services.contract.views", "textual.widgets._markdown", "textual.widgets._data_table"),
)
WORDS = ("Billing Help", "Billing blockers", "Guidance")

FIRST_FRAME = f"""
import sys
from pathlib import Path
from billinghelp.app import BillingHelpApp

class Watched(BillingHelpApp):
    def on_ready(self):
        frame = "".join(strip.text for strip in self.screen._compositor.render_strips())
        found = [name for name in {HEAVY!r} if name in sys.modules]
        missing = [word for word in {WORDS!r} if word not in frame]
        Path(sys.argv[1]).write_text(f"imported {{found}}, missing {{missing}}")
        self.exit()

def open_desk():
    raise AssertionError("the desk is opened only after the first frame")

Watched(open_desk).run()
"""

VANISHING = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from billinghelp.app import BillingHelpApp
from tests.billinghelp.fake_desk import FakeDesk
BillingHelpApp(FakeDesk).run()
"""

ENVIRONMENT = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36", "PYTHONPATH": os.getcwd()}


class OnTerminal:
    """A program on a terminal of its own."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.master, self.slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            env=ENVIRONMENT,
        )
        os.close(self.slave)

    def read_until(self, marker: bytes) -> None:
        """Read what it draws until the marker stands there."""
        drawn = b""
        deadline = time.monotonic() + 60
        while marker not in drawn:
            assert time.monotonic() < deadline, drawn[-500:]
            try:
                drawn += os.read(self.master, 65_536)
            except OSError:
                break


def test_at_the_first_frame_the_shell_stands_and_nothing_heavy_has_been_imported(tmp_path: Path) -> None:
    found = tmp_path / "found"
    on_terminal = OnTerminal(FIRST_FRAME, str(found))
    on_terminal.read_until(b"never drawn")
    assert on_terminal.process.wait(30) == 0
    assert found.read_text() == "imported [], missing []"


def test_when_the_terminal_has_gone_without_a_hang_up_the_app_leaves() -> None:
    on_terminal = OnTerminal(VANISHING)
    on_terminal.read_until(b"Customer")
    os.close(on_terminal.master)
    try:
        on_terminal.process.wait(30)
    finally:
        if on_terminal.process.poll() is None:
            on_terminal.process.send_signal(signal.SIGKILL)
            on_terminal.process.wait()


def test_a_terminal_is_there_until_its_other_end_is_closed() -> None:
    master, slave = pty.openpty()
    assert terminal_is_there(slave)
    os.close(master)
    assert not terminal_is_there(slave)
    os.close(slave)


def test_without_a_terminal_the_app_is_refused_with_another_way() -> None:
    with pytest.raises(Refused, match="billinghelp show CUSTOMER") as caught:
        require_terminal({"TERM": "xterm"})
    assert caught.value.reason == "NO_TERMINAL"


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {}])
def test_a_dumb_terminal_is_refused(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(Refused, match="TERM=dumb"):
        require_terminal(environ)
