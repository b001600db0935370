"""The store: transactions that hold together, from several threads and processes."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from services.payments.sandbox.state import Answer, Object, State

BASE = "http://127.0.0.1:12111"


def invoice(number: int, **fields: object) -> Object:
    """Return an invoice as far as the store looks at it."""
    parent = {"subscription_details": {"subscription": f"sub_{number % 2}"}}
    return {"id": f"in_{number}", "object": "invoice", "customer": "cus_1", "parent": parent} | fields


def test_objects_are_found_by_their_fields_newest_first() -> None:
    state = State(None, BASE)
    with state.transaction(writes=True) as records:
        for number in range(4):
            records.put(invoice(number, status="open" if number < 3 else "paid"))
        records.put({"id": "sub_1", "object": "subscription", "customer": "cus_1"})
        assert [each["id"] for each in records.all("invoice", {})] == ["in_3", "in_2", "in_1", "in_0"]
        assert [each["id"] for each in records.all("invoice", {"customer": "cus_1", "status": "paid"})] == ["in_3"]
        assert [each["id"] for each in records.all("invoice", {"subscription": "sub_1"})] == ["in_3", "in_1"]
        assert records.all("invoice", {"customer": "cus_2"}) == []
    state.close()


def test_what_changes_keeps_its_place_and_is_found_by_what_it_is_now() -> None:
    state = State(None, BASE)
    with state.transaction(writes=True) as records:
        records.put(invoice(0))
        records.put(invoice(1))
        records.put(invoice(0, customer="cus_2"))
        assert [each["id"] for each in records.all("invoice", {})] == ["in_1", "in_0"]
        assert [each["id"] for each in records.all("invoice", {"customer": "cus_2"})] == ["in_0"]
    state.close()


def test_what_was_made_later_comes_first_even_if_it_was_recorded_before() -> None:
    state = State(None, BASE)
    with state.transaction(writes=True) as records:
        for number, created in enumerate((200, 100, 200)):
            records.put(invoice(number, created=created))
        assert [each["id"] for each in records.all("invoice", {})] == ["in_2", "in_0", "in_1"]
        found = records.each("invoice", {}, created=(101, 200), beyond="in_0", oldest_first=True)
        assert [each["id"] for each in found] == ["in_2"]
    state.close()


def test_an_address_of_the_sandbox_begins_with_the_base_of_whoever_reads_it(tmp_path: Path) -> None:
    first, second = State(tmp_path / "state.db", BASE), State(tmp_path / "state.db", "http://127.0.0.1:1211")
    kept = {"id": "in_1", "object": "invoice", "pdf": f"{BASE}/i/in_1/pdf", "other": f"{BASE}1/", "note": BASE}
    with first.transaction(writes=True) as records:
        records.put(kept)
        records.keep_answer("key", Answer(b"", 200, f'"{BASE}/c/pay"'.encode(), "req_1"), 0)
        assert records.find("in_1") == kept
    with second.transaction(writes=True) as records:
        assert records.find("in_1") == kept | {"pdf": "http://127.0.0.1:1211/i/in_1/pdf"}
        known = records.answer("key", -1)
        assert known is not None
        assert known.body == b'"http://127.0.0.1:1211/c/pay"'
        records.put(records.all("invoice", {})[0])
    with first.transaction(writes=False) as records:
        assert records.find("in_1") == kept
    first.close()
    second.close()


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE objects (id TEXT)")
    before = path.read_bytes()
    with pytest.raises(sqlite3.DatabaseError, match="this version of the sandbox"):
        State(path, BASE)
    assert path.read_bytes() == before


def test_null_finds_what_has_none() -> None:
    state = State(None, BASE)
    with state.transaction(writes=True) as records:
        records.put(invoice(0))
        records.put(invoice(1, customer=None))
        assert [each["id"] for each in records.all("invoice", {"customer": None})] == ["in_1"]
    state.close()


def test_an_exception_undoes_all_of_it() -> None:
    state = State(None, BASE)
    with pytest.raises(KeyError), state.transaction(writes=True) as records:  # noqa: PT012 - all of it is meant
        records.put(invoice(0))
        records.keep_answer("key", Answer(b"", 200, b"{}", "req_1"), 0)
        raise KeyError
    with state.transaction(writes=False) as records:
        assert records.find("in_0") is None
        assert records.answer("key", -1) is None
    state.close()


def test_a_transaction_inside_another_is_a_mistake_that_is_said() -> None:
    state = State(None, BASE)
    with (
        state.transaction(writes=True),
        pytest.raises(RuntimeError, match="is open in this thread"),
        state.transaction(writes=False),
    ):
        raise AssertionError
    state.close()


def test_sandboxes_on_one_file_see_each_other_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = State(path, BASE)
    with first.transaction(writes=True) as records:
        records.put({"id": "cus_1", "object": "customer", "count": 0})

    def count(state: State) -> None:
        for _ in range(20):
            with state.transaction(writes=True) as records:
                customer = records.find("cus_1")
                assert customer is not None
                records.put(customer | {"count": customer["count"] + 1})

    states = [first, State(path, BASE), State(path, BASE)]
    threads = [threading.Thread(target=count, args=(state,)) for state in (*states, first)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with states[1].transaction(writes=False) as records:
        assert records.all("customer", {}) == [{"id": "cus_1", "object": "customer", "count": 80}]
    for state in states:
        state.close()


def test_a_delivery_that_one_has_taken_is_nobody_elses_for_a_while() -> None:
    state = State(None, BASE)
    with state.transaction(writes=True) as records:
        records.queue("evt_1", "we_1", due=10.0)
        records.queue("evt_2", "we_1", due=20.0)
        (taken,) = records.lease_deliveries(due=15.0, now=15.0, until=75.0, limit=9)
        assert (taken.event, taken.attempts) == ("evt_1", 0)
        assert records.lease_deliveries(due=15.0, now=74.0, until=134.0, limit=9) == []
        assert records.lease_deliveries(due=15.0, now=75.0, until=135.0, limit=9) == [taken]
        records.repeat_delivery(taken.sequence, due=80.0)
        assert [each.event for each in records.lease_deliveries(80.0, 80.0, 140.0, 9)] == ["evt_1", "evt_2"]
        records.end_delivery(taken.sequence)
        assert records.waiting_deliveries() == 1
    state.close()
