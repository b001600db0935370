"""The commands that read: plain text for people, one JSON document for programs, and the exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.billinghelp.cli.conftest import Command


def test_customers_are_listed_with_what_blocks_them(stocked: Command) -> None:
    result = stocked("customers", "--blocked")
    assert result.code == 0
    assert "acme-eu  Acme GmbH" in result.out
    assert "unverified billing" in result.out
    assert "Clear Skies" not in result.out
    assert result.out.endswith("2 of 2 customers\n")


def test_customers_come_as_one_document(stocked: Command) -> None:
    found = stocked("--json", "customers", "--query", "beta").json
    assert [row["customer_id"] for row in found["customers"]] == ["beta"]
    assert (found["total"], found["total_is_more"], found["next_page_token"]) == (1, False, None)


def test_a_name_is_found_without_its_accents(stocked: Command) -> None:
    assert "beta" in stocked("customers", "--query", "BETA").out
    assert "beta" in stocked("customers", "--query", "株式").out


def test_no_match_says_so(stocked: Command) -> None:
    assert stocked("customers", "--query", "zzzz").out == "No customers match.\n"


def test_an_unknown_blocker_names_the_known_ones(stocked: Command) -> None:
    result = stocked("customers", "--blocker", "gremlins")
    assert result.code == 2
    assert "overdue_invoice" in result.err


def test_show_is_the_whole_summary_as_text(stocked: Command) -> None:
    result = stocked("show", "acme-eu")
    for words in ("Needs review", "Invoice (growth tier)", "billing open", "Billing blockers: 2", "PO-7781"):
        assert words in result.out


def test_show_as_one_document_has_plan_use_payments_and_invoices(stocked: Command) -> None:
    shown = stocked("show", "acme-eu", "--json").json
    assert shown["subscription"] is None
    assert [(meter["resource"], meter["level"]) for meter in shown["usage"]] == [
        ("nodes", "ok"),
        ("users", "ok"),
        ("storage", "ok"),
    ]
    assert shown["payment_setup"]["status"] == "none"
    assert shown["automatic_collection"]["enabled"] is False
    assert isinstance(shown["open_invoices"], list)


def test_show_of_a_ready_customer_ends_with_the_sentence(stocked: Command) -> None:
    assert "No immediate billing blocker found." in stocked("show", "clear").out


def test_show_prints_names_as_they_are(stocked: Command) -> None:
    assert stocked("show", "beta").out.startswith("Bêta [/b] 株式会社 (beta)\n")


def test_an_unknown_customer_is_refused_on_standard_error(stocked: Command) -> None:
    result = stocked("show", "nobody")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("billinghelp: No such customer here")


def test_an_error_comes_as_json_where_json_was_asked_for(stocked: Command) -> None:
    error = stocked("show", "nobody", "--json").error
    assert (error["code"], error["reason"]) == ("not_found", "CUSTOMER_NOT_FOUND")
    assert set(error) == {"code", "reason", "message", "details"}


def test_guidance_is_streamed_and_signed(stocked: Command) -> None:
    result = stocked("ask", "acme-eu", "What blocks them?")
    assert "Billing is not verified" in result.out
    assert "Rule-based guidance (no model) · " in result.out


def test_guidance_comes_as_events(stocked: Command) -> None:
    lines = stocked("ask", "acme-eu", "--starter", "unblock_billing", "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["type"] for event in events[:-1]} == {"delta"}
    assert events[-1]["type"] == "answer"
    assert "".join(event["text"] for event in events[:-1]) == events[-1]["message"]["text"]


@pytest.mark.parametrize("arguments", [(), ("Why?", "--starter", "unblock_billing")])
def test_asking_takes_a_question_or_a_starter(stocked: Command, arguments: tuple[str, ...]) -> None:
    assert stocked("ask", "acme-eu", *arguments).code == 2


@pytest.mark.parametrize(("name", "start"), [("md", b"# "), ("json", b"{"), ("csv", b""), ("pdf", b"%PDF-")])
def test_a_report_is_written_here_and_never_over_another(
    stocked: Command, tmp_path: Path, name: str, start: bytes
) -> None:
    for _ in range(2):
        assert stocked("export", "acme-eu", "--format", name).code == 0
    files = sorted(tmp_path.glob(f"billing-report-acme-eu-*.{name}"))
    assert len(files) == 2
    assert all(file.read_bytes().startswith(start) for file in files)


def test_a_report_that_cannot_be_written_leaves_nothing(stocked: Command, tmp_path: Path) -> None:
    result = stocked("export", "acme-eu", "--format", "json", "-o", str(tmp_path / "no" / "such" / "folder.json"))
    assert result.code == 1
    assert "could not be written" in result.err


def test_rpc_calls_any_method(stocked: Command) -> None:
    answer = stocked("rpc", "GetCustomerBillingView", '{"customer_id": "acme-eu"}').json
    assert answer["customer"]["legal_name"] == "Acme GmbH"
    assert answer["readiness"]["provisioning"]["status"] == "blocked"


def test_rpc_lists_what_the_caller_may_call(stocked: Command) -> None:
    everything = stocked("rpc", "--list").json["methods"]
    assert "MarkInvoiceVerified" in everything
    assert "ImportCustomers" in everything
    member = stocked("--as", "customer_member:acme-eu", "rpc", "--list").json["methods"]
    assert member == ["WhoAmI"]


def test_rpc_errors_are_always_json(stocked: Command) -> None:
    result = stocked("rpc", "Nothing")
    assert (result.code, result.error["reason"]) == (1, "METHOD_NOT_FOUND")


def test_rpc_acts_as_the_operating_systems_user(stocked: Command) -> None:
    body = {"customer_id": "acme-eu", "reason": "rail approved", "request_id": "r1", "etag": "b1"}
    receipt = stocked("rpc", "MarkInvoiceVerified", json.dumps(body)).json
    assert receipt["outcome"] == "applied"
    shown = stocked("audit", "show", "--stream", "acme-eu", "--json").json["events"]
    assert shown[0]["actor"] == stocked("rpc", "WhoAmI").json["actor"]


def test_a_role_narrows_what_a_command_may_do(stocked: Command) -> None:
    result = stocked("audit", "verify", "--as", "customer_admin:acme-eu")
    assert result.code == 1
    assert "may not call VerifyAuditTrail" in result.err


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("show",), ("export", "acme-eu"), ("customers", "--limit", "0"), ("--as", "emperor", "customers")],
)
def test_wrong_usage_exits_with_two_and_one_sentence(command: Command, arguments: tuple[str, ...]) -> None:
    result = command(*arguments)
    assert result.code == 2
    assert result.err.startswith("billinghelp: ")
    assert command(*arguments, "--json").error["message"]


def test_a_role_with_a_server_is_wrong_usage(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", "https://desk.example")
    assert command("customers", "--as", "operator").code == 2


def test_the_app_needs_a_terminal(command: Command) -> None:
    result = command()
    assert result.code == 1
    assert "needs a terminal" in result.err


def test_the_demo_without_a_terminal_prints_a_blocked_customer(command: Command) -> None:
    result = command("demo", "--customers", "20")
    assert result.code == 0
    for words in ("needs a terminal", "Billing blockers:", "Unblock billing", "Rule-based guidance (no model)"):
        assert words in result.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_one_sentence(stocked: Command) -> None:
    program = "import sys; from billinghelp.cli.main import run; sys.exit(run(sys.argv[1:]))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "customers"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert done.stderr == "billinghelp: The output cannot be written: No space left on device.\n"


def test_the_actor_is_the_systems_user_whatever_the_environment_says(
    stocked: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stocked("rpc", "WhoAmI").json["actor"]
    monkeypatch.setenv("LOGNAME", "Olga Petrova")
    monkeypatch.setenv("USER", "Olga Petrova")
    assert stocked("rpc", "WhoAmI").json["actor"] == before != "Olga Petrova"
