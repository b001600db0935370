"""The commands over a server: the same words as on its database, the token found and kept, and what is refused."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.errors import KeyringLocked

from services.contract.requests import CreateToken, Request
from services.surface.http_client.answers import silence
from services.surface.http_client.client import HttpSurface
from services.surface.http_client.connection import Silence
from tests.billinghelp.cli.conftest import Command, Result
from tests.http_server import Served
from tests.surface import customer


@pytest.fixture
def token(stocked: Command) -> str:
    """An administrator's token, issued on the server's machine."""
    return stocked("tokens", "create", "--role", "platform_admin", "--name", "ada").out.strip()


@pytest.fixture
def remote(command: Command, served: Served, token: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command line on that server."""
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", served.url)
    monkeypatch.setenv("BILLINGHELP_TOKEN", token)
    return command


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks into the keyring of the machine that runs it."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None)


READING = [
    ("customers", "--blocked"),
    ("show", "acme-eu"),
    ("show", "nobody"),
    ("ask", "acme-eu", "What blocks them?"),
    ("ask", "acme-eu", "--starter", "summarize_report", "--payload"),
    ("export", "acme-eu", "--format", "csv", "-o", "-"),
    ("audit", "verify"),
    ("audit", "show"),
    ("rpc", "ListLedgerEntries", '{"customer_id": "acme-eu"}'),
    ("rpc", "ListLedgerEntries", '{"customer_id": 7}'),
    ("tokens", "list"),
]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_command_says_over_a_server_what_it_says_on_its_database(
    remote: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    over_http = remote(*arguments)
    monkeypatch.delenv("BILLINGHELP_SERVER_URL")
    assert remote(*arguments) == over_http
    assert over_http.out or over_http.code


def test_an_import_and_a_trail_go_over_a_server(remote: Command, tmp_path: Path) -> None:
    file = tmp_path / "more.jsonl"
    file.write_text(json.dumps(customer("fresh", legal_name="Fresh SA")))
    assert remote("import", str(file)).out.startswith("Imported: 1 created")
    file.write_text("{}\n[]")
    refused = remote("import", str(file))
    assert refused.code == 1
    assert "line 2: " in refused.err
    assert remote("audit", "export", "-o", "trail.jsonl").code == 0
    assert remote("audit", "verify", "--against", "trail.jsonl").code == 0
    actors = {event["actor"] for event in remote("audit", "show", "--json").json["events"]}
    assert "ada" in actors


def test_a_chat_is_streamed_event_by_event(remote: Command) -> None:
    lines = remote("ask", "acme-eu", "Why?", "--json").out.splitlines()
    assert [json.loads(line)["type"] for line in lines][-1] == "answer"


def test_who_am_i_names_the_server_in_place_of_a_store(remote: Command, served: Served) -> None:
    identity = remote("rpc", "WhoAmI").json
    assert (identity["actor"], identity["role"]) == ("ada", "platform_admin")
    assert identity["store"] == served.url.removeprefix("http://")


# ── the token ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_token_stands_alone_on_standard_output(stocked: Command) -> None:
    made = stocked("tokens", "create", "--role", "operator", "--name", "olga", "--expires", "12h")
    assert made.out.startswith("bht_")
    assert made.out.count("\n") == 1
    assert "olga (operator)" in made.err
    assert "shown this once" in made.err
    assert made.out.strip().partition(".")[2] not in made.err


def test_of_a_token_whose_answer_was_lost_it_is_said_how_to_take_it_back(
    remote: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = HttpSurface.call

    async def lose(surface: HttpSurface, request: Request) -> object:
        answer = await answered(surface, request)
        if isinstance(request, CreateToken):
            raise silence(Silence.BROKEN_OFF, surface.host, recorded=True)
        return answer

    monkeypatch.setattr(HttpSurface, "call", lose)
    lost = remote("tokens", "create", "--role", "operator", "--name", "olga")
    assert lost.code == 3
    assert not lost.out
    assert "billinghelp tokens list" in lost.err
    assert "billinghelp tokens revoke" in lost.err
    listed = remote("tokens", "list").out.splitlines()
    assert "olga" in listed[0]  # the newest stands first, and is the one to revoke
    assert "is revoked" in remote("tokens", "revoke", listed[0].split()[0]).out


def test_a_token_that_was_refused_leaves_nothing_to_take_back(remote: Command) -> None:
    refused = remote("tokens", "create", "--role", "operator", "--name", "olga", "--expires", "never")
    assert refused.code
    assert "revoke" not in refused.err


def test_a_token_is_made_listed_and_taken_back_also_over_a_server(remote: Command) -> None:
    arguments = ("--role", "customer_admin", "--name", "carla", "--customer", "acme-eu")
    made = remote("tokens", "create", *arguments, "--json").json
    assert made["token"].startswith(made["token_id"])
    assert "carla (customer_admin of acme-eu)" in remote("tokens", "list").out
    # pasted whole: the id is its first part
    assert "is revoked" in remote("tokens", "revoke", made["token"]).out
    assert "carla" not in remote("tokens", "list").out
    assert "revoked" in remote("tokens", "list", "--all").out
    assert [each["name"] for each in remote("tokens", "list", "--json").json["tokens"]] == ["ada"]


def test_what_a_role_needs_is_named_as_the_command_takes_it(stocked: Command) -> None:
    without = stocked("tokens", "create", "--role", "customer_admin", "--name", "anna")
    assert without.err == "billinghelp: Name a customer with --customer: the role customer_admin belongs to one.\n"
    beyond = stocked("tokens", "create", "--role", "operator", "--name", "olga", "--customer", "acme-eu")
    assert beyond.err == "billinghelp: Leave out --customer: the role operator belongs to none.\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("create", "--role", "operator", "--name", " "), "INVALID_NAME"),
        (("create", "--role", "operator", "--name", "o", "--expires", "soon"), "INVALID_LIFETIME"),
        (("create", "--role", "customer_admin", "--name", "o"), "INVALID_TENANT"),
        (("create", "--role", "god", "--name", "o"), "USAGE"),
        (("revoke", "bht_nobody"), "TOKEN_NOT_FOUND"),
    ],
)
def test_what_cannot_be_is_refused(stocked: Command, arguments: tuple[str, ...], reason: str) -> None:
    refused = stocked("tokens", *arguments, "--json")
    assert refused.error["reason"] == reason
    assert refused.code == (1 if reason == "TOKEN_NOT_FOUND" else 2)


def test_without_tokens_it_is_said_how_to_issue_one(stocked: Command) -> None:
    assert stocked("tokens", "list").out == "No token serves now: billinghelp tokens create issues one.\n"


def test_a_token_comes_from_the_keyring_where_none_is_configured(
    remote: Command, served: Served, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BILLINGHELP_TOKEN")
    entries = {("billinghelp", served.url): f"{token}\n"}
    monkeypatch.setattr(keyring, "get_password", lambda *entry: entries.get(entry))
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", f"{served.url}/")
    assert remote("show", "acme-eu").code == 0


@pytest.mark.parametrize("locked", [False, True])
def test_without_a_token_the_ways_to_give_one_are_named(
    remote: Command, served: Served, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    def refuse(_service: str, _user: str) -> None:
        raise KeyringLocked

    monkeypatch.delenv("BILLINGHELP_TOKEN")
    if locked:
        monkeypatch.setattr(keyring, "get_password", refuse)
    refused = remote("show", "acme-eu", "--json")
    assert (refused.code, refused.error["code"], refused.error["reason"]) == (1, "unauthenticated", "TOKEN_MISSING")
    for way in ("BILLINGHELP_TOKEN", "config.toml", f"keyring set billinghelp {served.url}"):
        assert way in refused.error["message"]
    assert ("could not be read" if locked else "no keyring that can be used") in refused.error["message"]


def test_a_token_that_does_not_serve_is_refused_and_shown_nowhere(
    remote: Command, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    monkeypatch.setenv("BILLINGHELP_TOKEN", wrong)
    refused = remote("show", "acme-eu")
    assert refused.code == 1
    assert "not known here" in refused.err
    assert wrong.partition(".")[2] not in refused.err


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_the_tokens_and_not_to_be_chosen(remote: Command) -> None:
    refused = remote("show", "acme-eu", "--as", "operator", "--json")
    assert (refused.code, refused.error["reason"]) == (2, "ROLE_WITH_SERVER")


def test_a_server_in_the_clear_is_wrong_usage(remote: Command) -> None:
    refused = remote("show", "acme-eu", "--server-url", "http://billing.example.com", "--json")
    assert (refused.code, refused.error["reason"]) == (2, "SERVER_NOT_SECURE")


def test_a_database_that_is_named_wins_over_a_server_that_merely_stands_in_the_environment(
    remote: Command, served: Served, tmp_path: Path
) -> None:
    served.service.stop()
    assert remote("show", "acme-eu", "--database-url", f"sqlite:///{tmp_path / 'store' / 'test.db'}").code == 0


def test_a_server_that_is_not_there_is_unavailable(
    command: Command, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        monkeypatch.setenv("BILLINGHELP_SERVER_URL", f"http://127.0.0.1:{closing.getsockname()[1]}")
    monkeypatch.setenv("BILLINGHELP_TOKEN", token)
    for arguments in (("show", "acme-eu"), ("ask", "acme-eu", "Why?")):
        refused = command(*arguments, "--json")
        assert (refused.code, refused.error["reason"]) == (3, "SERVER_UNREACHABLE")
    assert "cannot be reached" in command("doctor").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("rpc", "ApproveTrial", '{"customer_id": "acme-eu", "reason": "why", "request_id": "r", "etag": "b1"}'),
        ("tokens", "create", "--role", "operator", "--name", "olga"),
        ("ask", "acme-eu", "Why?"),
    ],
)
def test_a_read_only_session_changes_nothing_on_a_server(remote: Command, arguments: tuple[str, ...]) -> None:
    refused = remote(*arguments, "--read-only", "--json")
    assert (refused.code, refused.error["reason"]) == (1, "READ_ONLY")
    identity = remote("rpc", "WhoAmI", "--read-only").json
    assert identity["read_only"]
    assert "ApproveTrial" not in identity["methods"]
    assert remote("rpc", "GetBillingChatThread", '{"customer_id": "acme-eu"}').json["messages"] == []


# ── the doctor ────────────────────────────────────────────────────────────────────────────────────────────────────────


def findings(result: Result) -> dict[str, dict[str, str]]:
    """Return what the doctor found, by subject."""
    return {each["subject"]: each for each in result.json["findings"]}


def test_the_doctor_finds_a_server_well(remote: Command, served: Served) -> None:
    found = findings(remote("doctor", "--json"))
    assert found["server"]["found"].startswith(f"{served.url.removeprefix('http://')} answers on this machine and is")
    assert found["token"]["found"].startswith("accepted: ada (platform_admin), until 20")
    assert "store" not in found
    assert {each["status"] for each in found.values()} <= {"ok", "missing"}


def test_the_doctor_says_what_is_wrong_with_a_token(
    remote: Command, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = remote("tokens", "create", "--role", "service", "--name", "feeder", "--expires", "2d").out.strip()
    monkeypatch.setenv("BILLINGHELP_TOKEN", short)
    assert "before that" in findings(remote("doctor", "--json"))["token"]["remedy"]
    monkeypatch.setenv("BILLINGHELP_TOKEN", token)
    remote("tokens", "revoke", short)
    monkeypatch.setenv("BILLINGHELP_TOKEN", short)
    result = remote("doctor", "--json")
    assert result.code == 1
    assert "was revoked" in findings(result)["token"]["found"]


def test_a_command_on_a_database_loads_no_http_client(stocked: Command) -> None:
    program = (
        "import sys; from billinghelp.cli.main import run; code = run(sys.argv[1:]);"
        "print([m for m in ('httpx2', 'keyring') if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, "show", "acme-eu"], capture_output=True, text=True, check=True
    )
    assert found.stderr == "[]\n"
