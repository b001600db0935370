"""The life of an invoice: draft → open → paid, void or uncollectible, and the attempts to be paid on the way."""

from services.payments.sandbox.cards import AUTHENTICATION_REQUIRED, Decline
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import (
    currencies,
    invoice_items,
    invoice_payments,
    payment_intents,
    payment_methods,
    subscription_status,
)
from services.payments.sandbox.resources.invoice_shapes import with_totals
from services.payments.sandbox.resources.params import named
from services.payments.sandbox.world import Object, World

_DAY = 86_400
_RETRIES = (3 * _DAY, 5 * _DAY, 7 * _DAY)  # after the first, second, third failed attempt; then it is given up
_DEFAULT_DAYS_UNTIL_DUE = 30


def record(world: World, invoice: Object, items: list[Object]) -> Object:
    """Record a new draft, and that what waited for it is on it now."""
    invoice_items.put_on(world, items, invoice["id"])
    world.put(invoice)
    world.emit("invoice.created", invoice)
    currencies.pay_in(world, invoice["customer"], invoice["currency"])
    return invoice


def finalize(world: World, invoice_id: str) -> Object:
    """Number a draft and open it for payment; nothing to pay is paid at once.

    Raises:
        ApiError: 400, when it is no draft.
    """
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] != "draft":
        raise invalid_request(
            f"This invoice is already finalized, you can't re-finalize it: {invoice_id}", param="invoice"
        )
    named(world, "customer", invoice["customer"], "customer")
    customer = currencies.pay_in(world, invoice["customer"], invoice["currency"])
    invoice = with_totals(invoice, customer["balance"])
    invoice |= {
        "automatically_finalizes_at": None,
        "effective_at": world.now,
        "ending_balance": min(0, invoice["total"] + customer["balance"]),
        "hosted_invoice_url": f"{world.base}/i/{invoice_id}",
        "invoice_pdf": f"{world.base}/i/{invoice_id}/pdf",
        "number": invoice["number"] or f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
        "status": "open",
        "status_transitions": invoice["status_transitions"] | {"finalized_at": world.now},
    }
    if invoice["collection_method"] == "send_invoice" and invoice["due_date"] is None:
        invoice["due_date"] = world.now + _DEFAULT_DAYS_UNTIL_DUE * _DAY
    _take_from_balance(world, customer, invoice["ending_balance"])
    world.put(invoice)
    world.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        return _paid(world, invoice, amount=0)
    intent = payment_intents.new(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=invoice["description"] or f"Invoice {invoice['number']}",
        payment_details={"customer_reference": None, "order_reference": invoice_id},
    )
    invoice_payments.ask(world, invoice, intent["id"])
    if invoice["collection_method"] == "send_invoice" and invoice["auto_advance"]:
        world.emit("invoice.sent", invoice)
    return invoice


def card_of(world: World, subscription: Object) -> Object | None:
    """Return the card that a subscription is charged to: its own, or else its customer's default."""
    own, default = subscription["default_payment_method"], _customers_default(world, subscription["customer"])
    chosen: str | None = own or default
    return None if chosen is None else world.get("payment_method", chosen)


def default_method(world: World, invoice: Object) -> Object | None:
    """Return the card that an invoice is charged to unless another is named."""
    if invoice["default_payment_method"] is not None:
        return world.get("payment_method", invoice["default_payment_method"])
    if subscription := subscription_status.of_invoice(invoice):
        return card_of(world, world.get("subscription", subscription))
    default = _customers_default(world, invoice["customer"])
    return None if default is None else world.get("payment_method", default)


def pay(world: World, invoice: str, payment_method: str | None) -> Object:
    """Charge an invoice, to its default card unless one is named; a draft is finalized first.

    Raises:
        ApiError: 402 with the decline: the attempt stays recorded. 400, when it is paid or void, or there is no card.
    """
    owed = _payable(world, invoice)
    if owed["status"] == "paid":
        return owed
    if payment_method is None:
        method = default_method(world, owed)
    else:
        method = payment_methods.attached(world, payment_method, owed["customer"], "payment_method")
    if method is None:
        raise invalid_request(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set a default payment method "
            "and try again."
        )
    return _charged(world, owed, method)


def pay_with(world: World, invoice: str, method: Object) -> Object:
    """Charge an invoice to a card that is used this once and nobody keeps, as its hosted page does.

    Raises:
        ApiError: as `pay` does.
    """
    return _charged(world, _payable(world, invoice), method)


def collect(world: World, invoice_id: str) -> Object:
    """Charge an open invoice to its default card, as Stripe does by itself; a failure is recorded, not raised."""
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] != "open" or invoice["collection_method"] != "charge_automatically":
        return invoice
    method = default_method(world, invoice)
    if method is None:
        _failed(world, invoice, None, automatic=True)
    else:
        _attempt(world, invoice, method, automatic=True)
    return world.get("invoice", invoice_id)


def pay_out_of_band(world: World, invoice_id: str) -> Object:
    """Record that an invoice was paid outside of Stripe."""
    invoice = _payable(world, invoice_id)
    if invoice["status"] == "paid":
        return invoice
    invoice_payments.close(world, invoice_id, "automatic")
    return _paid(world, invoice | {"amount_paid_off_stripe": invoice["amount_due"]}, amount=invoice["amount_due"])


def _customers_default(world: World, customer: str) -> str | None:
    default: str | None = world.get("customer", customer)["invoice_settings"]["default_payment_method"]
    return default


def _payable(world: World, invoice_id: str) -> Object:
    invoice = world.get("invoice", invoice_id)
    named(world, "customer", invoice["customer"], "customer")
    if invoice["status"] == "draft":
        return finalize(world, invoice_id)
    if invoice["status"] == "paid":
        raise invalid_request("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] == "void":
        raise invalid_request("This invoice can no longer be paid: it is void.")
    return invoice


def waits_for_cardholder(world: World, invoice: Object) -> bool:
    """Return whether an open invoice would be paid if its cardholder confirmed that."""
    return bool(_intent(world, invoice["id"])["status"] == "requires_action")


def _intent(world: World, invoice_id: str) -> Object:
    return world.get("payment_intent", invoice_payments.waiting(world, invoice_id)["payment"]["payment_intent"])


def _charged(world: World, owed: Object, method: Object) -> Object:
    decline = _attempt(world, owed, method, automatic=False)
    if decline is not None:
        intent = _intent(world, owed["id"])
        raise decline.error(charge=intent["latest_charge"], payment_intent=intent)
    return world.get("invoice", owed["id"])


def _attempt(world: World, invoice: Object, method: Object, *, automatic: bool) -> Decline | None:
    payment = invoice_payments.waiting(world, invoice["id"])
    decline = payment_intents.charge(world, payment["payment"]["payment_intent"], method)
    if decline is not None:
        _failed(world, invoice, decline, automatic=automatic)
        return decline
    counted = invoice | {"attempt_count": _attempts(invoice, automatic=automatic), "attempted": True}
    _paid(world, counted, amount=invoice["amount_due"], payment=payment)
    return None


def _attempts(invoice: Object, *, automatic: bool) -> int:
    """Return the attempts as the retry schedule counts them: any is the first, from then on only automatic ones."""
    before: int = invoice["attempt_count"]
    return before + 1 if automatic else max(1, before)


def _failed(world: World, before: Object, decline: Decline | None, *, automatic: bool) -> None:
    """Record that an invoice was not paid, and when that is tried again: what waits for its cardholder is not."""
    asked = decline == AUTHENTICATION_REQUIRED
    attempts = _attempts(before, automatic=automatic)
    invoice = before | {"attempt_count": attempts, "attempted": True}
    if automatic and before["auto_advance"]:
        wait = _RETRIES[attempts - 1] if attempts <= len(_RETRIES) and not asked else None
        invoice["next_payment_attempt"] = wait and world.now + wait
    world.put(invoice)
    world.emit("invoice.updated", invoice, before)
    world.emit("invoice.payment_failed", invoice)
    if asked:
        world.emit("invoice.payment_action_required", invoice)
    if automatic:  # somebody who tries by hand is not behind (Stripe on `customer.delinquent`)
        _set_delinquent(world, invoice, delinquent=True)
    subscription_status.after_failed_payment(world, invoice)


def _paid(world: World, before: Object, *, amount: int, payment: Object | None = None) -> Object:
    invoice = before | {
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
        "status_transitions": before["status_transitions"] | {"paid_at": world.now},
    }
    world.put(invoice)
    world.emit("invoice.updated", invoice, before)
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
    if payment is not None:
        invoice_payments.settle(world, payment)
    _set_delinquent(world, invoice, delinquent=False)
    subscription_status.after_settled(world, invoice)
    return invoice


def _take_from_balance(world: World, before: Object, balance: int) -> None:
    """Number the customer's next invoice, and keep what credit an invoice leaves."""
    customer = before | {"balance": balance, "next_invoice_sequence": before["next_invoice_sequence"] + 1}
    world.put(customer)
    if balance != before["balance"]:
        world.emit("customer.updated", customer, before)


def _set_delinquent(world: World, invoice: Object, *, delinquent: bool) -> None:
    before = world.get("customer", invoice["customer"])
    if before["delinquent"] != delinquent:
        customer = before | {"delinquent": delinquent}
        world.put(customer)
        world.emit("customer.updated", customer, before)
