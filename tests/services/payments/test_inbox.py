"""What the inbox holds that can never come again, nobody keeps; and since when events are asked for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from services.contract.policy import Policy
from services.payments import inbox
from services.payments.inbox import ask_since, reconcile
from services.payments.mirror.under_lock import Mirror
from services.payments.port import RemoteEvents
from services.storage.engine import Store
from services.storage.tables import payment_events
from tests.clocks import START
from tests.surface import counting_ids

DAY = timedelta(days=1)


class Stripe:
    """A provider at which nothing happens."""

    livemode = False

    def __init__(self) -> None:
        self.since: list[datetime] = []

    async def events(self, since: datetime, _after: str | None) -> RemoteEvents:
        """Return no events."""
        self.since.append(since)
        return RemoteEvents(events=(), has_more=False)


def hold(store: Store, events: Iterable[tuple[str, str, float]]) -> None:
    """Let the inbox hold events: their ids, statuses, and how many days ago they arrived."""
    rows = [
        {
            "event_id": event_id,
            "type": "customer.updated",
            "object_id": f"account:{event_id}",
            "created_at": START - days * DAY,
            "received_at": START - days * DAY,
            "status": status,
            "next_attempt_at": START - days * DAY,
        }
        for event_id, status, days in events
    ]
    store.transact(lambda conn: conn.execute(insert(payment_events), rows))


def held(store: Store) -> list[str]:
    """Return the ids of what the inbox holds."""
    with store.read() as conn:
        return list(conn.execute(select(payment_events.c.event_id).order_by(payment_events.c.event_id)).scalars())


async def reconciled(store: Store, provider: Stripe | None = None) -> None:
    """Ask Stripe once for what was missed."""
    mirror = Mirror(store, provider or Stripe(), Policy(), lambda: START, counting_ids())  # type: ignore[arg-type]
    await reconcile(mirror, again=timedelta(minutes=5))


async def test_what_was_done_a_month_ago_or_kept_aside_a_quarter_ago_goes(store: Store) -> None:
    hold(
        store,
        [
            ("done-lately", "done", 29.9),
            ("done-long-ago", "done", 30.1),
            ("aside-for-a-month", "quarantined", 89.9),
            ("aside-for-a-quarter", "quarantined", 90.1),
            ("waits-for-ever", "waiting", 400),
        ],
    )
    store.transact(lambda conn: ask_since(conn, START))
    await reconciled(store)
    assert held(store) == ["aside-for-a-month", "done-lately", "waits-for-ever"]


async def test_a_round_takes_the_oldest_so_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_GO_AT_ONCE", 2)
    hold(store, [(f"done-{days}", "done", days) for days in range(31, 36)])
    store.transact(lambda conn: ask_since(conn, START))
    for left in (["done-31", "done-32", "done-33"], ["done-31"], []):
        await reconciled(store)
        assert held(store) == left


async def test_events_are_asked_for_since_the_moment_that_is_set(sqlite_store: Store) -> None:
    stripe = Stripe()
    sqlite_store.transact(lambda conn: ask_since(conn, START - DAY))
    await reconciled(sqlite_store, stripe)
    await reconciled(sqlite_store, stripe)
    assert stripe.since == [START - DAY - timedelta(minutes=5), START - timedelta(minutes=5)]
