"""Webhooks: signed as the real library verifies, repeated until they arrive, and in every disorder that is ordered."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
import stripe

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.sandbox import Sandbox
from services.payments.sandbox.settings import Switches
from tests.clocks import FakeClock

URL = "http://127.0.0.1:8700/webhooks/stripe"


class Receiver:
    """Takes deliveries, and answers as it is told, then 200."""

    def __init__(self, *answers: int | None) -> None:
        self.answers = list(answers)
        self.received: list[tuple[bytes, Mapping[str, str]]] = []

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        assert url == URL
        self.received.append((body, headers))
        return self.answers.pop(0) if self.answers else 200

    @property
    def names(self) -> list[str]:
        """What the received events are about."""
        return [json.loads(body)["data"]["object"]["name"] for body, _ in self.received]


def happen(sandbox: Sandbox, *names: str) -> None:
    """Let events happen."""
    with sandbox.world() as world:
        for name in names:
            world.emit("product.created", {"id": f"prod_{name}", "object": "product", "name": name})


async def test_a_delivery_is_what_the_library_verifies(sandbox: Sandbox, clock: FakeClock) -> None:
    secret = sandbox.add_webhook(URL)["secret"]
    sandbox.advance(40 * 86_400)  # the signature is of the real clock all the same
    happen(sandbox, "a")
    receiver = Receiver()
    assert await sandbox.deliver_due(receiver) == 1
    ((body, headers),) = receiver.received
    signature = headers["stripe-signature"]
    assert signature.startswith(f"t={int(clock().timestamp())},v1=")
    client = stripe.StripeClient("sk_test_x")
    event = client.construct_event(body, signature, secret, tolerance=10**9)
    assert (event.type, event.data.object["name"]) == ("product.created", "a")
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", signature, secret, tolerance=10**9)
    assert await sandbox.deliver_due(receiver) == 0


async def test_an_endpoint_gets_what_it_listens_to_from_then_on(sandbox: Sandbox) -> None:
    happen(sandbox, "before")
    sandbox.add_webhook(URL, enabled_events=["invoice.paid"])
    happen(sandbox, "other")
    sandbox.add_webhook(URL, enabled_events=["product.created"])
    happen(sandbox, "a")
    receiver = Receiver()
    await sandbox.deliver_due(receiver)
    assert receiver.names == ["a"]


def test_an_endpoint_keeps_its_secret_unless_it_gets_another(sandbox: Sandbox) -> None:
    first = sandbox.add_webhook(URL)
    assert first["secret"].startswith("whsec_")
    assert sandbox.add_webhook(URL) == first
    assert sandbox.add_webhook(URL, "whsec_mine") == first | {"secret": "whsec_mine"}


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://192.0.2.1/", "ftp://127.0.0.1/", "nonsense"])
def test_other_machines_get_nothing(sandbox: Sandbox, url: str) -> None:
    with pytest.raises(ApiError) as caught:
        sandbox.add_webhook(url)
    assert caught.value.code == "url_invalid"


async def test_what_does_not_arrive_is_tried_again_later_and_later(sandbox: Sandbox, clock: FakeClock) -> None:
    sandbox.add_webhook(URL)
    happen(sandbox, "a")
    receiver = Receiver(500, None, 302)
    for wait in (0, 1, 5, 30):
        clock.advance(timedelta(seconds=wait))
        assert await sandbox.deliver_due(receiver) == 1
        assert await sandbox.deliver_due(receiver) == 0
    assert receiver.names == ["a"] * 4
    stamps = {headers["stripe-signature"].split(",")[0] for _, headers in receiver.received}
    assert len(stamps) == 4  # each try is signed anew, or it would be too old


async def test_what_never_arrives_is_given_up(sandbox: Sandbox, clock: FakeClock) -> None:
    sandbox.add_webhook(URL)
    happen(sandbox, "a")
    receiver = Receiver(*[500] * 20)
    while await sandbox.deliver_due(receiver):
        clock.advance(timedelta(hours=1))
    assert len(receiver.received) == 7


async def test_events_arrive_in_order_once_unless_something_else_is_ordered(sandbox: Sandbox) -> None:
    sandbox.add_webhook(URL)
    happen(sandbox, *"abcdefgh")
    receiver = Receiver()
    await sandbox.deliver_due(receiver)
    assert receiver.names == list("abcdefgh")


async def test_copies_and_disorder_by_a_seed(sandbox: Sandbox) -> None:
    sandbox.add_webhook(URL)
    orders = []
    for seed in (1, 1, 2):
        sandbox.switch(Switches(copies=2, disorder=seed))
        happen(sandbox, *"abcd")
        receiver = Receiver()
        await sandbox.deliver_due(receiver)
        assert sorted(receiver.names) == list("aabbccdd")
        orders.append(receiver.names)
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


async def test_delayed_deliveries_come_when_they_are_due(sandbox: Sandbox, clock: FakeClock) -> None:
    sandbox.add_webhook(URL)
    sandbox.switch(Switches(delay=30))
    happen(sandbox, "a")
    receiver = Receiver()
    clock.advance(timedelta(seconds=29))
    assert await sandbox.deliver_due(receiver) == 0
    clock.advance(timedelta(seconds=1))
    assert await sandbox.deliver_due(receiver) == 1


async def test_paused_deliveries_wait_unless_everything_is_to_go(sandbox: Sandbox) -> None:
    sandbox.add_webhook(URL)
    sandbox.switch(Switches(paused=True, delay=30))
    happen(sandbox, *"ab")
    receiver = Receiver(500)
    assert await sandbox.deliver_due(receiver) == 0
    assert await sandbox.deliver_due(receiver, everything=True) == 2
    assert await sandbox.deliver_due(receiver, everything=True) == 1
    assert receiver.names == ["a", "b", "a"]


async def test_nothing_is_delivered_of_what_was_undone(sandbox: Sandbox) -> None:
    sandbox.add_webhook(URL)
    with pytest.raises(KeyError), sandbox.world() as world:  # noqa: PT012 - all of it is meant
        world.emit("product.created", {"id": "prod_a", "object": "product", "name": "a"})
        raise KeyError
    assert await sandbox.deliver_due(Receiver()) == 0
