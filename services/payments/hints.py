"""Which of Stripe's events say what. Pure.

An event is a hint: what it carries may be out of date when it arrives, so that only the object's name is taken from it.
Events that are not named here change nothing that the product shows.
"""

from collections.abc import Collection

from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent

_SUBSCRIPTIONS = ("customer.subscription.", "subscription_schedule.")
_ACCOUNT = (
    *_SUBSCRIPTIONS,
    "customer.created",
    "customer.updated",
    "customer.deleted",
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


def tell_of_subscriptions_alone(types: Collection[str]) -> bool:
    """Return whether events of these types say nothing of a customer's other particulars, such as its payment method.

    Stripe tells of those in events of their own. Without any event nothing is known, and all may have changed.
    """
    return bool(types) and all(each.startswith(_SUBSCRIPTIONS) for each in types)
