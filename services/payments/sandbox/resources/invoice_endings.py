"""Ends of invoices that nobody pays: void, or given up as uncollectible."""

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.resources import invoice_payments, subscription_status
from services.payments.sandbox.world import Object, World


def void(world: World, invoice_id: str) -> Object:
    """Declare an open invoice to be a mistake: nobody owes it any longer.

    Raises:
        ApiError: 400, when it is neither open nor uncollectible.
    """
    return _ended(world, invoice_id, "void", "voided_at", ("open", "uncollectible"), "invoice.voided")


def mark_uncollectible(world: World, invoice_id: str) -> Object:
    """Declare that an open invoice will probably never be paid.

    Raises:
        ApiError: 400, when it is not open.
    """
    event = "invoice.marked_uncollectible"
    return _ended(world, invoice_id, "uncollectible", "marked_uncollectible_at", ("open",), event)


def _ended(
    world: World, invoice_id: str, status: str, transition: str, possible_from: tuple[str, ...], event: str
) -> Object:
    before = world.get("invoice", invoice_id)
    if before["status"] not in possible_from:
        raise _wrong_status(before, status)
    if status == "void":
        invoice_payments.close(world, invoice_id, "void_invoice")
    invoice = before | {
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": status,
        "status_transitions": before["status_transitions"] | {transition: world.now},
    }
    world.put(invoice)
    world.emit("invoice.updated", invoice, before)
    world.emit(event, invoice)
    subscription_status.after_settled(world, invoice)
    return invoice


def _wrong_status(invoice: Object, wanted: str) -> ApiError:
    return invalid_request(
        f"You can't make this invoice {wanted}: its status is `{invoice['status']}`.", code="status_transition_invalid"
    )
