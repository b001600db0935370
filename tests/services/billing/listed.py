"""Customers for lists, written straight into the tables, and the list as a naive reading of PRODUCT.md §4 has it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from services.contract.requests import ListBillingCustomers
from services.contract.types import BillingState, BlockerCode, PaymentRail
from services.contract.views import CustomerRow
from services.storage.search import fold, parse_query, search_text
from services.storage.tables import billing_records, customer_blockers, customer_status, customers
from tests.clocks import START


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What a list knows of a customer."""

    customer_id: str
    legal_name: str = "Acme"
    parent: str | None = None
    review_reference: str | None = None
    commercial_reference: str | None = None
    state: BillingState = BillingState.VERIFIED
    rail: PaymentRail = PaymentRail.INVOICE
    blockers: frozenset[BlockerCode] = frozenset()
    since: datetime | None = None

    @property
    def blocked_since(self) -> datetime | None:
        return self.since if self.blockers else None

    @property
    def row(self) -> CustomerRow:
        return CustomerRow(
            customer_id=self.customer_id,
            legal_name=self.legal_name,
            billing_state=self.state,
            payment_rail=self.rail,
            blockers=[code for code in BlockerCode if code in self.blockers],
            blocked_since=self.blocked_since,
        )


def write(connection: Connection, population: Sequence[Listed]) -> None:
    """Write the rows of all customers, as the billing room would."""
    if not population:
        return
    connection.execute(insert(customers), [_customer(one) for one in population])
    connection.execute(insert(billing_records), [_record(one) for one in population])
    connection.execute(insert(customer_status), [_status(one) for one in population])
    blockers = [_blocker(one, code) for one in population for code in one.blockers]
    if blockers:
        connection.execute(insert(customer_blockers), blockers)


def naive_list(population: Sequence[Listed], request: ListBillingCustomers, scope: str | None) -> list[Listed]:
    """Return the whole list that a request describes, without its pages and positions, by looking at everyone."""
    query = parse_query(request.query)
    listed = [
        one
        for one in population
        if (scope is None or scope in (one.customer_id, one.parent))
        and (request.blocker is None or request.blocker in one.blockers)
        and (one.blockers or not (request.blocked_only or request.order == "blocked_longest"))
        and (query is None or all(word in _searched(one) for word in query.words))
    ]
    return sorted(listed, key=lambda one: place(one, request))


def place(one: Listed, request: ListBillingCustomers) -> tuple[object, ...]:
    """Return what puts a customer in its place in the order of a list."""
    if request.order == "blocked_longest":
        return (one.blocked_since is None, one.blocked_since or START, one.customer_id)
    name, query = fold(one.legal_name), parse_query(request.query)
    return (query is not None and not name.startswith(query.phrase), name, one.customer_id)


def _searched(one: Listed) -> str:
    return search_text(one.legal_name, one.customer_id, one.review_reference, one.commercial_reference)


def _customer(one: Listed) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "legal_name": one.legal_name,
        "ownership": "external",
        "parent_customer_id": one.parent,
        "search_text": _searched(one),
        "created_at": START,
    }


def _record(one: Listed) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "state": one.state.value,
        "review_reference": one.review_reference,
        "payment_rail": one.rail.value,
        "invoice_rail_approved": False,
        "commercial_reference": one.commercial_reference,
        "trial_extended": False,
        "automatic_collection": False,
        "version": 1,
    }


def _status(one: Listed) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "revision": 1,
        "changed_at": START,
        "lots_created": 0,
        "sort_name": fold(one.legal_name),
        "blocked": bool(one.blockers),
        "blocked_since": one.blocked_since,
    }


def _blocker(one: Listed, code: BlockerCode) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "code": code.value,
        "sort_name": fold(one.legal_name),
        "blocked_since": one.blocked_since,
    }
