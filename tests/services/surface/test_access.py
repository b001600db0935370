"""What a tenant sees of lists and reports, and what a refused call leaves behind."""

import pytest

from services.contract import requests
from services.contract.errors import Code, Refused
from services.contract.principals import Principal, Role
from services.contract.types import ChangeRequestKind, ReportFormat, Starter
from services.storage.engine import Store
from tests.surface import ADMIN, OPERATOR, SERVICE, Workbench, customer


@pytest.fixture
def bench(store: Store) -> Workbench:
    bench = Workbench(store)
    bench.feed(
        customer("msp"),
        customer("acme-eu", parent_customer_id="msp"),
        customer("stranger", checklist=[]),
    )
    return bench


@pytest.mark.parametrize(
    ("tenant", "listed"), [("msp", ["acme-eu", "msp"]), ("acme-eu", ["acme-eu"]), ("stranger", ["stranger"])]
)
def test_a_tenants_list_holds_itself_and_its_clients(bench: Workbench, tenant: str, listed: list[str]) -> None:
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id=tenant)
    page = bench.call(requests.ListBillingCustomers(), admin)
    assert sorted(row.customer_id for row in page.customers) == listed
    assert page.total == len(listed)


@pytest.mark.parametrize(
    ("tenant", "visible"), [("msp", {"acme-eu", "msp"}), ("acme-eu", {"acme-eu"}), ("stranger", {"stranger"})]
)
def test_a_tenant_reads_itself_and_its_clients(bench: Workbench, tenant: str, visible: set[str]) -> None:
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id=tenant)
    for customer_id in {"acme-eu", "msp", "stranger", "nobody"} - visible:
        with pytest.raises(Refused, match="No such customer here"):
            bench.call(requests.GetCustomerBillingView(customer_id=customer_id), admin)
    for customer_id in visible:
        view = bench.call(requests.GetCustomerBillingView(customer_id=customer_id), admin)
        assert view.customer.customer_id == customer_id


def test_a_tenants_report_leaves_the_audit_trail_out(bench: Workbench) -> None:
    bench.call(bench.request(requests.ApproveTrial))
    admin = Principal(actor="tess", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")
    request = requests.ExportBillingReport(customer_id="acme-eu", format=ReportFormat.JSON)
    assert b"olga" in bench.call(request).content
    assert b"olga" not in bench.call(request, admin).content


def test_a_refused_import_is_audited_without_its_content(bench: Workbench) -> None:
    bad = requests.ImportCustomers(source="bad.jsonl", format="jsonl", content=b'{"customer_id": "secret-content"')
    with pytest.raises(Refused) as caught:
        bench.call(bad, SERVICE)
    assert caught.value.reason == "IMPORT_REJECTED"
    event = bench.events("system")[-1]
    assert (event.action, event.outcome, event.actor) == ("ImportCustomers", "denied", "feeder")
    assert "secret-content" not in event.payload


async def test_a_fault_inside_ends_a_streamed_answer_as_it_ends_any_call(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("disk of customer Acme")

    monkeypatch.setattr("services.guidance.questions.read_question", broken)
    question = requests.AskBillingChat(customer_id="acme-eu", starter=Starter.UNBLOCK_BILLING)
    with pytest.raises(Refused) as caught:
        async for _event in bench.surface.stream(OPERATOR, question):
            pass
    assert (caught.value.code, list(caught.value.details)) == (Code.INTERNAL, ["reference"])
    assert "Acme" not in caught.value.message


def test_a_refusal_has_a_code_a_constant_and_one_sentence(bench: Workbench) -> None:
    with pytest.raises(Refused) as caught:
        bench.call(bench.request(requests.MarkInvoiceVerified), SERVICE)
    assert caught.value.code is Code.PERMISSION_DENIED
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("customer_id", ["beta", "nobody"])
def test_who_may_not_see_a_customer_writes_nothing_into_its_trail(bench: Workbench, customer_id: str) -> None:
    bench.feed(customer("beta", legal_name="Beta Ltd"))
    outsider = Principal(actor="mallory", role=Role.CUSTOMER_ADMIN, customer_id="acme-eu")
    before = bench.events("beta")
    request = requests.ApplySupportCredit(customer_id=customer_id, reason="read this", request_id="r", etag="b1")
    with pytest.raises(Refused):
        bench.call(request, outsider)
    assert bench.events("beta") == before
    event = bench.events("system")[-1]
    assert (event.actor, event.outcome, event.resource) == ("mallory", "denied", f"customers/{customer_id}")


def test_a_token_that_was_pasted_into_a_reason_is_refused_before_it_is_kept(bench: Workbench) -> None:
    token = bench.call(requests.CreateToken(role=Role.OPERATOR, name="olga"), ADMIN).token
    with pytest.raises(Refused) as caught:
        bench.call(bench.request(requests.ApplySupportCredit, workspace_hours="1", reason=f"as agreed {token}"))
    assert caught.value.reason == "TOKEN_IN_REQUEST"
    assert token.partition(".")[2] not in str(bench.events())


def test_nor_is_one_that_was_pasted_into_a_desired_value(bench: Workbench) -> None:
    token = bench.call(requests.CreateToken(role=Role.OPERATOR, name="olga"), ADMIN).token
    for desired in ({"add": token}, {token: "x"}):
        request = requests.PreviewTenantChangeRequest(
            customer_id="acme-eu", kind=ChangeRequestKind.EXPOSURE_HOSTNAME, desired=desired
        )
        with pytest.raises(Refused) as caught:
            bench.call(request)
        assert caught.value.reason == "TOKEN_IN_REQUEST"
        assert token.partition(".")[2] not in caught.value.message
