"""The demo's change requests: every status at the first look, whatever the seed, and nothing that does not add up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from billinghelp.cli.session import Session
from billinghelp.config import Settings
from billinghelp.desk import open_demo_desk
from billinghelp.secret import Secret
from services.contract.errors import Refused
from services.contract.requests import (
    GetCustomerBillingView,
    GetTenantChangeRequestWorkspace,
    ListBillingCustomers,
    ListTenantChangeRequests,
    StartBillingPaymentSetup,
    VerifyAuditTrail,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestView


@contextmanager
def demo(customers: int = 12, seed: int = 1) -> Iterator[Session]:
    session = Session(open_demo_desk(customers, seed, Settings(database_url=Secret("sqlite://"))))
    try:
        yield session
    finally:
        session.close()


def requests_of(session: Session) -> list[ChangeRequestView]:
    found: list[ChangeRequestView] = session.call(ListTenantChangeRequests()).change_requests
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_queue_is_alive_at_the_first_look(seed: int) -> None:
    with demo(seed=seed) as session:
        found = requests_of(session)
        statuses = [asked.status for asked in found]
        assert len(found) == 12
        assert statuses.count(ChangeRequestStatus.PENDING) == 7
        assert set(statuses) == {
            ChangeRequestStatus.PENDING,
            ChangeRequestStatus.APPLIED,
            ChangeRequestStatus.REJECTED,
            ChangeRequestStatus.CANCELLED,
        }
        waiting = [asked for asked in found if asked.status is ChangeRequestStatus.PENDING]
        assert all(asked.decidable for asked in waiting)  # by whoever runs the demo
        assert len({asked.kind for asked in waiting}) == 6
        assert len({asked.requested_at.date() for asked in waiting}) > 3


def test_the_demo_looks_the_same_every_time() -> None:
    def seen() -> list[tuple[object, ...]]:
        with demo() as session:
            return [
                (a.customer_id, a.kind, a.status, a.asks_for, a.reason, a.requested_by) for a in requests_of(session)
            ]

    assert seen() == seen()


def test_what_was_asked_for_in_the_past_leaves_a_true_index_and_a_sound_trail() -> None:
    with demo() as session:
        for row in session.call(ListBillingCustomers(page_size=12)).customers:
            view = session.call(GetCustomerBillingView(customer_id=row.customer_id))
            assert row.blockers == [blocker.code for blocker in view.blockers]
        trail = session.call(VerifyAuditTrail(page_size=100))
        assert {stream.status for stream in trail.streams} == {"OK"}
        assert trail.ledger.sound
        workspace = session.call(GetTenantChangeRequestWorkspace(customer_id="demo-0010"))
        storage = next(form for form in workspace.kinds if form.kind is ChangeRequestKind.STORAGE_QUOTA).bars[0]
        assert storage.allowed * 2 == storage.self_service * 3
        assert storage.used


@pytest.mark.parametrize("customers", [1, 4])
def test_a_small_demo_has_the_requests_of_those_who_are_there(customers: int) -> None:
    with demo(customers) as session:
        there = {row.customer_id for row in session.call(ListBillingCustomers()).customers}
        assert len(there) == customers
        assert {asked.customer_id for asked in requests_of(session)} == there - {"demo-0001"}


def test_a_demo_to_look_at_alone_takes_no_change() -> None:
    settings = Settings(database_url=Secret("sqlite://"), read_only=True)
    session = Session(open_demo_desk(12, 1, settings))
    try:
        with pytest.raises(Refused) as refused:
            session.call(StartBillingPaymentSetup(customer_id="demo-0001", request_id="look-on"))
    finally:
        session.close()
    assert refused.value.reason == "READ_ONLY"
