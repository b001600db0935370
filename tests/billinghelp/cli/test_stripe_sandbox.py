"""`billinghelp stripe-sandbox`: the real process, from what it says to its exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from billinghelp.listening import listen
from tests.billinghelp.cli.conftest import Command

HOOK = "http://127.0.0.1:9/hook"


def sandbox_process(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """Start the command on any free port."""
    environ = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    command = [sys.executable, "-m", "billinghelp", "stripe-sandbox", "--port", "0", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)


def test_it_says_where_it_serves_and_ends_in_good_order_on_ctrl_c(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.db"
    with sandbox_process(tmp_path, "--state", str(state), "--webhook", HOOK, "--secret", "whsec_x") as process:
        assert process.stderr is not None
        said = [process.stderr.readline().rstrip("\n") for _ in range(5)]
        url = said[0].rpartition(" ")[2]
        headers = {"Authorization": "Bearer sk_test_sandbox"}
        made = httpx2.post(f"{url}/v1/products", headers=headers, data={"name": "Extra"}, trust_env=False)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert made.json()["name"] == "Extra"
    assert (process.returncode, out, err) == (0, "", "")
    assert said == [
        f"Serving the Stripe sandbox on {url}",
        "API version: 2026-10-28.endive",
        "Test key: sk_test_sandbox",
        f"Clock, webhooks and faults: {url}/sandbox",
        f"Webhooks: {HOOK}, signed with whsec_x",
    ]
    # what was made is there when it is served again; programs read where on standard output
    with sandbox_process(tmp_path, "--state", str(state), "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        listed = httpx2.get(f"{told['url']}/v1/products", headers=headers, trust_env=False).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    products = {each["name"]: each["id"] for each in listed["data"]}
    assert products["Extra"] == made.json()["id"]
    assert products.keys() == {"Extra", "Starter", "Growth", "Business"}  # it sells the plans that are configured
    assert (told["test_key"], told["webhook_url"]) == ("sk_test_sandbox", None)


# ── what keeps it from serving; no process is needed to see that ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--host", "0.0.0.0"], "serves this machine alone"),
        (["--host", "billing.example"], "serves this machine alone"),
        (["--secret", "whsec_x"], "say with --webhook where they go"),
        (["--webhook", HOOK, "--secret", "hush"], "must begin with whsec_"),
        (["--webhook", "https://example.com/hook"], "delivers to this machine alone"),
        (["--port", "70000"], "a port from 0 to 65535"),
    ],
)
def test_wrong_usage_says_what_to_do(command: Command, wrong: list[str], sentence: str) -> None:
    result = command("stripe-sandbox", "--port", "0", *wrong)
    assert result.code == 2
    assert sentence in result.err


def test_a_port_in_use_is_named(command: Command) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = command("stripe-sandbox", "--port", str(port))
    assert result.code == 3
    assert f"Port {port} on 127.0.0.1 is in use" in result.err


def test_a_file_that_is_no_state_is_left_alone(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and longer than a header of one would be" * 100)
    before = file.read_bytes()
    result = command("stripe-sandbox", "--port", "0", "--state", str(file))
    assert result.code == 3
    assert "name another file with --state" in result.err
    assert file.read_bytes() == before


def test_its_help_has_an_example(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command("stripe-sandbox", "--help")
    assert "Example: billinghelp stripe-sandbox --webhook" in capsys.readouterr().out
