"""`billinghelp serve`: the real process, from its first line to its exit code."""

import json
import signal
import sqlite3
from pathlib import Path

import httpx2
import pytest

from billinghelp.listening import listen
from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import CreateToken
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.billinghelp.cli.conftest import Command
from tests.billinghelp.http_service.wire import head, line_to
from tests.serve_process import serve_process
from tests.surface import OWNER


def token_for(path: Path, role: Role = Role.PLATFORM_ADMIN) -> str:
    """Return a new token of the database at a path."""
    surface = Surface(Store(f"sqlite:///{path}"), policy=Policy())
    text: str = surface.dispatch(OWNER, CreateToken(role=role, name="olga")).token
    surface.close()
    return text


def test_it_makes_its_file_says_where_it_serves_and_how_the_first_token_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.db"
    with serve_process(f"sqlite:///{path}", tmp_path) as serving:
        assert httpx2.get(f"{serving.url}/readyz").status_code == 200
        assert serving.stop() == 0
    assert path.exists()
    assert serving.said == [
        f"Serving the database sqlite:///{path} on {serving.url}",
        "Nobody can administer this server yet. Issue the first token on this machine: "
        'billinghelp tokens create --role platform_admin --name "…" --expires 90d',
    ]


def test_a_call_under_way_is_finished_when_it_is_told_to_stop(sqlite_path: Path, tmp_path: Path) -> None:
    token = token_for(sqlite_path)
    with serve_process(f"sqlite:///{sqlite_path}", tmp_path) as serving:
        with line_to(serving.url) as line:
            line.send(head("/rpc/WhoAmI", token, "Content-Length: 2", "Expect: 100-continue"))
            assert line.socket.recv(100).startswith(b"HTTP/1.1 100")  # it has begun
            serving.process.send_signal(signal.SIGTERM)
            line.send(b"{}")
            answer = line.answer()
        assert serving.wait() == 0
    assert (answer.status, json.loads(answer.body)["actor"]) == (200, "olga")
    assert len(serving.said) == 1  # somebody can administer it
    logged = [json.loads(line) for line in serving.log()]
    assert [line["method"] for line in logged if line["message"] == "answered"] == ["WhoAmI"]
    assert not [line for line in serving.log() if token.partition(".")[2] in line]


def test_ctrl_c_stops_it_too_and_a_second_signal_does_not_wait(sqlite_path: Path, tmp_path: Path) -> None:
    token = token_for(sqlite_path)
    with (
        serve_process(f"sqlite:///{sqlite_path}", tmp_path) as serving,
        line_to(serving.url) as line,
        line_to(serving.url) as idle,
    ):
        idle.send(head("/healthz", token, verb="GET"))
        assert idle.answer().status == 200
        line.send(head("/rpc/WhoAmI", token, "Content-Length: 2", "Expect: 100-continue"))
        assert line.socket.recv(100).startswith(b"HTTP/1.1 100")
        serving.process.send_signal(signal.SIGINT)
        assert idle.is_closed()  # the first signal was heard
        assert serving.stop(signal.SIGINT) == -signal.SIGINT


def test_its_settings_come_from_the_table_server(sqlite_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "billinghelp"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[server]\nrequests_per_minute = 1\nmax_header_kib = 1\n")
    headers = {"Authorization": f"Bearer {token_for(sqlite_path)}"}
    with serve_process(f"sqlite:///{sqlite_path}", tmp_path) as serving:
        with httpx2.Client(base_url=serving.url, headers=headers) as client:
            statuses = [client.post("/rpc/WhoAmI", json={}).status_code for _ in range(2)]
            large = client.get("/healthz", headers={"X-Long": "x" * 2_000})
        assert serving.stop() == 0
    assert statuses == [200, 429]
    assert large.status_code == 431


def test_an_address_that_others_can_reach_needs_tls_in_front(sqlite_path: Path, tmp_path: Path) -> None:
    with serve_process(f"sqlite:///{sqlite_path}", tmp_path, "--host", "0.0.0.0") as serving:
        assert serving.stop() == 0
    assert "put a proxy that speaks TLS in front of it" in serving.said[1]


# ── what keeps it from serving; no process is needed to see that ──────────────────────────────────────────────────────


def test_a_port_in_use_is_named(command: Command) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = command("serve", "--port", str(port))
    assert result.code == 3
    assert result.err == (
        f"billinghelp: Port {port} on 127.0.0.1 is in use: stop what serves there, or choose another --port.\n"
    )


def test_a_database_of_an_older_version_is_not_served(command: Command, sqlite_path: Path) -> None:
    with sqlite3.connect(sqlite_path) as database:
        database.execute("UPDATE alembic_version SET version_num = 'billinghelp_0001'")
    database.close()
    result = command("serve", "--port", "0", "--database-url", f"sqlite:///{sqlite_path}")
    assert result.code == 1
    assert "run billinghelp db upgrade" in result.err


def test_looking_on_makes_no_store(command: Command, tmp_path: Path) -> None:
    result = command("serve", "--port", "0", "--read-only", "--database-url", f"sqlite:///{tmp_path / 'none.db'}")
    assert result.code == 3
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("wrong", [["--as", "operator"], ["--port", "65536"], ["--port", "http"]])
def test_wrong_usage_is_told_apart(command: Command, wrong: list[str]) -> None:
    assert command("serve", *wrong).code == 2


def test_a_server_is_not_served_by_another_one(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", "https://billing.example")
    result = command("serve", "--port", "0")
    assert result.code == 2
    assert "serve works on a database" in result.err


def test_its_help_has_an_example(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command("serve", "--help")
    assert "Example: billinghelp serve --port 8700" in capsys.readouterr().out
