"""How every change of a request is recorded: in one transaction, with an audit event for each step of its life."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from services.actions.model import Effect
from services.actions.transaction import Claim, event, keep, write
from services.audit.store import append, append_in_turn
from services.billing.model import CustomerFacts
from services.billing.views import billing_view
from services.change_requests import store
from services.change_requests.methods.showing import request_view
from services.change_requests.model import ChangeRequest, Terms
from services.contract.context import CallContext
from services.contract.errors import Code, Refused
from services.contract.principals import Principal
from services.contract.requests import AuditedRequest
from services.contract.types import ChangeRequestStatus
from services.contract.views import ChangeRequestReceipt
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

ACTIONS = {
    ChangeRequestStatus.PENDING: "CreateTenantChangeRequest",
    ChangeRequestStatus.APPROVED: "ApproveTenantChangeRequest",
    ChangeRequestStatus.REJECTED: "RejectTenantChangeRequest",
    ChangeRequestStatus.CANCELLED: "CancelTenantChangeRequest",
    ChangeRequestStatus.EXPIRED: "ExpireTenantChangeRequest",
    ChangeRequestStatus.APPLYING: "SendTenantChangeRequest",
    ChangeRequestStatus.APPLIED: "ApplyTenantChangeRequest",
    ChangeRequestStatus.FAILED: "FailTenantChangeRequest",
}
"""What the trail calls a request's step into each status."""


class Step(NamedTuple):
    """One step of a request's life: the request after it, who took it, and why.

    `action`: what the trail calls it, where that is not the step into the request's status.
    """

    request: ChangeRequest
    by: Principal
    reason: str
    action: str | None = None


class Outcome(NamedTuple):
    """What a call comes to: the steps that it takes, the facts after them, their effect, and what is said of it."""

    steps: Sequence[Step]
    after: CustomerFacts
    effect: Effect | None
    said: str


def find(conn: Connection, customer_id: str, change_request_id: str) -> ChangeRequest:
    """Return a customer's request.

    Raises:
        Refused: `CHANGE_REQUEST_NOT_FOUND`.
    """
    found = store.find(conn, customer_id, change_request_id)
    if found is None:
        raise _not_found()
    return found


def find_tenants_own(conn: Connection, customer_id: str, change_request_id: str) -> tuple[ChangeRequest, Terms]:
    """Return what a tenant asked for, with its terms; what operators ask of each other is not there for it.

    Raises:
        Refused: `CHANGE_REQUEST_NOT_FOUND`.
    """
    found = find(conn, customer_id, change_request_id)
    if found.terms is None:
        raise _not_found()
    return found, found.terms


def _not_found() -> Refused:
    return Refused(
        Code.NOT_FOUND,
        "CHANGE_REQUEST_NOT_FOUND",
        "This customer has no such change request: list the requests to see which there are.",
    )


def resource(asked: ChangeRequest) -> str:
    """Return where a request stands beneath its customer, as the trail names it."""
    return f"/change_requests/{asked.change_request_id}"


def record(
    conn: Connection,
    context: CallContext,
    request: AuditedRequest,
    claimed: Claim,
    outcome: Outcome,
    *,
    may_decide: bool,
    new: bool = False,
) -> ChangeRequestReceipt:
    """Write where a request stands after its steps and what they change, and leave the trail and the receipt.

    Args:
        may_decide: whether the caller's role approves and rejects.
        new: whether the request was made by this call.
    """
    steps, after, effect, said = outcome
    last = steps[-1].request
    with pipelined(conn):
        (store.add if new else store.save)(conn, last)
        write(conn, claimed.before, after, effect, context.now)
        events = [
            event(
                msgspec.structs.replace(context, principal=step.by),
                request,
                step.reason,
                claimed.before,
                after if step.request is last else claimed.before,
                effect if step.request is last else None,
                action=step.action or ACTIONS[step.request.status],
                told=told(step.request),
                resource=resource(last),
            )
            for step in steps
        ]
        receipt = ChangeRequestReceipt(
            replayed=False,
            notice=said,
            audit_event_id=append_in_turn(conn, events, claimed.head)[0],
            change_request=request_view(last, after.customer.legal_name, context, may_decide=may_decide),
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, request, claimed, receipt)
    return receipt


def record_by_itself(
    conn: Connection, context: CallContext, step: Step, before: CustomerFacts, after: CustomerFacts
) -> None:
    """Write where a request stands after a step that no call took, and leave the trail."""
    asked, by, reason, action = step
    action = action or ACTIONS[asked.status]
    by_itself = AuditedRequest(
        customer_id=asked.customer_id, reason=reason, request_id=f"{action}-{asked.change_request_id}"
    )
    store.save(conn, asked)
    write(conn, before, after, None, context.now)
    context = msgspec.structs.replace(context, principal=by)
    done = event(
        context, by_itself, reason, before, after, None, action=action, told=told(asked), resource=resource(asked)
    )
    append(conn, done)


def told(asked: ChangeRequest) -> dict[str, object]:
    """Return what the trail is told of a request beside what has changed."""
    found: dict[str, object] = {
        "kind": asked.kind,
        "params": asked.params,
        "requested_by": asked.requested_by,
        "asked_for": asked.reason,
    }
    if asked.terms is not None:
        found |= {
            "policy_version": asked.policy_version,
            "policy_decision": asked.policy_decision,
            "because": asked.terms.because,
            "changes": asked.terms.changes,
        }
    return found
