"""Frozen types of the payments room."""

from datetime import datetime
from enum import StrEnum

import msgspec

from services.contract.types import HostedPageKind

SANDBOX_ACCOUNT = "cus_sandbox_"
"""What the ids of a sandbox's customers begin with. One that nobody knows is of a sandbox that is no more."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What Stripe is asked to do for a person, written down before it is asked.

    Args:
        operation_id: the idempotency key at Stripe, so that asking again leads to the same.
        session_id: Stripe's id of the page that was opened.
        answer: what was answered, as JSON; null: it is not known what Stripe did.
        ended_at: when it was learned what came of the page.
    """

    customer_id: str
    request_id: str
    operation_id: str
    kind: HostedPageKind
    fingerprint: bytes
    started_at: datetime
    session_id: str | None = None
    answer: bytes | None = None
    ended_at: datetime | None = None


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
