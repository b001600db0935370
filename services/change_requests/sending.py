"""Approved changes are told to the platform that carries them out: a tenant's one by one, tenants side by side.

A request is claimed in one transaction, told outside of any, and settled in another. Whoever is killed in between
leaves it claimed until its lease has passed; then it is told again, word for word and under the same key. Any number of
processes share the work: each passes over a customer whom another one, or somebody's action, holds.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec

from services.actions.transaction import revised
from services.billing.model import CustomerFacts
from services.billing.store import load_facts, lock_customer
from services.change_requests import store as request_store
from services.change_requests.actors import PLATFORM
from services.change_requests.allowance import allowance_of
from services.change_requests.granting import granted_with
from services.change_requests.methods.carrying_out import failed, made
from services.change_requests.methods.recording import Step, record_by_itself
from services.change_requests.model import ChangeRequest
from services.change_requests.ordering import order_of
from services.change_requests.pauses import pause_before_next
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.rules import moved
from services.change_requests.tenant import Tenant
from services.change_requests.tenant_store import load_tenant
from services.contract.clock import Clock
from services.contract.context import CallContext
from services.contract.errors import Refused, customer_not_found
from services.contract.ids import NewId
from services.contract.policy import Policy
from services.contract.types import ChangeRequestStatus
from services.platform.port import Answer, ChangeOrder, Declined, PlatformPort, Unanswered
from services.storage.connection import Connection
from services.storage.engine import Store

_log = logging.getLogger(__name__)

MANY_AT_ONCE = 32
"""Tenants of whom the platform is told side by side."""

_MARGIN = timedelta(seconds=30)  # beyond the platform's patience: to claim all, and to settle all, one by one
_TOLD = "the platform is told of it"


class Claimed(NamedTuple):
    """A change that is to be told now, and the attempt as which it is told."""

    order: ChangeOrder
    attempt: int


class _Customer(NamedTuple):
    """A locked customer as it stands, at the moment of `context`."""

    context: CallContext
    facts: CustomerFacts
    tenant: Tenant


async def send_due(
    store: Store,
    platform: PlatformPort,
    bounds: Callable[[], BoundsPolicy],
    clock: Clock,
    new_id: NewId,
    limit: int = MANY_AT_ONCE,
) -> int:
    """Tell the platform of the changes that are due, of up to `limit` tenants, and return how many it was told.

    Raises:
        Refused: `STORE_…`, where nothing can be claimed. What cannot be settled is logged, and told again later.
    """
    lease = timedelta(seconds=platform.answers_within) + _MARGIN
    due = await asyncio.to_thread(claim_due, store, bounds(), clock(), lease, new_id, limit)
    settling = asyncio.Lock()  # one connection is enough for all of them

    async def tell(claimed: Claimed) -> None:
        answer = await _answered(platform, claimed.order)
        async with settling:
            await asyncio.to_thread(_settled, store, claimed, answer, bounds(), clock(), new_id)

    async with asyncio.TaskGroup() as telling:
        for claimed in due:
            telling.create_task(tell(claimed))
    return len(due)


async def _answered(platform: PlatformPort, order: ChangeOrder) -> Answer:
    try:
        return await platform.send(order)
    except Exception as fault:  # noqa: BLE001  (logged; one tenant's must not keep the others' answers from being recorded)
        _log.exception("%s while the platform was told of %s", type(fault).__name__, order.change_request_id)
        return Unanswered(problem="The platform could not be told: the log says why.")


def claim_due(
    store: Store, policy: BoundsPolicy, now: datetime, lease: timedelta, new_id: NewId, limit: int
) -> list[Claimed]:
    """Claim the changes that are due, of each tenant the one that was decided first, and return them.

    One that can no longer be made has failed with that.

    Args:
        lease: for how long nobody else claims them.

    Raises:
        Refused: `STORE_…`; what was claimed before is told once its lease has passed.
    """
    with store.read() as conn:
        tenants = request_store.tenants_to_send(conn, now, limit)
    claims = (store.transact(partial(_claim, each, policy, now, now + lease, new_id)) for each in tenants)
    return [claimed for claimed in claims if claimed is not None]


def settle(store: Store, claimed: Claimed, answer: Answer, policy: BoundsPolicy, now: datetime, new_id: NewId) -> bool:
    """Record what came of telling the platform, and return whether that was still open.

    An answer to what is over changes nothing; nor does a missing one, where another attempt is under way.

    Raises:
        Refused: `STORE_…`.
    """
    return store.transact(partial(_settle, claimed, answer, policy, now, new_id))


def _settled(
    store: Store, claimed: Claimed, answer: Answer, policy: BoundsPolicy, now: datetime, new_id: NewId
) -> None:
    change_request_id = claimed.order.change_request_id
    try:
        if not settle(store, claimed, answer, policy, now, new_id):
            _log.warning("A late answer of the platform to %s changed nothing", change_request_id)
    except Refused as refused:
        _log.warning("What the platform answered to %s was not recorded: %s", change_request_id, refused.reason)


def _claim(
    customer_id: str, policy: BoundsPolicy, now: datetime, until: datetime, new_id: NewId, conn: Connection
) -> Claimed | None:
    if not lock_customer(conn, customer_id, if_free=True):
        return None
    line = _line(conn, customer_id)
    if not line or (line[0].next_attempt_at is not None and line[0].next_attempt_at > now):
        return None  # somebody was faster
    first = line[0]
    order = first.platform_order
    if order is not None:  # told before, and told again word for word: its key stands for these words
        request_store.save(conn, claimed := _attempted(first, until))
        return Claimed(order, claimed.attempts)
    customer = _load(conn, customer_id, policy, now, new_id)
    try:
        after = allowance_of(customer.tenant.given, granted_with(first, customer.tenant))
    except Refused as refused:
        _record(conn, customer, failed(conn, first, f"it can no longer be made: {refused.message}", now))
        return None
    order = order_of(first, customer.tenant.allowance, after)
    sent = moved(first, ChangeRequestStatus.APPLYING, PLATFORM.actor, None, now)
    claimed = _attempted(msgspec.structs.replace(sent, platform_order=order), until)
    _record(conn, customer, Step(claimed, PLATFORM, _TOLD))
    return Claimed(order, claimed.attempts)


def _settle(
    claimed: Claimed, answer: Answer, policy: BoundsPolicy, now: datetime, new_id: NewId, conn: Connection
) -> bool:
    customer_id, change_request_id = claimed.order.customer_id, claimed.order.change_request_id
    lock_customer(conn, customer_id)
    line = _line(conn, customer_id)
    if not line or line[0].change_request_id != change_request_id or line[0].platform_order is None:
        return False
    asked = line[0]
    if isinstance(answer, Unanswered):
        if asked.attempts != claimed.attempt:
            return False
        pause = pause_before_next(change_request_id, asked.attempts, answer.retry_after)
        waiting = msgspec.structs.replace(asked, next_attempt_at=now + pause, last_problem=answer.problem)
        request_store.save(conn, waiting)
        return True
    customer = _load(conn, customer_id, policy, now, new_id)
    if isinstance(answer, Declined):
        _record(conn, customer, failed(conn, asked, f"the platform declined it: {answer.reason}", now))
        return True
    try:
        step = made(conn, asked, customer.tenant, now)
    except Refused as refused:
        why = f"the platform has made it, but what is granted has changed meanwhile: {refused.message}"
        step = failed(conn, asked, why, now)
    _record(conn, customer, step)
    return True


def _line(conn: Connection, customer_id: str) -> list[ChangeRequest]:
    """Return what is approved of a tenant's and not applied yet: what the platform was told of, then as decided."""
    return sorted(request_store.in_line(conn, customer_id), key=lambda asked: asked.platform_order is None)


def _attempted(asked: ChangeRequest, until: datetime) -> ChangeRequest:
    return msgspec.structs.replace(asked, attempts=asked.attempts + 1, next_attempt_at=until)


def _load(conn: Connection, customer_id: str, policy: BoundsPolicy, now: datetime, new_id: NewId) -> _Customer:
    facts = load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    context = CallContext(principal=PLATFORM, now=now, policy=Policy(), new_id=new_id)
    return _Customer(context, facts, load_tenant(conn, customer_id, facts.billing.usage_tier, policy, now))


def _record(conn: Connection, customer: _Customer, step: Step) -> None:
    after = revised(customer.facts, customer.context)
    record_by_itself(conn, customer.context, step, customer.facts, after)
