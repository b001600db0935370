"""A store of change requests: all kinds and statuses, in the shares that a platform of some years would have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any, TypeVar

import msgspec
from sqlalchemy import insert, text

from services.change_requests.actors import PLATFORM, POLICY
from services.change_requests.model import ChangeRequest, Terms
from services.change_requests.tenant import Growth
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import Change
from services.storage.engine import Store
from services.storage.tables import change_requests
from tests.surface import START, Workbench, customer

BUSY, FAMILY = "busy", "family"
"""A tenant that has asked a thousand times, and one with clients."""

_BUSY_ASKED = 1_000
_CLIENTS = 40
_REQUESTS_A_CUSTOMER = 10
_AT_ONCE = 5_000  # rows a statement
_YEARS = timedelta(days=900)
_OPEN_SINCE = timedelta(days=13)  # what waits longer has expired
_EXPIRES_AFTER = timedelta(days=14)
_SEED = 5
_GIBIBYTE = 2**30

T = TypeVar("T")

_Kind, _Status, _Decision = ChangeRequestKind, ChangeRequestStatus, PolicyDecision

_KINDS = {
    _Kind.STORAGE_QUOTA: 27.0,
    _Kind.RESOURCE_QUOTA: 24.0,
    _Kind.EGRESS: 17.0,
    _Kind.EXPOSURE_HOSTNAME: 15.0,
    _Kind.BACKUP_POLICY: 6.0,
    _Kind.SUPPORT_CREDIT: 5.0,
    _Kind.INGRESS_CLASS: 3.6,
    _Kind.OPERATOR_CAPABILITY: 2.0,
    _Kind.ASSIGNMENT_MODE: 0.4,
}
_DECISIONS = {_Decision.SELF_SERVICE: 25.0, _Decision.AUTO_APPROVE: 45.0, _Decision.REVIEW: 30.0}
_AT_ONCE_ENDS = {_Status.APPLIED: 98.9, _Status.FAILED: 0.7, _Status.CANCELLED: 0.2, _Status.APPROVED: 0.2}
_REVIEWED_ENDS = {
    _Status.APPLIED: 76.5,
    _Status.REJECTED: 10.0,
    _Status.CANCELLED: 4.0,
    _Status.PENDING: 4.5,
    _Status.EXPIRED: 3.0,
    _Status.FAILED: 1.5,
    _Status.APPROVED: 0.3,
    _Status.APPLYING: 0.2,
}
_CREDIT_ENDS = {_Status.APPLIED: 84.0, _Status.REJECTED: 12.0, _Status.PENDING: 4.0}
_OPEN = {_Status.PENDING, _Status.APPROVED, _Status.APPLYING}
_NOT_DECIDED = {_Status.PENDING, _Status.CANCELLED, _Status.EXPIRED}
_ENDED = {_Status.APPLIED, _Status.FAILED, _Status.CANCELLED, _Status.EXPIRED}


@dataclass(frozen=True)
class Size:
    """How many requests a store holds; a tenth as many customers have made them."""

    requests: int

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return self.requests // _REQUESTS_A_CUSTOMER


SMALL, LARGE = Size(3_000), Size(100_000)
"""The two sizes that are compared."""


def fill(store: Store, size: Size) -> None:
    """Fill an empty store: the customers through the ordinary import, their requests row by row."""
    store.upgrade()
    names = _customers(size)
    Workbench(store).feed(*(customer(each, parent_customer_id=_parent(each)) for each in names))
    requests = _requests(size, names)
    with store.write() as conn:
        while some := [_row(each) for each in islice(requests, _AT_ONCE)]:
            conn.execute(insert(change_requests), some)
    if store.kind == "postgresql":
        with store.look() as conn:
            conn.execute(text("VACUUM ANALYZE"))  # as a server does by itself before long


def _customers(size: Size) -> list[str]:
    clients = [f"client-{number}" for number in range(_CLIENTS)]
    others = size.customers - len(clients) - 2
    return [BUSY, FAMILY, *clients, *(f"tenant-{number:05}" for number in range(others))]


def _parent(customer_id: str) -> str | None:
    return FAMILY if customer_id.startswith("client") else None


def _requests(size: Size, names: list[str]) -> Iterator[ChangeRequest]:
    rng = Random(_SEED)
    for number in range(size.requests):
        yield _request(rng, number, BUSY if number < _BUSY_ASKED else rng.choice(names))


def _request(rng: Random, number: int, customer_id: str) -> ChangeRequest:
    kind = _drawn(rng, _KINDS)
    credit = kind is _Kind.SUPPORT_CREDIT
    decision = None if credit else _drawn(rng, _DECISIONS)
    reviewed = decision is _Decision.REVIEW
    status = _drawn(rng, _CREDIT_ENDS if credit else _REVIEWED_ENDS if reviewed else _AT_ONCE_ENDS)
    asked_at = START - rng.random() * (_OPEN_SINCE if status in _OPEN else _YEARS)
    decided = status not in _NOT_DECIDED or (status is _Status.CANCELLED and not reviewed)
    decided_at = asked_at + rng.random() * timedelta(hours=30 if reviewed or credit else 0)
    asked = ChangeRequest(
        customer_id=customer_id,
        change_request_id=f"cr_{rng.getrandbits(80):020x}",
        kind=kind,
        status=status,
        params={"workspace_hours": "40", "ai_cents": "0"} if credit else {"storage": f"{20 + number % 400}Gi"},
        reason="Immich import needs 200 Gi storage and 4 Gi memory for initial library processing.",
        requested_by="olga" if credit else f"admin@{customer_id}",
        requested_at=asked_at,
        request_id=f"ask-{number}",
        policy_decision=decision,
        policy_version=None if credit else "2026-11-01",
        terms=None if credit else _terms(number),
        expires_at=None if credit else asked_at + _EXPIRES_AFTER,
    )
    if decided:
        asked = msgspec.structs.replace(
            asked,
            decided_by="omar" if credit or reviewed else POLICY.actor,
            decided_at=decided_at,
            decision_reason="capacity is there",
        )
    if status in _ENDED:
        asked = msgspec.structs.replace(
            asked,
            ended_by=PLATFORM.actor,
            ended_at=decided_at + timedelta(minutes=2),
            end_reason="the tenant's allowance is changed",
        )
    return asked


def _terms(number: int) -> Terms:
    before, after = 20 + number % 300, 40 + number % 400
    return Terms(
        because=f"{after} GiB is above the {before} GiB that this tier may have without review.",
        changes=[Change(label="Storage", before=f"{before}Gi", after=f"{after}Gi")],
        impact=f"{after - before} GiB more storage is set aside for this tenant.",
        growth=Growth(storage=max(after - before, 0) * _GIBIBYTE, changes=1),
    )


def _row(asked: ChangeRequest) -> dict[str, Any]:
    written = {"params": msgspec.json.encode(asked.params)}
    if asked.terms is not None:
        written["terms"] = msgspec.json.encode(asked.terms)
    return msgspec.structs.asdict(asked) | written


def _drawn(rng: Random, shares: dict[T, float]) -> T:
    return rng.choices(list(shares), list(shares.values()))[0]
