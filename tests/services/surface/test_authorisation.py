"""Who may call what, and whose records they see: PRODUCT.md §4's table, method by method and role by role."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from services.contract import requests
from services.contract.errors import Refused
from services.contract.principals import Credential, Principal, Role
from services.contract.types import Action, ChangeRequestKind, ReportFormat, Starter, Unit
from services.storage.engine import Store
from services.surface.table import METHOD_BY_REQUEST, METHODS
from tests.http_server import serving
from tests.surface import ADMIN, OPERATOR, OWNER, START, Workbench, customer

# As PRODUCT.md §4 has it. «own»: the caller's tenant and its clients; «all»: every customer; «–»: permission denied.
TABLE = """
    WhoAmI                        all  all  all  all  all
    GetCustomerBillingView        –    own  all  all  –
    ListLedgerEntries             –    own  all  all  –
    ExportBillingReport           –    own  all  all  –
    ListBillingCustomers          –    own  all  all  –
    ListAuditEvents               –    –    all  all  –
    VerifyAuditTrail              –    –    all  all  –
    GetBillingChatThread          –    –    all  all  –
    AskBillingChat                –    –    all  all  –
    ClearBillingChatThread        –    –    all  all  –
    PreviewBillingChatPayload     –    –    all  all  –
    PreviewBillingAction          –    –    all  all  –
    MarkInvoiceVerified           –    –    all  all  –
    ApproveTrial                  –    –    all  all  –
    ExtendTrial                   –    –    all  all  –
    ApplySupportCredit            –    –    all  all  –
    ReverseSupportCredit          –    –    all  all  –
    CompleteBillingChecklist      –    –    all  all  –
    GetTenantChangeRequestWorkspace  –    own  all  all  –
    PreviewTenantChangeRequest    –    own  all  all  –
    CreateTenantChangeRequest     –    own  –    all  –
    CancelTenantChangeRequest     –    own  –    all  –
    ListTenantChangeRequests      –    own  all  all  –
    ApproveTenantChangeRequest    –    –    all  all  –
    RejectTenantChangeRequest     –    –    all  all  –
    ListPlans                     –    own  all  all  –
    ListInvoices                  –    own  all  all  –
    GetInvoice                    –    own  all  all  –
    ListNodes                     –    own  all  all  –
    GetCostDrivers                –    own  all  all  –
    StartBillingPaymentSetup      –    own  all  all  –
    RefreshBillingPaymentSetup    –    own  all  all  –
    StartBillingInvoicePayment    –    own  all  all  –
    UpdateBillingAutomaticCollection  –    own  –    all  –
    StartPlanCheckout             –    own  –    all  –
    StartCustomerPortal           –    own  –    all  –
    ImportCustomers               –    –    –    all  all
    RecordUsage                   –    –    –    all  all
    CreateToken                   –    –    –    all  –
    ListTokens                    –    –    –    all  –
    RevokeToken                   –    –    –    all  –
"""
COLUMNS = (Role.CUSTOMER_MEMBER, Role.CUSTOMER_ADMIN, Role.OPERATOR, Role.PLATFORM_ADMIN, Role.SERVICE)
SCOPES = {
    (name, role): scope
    for name, *scopes in map(str.split, TABLE.strip().splitlines())
    for role, scope in zip(COLUMNS, scopes, strict=True)
}
NAMES = sorted({name for name, _role in SCOPES})
TENANT_ROLES = (Role.CUSTOMER_MEMBER, Role.CUSTOMER_ADMIN)

VISIBLE = {"msp": {"msp", "acme-eu"}, "acme-eu": {"acme-eu"}}
"""The customers that each tenant may see: itself and its clients, and never its parent."""
CUSTOMERS = ("acme-eu", "msp", "stranger", "nobody", "no/such id")
EXISTING = {"acme-eu", "msp", "stranger"}

ACCESS = frozenset(
    {"PERMISSION_DENIED", "CUSTOMER_NOT_FOUND", "TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED"}
)
"""The refusals that are about access. Whoever is refused for another reason was let in."""

USE = requests.UsageEvent(event_id="u1", unit=Unit.AI_CENTS, amount="1", occurred_at=START)
IMPORT = b'{"customer_id":"n","legal_name":"N"}'
OWN_FIELDS: dict[str, dict[str, Any]] = {
    "ReverseSupportCredit": {"grant_id": "none"},
    "PreviewBillingAction": {"action": Action.APPROVE_TRIAL},
    "ExportBillingReport": {"format": ReportFormat.JSON},
    "PreviewBillingChatPayload": {"starter": Starter.UNBLOCK_BILLING},
    "AskBillingChat": {"starter": Starter.UNBLOCK_BILLING},
    "PreviewTenantChangeRequest": {"change_request_id": "none"},
    "CreateTenantChangeRequest": {"kind": ChangeRequestKind.STORAGE_QUOTA, "desired": {}, "digest": "none"},
    "CancelTenantChangeRequest": {"change_request_id": "none"},
    "ApproveTenantChangeRequest": {"change_request_id": "none"},
    "RejectTenantChangeRequest": {"change_request_id": "none"},
    "StartPlanCheckout": {"plan": "growth"},
    "StartBillingInvoicePayment": {"invoice": "none"},
    "GetInvoice": {"invoice": "none"},
    "UpdateBillingAutomaticCollection": {"enabled": True},
    "ImportCustomers": {"source": "s", "format": "jsonl", "content": IMPORT, "dry_run": True},
    "RecordUsage": {"source": "meter", "events": [USE]},
    "CreateToken": {"role": Role.CUSTOMER_MEMBER, "name": "mia"},
    "RevokeToken": {"token_id": "bht_none"},
}
_request_ids = count(1)


def request_for(name: str, customer_id: str = "acme-eu") -> requests.Request:
    """Return a request of each method that is carried out, or refused for a reason other than access."""
    kind: type[requests.Request] = getattr(requests, name)
    fields: dict[str, Any] = {"customer_id": customer_id} if names_a_customer(name) else {}
    if issubclass(kind, requests.AuditedRequest):
        fields["reason"] = "a reason"
    if "request_id" in kind.__struct_fields__:
        fields["request_id"] = f"r-{next(_request_ids)}"
    if "etag" in kind.__struct_fields__:
        fields["etag"] = "b1"
    return kind(**fields, **OWN_FIELDS.get(name, {}))


def names_a_customer(name: str) -> bool:
    return "customer_id" in getattr(requests, name).__struct_fields__


def feed(bench: Workbench) -> Workbench:
    bench.feed(customer("msp"), customer("acme-eu", parent_customer_id="msp"), customer("stranger", checklist=[]))
    return bench


def refusal(bench: Workbench, caller: Principal | Credential, request: requests.Request) -> Refused | None:
    """Return why a call is refused."""
    try:
        if isinstance(request, requests.AskBillingChat):
            asyncio.run(first_event(bench, caller, request))
        elif METHOD_BY_REQUEST[type(request)].awaits:
            asyncio.run(bench.surface.call(caller, request))
        else:
            bench.surface.dispatch(caller, request)
    except Refused as refused:
        return refused
    return None


async def first_event(bench: Workbench, caller: Principal | Credential, request: requests.AskBillingChat) -> object:
    async with aclosing(bench.surface.stream(caller, request)) as events:
        return await anext(events)


Error = dict[str, Any]
Door = Callable[[Credential, requests.Request], Error | None]
"""Makes a call, and returns the error that is answered, if one is."""
Issue = Callable[[Role, str | None], Credential]

STATUS = {"unauthenticated": 401, "permission_denied": 403, "not_found": 404}
"""The HTTP statuses of the refusals of access."""


def access(error: Error | None) -> str:
    """Return which refusal of access an answer is, or that the call was let in."""
    return str(error["reason"]) if error is not None and error["reason"] in ACCESS else "let in"


@pytest.fixture(scope="module")
def bench(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """One desk for the whole table: what a call that is let in changes makes no difference to who may call."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("authorisation") / "store.db")
    bench = feed(Workbench(Store(f"sqlite:///{path}")))
    yield bench
    bench.surface.close()


@pytest.fixture(scope="module")
def issue(bench: Workbench) -> Issue:
    """Issues tokens that last, one for each role and tenant."""
    issued: dict[tuple[Role, str | None], Credential] = {}

    def issue_one(role: Role, tenant: str | None) -> Credential:
        if (role, tenant) not in issued:
            request = requests.CreateToken(role=role, name=f"{role} {tenant}", customer_id=tenant, expires_in="3650d")
            issued[role, tenant] = Credential(bench.call(request, ADMIN).token)
        return issued[role, tenant]

    return issue_one


@pytest.fixture(scope="module")
def served(bench: Workbench) -> Iterator[httpx2.Client]:
    """A client of the desk over HTTP."""
    with serving(bench.surface, bench.store) as server, httpx2.Client(base_url=server.url) as client:
        yield client


@pytest.fixture(scope="module", params=["in process", "over HTTP"])
def door(request: pytest.FixtureRequest, bench: Workbench) -> Door:
    """The desk's door, and then the same door from outside."""
    if request.param == "in process":
        return lambda caller, asked: error_of(refusal(bench, caller, asked))
    client: httpx2.Client = request.getfixturevalue("served")
    return lambda caller, asked: post(client, caller, asked)


def error_of(refused: Refused | None) -> Error | None:
    return None if refused is None else refused.as_dict()


def post(client: httpx2.Client, caller: Credential, request: requests.Request) -> Error | None:
    headers = {"Content-Type": "application/json"}
    if caller.token is not None:
        headers["Authorization"] = f"Bearer {caller.token}"
    answer = client.post(f"/rpc/{type(request).__name__}", content=msgspec.json.encode(request), headers=headers)
    if answer.status_code == 200:
        return None
    error: Error = answer.json()["error"]
    assert answer.status_code == STATUS.get(error["code"], answer.status_code)
    return error


def tenants_of(role: Role) -> tuple[str | None, ...]:
    return tuple(VISIBLE) if role in TENANT_ROLES else (None,)


def expected(name: str, role: Role, tenant: str | None, customer_id: str) -> str:
    """Return what PRODUCT.md §4 has for a call about a customer."""
    scope = SCOPES[name, role]
    if scope == "–":
        return "PERMISSION_DENIED"
    within = VISIBLE[tenant or ""] if scope == "own" else EXISTING
    return "let in" if customer_id in within or not names_a_customer(name) else "CUSTOMER_NOT_FOUND"


def test_the_table_has_every_method_this_version_promises() -> None:
    assert sorted(method.name for method in METHODS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_role_may_call_what_the_table_says_about_whom_it_says(door: Door, issue: Issue, name: str) -> None:
    cases = [
        (role, tenant, customer_id)
        for role in COLUMNS
        for tenant in tenants_of(role)
        for customer_id in (CUSTOMERS if names_a_customer(name) else CUSTOMERS[:1])
    ]
    found = {
        (role, tenant, customer_id): access(door(issue(role, tenant), request_for(name, customer_id)))
        for role, tenant, customer_id in cases
    }
    assert found == {case: expected(name, *case) for case in cases}


@pytest.mark.parametrize("role", COLUMNS)
def test_who_am_i_names_exactly_the_callers_methods(bench: Workbench, issue: Issue, role: Role) -> None:
    answer = bench.surface.dispatch(issue(role, tenants_of(role)[0]), requests.WhoAmI())
    assert sorted(answer.methods) == [name for name in NAMES if SCOPES[name, role] != "–"]
    assert (answer.support_credit_limits is None) == (role not in (Role.OPERATOR, Role.PLATFORM_ADMIN))


def test_the_owner_of_the_store_has_an_operators_rights_and_those_of_administration(bench: Workbench) -> None:
    assert sorted(bench.call(requests.WhoAmI(), OWNER).methods) == NAMES
    for name in NAMES:
        assert access(error_of(refusal(bench, OWNER, request_for(name)))) == "let in"


@pytest.mark.parametrize("role", TENANT_ROLES)
def test_a_tenants_role_without_a_tenant_sees_nobody(bench: Workbench, role: Role) -> None:
    caller = Principal(actor="lost", role=role)
    for name, customer_id in itertools.product(filter(names_a_customer, NAMES), CUSTOMERS):
        assert access(error_of(refusal(bench, caller, request_for(name, customer_id)))) != "let in"


@pytest.fixture(scope="module")
def shut_out(bench: Workbench) -> dict[str, list[Credential]]:
    """Credentials that open nothing: of every role, by the refusal that they meet."""
    expired, revoked = [], []
    gone = ""
    for role in COLUMNS:
        tenant = tenants_of(role)[0]
        short = requests.CreateToken(role=role, name="gone", customer_id=tenant, expires_in="1m")
        expired.append(Credential(bench.call(short, ADMIN).token))
        gone = bench.call(msgspec.structs.replace(short, expires_in="90d"), ADMIN).token
        bench.call(requests.RevokeToken(token_id=gone.split(".")[0]), ADMIN)
        revoked.append(Credential(gone))
    bench.clock.advance(minutes=2)
    token_id, secret = gone.split(".")
    unknown = (f"{token_id}.{secret[::-1]}", f"bht_none.{secret}", token_id, f"{gone}x", "Bearer")
    return {
        "TOKEN_MISSING": [Credential(None)],
        "TOKEN_INVALID": [Credential(text) for text in unknown],
        "TOKEN_EXPIRED": expired,
        "TOKEN_REVOKED": revoked,
    }


@pytest.mark.parametrize("name", NAMES)
def test_without_a_token_that_serves_no_method_answers_and_none_tells_anything(
    door: Door, shut_out: dict[str, list[Credential]], name: str
) -> None:
    about = ("acme-eu", "stranger", "nobody") if names_a_customer(name) else ("acme-eu",)
    for reason, credentials in shut_out.items():
        errors = [door(who, request_for(name, which)) for who in credentials for which in about]
        assert {error and error["reason"] for error in errors} == {reason}
        assert len(set(map(msgspec.json.encode, errors))) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "TOKEN_MISSING"), ("\x00", "TOKEN_INVALID"), ("é", "TOKEN_INVALID"), ("\ud800", "TOKEN_INVALID")],
)
def test_a_text_that_no_header_can_hold_is_no_token_either(bench: Workbench, text: str, reason: str) -> None:
    assert access(error_of(refusal(bench, Credential(text), requests.WhoAmI()))) == reason


# Whoever may see everybody may know who is there; all the others may not.
IN_THE_DARK = [
    (name, role)
    for name, role in itertools.product(filter(names_a_customer, NAMES), COLUMNS)
    if expected(name, role, tenants_of(role)[-1], "stranger") != "let in"
]


@pytest.mark.parametrize(("name", "role"), IN_THE_DARK)
def test_a_customer_out_of_reach_and_one_that_does_not_exist_are_refused_in_the_same_bytes(
    door: Door, issue: Issue, name: str, role: Role
) -> None:
    caller = issue(role, tenants_of(role)[-1])
    errors = [door(caller, request_for(name, one)) for one in ("stranger", "msp", "nobody", "?")]
    assert access(errors[0]) != "let in"
    assert len(set(map(msgspec.json.encode, errors))) == 1


@pytest.mark.parametrize("place", ["after_customer_id", "before_customer_id"])
def test_nor_does_a_place_in_the_list_tell_who_is_there(bench: Workbench, issue: Issue, place: str) -> None:
    caller = issue(Role.CUSTOMER_ADMIN, "acme-eu")
    anybody = requests.ListBillingCustomers()
    beside = [msgspec.structs.replace(anybody, **{place: one}) for one in ("stranger", "msp", "nobody", "?")]
    errors = [error_of(refusal(bench, caller, request)) for request in beside]
    assert access(errors[0]) == "CUSTOMER_NOT_FOUND"
    assert len(set(map(msgspec.json.encode, errors))) == 1


def seen_by(bench: Workbench, caller: Credential) -> dict[str, object]:
    """Return everything that a tenant can look at, but for the moment of looking."""
    view = bench.surface.dispatch(caller, requests.GetCustomerBillingView(customer_id="acme-eu"))
    return {
        "who": bench.surface.dispatch(caller, requests.WhoAmI()),
        "list": bench.surface.dispatch(caller, requests.ListBillingCustomers()),
        "view": msgspec.structs.replace(view, as_of=START),
        "ledger": bench.surface.dispatch(caller, requests.ListLedgerEntries(customer_id="acme-eu")),
        "requests": bench.surface.dispatch(caller, requests.ListTenantChangeRequests()),
    }


def test_refused_calls_leave_nothing_that_the_caller_or_the_other_tenant_could_see(
    bench: Workbench, issue: Issue
) -> None:
    caller = issue(Role.CUSTOMER_ADMIN, "acme-eu")
    before, others_before = seen_by(bench, caller), bench.view("stranger").view_etag
    for one in ("stranger", "nobody"):
        for name in filter(names_a_customer, NAMES):
            assert refusal(bench, caller, request_for(name, one)) is not None
        assert seen_by(bench, caller) == before
    assert bench.view("stranger").view_etag == others_before


def test_a_tenant_is_told_of_no_support_credit_that_waits_for_approval(bench: Workbench, issue: Issue) -> None:
    above = requests.ApplySupportCredit(
        customer_id="acme-eu",
        reason="a long outage",
        request_id=f"r-{next(_request_ids)}",
        etag=bench.view("acme-eu").billing.etag,
        workspace_hours="101",
    )
    assert bench.call(above, OPERATOR).outcome == "pending_approval"
    for about in (None, "acme-eu"):
        listing = requests.ListTenantChangeRequests(customer_id=about)
        assert bench.call(listing).total == 1
        for tenant in VISIBLE:
            page = bench.surface.dispatch(issue(Role.CUSTOMER_ADMIN, tenant), listing)
            assert (page.change_requests, page.total) == ([], 0)


def test_a_read_only_session_refuses_every_change(store: Store) -> None:
    feed(Workbench(store))
    bench = Workbench(store, read_only=True)
    changing = {method.name for method in METHODS if method.writes}
    assert changing > set(Action) | {"ImportCustomers", "RecordUsage", "CreateToken", "ApproveTenantChangeRequest"}
    refusals = {name: refusal(bench, OWNER, request_for(name)) for name in changing}
    assert {name: refused and refused.reason for name, refused in refusals.items()} == dict.fromkeys(
        changing, "READ_ONLY"
    )
    assert set(bench.call(requests.WhoAmI(), OWNER).methods) == set(NAMES) - changing
    assert [event.action for event in bench.events("system")] == ["ImportCustomers"]
