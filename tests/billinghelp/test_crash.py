"""A fault leaves one sentence and a log in which no secret and no local variable stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from billinghelp.crash import HIDDEN, crash_sentence, redact, write_crash_log
from tests.builders import NOW

PROGRAM = """
import sys
from pathlib import Path
from billinghelp.app import BillingHelpApp

class Broken(BillingHelpApp):
    def on_ready(self):
        password = "local-variable-with-a-secret"
        raise RuntimeError("cannot reach postgresql://desk:hunter2@db/desk with bht_token_12345678, plain-secret")

app = Broken(None, log_folder=Path(sys.argv[1]), secrets=["plain-secret"])
app.run(headless=True)
sys.exit(app.return_code)
"""


def test_known_secrets_and_whatever_looks_like_one_are_hidden() -> None:
    said = redact("key sk_live_abcdef123 url postgresql://u:p@host/db Bearer abc.def mine", ["mine"])
    for secret in ("sk_live_abcdef123", "u:p", "abc.def", "mine"):
        assert secret not in said
    assert "host/db" in said


def test_both_parts_of_an_access_token_are_hidden() -> None:
    assert redact("with bht_01hzy7.Vq3x-4_kQ, again", []) == f"with {HIDDEN}, again"


def test_the_log_holds_where_it_came_from_and_no_local_variable(tmp_path: Path) -> None:
    def fail() -> None:
        card = "4242-4242"
        raise ValueError(f"broken {len(card)} with top-secret")

    with pytest.raises(ValueError, match="broken") as caught:
        fail()
    log = write_crash_log(caught.value, tmp_path / "logs", NOW, ["top-secret"])
    assert log is not None
    text = log.read_text()
    assert "in fail" in text
    assert "4242-4242\n" not in text.replace('card = "4242-4242"', "")
    assert "top-secret" not in text.replace('with top-secret")', "")
    assert HIDDEN in text


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = RuntimeError("broken")
    assert write_crash_log(error, tmp_path / "file", NOW, []) is None
    assert "no report could be written" in crash_sentence(error, None)


def test_a_fault_of_the_app_prints_one_sentence_and_no_secret(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"COLUMNS": "400"},
    )
    assert found.returncode == 1
    printed = found.stdout + found.stderr
    assert "Billing Help stopped because of a fault of its own (RuntimeError)" in printed
    (log,) = tmp_path.iterdir()
    assert log.name in "".join(printed.split())
    for secret in ("hunter2", "bht_token_12345678", "local-variable-with-a-secret", "plain-secret"):
        assert secret not in printed
    written = log.read_text()
    assert "RuntimeError: cannot reach" in written
    assert "hunter2" not in written
    assert "bht_token_12345678" not in written
