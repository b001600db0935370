"""`billinghelp changes`: what a tenant may have, asks for and takes back, and what operators make of it."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from billinghelp.cli import changes
from billinghelp.cli.changes_text import STATUS_WORDS
from billinghelp.cli.output import Output
from services.contract.errors import Code, Refused
from services.contract.principals import Role
from services.contract.requests import CreateTenantChangeRequest, Request
from services.contract.types import ChangeRequestStatus
from services.surface.surface import Surface
from tests.billinghelp.cli.conftest import Command, Result
from tests.http_server import Served
from tests.surface import customer
from widgets.change_requests_details import STATUS_MARKS

REASON = "Immich import needs 600 Gi for its library before Friday"
MORE = ("acme-eu", "storage_quota", "storage=600Gi", "--reason", REASON)

Become = Callable[[str], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Become:
    """Go on as another operating-system user."""
    return lambda name: monkeypatch.setattr("billinghelp.desk._user_name", lambda: name)


@pytest.fixture
def tenant(stocked: Command, become: Become) -> Command:
    """Carla's command line, on the store with three customers."""
    become("carla")
    return stocked


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sit at a terminal, and type a line there."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(Output, "interactive", True)
    return lambda line: monkeypatch.setattr(sys, "stdin", Typed(line))


def asked(tenant: Command, *arguments: str) -> str:
    """Ask for a change, and return the request's id."""
    receipt = tenant("changes", "create", *(arguments or MORE), "--yes", "--json").json
    return str(receipt["change_request"]["change_request_id"])


def waiting(command: Command) -> list[dict[str, Any]]:
    """Return the requests that wait."""
    requests: list[dict[str, Any]] = command("changes", "list", "--status", "pending", "--json").json["change_requests"]
    return requests


def digest_of(command: Command, *arguments: str) -> str:
    """Preview, and return what is to be cited."""
    return str(command("changes", "preview", *(arguments or MORE), "--json").json["digest"])


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_workspace_says_what_a_tenant_has_may_have_and_how_to_ask_for_it(command: Command, tmp_path: Path) -> None:
    used = {"cpu": "2500m", "memory": "12Gi", "storage": "80Gi"}
    (tmp_path / "customers.jsonl").write_text(json.dumps(customer(use=used)))
    command("import", "customers.jsonl")
    told = command("changes", "show", "acme-eu")
    assert told.out.startswith("Acme GmbH (acme-eu)\ngrowth tier, policy ")
    for line in (
        "CPU:           8, 2500m in use",
        "No request:    up to 8 CPU and 16Gi of memory",
        "At once:       up to 16 CPU and 64Gi of memory",
        "After review:  up to 64 CPU and 256Gi of memory",
    ):
        assert f"\n  {line}\n" in told.out
    assert "  storage=200Gi  Storage for all workspaces together" in told.out
    assert "Backups kept:        7 days" in told.out
    assert "No change requests yet." in told.out
    asked(command)
    assert "waiting  Storage 100Gi → 600Gi" in command("changes", "show", "acme-eu").out
    workspace = command("changes", "show", "acme-eu", "--json").json
    assert [each["status"] for each in workspace["requests"]] == ["pending"]


def test_the_workspace_tells_of_every_kind_what_is_allowed_and_how_far_small_steps_reach(stocked: Command) -> None:
    told = " ".join(stocked("changes", "show", "acme-eu").out.split())
    kinds = stocked("changes", "show", "acme-eu", "--json").json["kinds"]
    assert len(kinds) == 8
    for kind in kinds:
        assert [label for label, _ in kind["bounds"]] == ["no request", "at once", "after review"]
        for label, reach in kind["bounds"]:
            assert f"{label.capitalize()}: {reach}" in told
        assert kind["window"] in told


def test_a_preview_says_what_a_change_comes_to_and_what_the_reason_does_not_tell(tenant: Command) -> None:
    told = tenant("changes", "preview", "acme-eu", "storage_quota", "storage=600Gi", "--reason", "space")
    for words in (
        "Storage quota for Acme GmbH (acme-eu)\n  Storage  100Gi → 600Gi\n",
        "Verdict:        needs review (policy ",
        "600Gi of storage is above the 500Gi that is approved at once",
        "Impact:         +500Gi storage",
        "the reason does not tell yet which application it is",
    ):
        assert words in told.out
    assert "Missing" not in tenant("changes", "preview", *MORE).out
    assert tenant("changes", "preview", *MORE, "--json").json["verdict"] == "needs review"
    assert waiting(tenant) == []


def test_what_is_not_possible_says_why(tenant: Command) -> None:
    told = tenant("changes", "preview", "acme-eu", "storage_quota", "storage=5Ti")
    assert told.code == 0
    assert "not possible" in told.out
    assert "5Ti of storage is above 4Ti" in told.out
    refused = tenant(
        "changes", "create", "acme-eu", "storage_quota", "storage=5Ti", "--reason", REASON, "--yes", "--json"
    )
    assert (refused.code, refused.error["reason"]) == (1, "NOT_ALLOWED")
    assert refused.error["details"]["preview"]["decision"] == "never"


def test_the_list_is_filtered_and_ordered(tenant: Command) -> None:
    assert tenant("changes", "list").out == "No change requests yet.\n"
    first = asked(tenant)
    second = asked(tenant, "beta", "storage_quota", "storage=150Gi", "--reason", REASON)

    def ids(*options: str) -> list[str]:
        page = tenant("changes", "list", *options, "--json").json
        return [each["change_request_id"] for each in page["change_requests"]]

    assert ids() == ids("--newest") == [second, first]
    assert ids("--oldest") == [first, second]
    assert ids("--limit", "1") == [second]
    third = asked(tenant, "acme-eu", "resource_quota", "cpu=24", "--reason", REASON)
    assert ids("--status", "pending") == ids("--status", "waiting") == [first, third]  # the longest waiting first
    assert ids("--status", "pending", "--newest") == [third, first]
    assert ids("--customer", "beta") == ids("--status", "applied") == ids("--bound", "auto_approve") == [second]
    assert ids("--kind", "storage_quota", "--bound", "review") == [first]
    assert tenant("changes", "list", "--kind", "egress").out == "No change requests match.\n"
    lines = tenant("changes", "list", "--oldest", "--kind", "storage_quota").out.splitlines()
    assert lines[0].startswith(f"{first}  acme-eu  waiting  Storage 100Gi → 600Gi  carla  20")
    assert lines[1].startswith(f"{second}  beta     applied  Storage 100Gi → 150Gi  carla  20")
    assert lines[2] == "2 of 2 change requests"


@pytest.mark.parametrize("status", ChangeRequestStatus)
def test_a_status_is_named_as_it_is_shown_or_as_programs_do(tenant: Command, status: ChangeRequestStatus) -> None:
    for name in (status.value, STATUS_WORDS[status]):
        listed = tenant("changes", "list", "--status", name)
        assert (listed.code, listed.out) == (0, "No change requests match.\n")


def test_the_list_stays_in_columns_and_in_the_terminals_width(
    tenant: Command, become: Become, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ",".join(f"a-rather-long-name-{number}.apps.example.net" for number in range(4))
    asked(tenant, "acme-eu", "exposure_hostname", f"add={names}", "--reason", REASON)
    become("somebody whose name is longer than any column")
    asked(tenant, "beta", "operator_capability", "add=kafka", "--reason", REASON)
    for columns, name in ((100, "Exposure ho…"), (300, "Exposure hostname: +a-rather-long-name-0.apps")):
        monkeypatch.setenv("COLUMNS", str(columns))
        short, long, _ = tenant("changes", "list").out.splitlines()
        assert len(short) == len(long) <= columns
        assert "+kafka  " in short
        assert "  somebody whose…  20" in short
        assert f"  {name}" in long
        assert "ample.net  carla" in long  # the end tells what was added
    monkeypatch.setenv("COLUMNS", "100")
    whole = tenant("changes", "show", "acme-eu").out + tenant("changes", "preview", *MORE).out
    assert max(map(len, whole.splitlines())) <= 100


def test_a_request_is_found_on_any_page(tenant: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asked(tenant)
    asked(tenant, "acme-eu", "storage_quota", "storage=700Gi", "--reason", REASON)
    monkeypatch.setattr(changes, "_PAGE", 1)
    assert f"Request:        {first}\n" in tenant("changes", "show", "acme-eu", first).out
    assert tenant("changes", "list", "--limit", "2").out.endswith("2 of 2 change requests\n")
    refused = tenant("changes", "show", "beta", first, "--json")
    assert (refused.code, refused.error["reason"]) == (1, "CHANGE_REQUEST_NOT_FOUND")


def test_every_status_has_a_word_and_it_is_the_pages() -> None:
    assert set(STATUS_WORDS) == set(ChangeRequestStatus)
    assert {status: mark.word for status, mark in STATUS_MARKS.items()} == STATUS_WORDS


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_asked_for_waits_or_holds_at_once(tenant: Command) -> None:
    done = tenant("changes", "create", *MORE, "--yes")
    assert done.code == 0
    assert "Storage  100Gi → 600Gi" in done.out  # the preview first
    assert "waits for an operator's review." in done.out
    (request,) = waiting(tenant)
    assert (request["reason"], request["requested_by"]) == (REASON, "carla")
    at_once = tenant("changes", "create", "acme-eu", "ingress_class", "add=public-waf", "--reason", REASON, "--yes")
    assert "is approved at once, and holds." in at_once.out
    name = ("exposure_hostname", "add=photos.apps.example.net")
    needs_none = tenant("changes", "create", "acme-eu", *name, "--reason", REASON, "--yes")
    assert "needs no request, and holds." in needs_none.out


def test_with_nobody_to_ask_nothing_is_recorded_unless_the_preview_is_cited(tenant: Command) -> None:
    refused = tenant("changes", "create", *MORE)
    assert (refused.code, refused.out) == (2, "")
    assert "--digest" in refused.err
    assert "--yes" in refused.err
    stale = tenant("changes", "create", *MORE, "--digest", "0" * 64, "--json")
    assert (stale.code, stale.error["reason"]) == (1, "STALE_PREVIEW")
    told = tenant("changes", "create", *MORE, "--digest", "0" * 64).err
    assert told.index("Verdict:        needs review") < told.index("billinghelp: What this rests on has changed")
    assert waiting(tenant) == []
    done = tenant("changes", "create", *MORE, "--digest", digest_of(tenant))
    assert done.code == 0
    assert "Verdict" not in done.out  # what was previewed is not previewed again
    assert len(waiting(tenant)) == 1


@pytest.mark.parametrize("answer", ["\n", "no\n", "", "yess\n"])
def test_at_a_terminal_nothing_but_yes_is_yes(tenant: Command, terminal: Callable[[str], None], answer: str) -> None:
    terminal(answer)
    refused = tenant("changes", "create", *MORE)
    assert refused.code == 1
    assert refused.err == "Ask for this? [y/N] billinghelp: Nothing was recorded.\n"
    assert waiting(tenant) == []


def test_what_needs_no_request_is_not_asked_for(tenant: Command, terminal: Callable[[str], None]) -> None:
    terminal("y\n")
    name = ("exposure_hostname", "add=photos.apps.example.net")
    done = tenant("changes", "create", "acme-eu", *name, "--reason", REASON)
    assert (done.code, done.err) == (0, "Do this now? [y/N] ")
    assert "needs no request, and holds." in done.out


def test_at_a_terminal_the_preview_is_confirmed(tenant: Command, terminal: Callable[[str], None]) -> None:
    terminal("Y\n")
    done = tenant("changes", "create", *MORE)
    assert done.out.index("Verdict") < done.out.index("waits for an operator's review.")
    terminal("yes\n")
    made = tenant("changes", "create", "beta", "storage_quota", "storage=150Gi", "--reason", REASON, "--json")
    assert made.json["change_request"]["status"] == "applied"  # the receipt alone, beside what the person reads
    assert "approved at once" in made.err


def test_a_request_goes_in_and_out_as_json(tenant: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    body = {"customer_id": "acme-eu", "kind": "storage_quota", "desired": {"storage": "600Gi"}, "reason": REASON}
    (tmp_path / "wish.json").write_text(json.dumps(body))
    digest = tenant("changes", "preview", "--in", "wish.json", "--json").json["digest"]
    (tmp_path / "wish.json").write_text(json.dumps(body | {"digest": digest, "request_id": "req-7"}))
    made = tenant("changes", "create", "--in", "wish.json", "--json").json
    assert (made["change_request"]["status"], made["replayed"]) == ("pending", False)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "wish.json").read_bytes())))
    assert tenant("changes", "create", "--in", "-", "--json").json["replayed"]
    (tmp_path / "wish.json").write_text(json.dumps(body | {"desired": {"storage": "700Gi"}}))
    without = tenant("changes", "create", "--in", "wish.json", "--yes", "--request-id", "req-8", "--json").json
    assert without["change_request"]["params"] == {"storage": "700Gi"}
    assert len(waiting(tenant)) == 2


def test_an_answer_that_was_lost_is_asked_for_again_without_counting_twice(tenant: Command) -> None:
    answered = Surface.dispatch

    def lose(surface: Surface, caller: Any, request: Request, *more: Any) -> Any:
        answer = answered(surface, caller, request, *more)
        if isinstance(request, CreateTenantChangeRequest):
            raise Refused(Code.UNAVAILABLE, "NO_ANSWER", "No answer came.", {"outcome_unknown": True})
        return answer

    with pytest.MonkeyPatch.context() as losing:
        losing.setattr(Surface, "dispatch", lose)
        lost = tenant("changes", "create", *MORE, "--yes", "--json")
    assert (lost.code, lost.error["reason"]) == (3, "NO_ANSWER")
    details = lost.error["details"]
    again = ("--request-id", details["request_id"], "--digest", details["digest"])
    assert " ".join(again) in lost.error["message"]
    assert tenant("changes", "create", *MORE, *again, "--json").json["replayed"]
    assert len(waiting(tenant)) == 1


def test_the_same_request_id_again_gives_the_same_receipt(tenant: Command) -> None:
    again = (*MORE, "--digest", digest_of(tenant), "--request-id", "req-1")
    first, second = (tenant("changes", "create", *again, "--json").json for _ in range(2))
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second | {"replayed": False} == first
    assert tenant("changes", "create", *again).out.startswith("This was recorded before; nothing was done again:\n")
    assert len(waiting(tenant)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("preview", "acme-eu"), "Name what is to change: one of resource_quota, storage_quota, egress"),
        (("preview", "acme-eu", "gold", "a=1"), "There is no kind of change 'gold': choose one of resource_quota"),
        (("preview", "acme-eu", "support_credit", "a=1"), "There is no kind of change 'support_credit'"),
        (("preview", "acme-eu", "storage_quota", "600Gi"), "FIELD=VALUE, like storage=200Gi, not '600Gi'"),
        (("preview", "acme-eu", "storage_quota", "storage=1", "storage=2"), "'storage' is given twice"),
        (("preview", "acme-eu", "storage_quota", "--request", "cr_1"), "give --request and nothing else"),
        (("preview", "acme-eu", "--in", "wish.json"), "stand in the file"),
        (("preview",), "Name a customer"),
        (("create", "acme-eu", "storage_quota", "storage=600Gi", "--yes"), "Say why with --reason"),
        (("create", "--in", "wish.json", "--reason", "why", "--yes"), "stand in the file"),
        (("approve", "acme-eu", "cr_1"), "--reason"),
        (("list", "--kind", "gold"), "There is no kind of change request 'gold': choose one of support_credit"),
        (
            ("list", "--status", "gold"),
            "There is no status 'gold': choose one of waiting, \"approved, in line\", applying",
        ),
        (("list", "--bound", "gold"), "There is no bound 'gold': choose one of self_service, auto_approve"),
    ],
)
def test_wrong_usage_says_what_to_write(command: Command, arguments: tuple[str, ...], said: str) -> None:
    refused = command("changes", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "FILE_NOT_READABLE"),
        (b"\xff", "INVALID_REQUEST"),
        (b"[]", "INVALID_REQUEST"),
        (b'{"reason": "a", "reason": "b"}', "INVALID_REQUEST"),
        (b'{"customer_id": "acme-eu", "kind": "gold", "desired": {}, "reason": "why"}', "INVALID_REQUEST"),
        (b'{"customer_id": "acme-eu", "colour": "gold"}', "INVALID_REQUEST"),
    ],
)
def test_a_file_that_holds_no_request_is_refused(
    command: Command, tmp_path: Path, body: bytes | None, reason: str
) -> None:
    if body is not None:
        (tmp_path / "wish.json").write_bytes(body)
    refused = command("changes", "create", "--in", "wish.json", "--yes", "--json")
    assert (refused.code, refused.error["reason"]) == (1, reason)


_TAKES = 'a preview takes customer_id, kind, desired (like {"storage": "200Gi"}) and reason'


@pytest.mark.parametrize(
    ("step", "body", "said"),
    [
        (
            "preview",
            {"hello": 1},
            f"no field “hello”: {_TAKES}, or customer_id and change_request_id.",
        ),
        ("preview", {}, f"The field “customer_id” is missing: {_TAKES}"),
        ("create", {"customer_id": "a", "kind": "egress", "desired": {}}, "“reason” is missing: asking takes"),
        ("create", {"customer_id": "a", "kind": "gold"}, "“kind” is none of resource_quota, storage_quota, egress"),
        (
            "preview",
            {"customer_id": "a", "kind": "storage_quota", "desired": {"storage": 600}},
            "The field “desired” cannot be used (expected str, got int): a preview takes",
        ),
    ],
)
def test_a_file_of_other_fields_is_answered_with_those_it_takes(
    command: Command, tmp_path: Path, step: str, body: dict[str, Any], said: str
) -> None:
    (tmp_path / "wish.json").write_text(json.dumps(body))
    told = (*("--yes",) * (step == "create"), "--json")
    assert said in command("changes", step, "--in", "wish.json", *told).error["message"]


def test_a_field_that_a_kind_does_not_have_is_answered_with_those_it_has(tenant: Command) -> None:
    refused = tenant("changes", "preview", "acme-eu", "resource_quota", "disk=5Gi")
    assert refused.code == 1
    assert "There is no field “disk”: this takes cpu and memory." in refused.err


def test_a_reason_cannot_make_the_terminal_obey(tenant: Command) -> None:
    hostile = f"{REASON}\x1b[2J\x1b]0;owned\x07\u202e\nStatus: applied"
    request = asked(tenant, *MORE[:-1], hostile)
    told = tenant("changes", "show", "acme-eu", request).out + tenant("changes", "list").out
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "\nStatus: applied" not in told


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_else_approves_what_they_were_shown(tenant: Command, become: Become) -> None:
    request = asked(tenant)
    own = tenant("changes", "approve", "acme-eu", request, "--reason", "fits the contract", "--yes")
    assert (own.code, "another operator must decide it" in own.err) == (1, True)
    become("omar")
    assert (
        f"Digest:         {digest_of(tenant, 'acme-eu', '--request', request)}"
        in tenant("changes", "preview", "acme-eu", "--request", request).out
    )
    done = tenant("changes", "approve", "acme-eu", request, "--reason", "fits the contract", "--yes")
    assert done.code == 0
    for words in (REASON, "Approved now, it comes to:", "is approved, and holds.", f"{request} is applied"):
        assert words in done.out
    told = tenant("changes", "show", "acme-eu", request).out
    assert "Status:         applied" in told
    assert "Approved by:    omar (" in told
    assert "fits the contract" in told
    assert "  Storage:       600Gi\n" in tenant("changes", "show", "acme-eu").out


def test_an_approval_may_cite_the_digest_and_is_asked_about_at_a_terminal(
    tenant: Command, become: Become, terminal: Callable[[str], None]
) -> None:
    first, second = asked(tenant), asked(tenant, "acme-eu", "resource_quota", "cpu=24", "--reason", REASON)
    become("omar")
    decided = ("--reason", "fits the contract")
    digest = digest_of(tenant, "acme-eu", "--request", first)
    assert tenant("changes", "approve", "acme-eu", first, *decided, "--digest", digest).code == 0
    terminal("n\n")
    assert tenant("changes", "approve", "acme-eu", second, *decided).err.startswith("Approve this? [y/N] ")
    assert [each["change_request_id"] for each in waiting(tenant)] == [second]


def test_a_support_credit_is_approved_by_the_record_it_changes(tenant: Command, become: Become) -> None:
    etag = tenant("show", "acme-eu", "--json").json["billing"]["etag"]
    credit = {
        "customer_id": "acme-eu",
        "workspace_hours": "120",
        "reason": "a long outage",
        "request_id": "r",
        "etag": etag,
    }
    request = tenant("rpc", "ApplySupportCredit", json.dumps(credit)).json["change_request_id"]
    become("omar")
    told = tenant("changes", "preview", "acme-eu", "--request", request)
    assert "Apply support credit for Acme GmbH" in told.out
    assert "Etag: " in told.out
    receipt = tenant("changes", "approve", "acme-eu", request, "--reason", "agreed", "--yes", "--json").json
    assert receipt["change_request"]["status"] == "applied"
    assert receipt["view"]["credits"]["workspace_hours"] == "120.00"


def test_a_request_is_rejected_by_another_and_taken_back_by_its_own(tenant: Command, become: Become) -> None:
    first, second = asked(tenant), asked(tenant, "acme-eu", "resource_quota", "cpu=24", "--reason", REASON)
    taken_back = tenant("changes", "cancel", "acme-eu", second, "--reason", "no longer needed")
    assert f"{second} is taken back" in taken_back.out
    become("omar")
    rejected = tenant("changes", "reject", "acme-eu", first, "--reason", "above the contract", "--json").json
    assert rejected["change_request"]["status"] == "rejected"
    assert "Rejected by:    omar (" in tenant("changes", "show", "acme-eu", first).out
    assert "Taken back by:  carla (" in tenant("changes", "show", "acme-eu", second).out
    late = tenant("changes", "approve", "acme-eu", first, "--reason", "after all", "--yes")
    assert late.code == 1
    assert "omar rejected this" in late.err


def test_a_read_only_session_asks_for_nothing(tenant: Command) -> None:
    refused = tenant("changes", "create", *MORE, "--yes", "--read-only", "--json")
    assert (refused.code, refused.error["reason"]) == (1, "READ_ONLY")
    assert waiting(tenant) == []


def test_who_may_not_is_told_before_anything_is_shown(tenant: Command, become: Become) -> None:
    refused = tenant("changes", "create", *MORE, "--yes", "--as", "operator")
    assert (refused.code, refused.out) == (1, "")
    assert "The role operator may not call CreateTenantChangeRequest" in refused.err
    request = asked(tenant)
    become("omar")
    decided = ("approve", "acme-eu", request, "--reason", "fits the contract", "--yes")
    refused = tenant("changes", *decided, "--as", "customer_admin:acme-eu")
    assert (refused.code, refused.out) == (1, "")
    assert "The role customer_admin may not call ApproveTenantChangeRequest" in refused.err
    assert len(waiting(tenant)) == 1


# ── over a server ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tenant_asks_over_a_server_and_an_operator_decides_there(
    stocked: Command, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla = served.token(Role.CUSTOMER_ADMIN, "acme-eu", name="carla")
    olga = served.token(Role.OPERATOR, name="olga")
    monkeypatch.setenv("BILLINGHELP_SERVER_URL", served.url)

    def as_who(token: str, *arguments: str) -> Result:
        monkeypatch.setenv("BILLINGHELP_TOKEN", token)
        return stocked("changes", *arguments)

    request = as_who(carla, "create", *MORE, "--yes", "--json").json["change_request"]["change_request_id"]
    assert as_who(carla, "create", "beta", *MORE[1:], "--yes", "--json").error["reason"] == "CUSTOMER_NOT_FOUND"
    own = as_who(carla, "reject", "acme-eu", request, "--reason", "just so", "--json")
    assert own.error["reason"] == "PERMISSION_DENIED"
    assert request in as_who(olga, "list", "--status", "pending").out
    assert "is applied" in as_who(olga, "approve", "acme-eu", request, "--reason", "fits", "--yes").out
    told = as_who(carla, "show", "acme-eu", request)
    assert "Approved by:    olga (" in told.out
    assert "storage" in as_who(carla, "show", "acme-eu").out
