"""What every audited change of a customer's record shares, whichever room decides it: one transaction.

It claims the request id, checks the reason, and writes the effect, the ledger and the receipt; the room in between asks
its rule and says what the audit trail is told.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from services.actions import store
from services.actions.diff import changes
from services.actions.model import Effect
from services.audit.model import NewEvent, stream_of
from services.audit.store import Head
from services.billing import store as billing_store
from services.billing.adjustments import latest_adjustment
from services.billing.model import CustomerFacts
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, invalid
from services.contract.requests import AuditedRequest, CustomerRequest
from services.contract.text import clean
from services.contract.types import Outcome
from services.contract.views import ActionReceipt, ChangeRequestReceipt
from services.credits import store as credit_store
from services.storage.connection import Connection

MIN_REASON, MAX_REASON = 3, 200
LONGEST_WAIT = timedelta(minutes=1)
"""How much later than a call's own moment a change for which it waited may be. A clock that is further ahead is wrong,
and nobody else follows it."""

Receipt = TypeVar("Receipt", ActionReceipt, ChangeRequestReceipt)


class Claim(NamedTuple):
    """A change that may begin: its customer's row is locked, and its request id is fresh.

    `context` is the call's own, at a moment that is not before the customer's last change: whoever waited for that
    change acts after it, and finds what it granted in effect.
    """

    context: CallContext
    before: CustomerFacts
    head: Head | None
    fingerprint: bytes


def claim(conn: Connection, context: CallContext, request: AuditedRequest, receipt: type[Receipt]) -> Claim | Receipt:
    """Lock the customer and return what the change begins with, or the receipt that its request id led to before.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `REQUEST_ID_REUSED`.
    """
    billing_store.lock_customer_unseen(conn, request.customer_id)
    found = store.read_before(conn, request.customer_id, request.request_id)
    if found is None:
        raise customer_not_found()
    before, stored, head = found
    fingerprint = fingerprint_of(context, request)
    if stored is None:
        return Claim(_not_before(context, before.changed_at), before, head, fingerprint)
    if stored.fingerprint != fingerprint:
        raise request_id_reused()
    return msgspec.structs.replace(msgspec.json.decode(stored.receipt, type=receipt), replayed=True)


def request_id_reused() -> Refused:
    """Return the refusal of a request id that was used for something else."""
    return Refused(
        Code.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
        "This request id was used for another action: use a fresh id for a new one.",
    )


def checked_reason(text: str) -> str:
    """Return a reason, cleaned and trimmed.

    Raises:
        Refused: `INVALID_REASON`, unless 3 to 200 characters are left.
    """
    reason = clean(text)
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise invalid("INVALID_REASON", f"Give a reason of {MIN_REASON} to {MAX_REASON} characters.")
    return reason


def advanced(before: CustomerFacts, effect: Effect, context: CallContext) -> CustomerFacts:
    """Return the facts as they are stored after an effect on the billing record, the checklist or credits."""
    return revised(
        msgspec.structs.replace(
            effect.after,
            billing=msgspec.structs.replace(effect.after.billing, version=before.billing.version + 1),
            latest_adjustment=latest_adjustment(effect.booked, context.now) or before.latest_adjustment,
        ),
        context,
    )


def revised(facts: CustomerFacts, context: CallContext) -> CustomerFacts:
    """Return the facts with their next revision: whoever looks at them reads them anew."""
    return msgspec.structs.replace(facts, revision=facts.revision + 1, changed_at=context.now)


def write(conn: Connection, before: CustomerFacts, after: CustomerFacts, effect: Effect | None, now: datetime) -> None:
    """Write what differs between two states of a customer, and what an effect booked."""
    billing_store.save(conn, before, after, now)
    if effect is not None and effect.booked:
        credit_store.write(
            conn,
            after.customer.customer_id,
            [booked.transaction for booked in effect.booked],
            [lot for booked in effect.booked for lot in booked.lots],
            after.credits.balances,
            now,
        )


def keep(conn: Connection, request: AuditedRequest, claimed: Claim, receipt: Receipt) -> None:
    """Store the receipt under the request id."""
    kept = store.Stored(claimed.fingerprint, msgspec.json.encode(receipt))
    store.keep_receipt(conn, request.customer_id, request.request_id, kept, claimed.context.now)


def event(
    context: CallContext,
    request: AuditedRequest,
    reason: str,
    before: CustomerFacts,
    after: CustomerFacts,
    effect: Effect | None,
    *,
    action: str,
    told: Mapping[str, object],
    resource: str = "",
) -> NewEvent:
    """Return what the trail is told of a change. `told`: what the room says of it beside what an effect has changed."""
    payload = dict(told)
    if effect is not None:
        payload["changes"] = changes(before, after, context.now)
        payload["transactions"] = [booked.transaction.transaction_id for booked in effect.booked]
        payload["grants"] = [lot.grant_id for booked in effect.booked for lot in booked.lots]
    return NewEvent(
        stream=stream_of(request.customer_id),
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=action,
        resource=f"customers/{request.customer_id}{resource}",
        etag_before=before.billing.etag,
        etag_after=after.billing.etag,
        request_id=request.request_id,
        outcome=Outcome.APPLIED,
        reason=reason,
        payload=msgspec.json.encode(payload, order="sorted"),
    )


def _not_before(context: CallContext, moment: datetime) -> CallContext:
    waited = context.now < moment <= context.now + LONGEST_WAIT
    return msgspec.structs.replace(context, now=moment) if waited else context


def fingerprint_of(context: CallContext, request: CustomerRequest) -> bytes:
    """Return the hash of everything that makes a call the same call: actor, method and every field but the id."""
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name != "request_id"}
    content = [context.principal.actor, type(request).__name__, fields]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()
