"""Readable customer facts for tests, and hypothesis strategies that build any of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from services.billing.model import BillingRecord, ChecklistItem, Customer, CustomerFacts, Invoice
from services.contract.types import (
    BillingState,
    Category,
    ChecklistStatus,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    Unit,
)
from services.credits.ledger import consume, grant
from services.credits.state import Credits

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_facts(
    *,
    ownership: Ownership = Ownership.EXTERNAL,
    item: ChecklistStatus | None = ChecklistStatus.COMPLETE,
    credits: Credits | None = None,
    invoices: tuple[Invoice, ...] = (),
    customer_id: str = "acme-eu",
    **billing: Any,
) -> CustomerFacts:
    """Return facts of a verified customer who pays by invoice, but for what is given."""
    record = {"state": BillingState.VERIFIED, "payment_rail": PaymentRail.INVOICE} | billing
    return CustomerFacts(
        customer=Customer(customer_id=customer_id, legal_name="Acme GmbH", ownership=ownership),
        billing=BillingRecord(**record),
        checklist=() if item is None else (ChecklistItem(item="billing", status=item),),
        credits=credits or Credits(),
        invoices=invoices,
        latest_adjustment=None,
        revision=1,
        changed_at=NOW - timedelta(days=1),
    )


def with_lot(before: Credits, unit: Unit, amount: int, **how: Any) -> Credits:
    """Return credits with one lot more."""
    count = before.lots_created
    defaults: dict[str, Any] = {"category": Category.PAID, "source": "order"}
    return grant(
        before, transaction_id=f"t{count}", grant_id=f"g{count}", unit=unit, amount=amount, **(defaults | how)
    ).after


moments = st.integers(-400, 400).map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def any_credits(draw: st.DrawFn) -> Credits:
    """Draw credits with lots of every kind, some of them partly or wholly used, some of it beyond what they held."""
    credits = Credits()
    for unit in draw(st.lists(st.sampled_from(Unit), max_size=4)):
        effective = draw(st.none() | moments)
        expires = draw(st.none() | moments)
        if effective is not None and expires is not None and expires <= effective:
            expires = effective + timedelta(hours=1)
        category = draw(st.sampled_from(Category))
        credits = with_lot(
            credits, unit, draw(st.integers(1, 10**9)), category=category, effective_at=effective, expires_at=expires
        )
        if draw(st.booleans()):
            used = draw(st.integers(1, 2 * 10**9))
            credits = consume(
                credits, transaction_id="u", unit=unit, amount=used, occurred_at=draw(moments), source="s"
            ).after
    return credits


@st.composite
def any_invoices(draw: st.DrawFn) -> tuple[Invoice, ...]:
    """Draw open invoices, due at any time or at none."""
    dues = draw(st.lists(st.none() | moments, max_size=3))
    return tuple(
        Invoice(
            number=f"INV-{n}",
            amount=draw(st.integers(0, 10**9)),
            currency=draw(st.sampled_from(["usd", "jpy", "kwd"])),
            status=InvoiceStatus.OPEN,
            issued_at=NOW - timedelta(days=40),
            due_at=due,
        )
        for n, due in enumerate(dues)
    )


@st.composite
def any_facts(draw: st.DrawFn) -> CustomerFacts:
    """Draw any customer."""
    return make_facts(
        ownership=draw(st.sampled_from(Ownership)),
        item=draw(st.none() | st.sampled_from(ChecklistStatus)),
        credits=draw(any_credits()),
        invoices=draw(any_invoices()),
        state=draw(st.sampled_from(BillingState)),
        payment_rail=draw(st.sampled_from(PaymentRail)),
        review_reference=draw(st.none() | st.just("REV-1")),
        invoice_rail_approved=draw(st.booleans()),
        commercial_reference=draw(st.sampled_from([None, "PO-1"])),
        trial_ends_at=draw(st.none() | moments),
        trial_extended=draw(st.booleans()),
        payment_method_on_file=draw(st.sampled_from([None, True, False])),
        automatic_collection=draw(st.booleans()),
    )


def replaced(facts: CustomerFacts, **billing: Any) -> CustomerFacts:
    """Return facts with other fields in the billing record."""
    return msgspec.structs.replace(facts, billing=msgspec.structs.replace(facts.billing, **billing))
