"""The sandbox's state as one request sees it: objects by kind and id, the clock, new ids, and events."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.payments.sandbox.errors import missing
from services.payments.sandbox.settings import Settings
from services.payments.sandbox.state import Object, Transaction

API_VERSION = "2026-10-28.endive"
"""The API version whose shapes the sandbox speaks, and no other."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 24

__all__ = ["API_VERSION", "Object", "World", "new_id"]


def new_id(prefix: str, randomness: random.Random) -> str:
    """Return a fresh id: the prefix, an underscore, and 24 letters and digits."""
    return f"{prefix}_{''.join(randomness.choices(_ALPHABET, k=_ID_LENGTH))}"


class World:
    """One transaction's view.

    What `get`, `find` and `all` return is the caller's: a change of it is recorded by `put` and not before.

    Attributes:
        now: unix seconds of the sandbox's clock: the real clock and what it was advanced by.
        base: where the hosted pages are, as in "http://127.0.0.1:12111".
        path: the path of the request, or empty.
        request_id: what the request is called; null for what time brings.
        idempotency_key: the request's.
        settings: the clock's offset and the switches of deliveries.
        records: the transaction itself, for what are no objects.
    """

    def __init__(
        self,
        records: Transaction,
        *,
        real_now: float,
        base: str,
        randomness: random.Random,
        path: str = "",
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        self.records = records
        self.settings = Settings.read(records)
        self.now = int(real_now) + self.settings.clock_offset
        self.real_now = real_now
        self.base = base
        self.path = path
        self.request_id = request_id
        self.idempotency_key = idempotency_key
        self._random = randomness

    def new_id(self, prefix: str) -> str:
        """Return a fresh id: the prefix, an underscore, and 24 letters and digits."""
        return new_id(prefix, self._random)

    def find(self, kind: str, object_id: str) -> Object | None:
        """Return the object of a kind (its `object` field) with an id."""
        obj = self.records.find(object_id)
        return obj if obj is not None and obj["object"] == kind else None

    def get(self, kind: str, object_id: str, param: str = "id") -> Object:
        """Return the object of a kind with an id.

        Args:
            param: the request's parameter that names the object, for the error.

        Raises:
            ApiError: 404 `resource_missing`.
        """
        obj = self.find(kind, object_id)
        if obj is None:
            raise missing(kind, object_id, param)
        return obj

    def all(self, kind: str, **equal: Any) -> list[Object]:
        """Return the objects of a kind whose top-level fields have these values, newest first.

        An invoice is found by `subscription` too, though it has that below `parent` alone.
        """
        return self.records.all(kind, equal)

    def put(self, obj: Object) -> None:
        """Record an object under its `id` and `object`, in the place of what was recorded there."""
        self.records.put(obj)

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Let the sandbox's clock show another moment within the block: what fell due then is dated then."""
        now, self.now = self.now, moment
        try:
            yield
        finally:
            self.now = now

    def emit(self, event_type: str, obj: Object, previous: Object | None = None) -> None:
        """Record an event about an object as it stands, and queue its webhooks.

        Args:
            event_type: as in "customer.subscription.updated".
            previous: the whole object before the change; the event tells what of it was different.
        """
        data: Object = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = _changed(previous, obj)
        endpoints = [each for each in self.all("webhook_endpoint") if _listens(each, event_type)]
        event_id = self.new_id("evt")
        event = {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": event_type,
        }
        self.put(event)
        switches = self.settings.switches
        for endpoint in endpoints:
            for _ in range(switches.copies):
                self.records.queue(event_id, endpoint["id"], self.real_now + switches.delay)


def _listens(endpoint: Object, event_type: str) -> bool:
    return "*" in endpoint["enabled_events"] or event_type in endpoint["enabled_events"]


def _changed(before: Object, after: Object) -> Object:
    """Return what of an object was different: of a nested object only its own differences, of a list all of it."""
    changed: Object = {}
    for field in before.keys() | after.keys():
        old, new = before.get(field), after.get(field)
        if old != new:
            changed[field] = _changed(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
    return changed
