"""`/v1/invoice_payments`: which payment intent pays which invoice."""

from typing import Literal

from services.payments.sandbox.resources import payment_intents
from services.payments.sandbox.resources.params import Params
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World


class Payment(Params, frozen=True, kw_only=True):
    """Which payment is meant."""

    type: Literal["payment_intent"]
    payment_intent: str | None = None


class InvoicePaymentList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of invoice payments."""

    invoice: str | None = None
    payment: Payment | None = None
    status: Literal["canceled", "open", "paid"] | None = None


def ask(world: World, invoice: Object, intent: str) -> None:
    """Record that a payment intent is to pay an invoice."""
    payment = {
        "id": world.new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": world.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    world.put(payment)


def waiting(world: World, invoice: str) -> Object:
    """Return the payment that an open invoice waits for: it has exactly one."""
    (payment,) = world.all("invoice_payment", invoice=invoice, status="open")
    return payment


def settle(world: World, payment: Object) -> None:
    """Record that a payment was made."""
    transitions = payment["status_transitions"] | {"paid_at": world.now}
    paid = payment | {"amount_paid": payment["amount_requested"], "status": "paid", "status_transitions": transitions}
    world.put(paid)
    world.emit("invoice_payment.paid", paid)


def close(world: World, invoice: str, reason: str) -> None:
    """Cancel the payment that an open invoice waits for.

    Args:
        reason: Stripe's `cancellation_reason` of the payment intent.
    """
    payment = waiting(world, invoice)
    payment_intents.give_up(world, payment["payment"]["payment_intent"], reason)
    transitions = payment["status_transitions"] | {"canceled_at": world.now}
    world.put(payment | {"status": "canceled", "status_transitions": transitions})


def retrieve(world: World, params: None, payment: str) -> Object:  # noqa: ARG001 - it takes none
    """Return an invoice payment."""
    return world.get("invoice_payment", payment)


def list_all(world: World, params: InvoicePaymentList) -> Object:
    """List invoice payments, newest first: an invoice's, or a payment intent's."""
    intent = params.payment and params.payment.payment_intent
    return page_of(
        world,
        params,
        "invoice_payment",
        wanted=lambda each: intent in (None, each["payment"]["payment_intent"]),
        invoice=params.invoice,
        status=params.status,
    )


ROUTES = (
    Route("GET", "/v1/invoice_payments", list_all, InvoicePaymentList),
    Route("GET", "/v1/invoice_payments/{payment}", retrieve),
)
