"""A server books what the clock has taken while it serves, and lets nothing that goes wrong stop it."""

import asyncio
import logging
import threading
from datetime import timedelta

import pytest

from billinghelp.http_service import sweeper
from billinghelp.http_service.sweeper import Sweeper
from services.contract.errors import Code, Refused
from services.contract.requests import ListLedgerEntries
from services.contract.types import EntryKind
from services.storage.engine import Store
from tests.surface import START, Workbench, counting_ids, customer


def stock(store: Store) -> Workbench:
    """Return a bench with a customer whose credit expires within a day."""
    bench = Workbench(store)
    expires_at = (START + timedelta(days=1)).isoformat()
    grant = {"unit": "ai_cents", "amount": "500", "category": "paid", "source": "o-1", "expires_at": expires_at}
    bench.feed(customer(credit_grants=[grant]))
    return bench


def booked(bench: Workbench) -> list[EntryKind]:
    """Return the kinds of the customer's ledger entries."""
    return [entry.kind for entry in bench.call(ListLedgerEntries(customer_id="acme-eu")).entries]


def test_an_expiry_is_booked_once_it_has_come(sqlite_store: Store) -> None:
    bench = stock(sqlite_store)
    found = Sweeper(sqlite_store, clock=bench.clock, new_id=counting_ids())
    assert found.round() == 0
    bench.clock.advance(days=2)
    assert found.round() == 1
    assert EntryKind.EXPIRE in booked(bench)
    assert found.round() == 0


async def test_it_sweeps_again_and_again_until_it_is_cancelled(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = threading.Semaphore(0)

    def one(*_: object) -> int:
        rounds.release()
        return 0

    monkeypatch.setattr(sweeper, "sweep", one)
    running = asyncio.create_task(Sweeper(sqlite_store, every=0.001).run())
    for _ in range(3):
        assert await asyncio.to_thread(rounds.acquire, timeout=10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    "fault", [Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Try again."), ZeroDivisionError("of the product itself")]
)
def test_what_goes_wrong_is_logged_and_the_next_round_comes(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    def fail(*_: object) -> int:
        raise fault

    monkeypatch.setattr(sweeper, "sweep", fail)
    with caplog.at_level(logging.WARNING):
        assert Sweeper(sqlite_store).round() == 0
    assert len(caplog.messages) == 1
