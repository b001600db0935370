"""What was used on which day and where: the projection of the ledger's consumption that cost allocation reads."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contract.errors import Refused
from services.contract.requests import UsageEvent
from services.contract.types import Account, Unit
from services.contract.views import UsageResult
from services.feeding.places import MAX_PLACE
from services.feeding.usage import read_events
from services.storage.engine import Store
from services.storage.tables import ledger_entries, usage_days, usage_events
from tests.clocks import START
from tests.services.feeding import samples
from tests.services.feeding.feeding import feed, rows, use
from tests.services.feeding.samples import grant, jsonl, record

TODAY = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = 3_600

Key = tuple[datetime, str, str, str]


def event(event_id: str, hours: str = "1", *, ago: float = 1, **fields: Any) -> UsageEvent:
    """Return a use of some hours of workspace time, some hours ago."""
    usual: dict[str, Any] = {"unit": Unit.WORKSPACE_HOURS, "amount": hours, "occurred_at": START - timedelta(hours=ago)}
    return UsageEvent(event_id=event_id, **(usual | fields))


def undo(event_id: str, reverses: str, **fields: Any) -> UsageEvent:
    """Return the reversal of an earlier use."""
    return UsageEvent(event_id=event_id, reverses=reverses, **fields)


@pytest.fixture
def acme(store: Store) -> Store:
    """A store with one customer who has ten hours."""
    feed(store, jsonl(record(credit_grants=[grant(amount="10")])), now=START - timedelta(days=9))
    return store


def _days(store: Store, customer_id: str = "acme-eu") -> dict[Key, int]:
    return {
        (row["day"], row["namespace"], row["resource"], row["unit"]): row["amount"]
        for row in rows(store, usage_days, customer_id=customer_id)
    }


def test_uses_add_up_by_day_namespace_resource_and_unit(acme: Store) -> None:
    use(acme, event("e1", "1", namespace="ci", resource="build"), event("e2", "2", namespace="ci", resource="build"))
    use(
        acme,
        event("e3", "0.5", namespace="ci", resource="build"),
        event("e4", "12", namespace="ci", resource="review"),  # of which no lot covers the most
        event("e5", "1", namespace="ci"),
        event("e6", "1", ago=12.5, namespace="ci", resource="build"),
        event("e7", unit=Unit.AI_CENTS, amount="2.5", namespace="ci", resource="build"),
        event("e8"),
    )
    assert _days(acme) == {
        (TODAY, "ci", "build", "workspace_hours"): int(3.5 * HOUR),
        (TODAY, "ci", "review", "workspace_hours"): 12 * HOUR,
        (TODAY, "ci", "", "workspace_hours"): HOUR,
        (TODAY - timedelta(days=1), "ci", "build", "workspace_hours"): HOUR,
        (TODAY, "ci", "build", "ai_cents"): 25_000,
        (TODAY, "", "", "workspace_hours"): HOUR,
    }


def test_the_day_is_that_of_the_use_in_utc_whatever_the_offset_it_came_with(acme: Store) -> None:
    use(acme, event("e1", occurred_at=datetime.fromisoformat("2026-11-20T01:30:00+03:00")))
    assert [key[0] for key in _days(acme)] == [TODAY - timedelta(days=1)]


def test_a_replayed_use_counts_once(acme: Store) -> None:
    use(acme, event("e1", namespace="ci"))
    assert use(acme, event("e1", namespace="elsewhere")) == UsageResult(recorded=0, replayed=1)
    assert _days(acme) == {(TODAY, "ci", "", "workspace_hours"): HOUR}


def test_a_reversal_takes_what_its_use_added_off_the_same_day_and_place(acme: Store) -> None:
    there: dict[str, Any] = {"namespace": "ci", "resource": "build"}
    use(acme, event("e1", "11", ago=30, **there), event("e2", "2", ago=30, **there), event("e3", "4", **there))
    use(acme, undo("r1", "e1"), now=START + timedelta(days=3))
    assert _days(acme) == {
        (TODAY - timedelta(days=1), "ci", "build", "workspace_hours"): 2 * HOUR,
        (TODAY, "ci", "build", "workspace_hours"): 4 * HOUR,
    }


def test_the_place_of_a_use_is_kept_with_its_event(acme: Store) -> None:
    use(acme, event("e1", namespace="Ünïcode / 9", resource="r"), event("e2"))
    kept = {row["event_id"]: (row["namespace"], row["resource"]) for row in rows(acme, usage_events)}
    assert kept == {"e1": ("Ünïcode / 9", "r"), "e2": (None, None)}


@pytest.mark.parametrize("place", ["", " ", "\t", "a\x1b[2J", "\u202etxt", "\u200d", "n" * (MAX_PLACE + 1)])
@pytest.mark.parametrize("field", ["namespace", "resource"])
def test_a_place_is_named_by_visible_characters(field: str, place: str) -> None:
    where: dict[str, Any] = {field: place}
    with pytest.raises(Refused, match="1 to 100 visible characters") as refused:
        read_events([event("fine"), event("e1", **where)], START)
    assert (refused.value.reason, refused.value.details) == ("INVALID_USAGE_EVENT", {"event_id": "e1"})


def test_a_name_of_a_hundred_characters_is_taken(acme: Store) -> None:
    use(acme, event("e1", namespace="n" * MAX_PLACE))
    assert [key[1] for key in _days(acme)] == ["n" * MAX_PLACE]


def test_a_reversal_names_no_place_of_its_own() -> None:
    with pytest.raises(Refused, match="Leave out namespace and resource") as refused:
        read_events([undo("r1", "e1", namespace="ci")], START)
    assert refused.value.reason == "INVALID_USAGE_EVENT"


def test_imported_use_counts_on_its_day_and_at_its_place_once(store: Store) -> None:
    usage = [
        samples.use(namespace="ci", resource="build"),
        samples.use(amount="1", namespace="ci", resource="build", occurred_at="2026-10-02T23:59:59.9Z"),
        samples.use(),
    ]
    content = jsonl(record(usage=usage), record(customer_id="b", usage=usage[:1]))
    feed(store, content)
    feed(store, content)
    day = datetime(2026, 10, 2, tzinfo=UTC)
    assert _days(store) == {
        (day, "ci", "build", "workspace_hours"): int(4.25 * HOUR),
        (day, "", "", "workspace_hours"): int(3.25 * HOUR),
    }
    assert _days(store, "b") == {(day, "ci", "build", "workspace_hours"): int(3.25 * HOUR)}


# ── after any history ─────────────────────────────────────────────────────────────────────────────────────────────────

PLACES = st.sampled_from([None, "ci", "production"])
USES = st.builds(
    lambda hundredths, unit, hours, namespace, resource: event(
        "", f"{hundredths // 100}.{hundredths % 100:02d}", unit=unit, ago=hours, namespace=namespace, resource=resource
    ),
    st.integers(1, 600),
    st.sampled_from(Unit),
    st.integers(0, 60),
    PLACES,
    PLACES,
)
CALLS = st.lists(st.tuples(st.lists(USES, min_size=1, max_size=4), st.lists(st.integers(0, 9), max_size=2)), max_size=4)

_numbers = count()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_after_any_history_the_days_add_up_to_what_the_ledger_has_as_consumed(
    store: Store, calls: list[tuple[list[UsageEvent], list[int]]]
) -> None:
    customer_id = f"c{next(_numbers)}"
    past = [samples.use(amount="2.5", namespace="ci", occurred_at="2026-11-19T09:00:00Z")]
    feed(store, jsonl(record(customer_id=customer_id, credit_grants=[grant(amount="5")], usage=past)))
    expected: Counter[Key] = Counter({(TODAY - timedelta(days=1), "ci", "", "workspace_hours"): int(2.5 * HOUR)})
    standing: list[UsageEvent] = []
    for uses, taken_back in calls:
        named = [msgspec.structs.replace(each, event_id=f"e{next(_numbers)}") for each in uses]
        standing += named
        undone = [standing.pop(place) for place in taken_back if place < len(standing)]
        expected.update(_counted(named))
        expected.subtract(_counted(undone))
        use(store, *named, *(undo(f"r{next(_numbers)}", each.event_id) for each in undone), customer_id=customer_id)
    assert {key: amount for key, amount in _days(store, customer_id).items() if amount} == {
        key: amount for key, amount in expected.items() if amount
    }
    consumed: Counter[str] = Counter()
    for entry in rows(store, ledger_entries, customer_id=customer_id, account=Account.CONSUMED.value):
        consumed[entry["unit"]] += entry["amount"]
    of_days: Counter[str] = Counter()
    for key, amount in _days(store, customer_id).items():
        of_days[key[3]] += amount
    assert of_days == consumed


def _counted(uses: list[UsageEvent]) -> Counter[Key]:
    inner = {Unit.WORKSPACE_HOURS: 36, Unit.AI_CENTS: 100}  # of a hundredth
    found: Counter[Key] = Counter()
    for each in uses:
        assert each.unit is not None
        assert each.amount is not None
        assert each.occurred_at is not None
        day = each.occurred_at.replace(hour=0)
        key = (day, each.namespace or "", each.resource or "", each.unit.value)
        found[key] += int(each.amount.replace(".", "")) * inner[each.unit]
    return found


def test_an_upgrade_finds_what_was_used_before_on_the_days_on_which_it_was(acme: Store) -> None:
    use(acme, event("e1", "1", ago=30), event("e2", "2", ago=60), event("e3", "4", ago=2))
    use(acme, undo("r1", "e2"), undo("r2", "e3"))
    expected = {key: amount for key, amount in _days(acme).items() if amount}
    migration = import_module("services.storage.migrations.versions.0008_payments")
    with acme.write() as conn:
        conn.execute(usage_days.delete())
        conn.exec_driver_sql(migration.PAST_USE)
    assert _days(acme) == expected
