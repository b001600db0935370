"""What a list of change requests costs: a walk through an index in its order, however many requests there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from services.change_requests import store as requests_store
from services.change_requests.policy.file import shipped_policy
from services.change_requests.store import Wanted
from services.change_requests.tenant_store import load_tenant
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.storage.connection import Connection
from services.storage.engine import Store
from tests.services.change_requests.test_rules import ASKED, NOW
from tests.surface import Workbench, customer

EGRESS, APPLIED = ChangeRequestKind.EGRESS, ChangeRequestStatus.APPLIED
REVIEW = PolicyDecision.REVIEW
QUEUE = "ix_change_requests_requested_at"
OF_STATUS = "ix_change_requests_status"
OF_CUSTOMER = "ix_change_requests_customer"


@contextmanager
def noted_plans(conn: Connection) -> Iterator[list[str]]:
    """Yield a list that gets how SQLite finds the change requests of each statement sent meanwhile."""
    plans: list[str] = []

    def explain(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        raw = conn.connection.driver_connection
        assert raw is not None
        steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        plans.extend(step for step in steps if " change_requests" in step or "TEMP B-TREE" in step)

    event.listen(conn, "before_cursor_execute", explain)
    yield plans
    event.remove(conn, "before_cursor_execute", explain)


def wanted(fields: dict[str, object], *, newest_first: bool) -> Wanted:
    nothing = dict.fromkeys(("customer_id", "kind", "status", "policy_decision", "change_request_id", "scope"))
    return Wanted(**nothing | fields, newest_first=newest_first)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("after", [None, (NOW, "cr_1")])
@pytest.mark.parametrize(
    ("fields", "index"),
    [
        ({}, QUEUE),
        ({"kind": EGRESS}, QUEUE),
        ({"policy_decision": REVIEW}, QUEUE),
        ({"kind": EGRESS, "policy_decision": REVIEW}, QUEUE),
        ({"change_request_id": "cr_1"}, QUEUE),
        ({"status": APPLIED}, OF_STATUS),
        ({"status": APPLIED, "kind": EGRESS}, OF_STATUS),
        ({"status": APPLIED, "kind": EGRESS, "policy_decision": REVIEW}, OF_STATUS),
        ({"customer_id": "acme-eu"}, OF_CUSTOMER),
        ({"customer_id": "acme-eu", "status": APPLIED}, OF_CUSTOMER),
        ({"customer_id": "acme-eu", "status": APPLIED, "kind": EGRESS, "policy_decision": REVIEW}, OF_CUSTOMER),
    ],
)
def test_a_page_is_a_walk_through_an_index_in_the_order_of_the_list(
    sqlite_store: Store,
    fields: dict[str, object],
    index: str,
    after: tuple[object, str] | None,
    newest_first: bool,
) -> None:
    with sqlite_store.read() as conn, noted_plans(conn) as plans:
        requests_store.listed(conn, wanted(fields, newest_first=newest_first), after, 10)  # type: ignore[arg-type]
    (plan,) = plans  # and nothing is sorted
    assert f"USING INDEX {index}" in plan


@pytest.mark.parametrize(
    "fields",
    [
        {"status": APPLIED},
        {"kind": EGRESS},
        {"policy_decision": REVIEW},
        {"status": APPLIED, "kind": EGRESS, "policy_decision": REVIEW},
    ],
)
def test_counting_reads_an_index_alone(sqlite_store: Store, fields: dict[str, object]) -> None:
    with sqlite_store.read() as conn, noted_plans(conn) as plans:
        requests_store.count(conn, wanted(fields, newest_first=False), 10)
    (plan,) = plans
    assert "USING COVERING INDEX" in plan


@pytest.mark.parametrize("fields", [{}, {"status": APPLIED}, {"status": APPLIED, "kind": EGRESS}])
def test_what_a_tenant_and_its_clients_asked_for_is_found_by_whose_it_is(
    sqlite_store: Store, fields: dict[str, object]
) -> None:
    of_scope = wanted({"scope": "msp", **fields}, newest_first=False)
    with sqlite_store.read() as conn, noted_plans(conn) as plans:
        requests_store.listed(conn, of_scope, None, 10)
        requests_store.count(conn, of_scope, 10)
    page, order, count = plans
    assert order == "USE TEMP B-TREE FOR ORDER BY"  # of these alone
    for plan in (page, count):
        assert f"INDEX {OF_CUSTOMER} (customer_id=?)" in plan


def test_a_tenant_is_judged_without_a_look_at_all_that_it_ever_asked_for(sqlite_store: Store) -> None:
    Workbench(sqlite_store).feed(customer())
    with sqlite_store.read() as conn, noted_plans(conn) as plans:
        load_tenant(conn, "acme-eu", "growth", shipped_policy(), NOW + timedelta(days=1))
        requests_store.is_tenants_latest(conn, ASKED)
        requests_store.in_line(conn, "acme-eu")
    grown, first_in_line, latest, in_line, *_ = plans
    assert f"{OF_CUSTOMER} (customer_id=? AND requested_at>?)" in grown
    assert f"{OF_CUSTOMER} (customer_id=?)" in latest
    for plan in (first_in_line, in_line):
        assert "ix_change_requests_in_line (customer_id=?)" in plan
