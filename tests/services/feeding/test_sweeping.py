"""The sweeper books what has expired, once, and no summary tells that it did (PRODUCT.md §3)."""

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from services.audit.ledger_store import verify_ledger
from services.billing.store import current_view_etag, lock_customer
from services.billing.views import billing_view
from services.contract.policy import Policy
from services.contract.requests import (
    ActionRequest,
    ApplySupportCredit,
    GetCustomerBillingView,
    ListBillingCustomers,
    VerifyAuditTrail,
)
from services.contract.types import Account, EntryKind, Unit
from services.contract.views import CustomerBillingView, NotModified
from services.credits.rules import is_expired
from services.credits.store import BookedEntry, list_entries
from services.feeding.sweeping import EXPIRY_SWEEPER, sweep
from services.storage.engine import Store
from services.storage.tables import credit_lots
from tests.clocks import START
from tests.services.feeding.feeding import facts_of, feed
from tests.services.feeding.samples import counting_ids, grant, jsonl, record, use
from tests.surface import Workbench, customer

HOUR = timedelta(hours=1)
ALL = 500


def at(hours: int) -> str:
    """Return a moment so many hours after the start, as a file has it."""
    return (START + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")


def swept(store: Store, hours: int = 2, *, limit: int = ALL) -> int:
    return sweep(store, START + hours * HOUR, counting_ids(), limit)


def entries(store: Store, customer_id: str = "acme-eu") -> list[BookedEntry]:
    """Return the ledger, oldest entry first."""
    with store.read() as conn:
        return list(list_entries(conn, customer_id, limit=ALL)[::-1])


def expiries(store: Store, customer_id: str = "acme-eu") -> list[BookedEntry]:
    """Return what was booked as expired, oldest first."""
    return [e for e in entries(store, customer_id) if (e.kind, e.account) == (EntryKind.EXPIRE, Account.EXPIRED)]


def view_of(store: Store, now: datetime, customer_id: str = "acme-eu") -> CustomerBillingView:
    return billing_view(facts_of(store, customer_id), now, Policy())


def three_lots() -> bytes:
    return jsonl(
        record(
            credit_grants=[
                grant(amount="40", expires_at=at(1)),
                grant(amount="5", expires_at=at(2), category="support"),
                grant(amount="7", expires_at=at(3)),
            ],
            usage=[use(amount="30", occurred_at=at(-3))],
        )
    )


def test_each_lot_that_has_expired_is_booked_once_with_its_own_time_and_the_sweepers_name(store: Store) -> None:
    feed(store, three_lots())
    assert [swept(store), swept(store)] == [2, 0]
    booked = expiries(store)
    assert [(e.amount, e.occurred_at) for e in booked] == [(36_000, START + HOUR), (18_000, START + 2 * HOUR)]
    assert {(e.source, e.booked_at) for e in booked} == {(EXPIRY_SWEEPER, START + 2 * HOUR)}
    assert [lot.remaining for lot in facts_of(store).credits.lots] == [25_200]
    with store.read() as conn:
        assert verify_ledger(conn).mismatched == []


def test_a_lot_expires_at_its_expiry_and_not_a_moment_before(store: Store) -> None:
    feed(store, three_lots())
    assert sweep(store, START + HOUR - timedelta(microseconds=1), counting_ids(), ALL) == 0
    assert sweep(store, START + HOUR, counting_ids(), ALL) == 1


def test_the_longest_due_are_booked_first(store: Store) -> None:
    feed(store, jsonl(*(record(customer_id=f"c{n}", credit_grants=[grant(expires_at=at(3 - n))]) for n in range(3))))
    assert swept(store, 4, limit=2) == 2
    assert [len(expiries(store, f"c{n}")) for n in range(3)] == [0, 1, 1]
    assert swept(store, 4, limit=2) == 1


def test_a_terminal_has_nothing_to_read_anew_after_a_sweep(store: Store) -> None:
    bench = Workbench(store)
    bench.feed(customer(credit_grants=[grant(expires_at=at(1))], billing={"payment_rail": "prepaid"}))
    bench.clock.advance(hours=2)
    before = bench.view()
    rows = bench.call(ListBillingCustomers())
    assert sweep(store, bench.clock(), counting_ids(), ALL) == 1
    known = GetCustomerBillingView(customer_id="acme-eu", if_none_match=before.view_etag)
    assert bench.call(known) == NotModified()
    assert bench.call(ListBillingCustomers()) == rows
    assert bench.view() == msgspec.structs.replace(before, as_of=bench.clock.now)


def test_the_moment_at_which_a_view_changes_next_is_known_again_after_a_sweep(store: Store) -> None:
    feed(store, three_lots())
    now = START + 2 * HOUR
    with store.read() as conn:
        assert current_view_etag(conn, "acme-eu", now) is None
    swept(store)
    with store.read() as conn:
        assert current_view_etag(conn, "acme-eu", now) == view_of(store, now).view_etag


def test_a_customer_whom_another_holds_is_passed_over_and_booked_later(postgres_store: Store) -> None:
    feed(postgres_store, jsonl(*(record(customer_id=c, credit_grants=[grant(expires_at=at(1))]) for c in "ab")))
    with postgres_store.write() as conn:
        assert lock_customer(conn, "a")
        assert swept(postgres_store) == 1
    assert [len(expiries(postgres_store, c)) for c in "ab"] == [0, 1]
    assert swept(postgres_store) == 1
    assert [len(expiries(postgres_store, c)) for c in "ab"] == [1, 1]


def test_a_customer_whose_ledger_does_not_hold_is_named_and_keeps_nobody_waiting(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    used = [use(occurred_at=at(-1))]
    feed(store, jsonl(*(record(customer_id=c, credit_grants=[grant(expires_at=at(1))], usage=used) for c in "ab")))
    with store.write() as conn:
        conn.execute(update(credit_lots).where(credit_lots.c.customer_id == "a").values(remaining=credit_lots.c.amount))
    with caplog.at_level(logging.ERROR):
        assert swept(store) == 1
    assert [len(expiries(store, c)) for c in "ab"] == [0, 1]
    assert "The expiries of a are not booked" in caplog.text


# ── whatever a customer has, and whenever it is swept, nothing that is shown differs ──────────────────────────────────


@pytest.fixture(scope="module")
def one_store(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples, each of which has a customer of its own."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("sweeping") / "store.db")
    with closing(Store(f"sqlite:///{path}")) as store:
        yield store


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a grant that most likely expires within the hours around the start."""
    begins = draw(st.none() | st.integers(-6, 4))
    ends = draw(st.none() | st.integers(-5 if begins is None else begins + 1, 6))
    return grant(
        unit=draw(st.sampled_from(Unit)),
        amount=str(draw(st.integers(1, 9))),
        category=draw(st.sampled_from(["paid", "support", "trial", "promotional"])),
        effective_at=None if begins is None else at(begins),
        expires_at=None if ends is None else at(ends),
    )


uses = st.builds(
    lambda unit, amount, hours: use(unit=unit, amount=str(amount), occurred_at=at(hours)),
    st.sampled_from(Unit),
    st.integers(1, 12),
    st.integers(-6, 0),
)
customers_of_any_kind = st.builds(
    lambda rail, state, trial_end, lots, used: record(
        billing={
            "state": state,
            "payment_rail": rail,
            "trial_ends_at": None if trial_end is None else at(trial_end),
        },
        credit_grants=lots,
        usage=used,
    ),
    st.sampled_from(["prepaid", "prepaid", "trial", "invoice"]),
    st.sampled_from(["needs_review", "verified", "trial_approved"]),
    st.none() | st.integers(-2, 6),
    st.lists(grants(), min_size=1, max_size=5),
    st.lists(uses, max_size=4),
)
numbers = count()


@settings(max_examples=60)  # a database shared with other work answers when it can
@given(customers_of_any_kind, st.lists(st.integers(0, 7), min_size=1, max_size=3).map(sorted), st.integers(0, 8))
def test_a_sweep_is_invisible(one_store: Store, fed: dict[str, Any], sweeps: list[int], later: int) -> None:
    customer_id = f"c{next(numbers)}"
    feed(one_store, jsonl(fed | {"customer_id": customer_id}))
    seen_later = max(later, sweeps[-1])
    moments = [START + hours * HOUR for hours in (*sweeps, seen_later)]
    unswept = [view_of(one_store, moment, customer_id) for moment in moments]
    for hours, expected in zip(sweeps, unswept, strict=False):
        swept(one_store, hours)
        assert view_of(one_store, START + hours * HOUR, customer_id) == expected
        left = facts_of(one_store, customer_id).credits.lots
        assert not any(is_expired(lot, START + hours * HOUR) for lot in left)
    assert view_of(one_store, moments[-1], customer_id) == unswept[-1]
    with one_store.read() as conn:
        assert verify_ledger(conn, customer_id).mismatched == []


def test_a_lot_is_left_alone_for_a_while_so_that_late_usage_finds_it(store: Store) -> None:
    feed(store, three_lots())
    now, ids = START + 2 * HOUR, counting_ids()
    assert sweep(store, now, ids, 10, grace=HOUR) == 1  # the one that expired an hour ago
    assert sweep(store, now, ids, 10, grace=timedelta(minutes=59)) == 0
    assert sweep(store, now, ids, 10) == 1


# ── many at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sweepers_and_operators_on_the_same_customers_come_through_together(postgres_store: Store) -> None:
    bench = Workbench(postgres_store)
    ids = [f"c{number:02}" for number in range(16)]
    lots = [grant(expires_at=at(1)), grant(unit="ai_cents", expires_at=at(1)), grant(amount="3")]
    bench.feed(*(customer(customer_id, credit_grants=lots) for customer_id in ids))
    bench.clock.advance(hours=2)
    requests = [bench.request(ApplySupportCredit, customer_id, ai_cents="5") for customer_id in ids]
    new_id = counting_ids()

    def sweep_until_done(_worker: int) -> int:
        booked = 0
        while more := sweep(postgres_store, bench.clock.now, new_id, 8):
            booked += more
        return booked

    def act(request: ActionRequest) -> str:
        return str(bench.call(request).outcome)

    with ThreadPoolExecutor(8) as threads:
        sweepers = [threads.submit(sweep_until_done, worker) for worker in range(4)]
        outcomes = list(threads.map(act, requests))
        booked = sum(sweeper.result() for sweeper in sweepers)
    booked += sweep_until_done(0)  # what all of them passed over because an operator held it
    assert outcomes == ["applied"] * len(ids)
    assert booked == 2 * len(ids)
    for customer_id in ids:
        grants_booked = Counter(entry.grant_id for entry in expiries(postgres_store, customer_id))
        assert list(grants_booked.values()) == [1, 1]
        view = bench.view(customer_id)
        assert (view.credits.workspace_hours, view.credits.ai_cents) == ("3.00", "5")
    verification = bench.call(VerifyAuditTrail())
    assert {stream.status for stream in verification.streams} == {"OK"}
    assert verification.ledger.mismatched == []
