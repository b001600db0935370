"""RecordUsage: each event once, by time, all or nothing; and a use undone (PRODUCT.md §3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.audit.ledger_store import verify_ledger
from services.billing.projection import project
from services.contract.errors import Code, Refused
from services.contract.requests import RecordUsage, UsageEvent
from services.contract.types import Unit
from services.contract.views import UsageResult
from services.feeding.methods import record_usage
from services.storage.engine import Store
from services.storage.tables import customer_blockers, customer_status, ledger_entries, usage_events
from tests.clocks import START
from tests.services.feeding.feeding import context, counts, facts_of, feed, rows, use
from tests.services.feeding.samples import grant, jsonl, record

HOUR = 3600


def event(event_id: str, hours: str = "1", *, ago: float = 1, **fields: Any) -> UsageEvent:
    """Return a use of some hours of workspace time, some hours ago."""
    given: dict[str, Any] = {"unit": Unit.WORKSPACE_HOURS, "amount": hours, "occurred_at": START - timedelta(hours=ago)}
    return UsageEvent(event_id=event_id, **(given | fields))


def undo(event_id: str, reverses: str, **fields: Any) -> UsageEvent:
    """Return the reversal of an earlier use."""
    return UsageEvent(event_id=event_id, reverses=reverses, **fields)


@pytest.fixture
def acme(store: Store) -> Store:
    """A store with one verified prepaid customer who has ten hours left, five of them until an hour ago."""
    lots = [
        grant(amount="5", expires_at=(START - timedelta(hours=1)).isoformat()),
        grant(amount="10", effective_at=(START - timedelta(days=9)).isoformat()),
    ]
    billing = {"state": "verified", "payment_rail": "prepaid"}
    feed(store, jsonl(record(billing=billing, credit_grants=lots)), now=START - timedelta(days=1))
    return store


def _left(store: Store) -> list[int]:
    return [lot.remaining for lot in facts_of(store).credits.lots_by_creation]


def _hours(store: Store) -> tuple[int, int, int]:
    balance = facts_of(store).credits.balance(Unit.WORKSPACE_HOURS)
    return balance.available, balance.consumed, balance.overage


def test_usage_burns_the_lots_that_were_active_when_it_occurred(acme: Store) -> None:
    assert use(acme, event("e1", "2", ago=3), event("e2", "4", ago=0.5)) == UsageResult(recorded=2, replayed=0)
    assert _left(acme) == [3 * HOUR, 6 * HOUR]


def test_events_apply_by_time_whatever_their_order_in_the_call(acme: Store) -> None:
    use(acme, event("late", "6", ago=0.5), event("early", "5", ago=3))
    assert _left(acme) == [4 * HOUR]


def test_what_no_lot_covers_is_overage(acme: Store) -> None:
    use(acme, event("e1", "12.5", ago=0))
    assert _hours(acme) == (5 * HOUR, int(12.5 * HOUR), int(-2.5 * HOUR))


def test_an_event_id_counts_once_in_a_call_and_ever(acme: Store) -> None:
    assert use(acme, event("e1"), event("e1")) == UsageResult(recorded=1, replayed=1)
    before = counts(acme)
    status = rows(acme, customer_status)
    assert use(acme, event("e1"), now=START + timedelta(hours=1)) == UsageResult(recorded=0, replayed=1)
    assert counts(acme) == before
    assert rows(acme, customer_status) == status
    assert use(acme, event("e1"), event("e2")) == UsageResult(recorded=1, replayed=1)


def test_usage_changes_the_view_but_not_the_etag_of_the_billing_record(acme: Store) -> None:
    before = facts_of(acme)
    use(acme, event("e1", ago=0))
    after = facts_of(acme)
    assert after.billing == before.billing
    assert after.revision == before.revision + 1
    assert after.changed_at == START


def test_the_last_hour_used_blocks_the_customer_at_once(acme: Store) -> None:
    use(acme, event("e1", "10", ago=0.25))
    (status,) = rows(acme, customer_status)
    rule = project(facts_of(acme), START)
    assert [row["code"] for row in rows(acme, customer_blockers)] == ["no_prepaid_balance"]
    assert (status["blocked"], status["blocked_since"]) == (True, rule.blocked_since)
    assert status["next_change_at"] == rule.next_change_at


def test_ledger_entries_carry_the_event_the_time_and_the_source(acme: Store) -> None:
    use(acme, event("e1", ago=2))
    consumed = rows(acme, ledger_entries, kind="consume")
    assert {(e["event_id"], e["occurred_at"], e["source"]) for e in consumed} == {
        ("e1", START - timedelta(hours=2), "meter")
    }
    (recorded,) = rows(acme, usage_events)
    assert recorded["transaction_id"] == consumed[0]["transaction_id"]


# ── undone ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_use_and_reversal_leave_everything_as_it_was(acme: Store) -> None:
    before = facts_of(acme)
    use(acme, event("e1", "12", ago=3))
    assert use(acme, undo("r1", "e1")) == UsageResult(recorded=1, replayed=0)
    after = facts_of(acme)
    assert after.credits.lots == before.credits.lots
    assert _hours(acme) == (15 * HOUR, 0, 0)
    with acme.read() as conn:
        assert verify_ledger(conn).mismatched == []


def test_a_use_and_its_reversal_may_come_in_one_call_in_any_order_and_between_others(acme: Store) -> None:
    events = [
        undo("r1", "e1", occurred_at=START - timedelta(hours=9)),
        event("e2", "4", ago=0),
        event("e1", "10", ago=2),
    ]
    assert use(acme, *events) == UsageResult(recorded=3, replayed=0)
    assert _left(acme) == [5 * HOUR, 6 * HOUR]
    assert _hours(acme) == (11 * HOUR, 4 * HOUR, 0)


def test_a_replayed_reversal_changes_nothing(acme: Store) -> None:
    use(acme, event("e1"), undo("r1", "e1"))
    before = counts(acme)
    assert use(acme, undo("r1", "e1")) == UsageResult(recorded=0, replayed=1)
    assert counts(acme) == before


@pytest.mark.parametrize(
    ("events", "reason", "code"),
    [
        ([undo("r1", "unheard-of")], "USAGE_NOT_FOUND", Code.NOT_FOUND),
        ([undo("r2", "known"), undo("r3", "known")], "USAGE_ALREADY_REVERSED", Code.FAILED_PRECONDITION),
        ([undo("r2", "known"), undo("r3", "r2")], "USAGE_NOT_FOUND", Code.NOT_FOUND),
    ],
)
def test_only_a_use_can_be_reversed_and_only_once(
    acme: Store, events: list[UsageEvent], reason: str, code: Code
) -> None:
    use(acme, event("known"))
    before, facts = counts(acme), facts_of(acme)
    with pytest.raises(Refused) as refused:
        use(acme, event("fresh", "0.25"), *events)
    assert (refused.value.reason, refused.value.code) == (reason, code)
    assert counts(acme) == before
    assert facts_of(acme) == facts


def test_the_use_of_another_customer_cannot_be_reversed(acme: Store) -> None:
    feed(acme, jsonl(record(customer_id="other")))
    use(acme, event("e1"), customer_id="other")
    with pytest.raises(Refused, match="check the event id"):
        use(acme, undo("r1", "e1"))


# ── refused ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (event("e", "1e3"), "INVALID_AMOUNT"),
        (event("e", "-1"), "INVALID_AMOUNT"),
        (event("e", "1.234"), "INVALID_AMOUNT"),
        (event("e", "1" + "0" * 30), "INVALID_AMOUNT"),
        (event("e", "0.00"), "INVALID_USAGE_EVENT"),
        (event("e", unit=None), "INVALID_USAGE_EVENT"),
        (event("e", amount=None), "INVALID_USAGE_EVENT"),
        (event("e", occurred_at=None), "INVALID_USAGE_EVENT"),
        (event("e", occurred_at=datetime(2026, 1, 1)), "INVALID_USAGE_EVENT"),  # noqa: DTZ001  naive on purpose
        (event("e", occurred_at=datetime(1, 1, 1, tzinfo=UTC)), "INVALID_USAGE_EVENT"),
        (event("e", ago=-0.1), "USAGE_IN_THE_FUTURE"),
        (event("e\x1b[2J"), "INVALID_USAGE_EVENT"),
        (event("e\0"), "INVALID_USAGE_EVENT"),
        (event(" "), "INVALID_USAGE_EVENT"),
        (undo("r", "e", amount="1"), "INVALID_USAGE_EVENT"),
        (undo("r", "e\0"), "INVALID_USAGE_EVENT"),
        (undo("r", ""), "INVALID_USAGE_EVENT"),
    ],
)
def test_one_malformed_event_keeps_the_whole_call_out(acme: Store, bad: UsageEvent, reason: str) -> None:
    before = counts(acme)
    with pytest.raises(Refused) as refused:
        use(acme, event("fine"), bad)
    assert refused.value.reason == reason
    assert refused.value.message.startswith("Mend usage event “")
    assert counts(acme) == before


def test_a_clock_that_runs_five_minutes_ahead_is_forgiven(acme: Store) -> None:
    assert use(acme, event("e1", ago=-5 / 60)).recorded == 1


def test_an_unknown_customer_is_not_found(store: Store) -> None:
    request = RecordUsage(customer_id="nobody", source="meter", events=[event("e1")])
    with pytest.raises(Refused) as refused, store.write() as conn:
        record_usage(conn, context(), request)
    assert refused.value.reason == "CUSTOMER_NOT_FOUND"


def test_a_feed_without_a_readable_name_is_refused(acme: Store) -> None:
    request = RecordUsage(customer_id="acme-eu", source="\u202e", events=[event("e1")])
    with pytest.raises(Refused) as refused, acme.write() as conn:
        record_usage(conn, context(), request)
    assert refused.value.reason == "INVALID_SOURCE"


def test_ten_thousand_events_are_one_call(acme: Store) -> None:
    events = [event(f"e{n}", "0.01", ago=n / 100) for n in range(10_000)]
    assert use(acme, *events) == UsageResult(recorded=10_000, replayed=0)
    facts = facts_of(acme)
    assert facts.credits.balance(Unit.WORKSPACE_HOURS).consumed == 100 * HOUR
    assert facts == msgspec.structs.replace(facts, revision=2)
