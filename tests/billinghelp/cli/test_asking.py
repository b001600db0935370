"""`ask` and `doctor` with a model, over real sockets."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command
from tests.model_server import ModelServer


@pytest.fixture
def asked(stocked: Command, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command line whose model is named by the option `model`."""
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.base_url)
    monkeypatch.setenv("BILLINGHELP_MODEL", "normal")
    return stocked


def test_a_key_without_a_model_sends_nothing(
    stocked: Command, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-that-happens-to-be-there")
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.base_url)
    assert "Rule-based guidance (no model)" in stocked("ask", "acme-eu", "What blocks them?").out
    assert "not used" in stocked("doctor").out
    assert not model_server.requests


def test_the_answer_is_signed_with_where_facts_went_and_what_it_cost(asked: Command, model_server: ModelServer) -> None:
    result = asked("ask", "acme-eu", "What blocks them?")
    assert result.code == 0
    assert "**2 blockers stop Acme GmbH.**" in result.out
    assert f"normal · facts sent to {model_server.address} · " in result.out
    assert " tokens" in result.out.splitlines()[-1]


def test_what_was_set_aside_stands_between_as_a_paragraph(asked: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLINGHELP_MODEL", "drop")
    out = asked("ask", "acme-eu", "What blocks them?").out
    before, notice, after = out.partition("\n\n▲ The connection to ")
    assert before.startswith("**2 blockers stop Acme GmbH.**")
    assert notice
    assert "Reviewed for Acme GmbH" in after
    assert "\n\n\n" not in out.replace("\n\n\nRule-based", "")


def test_events_say_where_an_answer_begins_again(asked: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLINGHELP_MODEL", "then-clean")
    events = [json.loads(line) for line in asked("ask", "acme-eu", "What blocks them?", "--json").out.splitlines()]
    assert {event["type"] for event in events} == {"delta", "answer"}
    (again,) = [event for event in events if event.get("restart")]
    assert again["restart"] == "drop"
    assert "set aside" in again["notice"]
    written = "".join(event["text"] for event in events[events.index(again) : -1])
    assert written.strip() == events[-1]["message"]["text"]


def test_the_payload_is_printed_and_nothing_is_sent(asked: Command, model_server: ModelServer) -> None:
    result = asked("ask", "acme-eu", "Did Acme pay?", "--payload")
    assert f"would be sent to {model_server.address}, and nothing else" in result.out
    assert '"Did CUSTOMER pay?"' in result.out
    document = asked("ask", "acme-eu", "Did Acme pay?", "--payload", "--json").json
    assert json.loads(document["payload"])["model"] == "normal"
    assert document["host"] == model_server.address
    assert not model_server.requests


def test_without_a_model_there_is_no_payload(stocked: Command) -> None:
    assert "Nothing is sent" in stocked("ask", "acme-eu", "Why?", "--payload").out


def test_the_doctor_asks_the_model_server(asked: Command, model_server: ModelServer) -> None:
    assert f"the server at {model_server.address} answers" in asked("doctor").out


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("{}/503/v1", "guidance:  broken"),
        ("{}/401/v1", "OPENAI_API_KEY"),
        ("http://127.0.0.1:1/v1", "cannot be reached"),
    ],
)
def test_the_doctor_says_what_is_wrong_with_the_model(
    asked: Command, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch, base_url: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", base_url.format(f"http://{model_server.address}"))
    result = asked("doctor")
    assert result.code == 1
    assert said in result.out
    assert "Until then the rules answer." in result.out


@pytest.mark.parametrize(
    ("variable", "value"), [("OPENAI_BASE_URL", "ftp://models"), ("BILLINGHELP_MODEL", "two\nlines")]
)
def test_settings_that_cannot_work_are_refused_in_a_sentence(
    asked: Command, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = asked("ask", "acme-eu", "Why?")
    assert result.code == 2
    assert variable in result.err


def test_the_limits_of_a_model_are_a_table_of_the_file(
    asked: Command, model_server: ModelServer, tmp_path: Path
) -> None:
    folder = tmp_path / "config" / "billinghelp"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[guidance]\nmax_output_tokens = 77\nmax_output_tokens_field = "max_tokens"\n')
    assert asked("ask", "acme-eu", "Why?").code == 0
    document = json.loads(model_server.requests[0].body)
    assert document["max_tokens"] == 77
    assert "max_completion_tokens" not in document
    (folder / "config.toml").write_text('[guidance]\nmax_output_tokens_field = "foo"\n')
    assert "choose one of max_completion_tokens, max_tokens, none" in asked("ask", "acme-eu", "Why?").err
    (folder / "config.toml").write_text("[guidance]\nanswer_seconds = 0\n")
    assert "answer_seconds" in asked("ask", "acme-eu", "Why?").err


def test_the_log_holds_the_hash_of_what_was_sent_and_not_a_word(
    asked: Command, model_server: ModelServer, tmp_path: Path
) -> None:
    program = "import sys; from billinghelp.cli.main import run; sys.exit(run(sys.argv[1:]))"
    arguments = ("ask", "acme-eu", "Between us: what blocks them?")
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True)
    (log,) = tmp_path.rglob("billinghelp.log")
    said = log.read_text()
    assert hashlib.sha256(model_server.requests[0].body).hexdigest() in said
    assert "billing.state" in said
    for word in ("Between us", "Acme", "Needs review", "PO-7781"):
        assert word not in said
