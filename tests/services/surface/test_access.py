"""Who may call what, and whose records they see: PRODUCT.md §4's table, method by method and role by role."""

import itertools
from typing import Any

import pytest

from services.contract import requests
from services.contract.errors import Code, Refused
from services.contract.principals import Principal, Role
from services.contract.types import Action, ReportFormat, Starter, Unit
from services.storage.engine import Store
from services.surface.table import METHODS
from tests.surface import OWNER, SERVICE, START, Workbench, customer

TENANT_READS = {"GetCustomerBillingView", "ListLedgerEntries", "ExportBillingReport", "ListBillingCustomers"}
DESK = {
    "ListAuditEvents",
    "VerifyAuditTrail",
    "PreviewBillingAction",
    "GetBillingChatThread",
    "AskBillingChat",
    "ClearBillingChatThread",
    "PreviewBillingChatPayload",
    *Action,
}
FEEDING = {"ImportCustomers", "RecordUsage"}
ALLOWED = {
    Role.CUSTOMER_MEMBER: {"WhoAmI"},
    Role.CUSTOMER_ADMIN: {"WhoAmI"} | TENANT_READS,
    Role.OPERATOR: {"WhoAmI"} | TENANT_READS | DESK,
    Role.PLATFORM_ADMIN: {"WhoAmI"} | TENANT_READS | DESK | FEEDING,
    Role.SERVICE: {"WhoAmI"} | FEEDING,
}

USE = requests.UsageEvent(event_id="u1", unit=Unit.AI_CENTS, amount="1", occurred_at=START)


def request_for(name: str, customer_id: str = "acme-eu") -> requests.Request:
    """Return a request of each method that would be carried out, or refused for a reason other than access."""
    kind: type[Any] = getattr(requests, name)
    fields: dict[str, Any] = {"customer_id": customer_id} if "customer_id" in kind.__struct_fields__ else {}
    if issubclass(kind, requests.ActionRequest):
        fields |= {"reason": "a reason", "request_id": f"r-{name}", "etag": "b1"}
    own: dict[str, dict[str, Any]] = {
        "ReverseSupportCredit": {"grant_id": "none"},
        "PreviewBillingAction": {"action": Action.APPROVE_TRIAL},
        "ExportBillingReport": {"format": ReportFormat.JSON},
        "PreviewBillingChatPayload": {"starter": Starter.UNBLOCK_BILLING},
        "AskBillingChat": {"starter": Starter.UNBLOCK_BILLING},
        "ImportCustomers": {"source": "s", "format": "jsonl", "content": b'{"customer_id":"n","legal_name":"N"}'},
        "RecordUsage": {"source": "meter", "events": [USE]},
    }
    request: requests.Request = kind(**fields, **own.get(name, {}))
    return request


@pytest.fixture
def bench(store: Store) -> Workbench:
    bench = Workbench(store)
    bench.feed(
        customer("msp"),
        customer("acme-eu", parent_customer_id="msp"),
        customer("stranger", checklist=[]),
    )
    return bench


def reason_of(bench: Workbench, principal: Principal, request: requests.Request) -> str | None:
    try:
        bench.call(request, principal)
    except Refused as refused:
        return refused.reason
    return None


def test_the_table_has_every_method_this_version_promises() -> None:
    assert {method.name for method in METHODS} == ALLOWED[Role.PLATFORM_ADMIN]


@pytest.mark.parametrize(("role", "name"), itertools.product(Role, sorted(ALLOWED[Role.PLATFORM_ADMIN])))
def test_a_role_may_call_exactly_its_methods(bench: Workbench, role: Role, name: str) -> None:
    tenant = "acme-eu" if role in (Role.CUSTOMER_ADMIN, Role.CUSTOMER_MEMBER) else None
    reason = reason_of(bench, Principal(actor="someone", role=role, customer_id=tenant), request_for(name))
    assert (reason != "PERMISSION_DENIED") == (name in ALLOWED[role])


def test_the_owner_of_the_store_has_an_operators_rights_and_those_of_administration(bench: Workbench) -> None:
    names = set(bench.call(requests.WhoAmI(), OWNER).methods)
    assert names == ALLOWED[Role.OPERATOR] | ALLOWED[Role.PLATFORM_ADMIN]


@pytest.mark.parametrize("role", Role)
def test_who_am_i_names_exactly_the_callers_methods(bench: Workbench, role: Role) -> None:
    answer = bench.call(requests.WhoAmI(), Principal(actor="someone", role=role, customer_id="acme-eu"))
    assert set(answer.methods) == ALLOWED[role]
    assert (answer.support_credit_limits is None) == (role not in (Role.OPERATOR, Role.PLATFORM_ADMIN))


@pytest.mark.parametrize("name", sorted(TENANT_READS - {"ListBillingCustomers"}))
@pytest.mark.parametrize(
    ("tenant", "customer_id", "reason"),
    [
        ("acme-eu", "acme-eu", None),
        ("msp", "acme-eu", None),
        ("acme-eu", "msp", "CUSTOMER_NOT_FOUND"),
        ("acme-eu", "stranger", "CUSTOMER_NOT_FOUND"),
        ("acme-eu", "nobody", "CUSTOMER_NOT_FOUND"),
        (None, "acme-eu", "CUSTOMER_NOT_FOUND"),
    ],
)
def test_a_tenant_sees_itself_and_its_clients(
    bench: Workbench, name: str, tenant: str | None, customer_id: str, reason: str | None
) -> None:
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id=tenant)
    assert reason_of(bench, admin, request_for(name, customer_id)) == reason


def test_out_of_scope_and_unknown_are_not_told_apart(bench: Workbench) -> None:
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")
    answers = []
    for customer_id in ("stranger", "nobody"):
        with pytest.raises(Refused) as caught:
            bench.call(requests.GetCustomerBillingView(customer_id=customer_id), admin)
        answers.append(caught.value.as_dict())
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "not_found"


@pytest.mark.parametrize(
    ("tenant", "listed"), [("msp", ["acme-eu", "msp"]), ("acme-eu", ["acme-eu"]), ("stranger", ["stranger"])]
)
def test_a_tenants_list_holds_itself_and_its_clients(bench: Workbench, tenant: str, listed: list[str]) -> None:
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id=tenant)
    page = bench.call(requests.ListBillingCustomers(), admin)
    assert sorted(row.customer_id for row in page.customers) == listed
    assert page.total == len(listed)


def test_a_tenants_report_leaves_the_audit_trail_out(bench: Workbench) -> None:
    bench.call(bench.request(requests.ApproveTrial))
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")
    request = requests.ExportBillingReport(customer_id="acme-eu", format=ReportFormat.JSON)
    assert b"olga" in bench.call(request).content
    assert b"olga" not in bench.call(request, admin).content


@pytest.mark.parametrize("name", sorted(m.name for m in METHODS if m.writes))
def test_a_read_only_session_refuses_every_change(store: Store, name: str) -> None:
    Workbench(store).feed(customer())
    bench = Workbench(store, read_only=True)
    assert reason_of(bench, OWNER, request_for(name)) == "READ_ONLY"
    assert name not in bench.call(requests.WhoAmI(), OWNER).methods
    assert [event.action for event in bench.events("system")] == ["ImportCustomers"]


def test_a_refused_import_is_audited_without_its_content(bench: Workbench) -> None:
    bad = requests.ImportCustomers(source="bad.jsonl", format="jsonl", content=b'{"customer_id": "secret-content"')
    assert reason_of(bench, SERVICE, bad) == "IMPORT_REJECTED"
    event = bench.events("system")[-1]
    assert (event.action, event.outcome, event.actor) == ("ImportCustomers", "denied", "feeder")
    assert "secret-content" not in event.payload


def test_a_refusal_has_a_code_a_constant_and_one_sentence(bench: Workbench) -> None:
    with pytest.raises(Refused) as caught:
        bench.call(request_for("MarkInvoiceVerified"), SERVICE)
    assert caught.value.code is Code.PERMISSION_DENIED
    assert caught.value.message.endswith(".")
