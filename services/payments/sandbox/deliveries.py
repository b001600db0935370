"""Webhooks: each event is posted to each endpoint, signed, until the endpoint takes it (docs.stripe.com/webhooks)."""

import hashlib
import hmac
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from services.contract.server_address import UnusableAddressError, parse_address
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.settings import Switches
from services.payments.sandbox.state import Delivery
from services.payments.sandbox.world import API_VERSION, Object, World
from services.payments.sandbox.worlds import Worlds

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int | None]]
"""Posts a body with headers to an address; returns the status of the answer, null where none came."""

_log = logging.getLogger(__name__)

_TRY_AGAIN_AFTER = (1, 5, 30, 120, 600, 3600)
"""Seconds between one try and the next. Stripe goes on for three days; nobody waits so long for a sandbox."""
_LEASE = 60.0  # seconds after which another process may deliver what this one took, and did not
_MOST_AT_ONCE = 200


class _Parcel(NamedTuple):
    delivery: Delivery
    url: str
    secret: str
    body: bytes


class Deliveries:
    """The endpoints, and what is on its way to them."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def add_endpoint(self, url: str, secret: str | None = None, enabled_events: Sequence[str] = ("*",)) -> Object:
        """Let events be delivered to an address, from now on; return the endpoint with its secret.

        Args:
            url: of this machine. Where it is an endpoint's already, that one changes.
            secret: what deliveries are signed with; null: the endpoint's own, or a new one.
            enabled_events: types of events; "*" is all.

        Raises:
            ApiError: 400, for an address that is not of this machine.
        """
        _check(url)
        with self._worlds.open() as world:
            known = world.all("webhook_endpoint", url=url)
            endpoint = known[0] if known else _new_endpoint(world, url)
            endpoint["enabled_events"] = list(enabled_events)
            endpoint["secret"] = secret or endpoint["secret"]
            world.put(endpoint)
        return endpoint

    def switch(self, switches: Switches) -> None:
        """Set how events travel; copies and delay hold for those that are yet to come."""
        with self._worlds.open() as world:
            msgspec.structs.replace(world.settings, switches=switches).record(world.records)

    async def deliver_due(self, post: Post, *, everything: bool = False) -> int:
        """Post what is due, one after the other, and return how many were posted.

        Args:
            everything: post what is not due too, even while deliveries are paused.
        """
        posted = 0
        for parcel in self._take(everything):
            status = await post(parcel.url, parcel.body, self._headers(parcel))
            self._record(parcel, status)
            posted += 1
        return posted

    def _take(self, everything: bool) -> list[_Parcel]:
        with self._worlds.open() as world:
            switches, now = world.settings.switches, world.real_now
            if switches.paused and not everything:
                return []
            due = float("inf") if everything else now
            leased = world.records.lease_deliveries(due, now, now + _LEASE, _MOST_AT_ONCE)
            parcels = [_parcel(world, delivery) for delivery in leased]
        if switches.disorder is not None:
            random.Random(switches.disorder).shuffle(parcels)  # noqa: S311 - an order that can be had again
        return parcels

    def _headers(self, parcel: _Parcel) -> dict[str, str]:
        # The receiver compares with its own clock, which is not the one that was advanced.
        moment = int(self._worlds.real_now)
        signed = hmac.new(parcel.secret.encode(), f"{moment}.".encode() + parcel.body, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": f"t={moment},v1={signed}",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }

    def _record(self, parcel: _Parcel, status: int | None) -> None:
        delivery = parcel.delivery
        arrived = status is not None and 200 <= status < 300
        with self._worlds.open() as world:
            if not arrived and delivery.attempts < len(_TRY_AGAIN_AFTER):
                due = world.real_now + _TRY_AGAIN_AFTER[delivery.attempts]
                world.records.repeat_delivery(delivery.sequence, due)
                return
            world.records.end_delivery(delivery.sequence)
        if not arrived:
            _log.warning("Event %s was given up: %s does not take it (%s).", delivery.event, parcel.url, status)


def _check(url: str) -> None:
    try:
        is_loopback = parse_address(url).is_loopback and url.startswith("http://")
    except UnusableAddressError as problem:
        raise invalid_request(f"Not a valid URL: {problem}.", param="url", code="url_invalid") from problem
    if not is_loopback:
        message = "The sandbox delivers to this machine alone: give an address such as http://127.0.0.1:8700/…."
        raise invalid_request(message, param="url", code="url_invalid")


def _new_endpoint(world: World, url: str) -> Object:
    return {
        "id": world.new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": world.now,
        "description": None,
        "enabled_events": ["*"],
        "livemode": False,
        "metadata": {},
        "secret": world.new_id("whsec"),
        "status": "enabled",
        "url": url,
    }


def _parcel(world: World, delivery: Delivery) -> _Parcel:
    endpoint = world.get("webhook_endpoint", delivery.endpoint)
    body = msgspec.json.encode(world.get("event", delivery.event))
    return _Parcel(delivery, endpoint["url"], endpoint["secret"], body)
