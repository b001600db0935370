"""Requests that nobody decided in time are ended, each in a transaction of its own, with its event in the trail.

From its moment on a request is shown as expired and cannot be decided (`rules.has_expired`); this records it. Any
number of processes share the work: each passes over a customer whom another one, or somebody's action, holds.
"""

from datetime import datetime
from functools import partial

import msgspec

from services.actions.transaction import revised
from services.billing.store import load_facts, lock_customer
from services.change_requests import store as request_store
from services.change_requests.actors import POLICY
from services.change_requests.methods.recording import Step, record_by_itself
from services.change_requests.rules import has_expired, moved
from services.contract.context import CallContext
from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.types import ChangeRequestStatus
from services.storage.connection import Connection
from services.storage.engine import Store

_REASON = "nobody decided it in time"


def expire(store: Store, now: datetime, new_id: NewId, limit: int) -> int:
    """End the requests whose time has passed, the longest due first, and return how many it were.

    Raises:
        Refused: `STORE_…`; what was ended before stays so.
    """
    with store.read() as conn:
        due = request_store.due_to_expire(conn, now, limit)
    return sum(store.transact(partial(_end, *each, now, new_id)) for each in due)


def _end(customer_id: str, change_request_id: str, now: datetime, new_id: NewId, conn: Connection) -> int:
    if not lock_customer(conn, customer_id, if_free=True):
        return 0
    before, asked = load_facts(conn, customer_id), request_store.find(conn, customer_id, change_request_id)
    if before is None or asked is None or not has_expired(asked, now):
        return 0  # somebody was faster
    context = CallContext(principal=POLICY, now=now, policy=Policy(), new_id=new_id)
    ended = moved(asked, ChangeRequestStatus.EXPIRED, POLICY.actor, _REASON, now)
    after = revised(msgspec.structs.replace(before, pending_requests=before.pending_requests - 1), context)
    record_by_itself(conn, context, Step(ended, POLICY, _REASON), before, after)
    return 1
