"""The list of customers: what it shows, in which order, page by page (PRODUCT.md §4, «ListBillingCustomers»)."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy import event as sql_event

from services.billing import list_store
from services.billing.list_store import list_customers
from services.contract.errors import Refused
from services.contract.paging import encode_token
from services.contract.requests import ListBillingCustomers
from services.contract.types import BillingState, BlockerCode, PaymentRail
from services.contract.views import CustomerList
from services.storage.engine import Store
from tests.clocks import START
from tests.names import WORLD
from tests.services.billing.listed import Listed, naive_list, place, write

OVERDUE, UNVERIFIED, NO_RAIL = (
    BlockerCode.OVERDUE_INVOICE,
    BlockerCode.UNVERIFIED_BILLING,
    BlockerCode.MISSING_PAYMENT_RAIL,
)
LONG_AGO, LATELY = START - timedelta(days=90), START - timedelta(days=2)

FAMILY = (
    Listed(customer_id="acme", legal_name="Acme GmbH", blockers=frozenset({OVERDUE}), since=LATELY),
    Listed(customer_id="beacon", legal_name="Beacon", blockers=frozenset({OVERDUE, UNVERIFIED}), since=LONG_AGO),
    Listed(customer_id="corner", legal_name="Corner Acme Shop", commercial_reference="PO-7781"),
    Listed(customer_id="desk", legal_name="acme desks", parent="beacon", blockers=frozenset({NO_RAIL})),
    Listed(customer_id="etoile", legal_name="Étoile", review_reference="CASE-12", parent="beacon"),
)


@contextmanager
def populated(store: Store, population: Sequence[Listed]) -> Iterator[Connection]:
    """Yield a connection to a store with these customers, and take them away again."""
    with store.transaction(writing=True) as connection:
        write(connection, population)
        yield connection
        connection.rollback()


@pytest.fixture
def family(store: Store) -> Iterator[Connection]:
    with populated(store, FAMILY) as connection:
        yield connection


def ids(page: CustomerList) -> list[str]:
    return [row.customer_id for row in page.customers]


def listed(connection: Connection, scope: str | None = None, **fields: object) -> list[str]:
    return ids(list_customers(connection, msgspec.convert(fields, ListBillingCustomers), scope=scope))


# ── by example ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_shows_what_the_picker_needs(family: Connection) -> None:
    page = list_customers(family, ListBillingCustomers(query="beacon"), scope=None)
    (row,) = page.customers
    assert (row.customer_id, row.legal_name) == ("beacon", "Beacon")
    assert (row.billing_state, row.payment_rail) == (BillingState.VERIFIED, PaymentRail.INVOICE)
    assert row.blockers == [UNVERIFIED, OVERDUE]
    assert row.blocked_since == LONG_AGO
    assert (page.total, page.total_is_more, page.next_page_token) == (1, False, None)


def test_names_come_in_order_whatever_their_case_and_accents(family: Connection) -> None:
    assert listed(family) == ["desk", "acme", "beacon", "corner", "etoile"]


def test_names_that_start_with_the_query_come_first(family: Connection) -> None:
    assert listed(family, query="acme") == ["desk", "acme", "corner"]
    assert listed(family, query="shop acme") == ["corner"]


@pytest.mark.parametrize("query", ["po-7781", "CORNER", "cme shop", "ner"])
def test_name_id_and_references_are_searched(family: Connection, query: str) -> None:
    assert listed(family, query=query) == ["corner"]


def test_the_longest_blocked_come_first_and_the_unknown_last(family: Connection) -> None:
    assert listed(family, order="blocked_longest") == ["beacon", "acme", "desk"]


def test_blocked_only_and_one_cause(family: Connection) -> None:
    assert listed(family, blocked_only=True) == ["desk", "acme", "beacon"]
    assert listed(family, blocker="overdue_invoice") == ["acme", "beacon"]
    assert listed(family, blocker="trial_expired") == []


def test_next_and_previous_walk_the_blocked_ones_from_any_customer(family: Connection) -> None:
    assert listed(family, blocked_only=True, page_size=1, after_customer_id="corner") == []
    assert listed(family, blocked_only=True, page_size=1, before_customer_id="corner") == ["beacon"]
    assert listed(family, blocked_only=True, page_size=1, after_customer_id="desk") == ["acme"]
    assert listed(family, blocked_only=True, page_size=1, before_customer_id="desk") == []
    assert listed(family, before_customer_id="etoile", page_size=2) == ["beacon", "corner"]


def test_an_admin_sees_the_own_customer_and_its_clients_alone(family: Connection) -> None:
    assert listed(family, scope="beacon") == ["desk", "beacon", "etoile"]
    assert listed(family, scope="beacon", query="acme") == ["desk"]
    assert listed(family, scope="desk") == ["desk"]
    assert listed(family, scope="nobody") == []


@pytest.mark.parametrize(
    ("scope", "customer_id"), [(None, "nobody"), ("beacon", "acme"), (None, "a\0b"), (None, "\udcff"), (None, "")]
)
@pytest.mark.parametrize("side", ["after_customer_id", "before_customer_id"])
def test_a_start_beside_nobody_is_refused_the_same_way_whyever(
    family: Connection, scope: str | None, customer_id: str, side: str
) -> None:
    with pytest.raises(Refused) as refusal:
        listed(family, scope=scope, **{side: customer_id})
    assert refusal.value.reason == "CUSTOMER_NOT_FOUND"


def test_a_start_after_one_and_before_another_is_refused(family: Connection) -> None:
    request = ListBillingCustomers(after_customer_id="acme", before_customer_id="beacon")
    with pytest.raises(Refused, match="not for both"):
        list_customers(family, request, scope=None)


def test_a_token_of_another_list_is_refused(family: Connection) -> None:
    token = list_customers(family, ListBillingCustomers(page_size=1), scope=None).next_page_token
    assert listed(family, page_size=2, page_token=token) == ["acme", "beacon"]
    for request, scope in (
        (ListBillingCustomers(page_token=token, query="acme"), None),
        (ListBillingCustomers(page_token=token, order="blocked_longest"), None),
        (ListBillingCustomers(page_token=token), "beacon"),
    ):
        with pytest.raises(Refused) as refusal:
            list_customers(family, request, scope=scope)
        assert refusal.value.reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize(
    ("order", "position"),
    [
        ("name", (0, 5, "acme")),
        ("name", (9, "acme", "acme")),
        ("name", (0, "a\0", "acme")),
        ("name", (0, "acme")),
        ("blocked_longest", (0, "acme", "acme")),
        ("blocked_longest", (0, 2**64, "acme")),
    ],
)
def test_a_forged_token_is_refused_before_the_database_sees_it(
    family: Connection, order: str, position: tuple[object, ...]
) -> None:
    request = msgspec.convert({"order": order}, ListBillingCustomers)
    forged = msgspec.structs.replace(request, page_token=encode_token((None, request), position))
    with pytest.raises(Refused) as refusal:
        list_customers(family, forged, scope=None)
    assert refusal.value.reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("size", [0, -1, 501])
def test_a_page_has_1_to_500_rows(family: Connection, size: int) -> None:
    with pytest.raises(Refused) as refusal:
        list_customers(family, ListBillingCustomers(page_size=size), scope=None)
    assert refusal.value.reason == "INVALID_PAGE_SIZE"


def test_totals_are_exact_to_a_thousand_and_bounded_beyond(store: Store) -> None:
    population = [
        Listed(customer_id=f"c-{number:04}", legal_name="Acme", blockers=frozenset({OVERDUE} if number else ()))
        for number in range(1_001)
    ]
    with populated(store, population) as connection:
        for fields, total, more in (
            ({}, 1_000, True),
            ({"query": "acme"}, 1_000, True),
            ({"query": "c-"}, 1_000, True),
            ({"blocked_only": True}, 1_000, False),
            ({"blocker": OVERDUE}, 1_000, False),
            ({"query": "acme", "blocked_only": True}, 1_000, False),
            ({"query": "c-000"}, 10, False),
            ({"query": "c-000", "blocker": OVERDUE}, 9, False),
        ):
            page = list_customers(connection, msgspec.convert(fields, ListBillingCustomers), scope=None)
            assert (page.total, page.total_is_more) == (total, more), fields


# ── against the naive list ────────────────────────────────────────────────────────────────────────────────────────────

NAMES = [*WORLD, "Acme", "ACME", "Acme Inc.", "acme-two", "The Acme Company", "Öcme", "A", "aa", "\U0010ffffacme"]
pieces = st.sampled_from([*NAMES, "acme", "ac", "a", "me", "PO-1", "c-1", "立", "株式", "e", "ö", '"', "%", "zzz"])
queries = st.none() | st.lists(pieces, max_size=3).map(" ".join) | st.sampled_from(NAMES).map(lambda name: name[:4])
ids_drawn = st.sampled_from([f"c-{letter}" for letter in "0123456789abAB._:"])


@st.composite
def customers_drawn(draw: st.DrawFn) -> Listed:
    return Listed(
        customer_id=draw(ids_drawn),
        legal_name=draw(st.sampled_from(NAMES)),
        parent=draw(st.none() | ids_drawn),
        review_reference=draw(st.sampled_from([None, "Acme-7", "CASE-1"])),
        commercial_reference=draw(st.sampled_from([None, "PO-1", "PO-2"])),
        state=draw(st.sampled_from(BillingState)),
        rail=draw(st.sampled_from(PaymentRail)),
        blockers=draw(st.frozensets(st.sampled_from([OVERDUE, UNVERIFIED, NO_RAIL]), max_size=3)),
        since=draw(st.sampled_from([None, LONG_AGO, LATELY, START])),
    )


populations = st.lists(customers_drawn(), max_size=17, unique_by=lambda one: one.customer_id)
requests = st.builds(
    ListBillingCustomers,
    query=queries,
    blocker=st.sampled_from([None, None, OVERDUE, NO_RAIL]),
    blocked_only=st.booleans(),
    order=st.sampled_from(["name", "blocked_longest"]),
    page_size=st.integers(1, 6),
)
scopes = st.none() | ids_drawn


@contextmanager
def tiny_limits(limit: int, short_list: int) -> Iterator[None]:
    """Make few customers many, so that a small population takes every way through the store."""
    with ExitStack() as patches:
        for name, value in (("TOTAL_LIMIT", limit), ("_FEW", limit), ("_SHORT_LIST", short_list)):
            patches.enter_context(patch.object(list_store, name, value))
        yield


def all_pages(connection: Connection, request: ListBillingCustomers, scope: str | None) -> list[CustomerList]:
    pages = [list_customers(connection, request, scope=scope)]
    while token := pages[-1].next_page_token:
        pages.append(list_customers(connection, msgspec.structs.replace(request, page_token=token), scope=scope))
        assert len(pages) < 50
    return pages


on_both = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
limits = st.sampled_from([(1_000, 8_000), (1, 0), (2, 1), (4, 100)])


@on_both
@given(population=populations, request_=requests, scope=scopes, limit=limits)
def test_all_pages_together_are_the_whole_list(
    store: Store,
    population: list[Listed],
    request_: ListBillingCustomers,
    scope: str | None,
    limit: tuple[int, int],
) -> None:
    wanted = naive_list(population, request_, scope)
    with populated(store, population) as connection, tiny_limits(*limit):
        pages = all_pages(connection, request_, scope)
    assert [row for page in pages for row in page.customers] == [one.row for one in wanted]
    assert all(len(page.customers) == request_.page_size for page in pages[:-1])
    assert {(page.total, page.total_is_more) for page in pages} == {
        (min(len(wanted), limit[0]), len(wanted) > limit[0])
    }
    event(f"pages: {min(len(pages), 4)}")


@on_both
@given(population=populations.filter(bool), request_=requests, scope=scopes, limit=limits, data=st.data())
def test_a_list_starts_beside_any_visible_customer_and_goes_on_from_there(
    store: Store,
    population: list[Listed],
    request_: ListBillingCustomers,
    scope: str | None,
    limit: tuple[int, int],
    data: st.DataObject,
) -> None:
    start = data.draw(st.sampled_from(population))
    here = place(start, request_)
    wanted = naive_list(population, request_, scope)
    after = [one.row for one in wanted if place(one, request_) > here]
    before = [one.row for one in wanted if place(one, request_) < here]
    following = msgspec.structs.replace(request_, after_customer_id=start.customer_id)
    preceding = msgspec.structs.replace(request_, before_customer_id=start.customer_id)
    with populated(store, population) as connection, tiny_limits(*limit):
        if scope is not None and scope not in (start.customer_id, start.parent):
            for request in (following, preceding):
                with pytest.raises(Refused, match="No such customer here"):
                    list_customers(connection, request, scope=scope)
            return
        onwards = all_pages(connection, following, scope)
        backwards = all_pages(connection, preceding, scope)
    assert [row for page in onwards for row in page.customers] == after
    assert [row for page in reversed(backwards) for row in page.customers] == before


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def sqlite_plans(store: Store, request: ListBillingCustomers) -> list[str]:
    """Return how SQLite finds the rows of each statement of a list."""
    plans: list[str] = []
    with populated(store, FAMILY) as connection:

        def explain(_conn: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
            raw = connection.connection.driver_connection
            assert raw is not None
            plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        sql_event.listen(connection, "before_cursor_execute", explain)
        with tiny_limits(1, 0):
            list_customers(connection, request, scope=None)
        sql_event.remove(connection, "before_cursor_execute", explain)
    return plans


@pytest.mark.parametrize(
    ("fields", "index"),
    [
        ({}, "ix_customer_status_sort_name"),
        ({"query": "acme"}, "ix_customer_status_sort_name"),
        ({"blocked_only": True}, "ix_customer_status_blocked"),
        ({"blocked_only": True, "query": "acme"}, "ix_customer_status_blocked"),
        ({"blocked_only": True, "after_customer_id": "acme"}, "ix_customer_status_blocked"),
        ({"blocked_only": True, "before_customer_id": "acme"}, "ix_customer_status_blocked"),
        ({"blocker": OVERDUE}, "ix_customer_blockers_code_sort_name"),
        ({"order": "blocked_longest"}, "ix_customer_status_blocked_since"),
        ({"order": "blocked_longest", "query": "acme"}, "ix_customer_status_blocked_since"),
        ({"order": "blocked_longest", "blocker": OVERDUE}, "ix_customer_blockers_code_blocked_since"),
    ],
)
def test_every_order_and_filter_walks_an_index_of_its_own(
    sqlite_store: Store, fields: dict[str, object], index: str
) -> None:
    plans = sqlite_plans(sqlite_store, msgspec.convert(fields, ListBillingCustomers))
    assert any(f"{index} " in f"{plan} " for plan in plans), plans
    keys = plans[plans.index("MATERIALIZE found") : plans.index("SCAN found")]
    assert "USE TEMP B-TREE FOR ORDER BY" not in keys, plans  # they come in order, and need no sorting
