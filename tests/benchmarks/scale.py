"""Reads over 100 000 customers and 1 000 000 ledger entries, against the same reads over 1 000 customers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from time import perf_counter

from services.contract.clock import system_clock
from services.contract.policy import Policy
from services.contract.requests import GetCustomerBillingView, ListBillingCustomers, Request
from services.contract.types import BlockerCode
from services.contract.views import CustomerList
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds
from tests.benchmarks.stores import LARGE, OPERATOR, SMALL, cached_store

BOUND = Bound(2)

_PAGE = 50  # as the picker asks
# Three characters and more, found in both stores: many times, some times, once; and one that is not there.
_QUERIES = {
    "3 letters, anywhere": ("ana", "opt", "gmb", "ser"),
    "3 letters, at the start": ("bri", "kes", "orm", "tes"),
    "one word": ("robotics", "ormswick", "holdings", "velmorrow"),
    "several words": ("textiles ltd", "gmbh daughters", "ltd. textiles", "farrowmere textiles ltd."),
    "a word and two letters": ("oy optics", "brindlemoor ag"),
    "one customer's id": ("demo-0017", "demo-0420", "demo-0733", "demo-0999"),
    "nothing": ("xyzzy", "no such customer", "qqq"),
}
_AMONG_SOME = ("ana", "robotics", "textiles ltd")
_VIEWED = 40
_WALKED = 8


@dataclass(frozen=True)
class Desk:
    """A surface over one of the two stores, and its customers to ask about."""

    surface: Surface
    customer_ids: Sequence[str]


Requests = Callable[[Desk], Sequence[Request]]
"""Makes of a desk what to ask it."""


@dataclass(frozen=True)
class Read:
    """A read: what to ask, and whether the bound is meant for it or for a line above that it is a part of."""

    requests: Requests
    bounded: bool = True


def measure(rounds: int) -> Group:
    """Compare each read over both stores."""
    with opened(cached_store(SMALL), cached_store(LARGE)) as (small, large):
        figures = compare_reads(small, large, rounds, dict.fromkeys(READS, BOUND))
    return Group(f"reads over {LARGE:,} customers with ten ledger entries each, against {SMALL:,} (SQLite)", figures)


@contextmanager
def opened(*urls: str) -> Iterator[list[Desk]]:
    """Yield a desk on each of the stores; all read by a clock that stands still, so that nothing comes due."""
    now = system_clock()
    with ExitStack() as stack:
        desks = []
        for url in urls:
            surface = Surface(Store(url), policy=Policy(), clock=lambda: now)
            stack.callback(surface.close)
            desks.append(Desk(surface, _some_customers(surface)))
        yield desks


def compare_reads(small: Desk, large: Desk, rounds: int, bounds: Mapping[str, Bound]) -> list[Figure]:
    """Return a figure for each of the reads."""
    return [
        _compare(what, read.requests, small, large, rounds, bounds.get(what) if read.bounded else None)
        for what, read in READS.items()
    ]


def _some_customers(surface: Surface) -> list[str]:
    """Return customers from all over the list: what is near in it may lie near in the file."""
    rng = Random(1)
    found: dict[str, None] = {}
    for letters in rng.sample([a + b for a in "abcdefghiklmnoprstuvwz" for b in "aeiorn"], 40):
        page: CustomerList = surface.dispatch(OPERATOR, ListBillingCustomers(query=letters, page_size=_PAGE))
        found.update((row.customer_id, None) for row in page.customers)
    customer_ids = list(found)
    rng.shuffle(customer_ids)
    return customer_ids


def _found(queries: Sequence[str], *, blocked_only: bool = False, blocker: BlockerCode | None = None) -> Requests:
    return lambda _desk: [
        ListBillingCustomers(query=query, blocked_only=blocked_only, blocker=blocker, page_size=_PAGE)
        for query in queries
    ]


def _next_blocked(blocker: BlockerCode | None = None) -> Requests:
    return lambda desk: [
        ListBillingCustomers(blocked_only=True, blocker=blocker, after_customer_id=customer_id, page_size=1)
        for customer_id in desk.customer_ids[:_WALKED]
    ]


READS = {
    "search: three characters and more": Read(_found([query for each in _QUERIES.values() for query in each])),
    **{f"  {kind}": Read(_found(queries), bounded=False) for kind, queries in _QUERIES.items()},
    "  among the blocked": Read(_found(_AMONG_SOME, blocked_only=True), bounded=False),
    "  among those of one cause": Read(_found(_AMONG_SOME, blocker=BlockerCode.UNVERIFIED_BILLING), bounded=False),
    "blocked only": Read(lambda _desk: [ListBillingCustomers(blocked_only=True, page_size=_PAGE)]),
    "blocked only, longest first": Read(
        lambda _desk: [ListBillingCustomers(blocked_only=True, order="blocked_longest", page_size=_PAGE)]
    ),
    "one cause": Read(lambda _desk: [ListBillingCustomers(blocker=code, page_size=_PAGE) for code in BlockerCode]),
    "next blocked customer": Read(_next_blocked()),
    "next one of a cause": Read(_next_blocked(BlockerCode.UNVERIFIED_BILLING)),
    "a customer's view": Read(
        lambda desk: [GetCustomerBillingView(customer_id=customer_id) for customer_id in desk.customer_ids[:_VIEWED]]
    ),
}
"""The reads, by what they are called."""


def _compare(what: str, requests: Requests, small: Desk, large: Desk, rounds: int, bound: Bound | None) -> Figure:
    asked_of_small, asked_of_large = requests(small), requests(large)
    cost_of_small, cost_of_large = [], []
    for number in range(rounds + 1):
        taken_by_large, taken_by_small = _cost(large, asked_of_large), _cost(small, asked_of_small)
        if number:  # the first round fills the caches
            cost_of_large.append(taken_by_large)
            cost_of_small.append(taken_by_small)
    return compare(what, cost_of_large, cost_of_small, bound, milliseconds)


def _cost(desk: Desk, requests: Sequence[Request]) -> float:
    """Return the mean cost of a request: the mean, so that the slow ones count."""
    begun = perf_counter()
    for request in requests:
        desk.surface.dispatch(OPERATOR, request)
    return (perf_counter() - begun) / len(requests)
