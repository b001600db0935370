"""Tests of invoices through the API."""

from typing import Any

import pytest
import stripe

from tests.services.payments.sandbox.resources.conftest import DAY, FAILS_LATER, Shop


async def _draft(shop: Shop, amount: int = 4_200, currency: str = "usd", **params: Any) -> stripe.Invoice:
    await shop.client.v1.invoice_items.create_async(
        {"customer": shop.customer, "amount": amount, "currency": currency, "description": "Setup help"}
    )
    wanted: Any = {"customer": shop.customer, "pending_invoice_items_behavior": "include", **params}
    return await shop.client.v1.invoices.create_async(wanted)


async def _open(shop: Shop, **params: Any) -> stripe.Invoice:
    draft = await _draft(shop, **params)
    return await shop.client.v1.invoices.finalize_invoice_async(draft.id or "")


async def test_a_draft_takes_what_waits_and_has_neither_number_nor_address(shop: Shop) -> None:
    draft = await _draft(shop)

    assert (draft.status, draft.total, draft.auto_advance) == ("draft", 4_200, False)
    assert (draft.number, draft.hosted_invoice_url, draft.invoice_pdf) == (None, None, None)
    assert draft.lines.data[0].description == "Setup help"
    assert shop.all("invoiceitem")[0]["invoice"] == draft.id


async def test_a_finalized_invoice_is_numbered_and_can_be_paid_where_it_says(shop: Shop) -> None:
    invoice = await _open(shop)

    assert (invoice.status, invoice.number) == ("open", "SBX-0001-0001")
    assert invoice.hosted_invoice_url == f"{shop.sandbox.base}/i/{invoice.id}"
    assert invoice.invoice_pdf == f"{shop.sandbox.base}/i/{invoice.id}/pdf"
    with pytest.raises(stripe.InvalidRequestError, match="already finalized"):
        await shop.client.v1.invoices.finalize_invoice_async(invoice.id or "")


async def test_a_declined_payment_stays_to_be_seen_and_the_invoice_open(shop: Shop) -> None:
    bad = await shop.client.v1.payment_methods.attach_async("pm_card_chargeCustomerFail", {"customer": shop.customer})
    invoice_id = (await _open(shop)).id or ""
    before = shop.last_event()

    with pytest.raises(stripe.CardError) as refusal:
        await shop.client.v1.invoices.pay_async(invoice_id, {"payment_method": bad.id})

    invoice = await shop.client.v1.invoices.retrieve_async(invoice_id, {"expand": ["payments"]})
    assert refusal.value.error is not None
    assert refusal.value.error.decline_code == "generic_decline"
    assert (invoice.status, invoice.attempt_count, invoice.attempted) == ("open", 1, True)
    assert invoice.payments is not None
    (payment,) = invoice.payments.data
    assert (payment.status, payment.amount_paid, payment.amount_requested) == ("open", None, 4_200)
    assert shop.events_since(before) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.updated",
        "invoice.payment_failed",
    ]


async def test_an_open_invoice_is_paid_once(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""

    paid = await shop.client.v1.invoices.pay_async(
        invoice_id, {"payment_method": shop.card, "expand": ["payments.data.payment.payment_intent"]}
    )

    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 4_200, 0)
    assert paid.status_transitions.paid_at is not None
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        await shop.client.v1.invoices.pay_async(invoice_id, {"payment_method": shop.card})
    payments = await shop.client.v1.invoice_payments.list_async({"invoice": invoice_id})
    assert [(each.status, each.amount_paid) for each in payments.data] == [("paid", 4_200)]
    assert len(shop.all("charge")) == 1


async def test_without_a_card_there_is_nothing_to_pay_with(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""

    with pytest.raises(stripe.InvalidRequestError, match="no `default_payment_method`"):
        await shop.client.v1.invoices.pay_async(invoice_id)


async def test_an_invoice_can_be_paid_outside_of_stripe(shop: Shop) -> None:
    paid = await shop.client.v1.invoices.pay_async((await _open(shop)).id or "", {"paid_out_of_band": True})

    assert (paid.status, paid.amount_paid_off_stripe) == ("paid", 4_200)
    assert shop.all("charge") == []


async def test_a_void_invoice_is_owed_by_nobody_and_its_payment_is_canceled(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""
    before = shop.last_event()

    voided = await shop.client.v1.invoices.void_invoice_async(invoice_id)

    assert voided.status == "void"
    assert shop.all("payment_intent")[0]["cancellation_reason"] == "void_invoice"
    assert shop.events_since(before) == ["payment_intent.canceled", "invoice.updated", "invoice.voided"]
    with pytest.raises(stripe.InvalidRequestError, match="void"):
        await shop.client.v1.invoices.pay_async(invoice_id, {"payment_method": shop.card})


async def test_an_uncollectible_invoice_can_still_be_paid(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""

    written_off = await shop.client.v1.invoices.mark_uncollectible_async(invoice_id)
    paid = await shop.client.v1.invoices.pay_async(invoice_id, {"payment_method": shop.card})

    assert (written_off.status, paid.status) == ("uncollectible", "paid")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.invoices.mark_uncollectible_async(invoice_id)
    assert refusal.value.code == "status_transition_invalid"


async def test_what_is_final_is_not_edited(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""

    labelled = await shop.client.v1.invoices.update_async(invoice_id, {"metadata": {"order": "7"}})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await shop.client.v1.invoices.update_async(invoice_id, {"description": "Another"})

    assert labelled.metadata is not None
    assert labelled.metadata["order"] == "7"
    assert refusal.value.code == "invoice_not_editable"


async def test_an_invoice_of_nothing_is_paid_at_once(shop: Shop) -> None:
    invoice = await _open(shop, amount=0)

    assert (invoice.status, invoice.amount_paid) == ("paid", 0)
    assert shop.all("payment_intent") == shop.all("invoice_payment") == []


async def test_an_invoice_advances_by_itself_once_it_is_told_to(shop: Shop) -> None:
    await shop.client.v1.customers.update_async(
        shop.customer, {"invoice_settings": {"default_payment_method": shop.card}}
    )
    invoice_id = (await _draft(shop)).id or ""
    shop.sandbox.advance(DAY)
    assert shop.find(invoice_id, "invoice")["status"] == "draft"

    told = await shop.client.v1.invoices.update_async(invoice_id, {"auto_advance": True})
    shop.sandbox.advance(3_600)

    assert told.automatically_finalizes_at == told.next_payment_attempt == told.created + DAY + 3_600
    assert shop.find(invoice_id, "invoice")["status"] == "paid"


async def test_a_sent_invoice_needs_a_day_on_which_it_is_due(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await _draft(shop, collection_method="send_invoice")
    assert refusal.value.code == "parameter_missing"

    invoice = await _draft(shop, collection_method="send_invoice", days_until_due=14)
    before = shop.last_event()
    sent = await shop.client.v1.invoices.send_invoice_async(invoice.id or "")

    assert (sent.status, sent.due_date) == ("open", sent.created + 14 * DAY)
    assert shop.events_since(before)[-1] == "invoice.sent"


async def test_invoices_are_found_by_customer_subscription_and_status(shop: Shop) -> None:
    subscription = shop.subscribe()
    other = await _open(shop)
    invoices = shop.client.v1.invoices

    of_subscription = await invoices.list_async({"subscription": subscription["id"]})
    still_open = await invoices.list_async({"customer": shop.customer, "status": "open"})
    newest = await invoices.list_async({"customer": shop.customer, "limit": 1})

    assert [each.id for each in of_subscription.data] == [subscription["latest_invoice"]]
    assert [each.id for each in still_open.data] == [other.id]
    assert ([each.id for each in newest.data], newest.has_more) == ([other.id], True)
    first = of_subscription.data[0]
    assert first.parent is not None
    assert first.parent.subscription_details is not None
    assert first.parent.subscription_details.subscription == subscription["id"]


async def test_lines_are_listed_by_themselves(shop: Shop) -> None:
    invoice = shop.subscribe()["latest_invoice"]

    lines = await shop.client.v1.invoices.line_items.list_async(invoice)

    assert [(line.invoice, line.amount) for line in lines.data] == [(invoice, 3_000)]


async def test_a_browser_pays_an_open_invoice_by_a_secret_that_is_asked_for(shop: Shop) -> None:
    invoice_id = (await _open(shop)).id or ""

    told = await shop.client.v1.invoices.retrieve_async(invoice_id, {"expand": ["confirmation_secret"]})
    paid = await shop.client.v1.invoices.pay_async(
        invoice_id, {"payment_method": shop.card, "expand": ["confirmation_secret"]}
    )

    assert told.confirmation_secret is not None
    assert told.confirmation_secret.client_secret.startswith("pi_")
    assert paid.confirmation_secret is None


async def test_an_unpaid_first_invoice_that_is_paid_by_hand_makes_the_subscription_active(shop: Shop) -> None:
    card = await shop.client.v1.payment_methods.create_async(
        {"type": "card", "card": {"number": FAILS_LATER, "exp_month": 1, "exp_year": 2040}}
    )
    await shop.client.v1.payment_methods.attach_async(card.id, {"customer": shop.customer})
    subscription = await shop.client.v1.subscriptions.create_async(
        {
            "customer": shop.customer,
            "items": [{"price": shop.prices["starter"]}],
            "default_payment_method": card.id,
        }
    )
    assert subscription.status == "incomplete"
    first = shop.latest_invoice({"id": subscription.id})
    assert (first["attempt_count"], first["next_payment_attempt"], first["auto_advance"]) == (1, None, False)
    before = shop.last_event()

    shop.pay(first)

    assert shop.find(subscription.id, "subscription")["status"] == "active"
    assert shop.events_since(before)[-1] == "customer.subscription.updated"
