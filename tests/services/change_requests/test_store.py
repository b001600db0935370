"""The database itself keeps two pairs of eyes on a decision."""

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.change_requests import store as requests_store
from services.contract.types import ChangeRequestStatus
from services.storage.engine import Store
from tests.services.change_requests.test_rules import ASKED, NOW
from tests.surface import Workbench, customer


@pytest.fixture
def pending(store: Store) -> Store:
    Workbench(store).feed(customer())
    with store.write() as conn:
        requests_store.add(conn, ASKED)
    return store


@pytest.mark.parametrize("status", ["applied", "rejected"])
def test_the_database_refuses_that_who_asked_decides(pending: Store, status: str) -> None:
    own = msgspec.structs.replace(ASKED, status=ChangeRequestStatus(status), decided_by="olga", decided_at=NOW)
    with pytest.raises(IntegrityError), pending.write() as conn:
        requests_store.save(conn, own)
    with pending.read() as conn:
        assert requests_store.find(conn, "acme-eu", "cr_1") == ASKED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change_requests SET decided_by = 'olga'",
        "UPDATE change_requests SET decided_by = requested_by",
        "INSERT INTO change_requests (customer_id, change_request_id, kind, status, params, reason, requested_by,"
        " requested_at, request_id, decided_by) SELECT customer_id, 'cr_2', kind, 'applied', params, reason,"
        " requested_by, requested_at, request_id, requested_by FROM change_requests",
    ],
)
def test_nor_does_it_take_that_from_whoever_holds_it(pending: Store, statement: str) -> None:
    with pytest.raises(IntegrityError, match="four_eyes"), pending.write() as conn:
        conn.execute(text(statement))


def test_a_decision_by_another_is_kept(pending: Store) -> None:
    decided = msgspec.structs.replace(
        ASKED, status=ChangeRequestStatus.APPLIED, decided_by="omar", decided_at=NOW, decision_reason="seen"
    )
    with pending.write() as conn:
        requests_store.save(conn, decided)
    with pending.read() as conn:
        assert requests_store.find(conn, "acme-eu", "cr_1") == decided


@pytest.mark.parametrize("status", ["applied", "rejected"])
def test_the_database_refuses_a_decision_by_nobody(pending: Store, status: str) -> None:
    with pytest.raises(IntegrityError, match="decided_by_somebody"), pending.write() as conn:
        conn.execute(text("UPDATE change_requests SET status = :status"), {"status": status})
