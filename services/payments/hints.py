"""Which of Stripe's events say what. Pure.

An event is a hint: what it carries may be out of date when it arrives, so that only the object's name is taken from it.
Events that are not named here change nothing that the product shows.
"""

from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent

_ACCOUNT = (
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.",
    "subscription_schedule.",
    "checkout.session.",
    "payment_method.",
    "setup_intent.succeeded",
)
_INVOICE = ("invoice.",)
_PRICES = ("price.", "product.")


def hint_of(event: RemoteEvent) -> Hint | None:
    """Return what is to be read again because of an event; null for an event that tells the product nothing."""
    if event.type.startswith(_INVOICE):
        # An upcoming one has no id: it is not made yet.
        return Hint(Subject.INVOICE, event.object_id) if event.object_kind == "invoice" and event.object_id else None
    if event.type.startswith(_PRICES):
        return Hint(Subject.PRICES, "")
    if event.type.startswith(_ACCOUNT):
        return Hint(Subject.ACCOUNT, event.account_id) if event.account_id else None
    return None
