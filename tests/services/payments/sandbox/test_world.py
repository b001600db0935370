"""A world: objects, ids, the clock, and what an event tells."""

import re

import pytest

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.world import API_VERSION
from tests.clocks import START, FakeClock


def test_ids_look_like_stripes_and_differ(sandbox: Sandbox) -> None:
    with sandbox.world() as world:
        ids = {world.new_id("cus") for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"cus_[A-Za-z0-9]{24}", each) for each in ids)


def test_an_object_is_found_under_its_own_kind_alone(sandbox: Sandbox) -> None:
    with sandbox.world() as world:
        world.put({"id": "cus_1", "object": "customer"})
        assert world.get("customer", "cus_1") == {"id": "cus_1", "object": "customer"}
        assert world.find("subscription", "cus_1") is None
        with pytest.raises(ApiError, match="No such invoice: 'cus_1'") as caught:
            world.get("invoice", "cus_1", "invoice")
    assert (caught.value.status, caught.value.code, caught.value.param) == (404, "resource_missing", "invoice")


def test_what_was_got_is_the_callers_until_it_is_put(sandbox: Sandbox) -> None:
    with sandbox.world() as world:
        world.put({"id": "cus_1", "object": "customer", "name": "Acme"})
        world.get("customer", "cus_1")["name"] = "changed"
        assert world.get("customer", "cus_1")["name"] == "Acme"


def test_an_event_tells_what_was_different(sandbox: Sandbox) -> None:
    before = {"id": "sub_1", "object": "subscription", "plan": {"id": "a", "n": 1}, "items": [1], "status": "active"}
    after = before | {"plan": {"id": "b", "n": 1}, "items": [1, 2]}
    with sandbox.world() as world:
        world.emit("customer.subscription.updated", after, before)
        (event,) = world.all("event", type="customer.subscription.updated")
    assert event["data"] == {"object": after, "previous_attributes": {"plan": {"id": "a"}, "items": [1]}}
    assert (event["api_version"], event["created"], event["livemode"]) == (API_VERSION, START.timestamp(), False)


def test_an_event_of_something_new_tells_of_nothing_before(sandbox: Sandbox) -> None:
    with sandbox.world() as world:
        world.emit("customer.created", {"id": "cus_1", "object": "customer"})
        (event,) = world.all("event")
    assert "previous_attributes" not in event["data"]
    assert event["pending_webhooks"] == 0


def test_what_fell_due_is_dated_then(sandbox: Sandbox) -> None:
    with sandbox.world() as world:
        now = world.now
        with world.at(now - 60):
            world.emit("invoice.created", {"id": "in_1", "object": "invoice"})
        assert (world.now, world.all("event")[0]["created"]) == (now, now - 60)


def test_the_clock_is_the_real_one_and_what_it_was_advanced_by(sandbox: Sandbox, clock: FakeClock) -> None:
    start = int(START.timestamp())
    assert sandbox.advance(3_600) == start + 3_600
    clock.now = START.replace(hour=13)
    with sandbox.world() as world:
        assert (world.now, world.real_now) == (start + 7_200, start + 3_600)
