"""What one record of an import may say, and what is said to who gets it wrong (PRODUCT.md §6)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.billing.model import BillingRecord, ChecklistItem, Customer, Invoice
from services.contract.text import is_clean
from services.contract.types import (
    BillingState,
    Category,
    ChecklistStatus,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    Resource,
    Unit,
)
from services.feeding.model import ImportedCustomer, ImportedGrant, ImportedUsage, Level, ResourceUse
from tests.services.feeding.samples import ACME, customer, grant, invoice, jsonl, reason, record, use


def test_the_documented_example_says_what_it_says() -> None:
    assert customer(jsonl(ACME)) == ImportedCustomer(
        customer=Customer(customer_id="acme-eu", legal_name="Acme GmbH", ownership=Ownership.EXTERNAL),
        billing=BillingRecord(
            state=BillingState.NEEDS_REVIEW,
            payment_rail=PaymentRail.INVOICE,
            usage_tier="growth",
            invoice_rail_approved=True,
            commercial_reference="PO-7781",
        ),
        checklist=(ChecklistItem(item="billing", status=ChecklistStatus.OPEN),),
        grants=(
            ImportedGrant(
                unit=Unit.WORKSPACE_HOURS,
                amount=40 * 3600,
                category=Category.PAID,
                expires_at=datetime(2027, 1, 31, tzinfo=UTC),
                source="order-1182",
            ),
        ),
        usage=(
            ImportedUsage(unit=Unit.WORKSPACE_HOURS, amount=11_700, occurred_at=datetime(2026, 10, 2, 9, tzinfo=UTC)),
        ),
        invoices=(
            Invoice(
                number="INV-7",
                amount=129_900,
                currency="usd",
                status=InvoiceStatus.OPEN,
                issued_at=datetime(2026, 10, 1, tzinfo=UTC),
                due_at=datetime(2026, 10, 31, tzinfo=UTC),
            ),
        ),
        use=ResourceUse(cpu=2_500, memory=12 * 2**30, storage=80 * 2**30),
    )


def test_id_and_name_alone_make_an_external_customer_without_rail_under_review() -> None:
    found = customer(jsonl(record()))
    assert found == ImportedCustomer(
        customer=Customer(customer_id="acme-eu", legal_name="Acme GmbH", ownership=Ownership.EXTERNAL),
        billing=BillingRecord(state=BillingState.NEEDS_REVIEW, payment_rail=PaymentRail.NONE),
    )


def test_null_and_blank_mean_the_same_as_absent() -> None:
    nothing = dict.fromkeys([name for name in ACME if name not in record()])
    assert customer(jsonl(record(**nothing))) == customer(jsonl(record()))
    blank = {
        "stripe_customer_id": " ",
        "parent_customer_id": "",
        "billing": {"commercial_reference": "\t"},
        "use": {"cpu": "", "memory": None},
    }
    assert customer(jsonl(record(**blank))) == customer(jsonl(record()))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("[/x] [@click=app.quit]EU[/]", "[/x] [@click=app.quit]EU[/]"),
        ("  Acme\tGmbH\n", "Acme GmbH"),
        ("Acme\x1b]52;c;AAAA\x07 GmbH", "Acme]52;c;AAAA GmbH"),
        ("Acme\u202eHbmG", "AcmeHbmG"),
        ("株式会社青霧", "株式会社青霧"),
        ("नीलपथ प्राइवेट", "नीलपथ प्राइवेट"),
        ("\ud800Acme", "Acme"),
        ("N" * 200, "N" * 200),
    ],
)
def test_names_of_any_script_are_kept_and_cleaned_of_what_harms_a_terminal(written: str, kept: str) -> None:
    assert customer(jsonl(record(legal_name=written))).customer.legal_name == kept


def test_moments_with_any_offset_are_kept_in_utc() -> None:
    found = customer(jsonl(record(billing={"trial_ends_at": "2026-10-31t23:30:00.25-02:00"})))
    assert found.billing.trial_ends_at == datetime(2026, 11, 1, 1, 30, 0, 250_000, tzinfo=UTC)
    assert found.billing.trial_ends_at.tzinfo is UTC


def test_a_currency_is_kept_in_lower_case() -> None:
    assert customer(jsonl(record(invoices=[invoice(currency="EUR")]))).invoices[0].currency == "eur"


def test_a_use_may_say_where_it_was_and_a_customer_what_is_in_use_of_its_plan() -> None:
    usage = [use(namespace="ci / 北", resource="build"), use(namespace=" ", resource=None)]
    found = customer(jsonl(record(usage=usage, levels=[LEVEL, LEVEL | {"resource": "storage", "amount": 2**60}])))
    assert [(each.namespace, each.resource) for each in found.usage] == [("ci / 北", "build"), (None, None)]
    measured_at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert found.levels == (
        Level(resource=Resource.USERS, amount=12, measured_at=measured_at),
        Level(resource=Resource.STORAGE, amount=2**60, measured_at=measured_at),
    )


LEVEL = {"resource": "users", "amount": 12, "measured_at": "2026-11-20T09:00:00Z"}
USE = {"cpu": "2500m", "memory": "12Gi", "storage": "80Gi"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"customer_id": None}, "customer_id is missing"),
    ({"customer_id": "a b"}, "customer_id must be 1 to 64 of the characters"),
    ({"customer_id": "acme\n"}, "customer_id must be 1 to 64 of the characters"),
    ({"customer_id": "a" * 65}, "customer_id must be 1 to 64 of the characters"),
    ({"customer_id": "аcme"}, "customer_id must be 1 to 64 of the characters"),
    ({"customer_id": 7}, "customer_id must be 1 to 64 of the characters"),
    ({"legal_name": ""}, "legal_name is missing"),
    ({"legal_name": 7}, "legal_name must be text"),
    ({"legal_name": "\u202e\u0007"}, "legal_name holds nothing that can be read"),
    ({"legal_name": "\u200d\u200d"}, "legal_name holds nothing that can be read"),
    ({"legal_name": "N" * 201}, "legal_name is longer than 200 characters"),
    ({"ownership": "mine"}, "ownership must be one of external, internal, platform_owned"),
    ({"ownership": ["external"]}, "ownership must be one of external"),
    ({"parent_customer_id": "acme-eu"}, "parent_customer_id names the customer itself"),
    ({"billing": []}, "billing must be an object"),
    ({"billing": {"state": "fine"}}, "billing.state must be one of needs_review"),
    ({"billing": {"payment_rail": "cash"}}, "billing.payment_rail must be one of invoice"),
    ({"billing": {"usage_tier": "Big One"}}, "billing.usage_tier must be a slug"),
    ({"billing": {"invoice_rail_approved": "yes"}}, "billing.invoice_rail_approved must be true or false"),
    ({"billing": {"trial_ends_at": "2026-10-31T00:00:00"}}, "billing.trial_ends_at has no offset"),
    ({"billing": {"trial_ends_at": "2026-10-31"}}, "billing.trial_ends_at is not a time like"),
    ({"billing": {"trial_ends_at": "2026-02-30T00:00:00Z"}}, "billing.trial_ends_at is not a time that exists"),
    ({"billing": {"trial_ends_at": "٢٠٢٦-10-31T00:00:00Z"}}, "billing.trial_ends_at is not a time like"),
    ({"billing": {"trial_ends_at": "9999-12-31T23:59:59Z"}}, "billing.trial_ends_at lies outside the years"),
    ({"billing": {"trial_ends_at": "0001-01-01T00:00:00+14:00"}}, "billing.trial_ends_at is not a time that exists"),
    ({"billing": {"trial_ends_at": 1793404800}}, "billing.trial_ends_at must be a time"),
    ({"billing": {"balance": "7"}}, "“billing.balance” is not a field of an import"),
    ({"payment_method_on_file": "true"}, "payment_method_on_file must be true or false"),
    ({"automatic_collection": 1}, "automatic_collection must be true or false"),
    ({"usage": [use(namespace="n" * 101)]}, "usage[0].namespace must be text of 1 to 100 visible characters"),
    ({"usage": [use(resource="a\u202eb")]}, "usage[0].resource must be text of 1 to 100 visible characters"),
    ({"usage": [use(resource=7)]}, "usage[0].resource must be text of 1 to 100 visible characters"),
    ({"levels": [LEVEL | {"resource": "nodes"}]}, "levels[0].resource must be one of users, storage"),
    ({"levels": [LEVEL | {"resource": "cores"}]}, "levels[0].resource must be one of users, storage"),
    ({"levels": [LEVEL | {"amount": "12"}]}, "levels[0].amount must be a whole number from 0 to"),
    ({"levels": [LEVEL | {"amount": 2**60 + 1}]}, "levels[0].amount must be a whole number from 0 to"),
    ({"levels": [LEVEL | {"measured_at": None}]}, "levels[0].measured_at is missing"),
    ({"levels": [LEVEL | {"source": "x"}]}, "“levels[0].source” is not a field of an import"),
    ({"levels": [LEVEL, LEVEL]}, "levels names “users” twice"),
    ({"checklist": {}}, "checklist must be a list"),
    ({"checklist": ["billing"]}, "checklist[0] must be an object"),
    ({"checklist": [{"status": "open"}]}, "checklist[0].item is missing"),
    ({"checklist": [{"item": "billing"}]}, "checklist[0].status is missing: one of open"),
    ({"checklist": [{"item": "billing", "status": "open"}] * 2}, "checklist names “billing” twice"),
    ({"credit_grants": [grant(amount=40)]}, "credit_grants[0].amount must be an amount written as text"),
    ({"credit_grants": [grant(amount=None)]}, "credit_grants[0].amount is missing: an amount written as text"),
    ({"credit_grants": [grant(amount="0.00")]}, "credit_grants[0].amount must be more than zero"),
    ({"credit_grants": [grant(unit="cores")]}, "credit_grants[0].unit must be one of workspace_hours"),
    ({"credit_grants": [grant(category=None)]}, "credit_grants[0].category is missing: one of paid"),
    (
        {"credit_grants": [grant(), grant(priority=101)]},
        "credit_grants[1].priority must be a whole number from 0 to 100",
    ),
    ({"credit_grants": [grant(priority=True)]}, "credit_grants[0].priority must be a whole number"),
    ({"credit_grants": [grant(remaining="3")]}, "“credit_grants[0].remaining” is not a field of an import"),
    (
        {"credit_grants": [grant(effective_at="2026-10-01T00:00:00Z", expires_at="2026-10-01T02:00:00+02:00")]},
        "credit_grants[0].expires_at must lie after effective_at",
    ),
    ({"credit_grants": [grant(amount="10000000000")] * 70_000}, "credit_grants adds up to more workspace_hours than"),
    ({"usage": [use(occurred_at=None)]}, "usage[0].occurred_at is missing"),
    ({"usage": [use(occurred_at="now")]}, "usage[0].occurred_at is not a time like"),
    ({"usage": [use(event_id="e")]}, "“usage[0].event_id” is not a field of an import"),
    ({"invoices": [invoice(number=" ")]}, "invoices[0].number is missing"),
    ({"invoices": [invoice(amount="129900")]}, "invoices[0].amount must be a whole number of 0 or more"),
    ({"invoices": [invoice(amount=1299.0)]}, "invoices[0].amount must be a whole number of 0 or more"),
    ({"invoices": [invoice(amount=-1)]}, "invoices[0].amount must be a whole number of 0 or more"),
    ({"invoices": [invoice(amount=2**63)]}, "invoices[0].amount must be a whole number of 0 or more"),
    ({"invoices": [invoice(currency="dollars")]}, "invoices[0].currency must be three letters"),
    ({"invoices": [invoice(currency=None)]}, "invoices[0].currency is missing"),
    ({"invoices": [invoice(status="late")]}, "invoices[0].status must be one of draft"),
    ({"invoices": [invoice(), invoice(amount=1)]}, "invoices names “INV-7” twice"),
    ({"use": "12Gi"}, "use must be an object"),
    ({"use": USE | {"cpu": None}}, "use.cpu is missing: an amount written as text"),
    ({"use": USE | {"memory": 12}}, 'use.memory must be an amount written as text, like "500m" or "12Gi"'),
    ({"use": USE | {"cpu": "12Gi"}}, "use.cpu cannot be read: Write a number of processors like 2 or 500m, not “12Gi”"),
    ({"use": USE | {"memory": "0.5"}}, "use.memory cannot be read: Write an amount like 200Gi or 512Mi: a byte is"),
    ({"use": USE | {"storage": "-1Gi"}}, "use.storage cannot be read: Write an amount like 200Gi or 512Mi, not “-1Gi”"),
    ({"use": USE | {"storage": "9999Ei"}}, "use.storage cannot be read: "),
    ({"use": USE | {"gpu": "1"}}, "“use.gpu” is not a field of an import"),
    ({"vat_id": "DE1"}, "“vat_id” is not a field of an import"),
    ({"\u001b[2J\u202e": 1}, "“[2J” is not a field of an import"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_what_is_wrong_with_a_field_is_said_in_one_sentence_that_names_it(fields: dict[str, Any], said: str) -> None:
    found = reason(jsonl(record() | fields))
    assert found.startswith(said)
    assert ";" not in found
    assert is_clean(found)


@pytest.mark.parametrize(
    "amount", ["1e3", "-1", "+1", "NaN", "1.234", "1" + "0" * 30, "", " 1", "1,5", "\u0661", ".5", "5."]
)
def test_malformed_amounts_are_refused(amount: str) -> None:
    assert reason(jsonl(record(usage=[use(amount=amount)]))).startswith("usage[0].amount ")


def test_one_look_at_a_line_names_all_that_is_wrong_with_it() -> None:
    found = reason(jsonl({"customer_id": "?", "billing": {"state": "x"}, "usage": [use(amount="-1")], "more": 1}))
    assert [problem.split(" ")[0] for problem in found.split("; ")] == [
        "customer_id",
        "legal_name",
        "billing.state",
        "usage[0].amount",
        "“more”",
    ]


def test_a_line_with_very_many_problems_names_the_first_and_counts_the_others() -> None:
    found = reason(jsonl(record(checklist=[{"item": "billing"}] + [{"item": f"i{n}"} for n in range(99)])))
    assert found.endswith("; and 95 more")
