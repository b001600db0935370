"""A store that another holds, that is taken away or damaged: reads go on, refusals are told, nothing is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.requests import ListBillingCustomers, MarkInvoiceVerified, VerifyAuditTrail
from services.contract.types import BlockerCode
from services.storage.engine import Store
from tests.migrated import migrated
from tests.surface import OWNER, SERVICE, Workbench, customer

TRIAL = {"state": "trial_approved", "trial_ends_at": "2026-11-21T12:00:00Z"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return migrated(tmp_path / "desk.db")


@pytest.fixture
def bench(path: Path) -> Iterator[Workbench]:
    bench = Workbench(Store(f"sqlite:///{path}", lock_wait=0.05))
    bench.feed(customer(), customer("onboard", billing=TRIAL, checklist=[]))
    yield bench
    bench.surface.close()


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_list_is_given_while_another_writes_though_the_clock_has_moved(bench: Workbench, path: Path) -> None:
    bench.clock.advance(days=2)
    with held_by_another(path):
        assert bench.call(ListBillingCustomers()).total == 2
    assert bench.call(ListBillingCustomers(blocker=BlockerCode.TRIAL_EXPIRED)).total == 1


def test_a_read_only_session_lists_what_the_clock_has_changed(bench: Workbench, path: Path) -> None:
    looking_on = Workbench(Store(f"sqlite:///{path}"), read_only=True)
    looking_on.clock.now = bench.clock.now
    looking_on.clock.advance(days=2)
    page = looking_on.call(ListBillingCustomers(blocker=BlockerCode.TRIAL_EXPIRED), OWNER)
    assert [row.customer_id for row in page.customers] == ["onboard"]
    looking_on.surface.close()


def test_a_refusal_is_told_though_its_trace_cannot_be_left(bench: Workbench, path: Path) -> None:
    request = bench.request(MarkInvoiceVerified)
    with held_by_another(path), pytest.raises(Refused) as caught:
        bench.call(request, SERVICE)
    assert caught.value.reason == "PERMISSION_DENIED"


def test_an_action_on_a_store_that_was_removed_is_refused_and_makes_no_new_one(bench: Workbench, path: Path) -> None:
    bench.act(bench.request(MarkInvoiceVerified))
    request = bench.request(MarkInvoiceVerified)
    for file in path.parent.glob("desk.db*"):
        file.unlink()
    with pytest.raises(Refused) as caught:
        bench.call(request)
    assert caught.value.reason == "STORE_TAKEN_AWAY"
    assert not path.exists()


def test_chains_are_verified_though_the_ledger_cannot_be_read(bench: Workbench, path: Path) -> None:
    bench.act(bench.request(MarkInvoiceVerified))
    bench.surface.close()
    db = sqlite3.connect(path)
    page_size = db.execute("PRAGMA page_size").fetchone()[0]
    root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'credit_balances'").fetchone()[0]
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_size)
        file.write(b"\xa5" * page_size)
    damaged = Workbench(Store(f"sqlite:///{path}"))
    found = damaged.call(VerifyAuditTrail())
    damaged.surface.close()
    assert {stream.status for stream in found.streams} == {"OK"}
    assert found.ledger is not None
    assert not found.ledger.sound
    assert found.ledger.unreadable


def test_use_that_has_not_happened_yet_is_a_bad_line(bench: Workbench) -> None:
    later = {"unit": "ai_cents", "amount": "1", "occurred_at": "2099-01-01T00:00:00Z"}
    with pytest.raises(Refused) as caught:
        bench.feed(customer("early", usage=[later]))
    assert "future" in caught.value.details["lines"][0]["reason"]


@pytest.mark.parametrize("customer_id", ["", "spa ce", "a/b", "x" * 65, "nul\x00", "\u202e"])
def test_an_id_that_no_customer_can_have_is_not_found(bench: Workbench, customer_id: str) -> None:
    request = bench.request(MarkInvoiceVerified, etag="b1")
    with pytest.raises(Refused) as caught:
        bench.call(type(request)(customer_id=customer_id, reason="why not", request_id="r", etag="b1"))
    assert caught.value.reason == "CUSTOMER_NOT_FOUND"
    assert bench.events("system")[-1].outcome == "denied"


def test_policy_has_bounds_that_no_date_outgrows() -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"trial_days": 999_999_999}, Policy)
