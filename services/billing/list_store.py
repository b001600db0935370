"""Lists customers: by name or by how long they have been blocked, filtered, searched, page by page.

The rows that a list walks are those of `customer_status`, or of `customer_blockers` for one cause. Both carry what each
order goes by, in indexes made for it, so that a page costs what a page holds, however many customers there are.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    exists,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
)

from services.contract.errors import customer_not_found, invalid
from services.contract.paging import decode_token, encode_token, page_size
from services.contract.requests import ListBillingCustomers
from services.contract.text import is_clean
from services.contract.types import BillingState, BlockerCode, PaymentRail
from services.contract.views import CustomerList, CustomerRow
from services.storage.search import (
    Query,
    count_up_to,
    find,
    found_among,
    holds,
    matching,
    parse_query,
    prepare_list,
)
from services.storage.tables import billing_records, customer_blockers, customer_status, customers

TOTAL_LIMIT = 1_000
"""Up to here `total` is exact (PRODUCT.md §4): exact counts do not stay flat."""

# Few matches are taken from the search index and sorted, 2 µs each; of many, a walk in list order soon has a page. Not
# below the limit of exact totals: many matches are more than that.
_FEW = TOTAL_LIMIT
# A filtered list of this length is searched from end to end in some milliseconds.
_SHORT_LIST = 8_000
# SQLite takes a partial index for a condition spelled as the index has it, not for what SQLAlchemy makes of the column.
_BLOCKED: ColumnElement[bool] = literal_column("customer_status.blocked")
_LAST_CHARACTER = "\U0010ffff"
_CODE_ORDER = {code: place for place, code in enumerate(BlockerCode)}

# What a page token may hold: it comes back from outside, and must be something that the databases can compare.
_Tier = Annotated[int, Meta(ge=0, le=1)]
_Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]

_Conditions = tuple[ColumnElement[bool], ...]


class _Place(NamedTuple):
    """Where a customer stands in a list: its tier, what the order goes by, and its id."""

    tier: int
    key: Any
    customer_id: str


class _Listing(NamedTuple):
    """A request, understood: the rows to walk, and which of them to list, in the order tier, key, customer id.

    `filters` are the conditions that an index of `rows` serves; `sought` those of scope and query. Each of `tiers` has
    its own conditions, those of `sought` among them. `few`: the customers that match, unless there are many.
    """

    rows: Table
    key: ColumnElement[Any]
    filters: _Conditions
    sought: _Conditions
    tiers: tuple[_Conditions, ...]
    query: Query | None
    few: list[int] | None


def list_customers(conn: Connection, request: ListBillingCustomers, *, scope: str | None) -> CustomerList:
    """Return a page of the customers that `request` asks for, among those that `scope` may see.

    With `before_customer_id` a page holds the nearest customers before that one, in list order, and the next page those
    before them.

    Args:
        conn: a snapshot.
        request: what to list.
        scope: the customer that is visible with its clients alone; None for all customers.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `INVALID_PAGE_SIZE`, `INVALID_PAGE_TOKEN`, `CONFLICTING_POSITIONS`.
    """
    if request.after_customer_id is not None and request.before_customer_id is not None:
        raise invalid("CONFLICTING_POSITIONS", "Ask for the customers after one or before one, not for both.")
    size = page_size(request.page_size)
    bound = (scope, msgspec.structs.replace(request, page_size=None, page_token=None))
    start = _place_of_token(bound, request)
    prepare_list(conn)
    listing = _listing(conn, request, scope)
    start = start or _place_of_customer(conn, request, listing, scope)
    backwards = request.before_customer_id is not None
    rows = _page(conn, listing, start, size + 1, backwards=backwards)
    page, more = rows[:size], len(rows) > size
    token = encode_token(bound, _place(page[-1])) if more else None
    if backwards:
        page.reverse()
    total = _count(conn, listing, scope)
    return CustomerList(
        customers=_with_blockers(conn, page),
        next_page_token=token,
        total=min(total, TOTAL_LIMIT),
        total_is_more=total > TOTAL_LIMIT,
    )


def _listing(conn: Connection, request: ListBillingCustomers, scope: str | None) -> _Listing:
    rows = customer_status if request.blocker is None else customer_blockers
    by_name = request.order == "name"
    filters: _Conditions = ()
    if request.blocker is not None:
        filters = (rows.c.code == request.blocker.value,)
    elif request.blocked_only or not by_name:
        filters = (_BLOCKED,)
    visible = () if scope is None else (rows.c.customer_id.in_(select(customers.c.customer_id).where(_family(scope))),)
    query = parse_query(request.query)
    if query is None:
        return _Listing(rows, _key(rows, by_name), filters, visible, (visible,), None, None)
    # A scope is small: there the words are looked for in its own customers.
    few = find(conn, query, _FEW) if scope is None else None
    walked = (*visible, _test(conn, rows, query))
    sought = walked if few is None else (rows.c.customer_id.in_(found_among(conn, few)),)
    named_so = and_(rows.c.sort_name >= query.phrase, rows.c.sort_name < query.phrase + _LAST_CHARACTER)
    # Names that start with the query are one range of the index: those are walked in any case.
    tiers = ((named_so, *walked), (not_(named_so), *sought)) if by_name else (sought,)
    return _Listing(rows, _key(rows, by_name), filters, sought, tiers, query, few)


def _key(rows: Table, by_name: bool) -> ColumnElement[Any]:
    return rows.c.sort_name if by_name else type_coerce(rows.c.blocked_since, BigInteger)


def _family(scope: str) -> ColumnElement[bool]:
    return or_(customers.c.customer_id == scope, customers.c.parent_customer_id == scope)


def _test(conn: Connection, rows: Table, query: Query) -> ColumnElement[bool]:
    # A scalar subquery, so that neither database turns the walk in list order into a join in another one.
    found = select(holds(conn, query)).where(customers.c.customer_id == rows.c.customer_id)
    return found.correlate(rows).scalar_subquery()


def _place_of_token(bound: Any, request: ListBillingCustomers) -> _Place | None:
    kind = tuple[_Tier, _Text, _Text] if request.order == "name" else tuple[_Tier, _Number, _Text]
    position = decode_token(bound, request.page_token, kind)
    return None if position is None else _Place(*position)


def _place_of_customer(
    conn: Connection, request: ListBillingCustomers, listing: _Listing, scope: str | None
) -> _Place | None:
    """Return the place of the customer beside which the page starts, whether or not the list shows it."""
    customer_id = request.after_customer_id if request.before_customer_id is None else request.before_customer_id
    if customer_id is None:
        return None
    if not is_clean(customer_id):  # no customer has such an id, and not every database takes it
        raise customer_not_found()
    statement = (
        select(customer_status.c.sort_name, type_coerce(customer_status.c.blocked_since, BigInteger))
        .join(customers, customers.c.customer_id == customer_status.c.customer_id)
        .where(customers.c.customer_id == customer_id)
    )
    if scope is not None:
        statement = statement.where(_family(scope))
    row = conn.execute(statement).first()
    if row is None:
        raise customer_not_found()
    sort_name, blocked_since = row
    if request.order != "name":
        return _Place(0, blocked_since, customer_id)
    if listing.query is None:
        return _Place(0, sort_name, customer_id)
    phrase = listing.query.phrase
    return _Place(0 if phrase <= sort_name < phrase + _LAST_CHARACTER else 1, sort_name, customer_id)


def _page(conn: Connection, listing: _Listing, start: _Place | None, size: int, *, backwards: bool) -> list[Row[Any]]:
    """Return the `size` rows next to `start`, nearest first."""
    found: list[Row[Any]] = []
    numbers = range(0 if listing.few == [] else len(listing.tiers))
    for tier in reversed(numbers) if backwards else numbers:
        if start is not None and (tier > start.tier if backwards else tier < start.tier):
            continue
        beside = start if start is not None and start.tier == tier else None
        found += conn.execute(_page_of_tier(listing, tier, beside, size - len(found), backwards=backwards))
        if len(found) == size:
            break
    return found


def _page_of_tier(listing: _Listing, tier: int, start: _Place | None, size: int, *, backwards: bool) -> Select[Any]:
    rows, key = listing.rows, listing.key
    keys = select(key.label("key"), rows.c.customer_id).where(*listing.filters, *listing.tiers[tier])
    if start is not None:
        here, there = tuple_(key, rows.c.customer_id), (start.key, start.customer_id)
        keys = keys.where(here < there if backwards else here > there)
    keys = keys.order_by(*_in_direction(key, rows.c.customer_id, backwards=backwards)).limit(size)
    # The keys alone decide, in an inner statement; only the page's own rows are then looked up.
    found = keys.subquery("found")
    return (
        select(
            type_coerce(tier, BigInteger).label("tier"),
            found.c.key,
            found.c.customer_id,
            customers.c.legal_name,
            billing_records.c.state,
            billing_records.c.payment_rail,
            customer_status.c.blocked_since,
        )
        .select_from(found)
        .join(customers, customers.c.customer_id == found.c.customer_id)
        .join(billing_records, billing_records.c.customer_id == found.c.customer_id)
        .join(customer_status, customer_status.c.customer_id == found.c.customer_id)
        .order_by(*_in_direction(found.c.key, found.c.customer_id, backwards=backwards))
    )


def _in_direction(*columns: ColumnElement[Any], backwards: bool) -> list[ColumnElement[Any]]:
    return [column.desc() if backwards else column.asc() for column in columns]


def _place(row: Row[Any]) -> _Place:
    return _Place(row.tier, row.key, row.customer_id)


def _count(conn: Connection, listing: _Listing, scope: str | None) -> int:
    """Return how many customers the list has in all, or `TOTAL_LIMIT` + 1 when there are more."""
    rows, query = listing.rows, listing.query
    if listing.few is not None and not listing.filters:
        return len(listing.few)
    listed = select(rows.c.customer_id).where(*listing.filters, *listing.sought)
    if query is not None and listing.few is None and scope is None:
        if not listing.filters:
            return TOTAL_LIMIT + 1
        if count_up_to(conn, select(rows.c.customer_id).where(*listing.filters), _SHORT_LIST) > _SHORT_LIST:
            # Both sets are large: those that match come from the search index until enough of them pass the filter.
            passes = exists().where(rows.c.customer_id == customers.c.customer_id, *listing.filters)
            listed = matching(conn, query).where(passes)
    return count_up_to(conn, listed, TOTAL_LIMIT)


def _with_blockers(conn: Connection, page: Sequence[Row[Any]]) -> list[CustomerRow]:
    codes: dict[str, list[BlockerCode]] = {row.customer_id: [] for row in page}
    if codes:
        statement = select(customer_blockers.c.customer_id, customer_blockers.c.code).where(
            customer_blockers.c.customer_id.in_(list(codes))
        )
        for customer_id, code in conn.execute(statement):
            codes[customer_id].append(BlockerCode(code))
    return [
        CustomerRow(
            customer_id=row.customer_id,
            legal_name=row.legal_name,
            billing_state=BillingState(row.state),
            payment_rail=PaymentRail(row.payment_rail),
            blockers=sorted(codes[row.customer_id], key=_CODE_ORDER.__getitem__),
            blocked_since=row.blocked_since,
        )
        for row in page
    ]
