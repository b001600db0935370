"""An action above its operator's limits becomes a request that somebody else decides."""

import msgspec

from services.actions import engine
from services.actions import store as action_store
from services.actions.transaction import event, keep, revised, write
from services.audit.store import append_to
from services.billing.views import billing_view
from services.change_requests import store
from services.change_requests.methods.recording import resource
from services.change_requests.model import ChangeRequest
from services.change_requests.support_credit import asks_for
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ActionReceipt
from services.storage.connection import Connection
from services.storage.pipeline import pipelined


def ask_for_approval(conn: Connection, above: engine.AboveLimit) -> ActionReceipt:
    """Make a pending request of an action above its operator's limits, and reserve those limits (`engine.Escalate`)."""
    action, context, before = above.request, above.claimed.context, above.claimed.before
    actor, name = context.principal.actor, before.customer.legal_name
    asked = ChangeRequest(
        customer_id=action.customer_id,
        change_request_id=context.new_id("cr"),
        kind=ChangeRequestKind.SUPPORT_CREDIT,
        status=ChangeRequestStatus.PENDING,
        params=engine.own_fields(action),
        reason=above.reason,
        requested_by=actor,
        requested_at=context.now,
        request_id=action.request_id,
    )
    after = revised(msgspec.structs.replace(before, pending_requests=before.pending_requests + 1), context)
    with pipelined(conn):
        store.add(conn, asked)
        action_store.spend(conn, actor, action.customer_id, action.request_id, above.asked, context.now)
        write(conn, before, after, None, context.now)
        made = event(
            context,
            action,
            above.reason,
            before,
            after,
            None,
            action="CreateTenantChangeRequest",
            resource=resource(asked),
            told={"kind": asked.kind, "params": asked.params},
        )
        receipt = ActionReceipt(
            outcome="pending_approval",
            replayed=False,
            notice=f"{name}: a support credit of {asks_for(asked.params)} waits for another's approval.",
            audit_event_id=append_to(conn, made, above.claimed.head),
            change_request_id=asked.change_request_id,
            view=billing_view(after, context.now, context.policy),
        )
        keep(conn, action, above.claimed, receipt)
    return receipt
