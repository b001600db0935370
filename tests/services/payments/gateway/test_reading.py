"""Stripe's objects, as the library constructs them, become the port's."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from msgspec import structs

from services.billing.model import PaymentMethod
from services.payments.gateway import invoice_shapes as invoice_shapes
from services.payments.gateway import page_shapes as page_shapes
from services.payments.gateway import reading, reading_invoices, reading_pages
from services.payments.gateway import shapes as shapes
from services.payments.gateway.faults import UnreadableAnswer
from services.payments.gateway.shapes import read_as
from services.payments.port import RemoteInvoiceLine, RemoteSubscription

START, END = 1_793_523_600, 1_796_115_600


def built(values: dict[str, Any]) -> stripe.StripeObject:
    return stripe.StripeObject.construct_from(values, "sk_test_x")


def price(interval: str = "month", count: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": "price_1",
        "object": "price",
        "currency": "usd",
        "product": "prod_1",
        "unit_amount": 9_900,
        "lookup_key": "growth_monthly",
        "recurring": {"interval": interval, "interval_count": count},
    } | fields


def subscription(**fields: Any) -> shapes.Subscription:
    item = {
        "id": "si_1",
        "object": "subscription_item",
        "price": price(),
        "quantity": 2,
        "current_period_start": START,
        "current_period_end": END,
    }
    values = {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "currency": "usd",
        "created": START,
        "items": {"object": "list", "data": [item], "has_more": False},
        "collection_method": "charge_automatically",
        "metadata": {"replaces": "sub_0"},
    }
    return read_as(shapes.Subscription, built(values | fields))


def read(found: shapes.Subscription) -> RemoteSubscription:
    return reading.subscription(found, {"prod_1": "Growth"}, None)


def phase(start: int, end: int, price_id: str) -> dict[str, Any]:
    return {"start_date": start, "end_date": end, "items": [{"price": price_id}]}


def test_a_subscription_counts_all_of_its_items() -> None:
    found = read(subscription())

    assert (found.amount, found.product_name, found.replaces) == (19_800, "Growth", "sub_0")
    assert (found.period_start, found.period_end) == (
        datetime.fromtimestamp(START, UTC),
        datetime.fromtimestamp(END, UTC),
    )


@pytest.mark.parametrize(
    ("fields", "ends_at"),
    [
        ({}, None),
        ({"cancel_at_period_end": True}, END),
        ({"cancel_at": END + 5}, END + 5),
        ({"cancel_at_period_end": True, "cancel_at": END}, END),
        ({"cancel_at": END, "ended_at": START + 9}, START + 9),
    ],
)
def test_a_subscription_ends_when_it_did_or_will(fields: dict[str, Any], ends_at: int | None) -> None:
    expected = None if ends_at is None else datetime.fromtimestamp(ends_at, UTC)

    assert read(subscription(**fields)).ends_at == expected


@pytest.mark.parametrize(
    ("phases", "following"),
    [
        ([phase(START, END, "price_1"), phase(END, END + 9, "price_2")], "price_2"),
        ([phase(END, END + 9, "price_2"), phase(START, END, "price_1")], "price_2"),
        ([phase(START, END, "price_1"), phase(END, END + 9, "price_1")], None),
        ([phase(START, END, "price_1")], None),
        ([], None),
    ],
)
def test_what_follows_is_the_next_phase_with_another_price(phases: list[dict[str, Any]], following: str | None) -> None:
    schedule = {"id": "sub_sched_1", "phases": phases, "current_phase": {"start_date": START, "end_date": END}}
    found = reading.next_phase(subscription(schedule=schedule))

    assert (None if found is None else reading.identity(found.items[0].price)) == following


def test_nothing_follows_under_a_schedule_that_has_not_begun_or_is_only_named() -> None:
    assert reading.next_phase(subscription(schedule="sub_sched_1")) is None
    assert reading.next_phase(subscription(schedule={"id": "s", "phases": [], "current_phase": None})) is None


@pytest.mark.parametrize("status", ["active", "past_due", "unpaid", "paused", "incomplete", "trialing", "canceled"])
def test_every_status_of_stripes_is_known(status: str) -> None:
    assert read(subscription(status=status)).status == status


def test_a_status_that_nobody_knows_is_not_guessed() -> None:
    with pytest.raises(UnreadableAnswer, match="nobody knows"):
        read(subscription(status="dormant"))


@pytest.mark.parametrize(("interval", "count"), [("week", 1), ("day", 1), ("month", 3), ("year", 2)])
def test_a_price_in_another_rhythm_is_no_plans(interval: str, count: int) -> None:
    assert reading.price(read_as(shapes.Price, built(price(interval, count)))) is None


def test_a_subscription_in_another_rhythm_is_not_taken_for_a_plan() -> None:
    weekly = subscription().items.data[0]
    weekly = structs.replace(weekly, price=read_as(shapes.Price, built(price("week"))))
    found = structs.replace(subscription(), items=shapes.Items([weekly]))

    assert not reading.is_plan(found)
    with pytest.raises(UnreadableAnswer, match="each month or year"):
        read(found)


@pytest.mark.parametrize("fields", [{"unit_amount": None}, {"lookup_key": None}, {"recurring": None}])
def test_a_price_that_cannot_be_told_beforehand_is_no_plans(fields: dict[str, Any]) -> None:
    assert reading.price(read_as(shapes.Price, built(price(**fields)))) is None


@pytest.mark.parametrize("missing", ["id", "customer", "status", "currency", "items", "created"])
def test_an_object_that_lacks_what_stripe_always_says_is_unreadable(missing: str) -> None:
    whole = built({"id": "sub_1", "object": "subscription"} | {missing: None})

    with pytest.raises(UnreadableAnswer):
        read_as(shapes.Subscription, whole)


@pytest.mark.parametrize("answer", [None, [], "", {"id": "cus_1"}, 7])
def test_what_is_no_object_of_stripes_is_unreadable(answer: object) -> None:
    with pytest.raises(UnreadableAnswer):
        read_as(shapes.Customer, answer)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"type": "card", "card": {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2030}},
            PaymentMethod(method_id="pm_1", kind="card", brand="visa", last4="4242", expires="04/2030"),
        ),
        (
            {"type": "card", "card": {"brand": "vi\u202esa", "last4": "4242424242424242"}},
            PaymentMethod(method_id="pm_1", kind="card", brand="visa", last4="4242"),
        ),
        (
            {"type": "sepa_debit", "sepa_debit": {"last4": "3000", "country": "DE"}},
            PaymentMethod(method_id="pm_1", kind="sepa_debit", last4="3000"),
        ),
        ({"type": "link", "link": {"email": "a@b.example"}}, PaymentMethod(method_id="pm_1", kind="link")),
    ],
)
def test_of_a_payment_method_no_more_is_read_than_may_be_shown(values: dict[str, Any], expected: PaymentMethod) -> None:
    found = read_as(shapes.Method, built({"id": "pm_1", "object": "payment_method"} | values))

    assert reading.method(found) == expected


def line(amount: int, *, proration: bool, start: int = START, end: int = END) -> dict[str, Any]:
    details = {"proration": proration, "subscription": "sub_1"}
    return {
        "id": "il_1",
        "amount": amount,
        "currency": "usd",
        "description": None,
        "quantity": 1,
        "period": {"start": start, "end": end},
        "parent": {"subscription_item_details": details, "invoice_item_details": None},
    }


def invoice(*lines: dict[str, Any], **fields: Any) -> invoice_shapes.Invoice:
    values = {
        "id": "in_1",
        "object": "invoice",
        "customer": "cus_1",
        "currency": "usd",
        "total": 0,
        "amount_due": 0,
        "amount_remaining": 0,
        "created": START,
        "period_start": START - 9,
        "period_end": START - 9,
        "lines": {"object": "list", "data": list(lines), "has_more": False},
        "status": "open",
    }
    return read_as(invoice_shapes.Invoice, built(values | fields))


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ([line(5, proration=False)], (START, END)),
        ([line(-3, proration=True, start=START - 99), line(5, proration=False)], (START, END)),
        ([line(-3, proration=True, start=START + 7), line(5, proration=True)], (START, END)),
        ([], (START - 9, START - 9)),
    ],
)
def test_the_period_of_an_invoice_is_that_of_its_lines(lines: list[dict[str, Any]], period: tuple[int, int]) -> None:
    found = reading_invoices.invoice(invoice(*lines))

    assert (found.period_start.timestamp(), found.period_end.timestamp()) == period


def test_an_invoice_was_issued_when_it_was_finalised_or_else_made() -> None:
    finalised = invoice(status_transitions={"finalized_at": END})

    assert reading_invoices.invoice(finalised).issued_at.timestamp() == END
    assert reading_invoices.invoice(invoice(status=None)).issued_at.timestamp() == START
    assert reading_invoices.invoice(invoice(status=None)).status == "draft"


GIVEN_UP = {"collection_method": "charge_automatically", "attempted": True, "next_payment_attempt": None}


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        (GIVEN_UP, END),
        (GIVEN_UP | {"due_date": END + 9}, END + 9),
        (GIVEN_UP | {"status_transitions": {"finalized_at": None}}, START),
        (GIVEN_UP | {"next_payment_attempt": END + 9}, None),
        (GIVEN_UP | {"attempted": False}, None),
        (GIVEN_UP | {"collection_method": "send_invoice"}, None),
        (GIVEN_UP | {"collection_method": "send_invoice", "due_date": END + 9}, END + 9),
        *((GIVEN_UP | {"status": status}, None) for status in ("draft", "paid", "void", "uncollectible")),
    ],
)
def test_an_invoice_that_nobody_tries_to_collect_any_more_was_due_when_it_was_issued(
    fields: dict[str, Any], due: int | None
) -> None:
    found = reading_invoices.invoice(invoice(**({"status_transitions": {"finalized_at": END}} | fields)))

    assert (found.due_at and found.due_at.timestamp()) == due


def test_a_line_without_words_says_so() -> None:
    assert reading_invoices.line(invoice(line(5, proration=False)).lines.data[0]) == RemoteInvoiceLine(
        description="No description",
        quantity=1,
        amount=5,
        currency="usd",
        period_start=datetime.fromtimestamp(START, UTC),
        period_end=datetime.fromtimestamp(END, UTC),
        proration=False,
    )


def test_an_attempt_that_failed_without_a_reason_still_says_that_it_failed() -> None:
    charge = {"created": START, "amount": 5, "currency": "usd", "status": "failed"}
    found = reading_invoices.attempt(read_as(invoice_shapes.Charge, built(charge)))

    assert (found.problem, found.method) == ("The payment failed.", None)


def test_what_is_owed_from_before_stands_among_the_charges() -> None:
    preview = {"currency": "usd", "total": 500, "amount_due": 700, "lines": {"data": [line(500, proration=False)]}}
    found = reading_invoices.charges(read_as(invoice_shapes.Preview, built(preview)), None)

    assert found.due_now == 700
    assert [(each.description, each.amount) for each in found.lines[1:]] == [("Owed from before", 200)]


def session(**fields: Any) -> page_shapes.CheckoutSession:
    values = {"id": "cs_1", "mode": "setup", "status": "open", "expires_at": END, "url": "https://checkout.example/1"}
    return read_as(page_shapes.CheckoutSession, built(values | fields))


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "http://checkout.example/1"])
def test_a_page_has_an_address_that_a_browser_can_be_sent_to(url: str | None) -> None:
    with pytest.raises(UnreadableAnswer):
        reading_pages.checkout_page(session(url=url))


@pytest.mark.parametrize(
    ("status", "intent", "method_id"),
    [
        ("complete", {"id": "seti_1", "payment_method": "pm_1"}, "pm_1"),
        ("complete", {"id": "seti_1", "payment_method": {"id": "pm_1"}}, "pm_1"),
        ("open", {"id": "seti_1", "payment_method": "pm_1"}, None),
        ("complete", "seti_1", None),
        ("expired", None, None),
    ],
)
def test_a_setup_has_registered_something_when_it_is_complete(
    status: str, intent: object, method_id: str | None
) -> None:
    assert reading_pages.outcome(session(status=status, setup_intent=intent)).method_id == method_id


@pytest.mark.parametrize(
    ("subscription", "known"),
    [
        ({"id": "sub_1", "default_payment_method": "pm_1"}, ("sub_1", "pm_1")),
        ({"id": "sub_1", "default_payment_method": None}, ("sub_1", None)),
        ("sub_1", ("sub_1", None)),
    ],
)
def test_a_purchase_tells_what_it_is_charged_to(subscription: object, known: object) -> None:
    found = reading_pages.outcome(session(status="complete", subscription=subscription))
    assert (found.subscription_id, found.method_id) == known
