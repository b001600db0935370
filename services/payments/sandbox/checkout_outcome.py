"""What comes of a Checkout session: paid or set up by a card, or expired."""

from services.payments.sandbox.resources import customers, setup_intents, subscriptions
from services.payments.sandbox.resources.checkout_shapes import customer_details
from services.payments.sandbox.world import Object, World

PARTICULARS = "sandbox.checkout"
"""The kind under which a session's particulars are kept that the session itself does not show."""


def particulars_id(session: str) -> str:
    """Return the id of a session's particulars."""
    return f"particulars_{session}"


def lines(world: World, session: Object) -> list[Object]:
    """Return what a session sells."""
    found: list[Object] = world.get(PARTICULARS, particulars_id(session["id"]))["lines"]
    return found


def complete(world: World, session: Object, method: Object) -> Object:
    """Pay or set up with the card that a person typed, which is nobody's yet, and return the completed session.

    A session that was opened without a customer gets one.

    Raises:
        ApiError: 402 with the decline; the session stays open, and what was attempted is recorded.
    """
    session = _with_customer(world, session, method["billing_details"])
    if session["mode"] == "setup":
        confirmation = setup_intents.Confirmation(payment_method=method["id"])
        setup_intents.confirm(world, confirmation, session["setup_intent"])
    else:
        session |= _subscribe(world, session, method["id"])
    customer = world.get("customer", session["customer"])
    session |= {
        "customer_details": customer_details(
            email=customer["email"], name=customer["name"] or method["billing_details"]["name"], phone=customer["phone"]
        ),
        "status": "complete",
        "url": None,
    }
    world.put(session)
    world.emit("checkout.session.completed", session)
    return session


def expire(world: World, session: Object) -> Object:
    """Close an open session with its setup intent, and return it."""
    session = session | {"status": "expired", "url": None}
    world.put(session)
    if session["setup_intent"] is not None:
        abandoned = setup_intents.Cancellation(cancellation_reason="abandoned")
        setup_intents.cancel(world, abandoned, session["setup_intent"])
    world.emit("checkout.session.expired", session)
    return session


def expire_due(world: World) -> None:
    """Close the sessions whose time is over by now."""
    for session in world.all("checkout.session", status="open"):
        if session["expires_at"] <= world.now:
            expire(world, session)


def _with_customer(world: World, session: Object, owner: Object) -> Object:
    """Return the session with a customer, which stays the same when its first card is declined."""
    if session["customer"] is not None:
        return session
    email = session["customer_email"] or owner["email"]
    customer = customers.create(world, customers.NewCustomer(email=email, name=owner["name"]))
    session = session | {"customer": customer["id"], "customer_details": customer_details(email=email)}
    world.put(session)
    return session


def _subscribe(world: World, session: Object, method: str) -> Object:
    """Start the subscription that a session sells, and return what of it stands in the session."""
    given = world.get(PARTICULARS, particulars_id(session["id"]))
    subscription = subscriptions.start(
        world,
        customer=session["customer"],
        price=given["lines"][0]["price"]["id"],
        quantity=given["lines"][0]["quantity"],
        payment_method=method,
        metadata=given["subscription"]["metadata"],
    )
    if given["subscription"]["description"] is not None:
        subscription = subscription | {"description": given["subscription"]["description"]}
        world.put(subscription)
    return {"subscription": subscription["id"], "invoice": subscription["latest_invoice"], "payment_status": "paid"}
