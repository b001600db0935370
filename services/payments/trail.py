"""What the audit trail is told of payments: one shape, whoever acted and whatever came of it."""

from collections.abc import Mapping

import msgspec

from services.audit.model import NewEvent, stream_of
from services.billing.model import CustomerFacts
from services.contract.context import CallContext
from services.contract.types import Outcome


def payment_event(
    context: CallContext,
    before: CustomerFacts,
    after: CustomerFacts,
    *,
    action: str,
    told: Mapping[str, object],
    request_id: str | None = None,
    outcome: Outcome = Outcome.APPLIED,
    reason: str | None = None,
) -> NewEvent:
    """Return the event of something that happened to a customer's payments.

    Args:
        context: at which moment, and who acted: Stripe, or a person.
        told: what is kept of it, as JSON.
        request_id: the person's request.
    """
    customer_id = before.customer.customer_id
    return NewEvent(
        stream=stream_of(customer_id),
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=action,
        resource=f"customers/{customer_id}/payments",
        etag_before=before.billing.etag,
        etag_after=after.billing.etag,
        request_id=request_id,
        outcome=outcome,
        reason=reason,
        payload=msgspec.json.encode(told, order="sorted"),
    )
