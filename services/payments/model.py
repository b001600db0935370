"""Frozen types of the payments room."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from services.contract.principals import Role
from services.contract.requests import UpdateBillingAutomaticCollection

SANDBOX_ACCOUNT = "cus_sandbox_"
"""What the ids of a sandbox's customers begin with. One that nobody knows is of another one, which may be no more."""


PAGES_LAST = timedelta(hours=25)
"""For how long it is asked what came of a page: Stripe's own last a day."""


class OperationKind(StrEnum):
    """What Stripe is asked for: one of its pages, or to change how invoices are collected."""

    CHECKOUT = "checkout"
    PORTAL = "portal"
    SETUP = "setup"
    INVOICE = "invoice"
    COLLECTION = "collection"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe is asked to do for a person, written down before it is asked.

    Args:
        operation_id: the idempotency key at Stripe, so that asking again leads to the same.
        fingerprint: what makes a request the same one. That of a change of collection is the change itself
            (`CollectionChange`), so that whoever finds it done can record it as that person's.
        started_at: when it was written down; of a page that was opened, when that was.
        session_id: Stripe's id of the page that was opened.
        answer: what was answered with a page, as JSON; null: it is not known what Stripe did.
        ended_at: when it was learned what came of it, or when its page was given to a later request.
    """

    customer_id: str
    request_id: str
    operation_id: str
    kind: OperationKind
    fingerprint: bytes
    started_at: datetime
    session_id: str | None = None
    answer: bytes | None = None
    ended_at: datetime | None = None


class CollectionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of automatic collection: who asked for it, and of which subscription at Stripe; null: there was none."""

    actor: str
    role: Role
    subscription_id: str | None
    request: UpdateBillingAutomaticCollection


class Subject(StrEnum):
    """What of Stripe's is read again: a customer there with its subscriptions, its invoices, one invoice, or prices."""

    ACCOUNT = "account"
    INVOICE = "invoice"
    INVOICES = "invoices"
    PRICES = "prices"


class Hint(msgspec.Struct, frozen=True):
    """That a subject has changed. `object_id`: the Stripe customer's, or the invoice's; "" for the prices."""

    subject: Subject
    object_id: str

    @property
    def name(self) -> str:
        """The name under which it is locked, and waits in the inbox."""
        return f"{self.subject}:{self.object_id}"


def hint_named(name: str) -> Hint:
    """Return the hint of a name."""
    subject, _, object_id = name.partition(":")
    return Hint(Subject(subject), object_id)
