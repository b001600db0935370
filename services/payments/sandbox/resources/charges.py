"""`/v1/charges`: attempts to take money from a card, those that failed as well. Payment intents make them."""

from services.payments.sandbox.cards import Decline
from services.payments.sandbox.resources.params import Metadata, Params, merged
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World


class ChargeChange(Params, frozen=True, kw_only=True):
    """The parameters of a charge's update."""

    metadata: Metadata


class ChargeList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of charges."""

    customer: str | None = None
    payment_intent: str | None = None


def attempt(world: World, intent: Object, method: Object, decline: Decline | None) -> Object:
    """Record one attempt to charge a card for a payment intent, with its event.

    Args:
        decline: why the card's bank says no; None: it pays.
    """
    paid = decline is None
    error = None if decline is None else decline.error().body()["error"]
    charge: Object = {
        "id": world.new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "captured": paid,
        "created": world.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": error and error["code"],
        "failure_message": error and error["message"],
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(decline),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(method, intent["amount"]),
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if paid else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }
    world.put(charge)
    world.emit("charge.succeeded" if paid else "charge.failed", charge)
    return charge


def retrieve(world: World, params: None, charge: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a charge."""
    return world.get("charge", charge)


def update(world: World, params: ChargeChange, charge_id: str) -> Object:
    """Change a charge's metadata."""
    before = world.get("charge", charge_id)
    charge = before | {"metadata": merged(before["metadata"], params.metadata)}
    world.put(charge)
    world.emit("charge.updated", charge, before)
    return charge


def list_all(world: World, params: ChargeList) -> Object:
    """List charges, newest first: one customer's, or the attempts of one payment intent."""
    return page_of(world, params, "charge", customer=params.customer, payment_intent=params.payment_intent)


def _outcome(decline: Decline | None) -> Object:
    paid = decline is None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if decline is None else decline.decline_code,
        "risk_level": "normal",
        "risk_score": 1,
        "seller_message": "Payment complete." if paid else "The bank did not return any further details.",
        "type": "authorized" if paid else "issuer_declined",
    }


def _details(method: Object, amount: int) -> Object:
    card = method["card"]
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return {
        "card": {field: card[field] for field in kept}
        | {
            "amount_authorized": amount,
            "authorization_code": None,
            "installments": None,
            "mandate": None,
            "network": card["brand"],
            "network_token": {"used": False},
            "network_transaction_id": None,
            "regulated_status": card["regulated_status"],
            "three_d_secure": None,
        },
        "type": "card",
    }


ROUTES = (
    Route("GET", "/v1/charges", list_all, ChargeList),
    Route("GET", "/v1/charges/{charge}", retrieve),
    Route("POST", "/v1/charges/{charge}", update, ChargeChange),
)
