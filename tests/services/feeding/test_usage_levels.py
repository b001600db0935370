"""RecordUsage's levels: what is in use of a plan's resources, as it was measured last, beside what nodes tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.access.methods import create_token
from services.billing.nodes_store import refresh_sums
from services.billing.projection import project
from services.contract.context import CallContext
from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import CreateToken, UsageEvent, UsageLevel
from services.contract.types import Resource, Unit
from services.contract.views import UsageResult
from services.storage.engine import Store
from services.storage.tables import nodes, usage_levels
from tests.clocks import START
from tests.services.feeding.feeding import NEW_ID, counts, facts_of, feed, rows, use
from tests.services.feeding.samples import jsonl, record

LATER = START + timedelta(hours=1)


def level(resource: Resource, amount: int, *, ago: float = 0, **fields: Any) -> UsageLevel:
    """Return a level that was measured some hours before the test's start."""
    return UsageLevel(resource=resource, amount=amount, **{"measured_at": START - timedelta(hours=ago)} | fields)


def users(amount: int, *, ago: float = 0, **fields: Any) -> UsageLevel:
    """Return a level of users."""
    return level(Resource.USERS, amount, ago=ago, **fields)


def storage(amount: int, *, ago: float = 0, **fields: Any) -> UsageLevel:
    """Return a level of storage, in bytes."""
    return level(Resource.STORAGE, amount, ago=ago, **fields)


@pytest.fixture
def acme(store: Store) -> Store:
    """A store with two customers who use nothing."""
    feed(store, jsonl(record(), record(customer_id="other")))
    return store


def _used(store: Store, customer_id: str = "acme-eu") -> tuple[int, int, int]:
    payments = facts_of(store, customer_id).payments
    return payments.nodes, payments.users, payments.storage


def _add_node(store: Store, node_id: str, users: int, storage_bytes: int) -> None:
    """Register a node that has told what it uses."""
    context = CallContext(
        principal=Principal(actor="Ada", role=Role.PLATFORM_ADMIN), now=START, policy=Policy(), new_id=NEW_ID
    )
    token = CreateToken(role=Role.SERVICE, name=node_id, customer_id="acme-eu", node_id=node_id)
    told = {"users": users, "storage_bytes": storage_bytes}
    with store.write() as conn:
        create_token(conn, context, token)
        conn.execute(update(nodes).where(nodes.c.node_id == node_id).values(told))
        refresh_sums(conn, "acme-eu", START)


def test_levels_without_events_are_a_call(acme: Store) -> None:
    before = facts_of(acme)
    assert use(acme, levels=[users(7), storage(2**40)]) == UsageResult(recorded=0, replayed=0, levels=2)
    after = facts_of(acme)
    assert _used(acme) == (0, 7, 2**40)
    assert (after.revision, after.changed_at) == (before.revision + 1, START)
    assert after.billing == before.billing
    assert project(after, START) == project(before, START)
    assert _used(acme, "other") == (0, 0, 0)
    kept = [(row["resource"], row["amount"], row["measured_at"], row["source"]) for row in rows(acme, usage_levels)]
    assert kept == [("storage", 2**40, START, "meter"), ("users", 7, START, "meter")]


def test_events_and_levels_in_one_call_are_one_change(acme: Store) -> None:
    event = UsageEvent(event_id="e1", unit=Unit.AI_CENTS, amount="1", occurred_at=START)
    assert use(acme, event, levels=[users(3)]) == UsageResult(recorded=1, replayed=0, levels=1)
    facts = facts_of(acme)
    assert (facts.revision, facts.payments.users, facts.credits.balance(Unit.AI_CENTS).consumed) == (2, 3, 10_000)


def test_what_is_used_is_the_sum_over_nodes_and_what_is_measured_beside_them(acme: Store) -> None:
    _add_node(acme, "n1", users=4, storage_bytes=100)
    assert _used(acme) == (1, 4, 100)
    use(acme, levels=[users(3)])
    assert _used(acme) == (1, 7, 100)
    _add_node(acme, "n2", users=2, storage_bytes=1)
    assert _used(acme) == (2, 9, 101)
    use(acme, levels=[users(0, ago=-1), storage(5)], now=LATER)
    assert _used(acme) == (2, 6, 106)


def test_a_level_older_than_the_known_one_is_not_counted(acme: Store) -> None:
    assert use(acme, levels=[users(7, ago=1)]).levels == 1
    assert use(acme, levels=[users(6, ago=2), storage(5)]).levels == 1
    assert use(acme, levels=[users(7, ago=1)]).levels == 1  # told again: it is what is known


def test_a_level_older_than_the_known_one_changes_nothing(acme: Store) -> None:
    use(acme, levels=[users(7, ago=1)])
    before, facts = rows(acme, usage_levels), facts_of(acme)
    use(acme, levels=[users(99, ago=2)])
    assert (rows(acme, usage_levels), facts_of(acme)) == (before, facts)


def test_of_several_levels_in_a_call_the_one_measured_last_holds_whatever_their_order(acme: Store) -> None:
    use(acme, levels=[users(1, ago=3), users(3, ago=1), users(2, ago=2)])
    assert _used(acme) == (0, 3, 0)


def test_the_same_measured_again_is_known_as_newer_and_no_change_of_the_customer(acme: Store) -> None:
    use(acme, levels=[users(7, ago=1)])
    facts = facts_of(acme)
    use(acme, levels=[users(7)], now=LATER)
    assert facts_of(acme) == facts
    assert [row["measured_at"] for row in rows(acme, usage_levels)] == [START]


@pytest.mark.parametrize(
    ("bad", "reason", "sentence"),
    [
        (level(Resource.NODES, 1), "INVALID_USAGE_LEVEL", "nodes are counted where they are registered"),
        (users(1, ago=-0.1), "USAGE_IN_THE_FUTURE", "check the clock"),
        (users(1, measured_at=datetime(2026, 11, 20)), "INVALID_USAGE_LEVEL", "with an offset"),  # noqa: DTZ001
        (storage(1, measured_at=datetime(1969, 12, 31, tzinfo=UTC)), "INVALID_USAGE_LEVEL", "1970 or later"),
    ],
)
def test_a_bad_level_is_named_and_nothing_is_recorded(acme: Store, bad: UsageLevel, reason: str, sentence: str) -> None:
    before = counts(acme)
    event = UsageEvent(event_id="e1", unit=Unit.AI_CENTS, amount="1", occurred_at=START)
    with pytest.raises(Refused, match=sentence) as refused:
        use(acme, event, levels=[users(1), bad])
    assert refused.value.reason == reason
    assert refused.value.message.startswith("Mend the level of ")
    assert refused.value.details == {"resource": bad.resource.value}
    assert counts(acme) == before


def test_a_clock_that_runs_five_minutes_ahead_is_forgiven(acme: Store) -> None:
    use(acme, levels=[users(7, ago=-5 / 60)])
    assert _used(acme) == (0, 7, 0)


def test_a_call_that_says_nothing_is_refused(acme: Store) -> None:
    with pytest.raises(Refused, match="give events, levels or both") as refused:
        use(acme)
    assert refused.value.reason == "USAGE_EMPTY"


# ── imported ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _measured(amount: int, measured_at: datetime = START) -> dict[str, Any]:
    return {"resource": "users", "amount": amount, "measured_at": measured_at.isoformat()}


def test_an_import_says_what_a_new_customer_uses_and_leaves_others_to_be_measured(store: Store) -> None:
    feed(store, jsonl(record(levels=[_measured(7)]), record(customer_id="other")))
    assert _used(store) == (0, 7, 0)
    assert _used(store, "other") == (0, 0, 0)
    feed(store, jsonl(record(levels=[_measured(9, LATER)])), now=LATER)
    assert _used(store) == (0, 7, 0)


def test_a_level_from_the_future_is_a_bad_line(store: Store) -> None:
    with pytest.raises(Refused) as refused:
        feed(store, jsonl(record(levels=[_measured(7, LATER)])))
    (line,) = refused.value.details["lines"]
    assert line == {"line": 1, "reason": "levels.measured_at lies in the future: check the clock that stamped it"}
