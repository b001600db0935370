"""A command line of its own: settings, store and folder in a temporary place."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from billinghelp.cli.main import run
from services.contract.policy import Policy
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.http_server import Served, serving
from tests.migrated import migrated
from tests.surface import customer


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error that was written as JSON."""
        return json.loads(self.err)["error"]


Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in a temporary folder, on a store that it makes itself."""
    for name in ("BILLINGHELP_SERVER_URL", "BILLINGHELP_TOKEN", "BILLINGHELP_MODEL", "STRIPE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BILLINGHELP_DATABASE_URL", f"sqlite:///{tmp_path / 'store' / 'test.db'}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        code = run(arguments)
        written = capsys.readouterr()
        return Result(code, written.out, written.err)

    return call


@pytest.fixture
def stocked(command: Command, tmp_path: Path) -> Command:
    """The same, on a store that stands already, with three customers, two of them blocked."""
    (tmp_path / "store").mkdir()
    migrated(tmp_path / "store" / "test.db")
    rows = [
        customer(),
        customer("beta", legal_name="Bêta [/b] 株式会社", billing={"payment_rail": "none"}),
        customer("clear", legal_name="Clear Skies Ltd", billing={"state": "verified"}, checklist=[]),
    ]
    file = tmp_path / "customers.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    assert command("import", str(file)).code == 0
    return command


@pytest.fixture
def served(stocked: Command, tmp_path: Path) -> Iterator[Served]:
    """The command line's own store, with three customers, as a server."""
    store = Store(f"sqlite:///{tmp_path / 'store' / 'test.db'}")
    surface = Surface(store, policy=Policy())
    with serving(surface, store) as server:
        yield server
    surface.close()
