"""What comes to Stripe's address over real sockets: believed when it is signed, written down once, answered at once."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import stripe
from sqlalchemy import select

from billinghelp.http_service.webhooks import PATH, Webhooks
from services.contract.errors import Code, Refused
from services.payments.door import NO_PAYMENTS, Payments
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.settings import PaymentSettings
from services.storage.engine import Store
from services.storage.tables import payment_events
from tests.billinghelp.http_service.wire import Answer, line_to
from tests.http_server import serving
from tests.surface import Workbench, customer

SECRET, FORMER = "whsec_new", "whsec_former"
RECEIVED = {"received": True}


class Door:
    """Stripe's address at a served surface, and whoever posts there."""

    def __init__(self, bench: Workbench, payments: Payments | None = None) -> None:
        self.bench = bench
        self.woken = 0
        settings = PaymentSettings(key="sk_test_x", webhook_secrets=(SECRET, FORMER))
        payments = payments or Payments("Stripe test mode", lambda: StripeGateway(settings, sold=[]))
        self.webhooks = Webhooks(bench.store, payments, self._wake, clock=bench.clock, within=0.2)
        self.url = ""

    def _wake(self) -> None:
        self.woken += 1

    def signature(self, body: str, secret: str = SECRET, *, age: float = 0) -> str:
        """Return the signature of a body that was signed so many seconds ago."""
        moment = self.bench.clock.now - timedelta(seconds=age)
        header: str = stripe.WebhookSignature.generate_signature_header(body, secret, int(moment.timestamp()))
        return header

    def post(self, body: str, signature: str | None) -> tuple[int, str]:
        """Post a body; return the status of the answer, and why it was refused, or "" where it was not."""
        headers = {} if signature is None else {"Stripe-Signature": signature}
        answer = httpx2.post(self.url + PATH, content=body.encode(), headers=headers, timeout=5)
        return answer.status_code, reason(answer.json())

    def inbox(self) -> dict[str, tuple[str, str]]:
        """Return what stands in the inbox: of each event its status and what it leads to."""
        columns = payment_events.c
        with self.bench.store.read() as conn:
            rows = conn.execute(select(columns.event_id, columns.status, columns.object_id)).all()
        return {row[0]: (row[1], row[2]) for row in rows}


def reason(document: dict[str, Any]) -> str:
    """Return why a message was refused; every error has the same four fields."""
    if document == RECEIVED:
        return ""
    error = document["error"]
    assert set(error) == {"code", "reason", "message", "details"}
    return str(error["reason"])


def event(event_id: str = "evt_1", kind: str = "customer.subscription.updated", **fields: Any) -> str:
    """Return an event as Stripe writes one."""
    about = {"id": "sub_1", "object": "subscription", "customer": "cus_1"} | fields.pop("about", {})
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "type": kind,
            "created": 1_793_523_600,
            "livemode": False,
            "data": {"object": about},
        }
        | fields
    )


@pytest.fixture
def door(sqlite_store: Store) -> Iterator[Door]:
    """Stripe's address, over real sockets."""
    bench = Workbench(sqlite_store)
    bench.feed(customer(stripe_customer_id="cus_1"))
    door = Door(bench)
    with serving(bench.surface, bench.store, webhooks=door.webhooks) as served:
        door.url = served.url
        yield door


def test_a_signed_event_is_written_down_once_however_often_it_comes(door: Door) -> None:
    body = event()
    assert door.post(body, door.signature(body)) == (200, "")
    assert door.inbox() == {"evt_1": ("waiting", "account:cus_1")}
    assert door.post(body, door.signature(body)) == (200, "")
    assert door.inbox() == {"evt_1": ("waiting", "account:cus_1")}
    assert door.woken == 1


def test_a_secret_that_is_being_replaced_still_counts_and_so_does_one_of_two_signatures(door: Door) -> None:
    former, both, strange = (event(f"evt_{number}") for number in range(3))
    assert door.post(former, door.signature(former, FORMER)) == (200, "")
    signatures = f"{door.signature(both, 'whsec_strange')},{door.signature(both).partition(',')[2]}"
    assert door.post(both, signatures) == (200, "")
    assert door.post(strange, door.signature(strange, "whsec_strange")) == (401, "WEBHOOK_NOT_SIGNED")
    assert set(door.inbox()) == {"evt_0", "evt_1"}


def test_what_is_not_signed_now_by_stripe_is_refused_and_leaves_nothing(door: Door) -> None:
    body = event()
    signature = door.signature(body)
    refused = {
        "no signature": door.post(body, None),
        "an empty one": door.post(body, ""),
        "forged": door.post(event(about={"customer": "cus_2"}), signature),
        "of another secret": door.post(body, door.signature(body, "whsec_strange")),
        "too old": door.post(body, door.signature(body, age=301)),
        "of the future": door.post(body, door.signature(body, age=-62)),
    }
    assert set(refused.values()) == {(401, "WEBHOOK_NOT_SIGNED")}
    assert (door.inbox(), door.woken) == ({}, 0)
    assert door.post(body, door.signature(body, age=299)) == (200, "")


def test_two_signature_headers_are_one_too_many(door: Door) -> None:
    body = event()
    headers = [("Stripe-Signature", door.signature(body)), ("Stripe-Signature", "t=1,v1=00")]
    answer = httpx2.post(door.url + PATH, content=body, headers=headers)
    assert (answer.status_code, reason(answer.json())) == (401, "WEBHOOK_NOT_SIGNED")


def test_what_is_signed_and_no_event_is_refused(door: Door) -> None:
    for body in ("[]", "", "null", "not JSON", "{}", "[" * 100_000):
        assert door.post(body, door.signature(body)) == (400, "WEBHOOK_UNREADABLE")
    assert (door.inbox(), door.woken) == ({}, 0)


def test_money_of_the_other_mode_is_kept_aside(door: Door) -> None:
    body = event(livemode=True)
    assert door.post(body, door.signature(body)) == (200, "")
    assert door.inbox() == {"evt_1": ("quarantined", "sub_1")}
    assert door.woken == 0


def test_an_event_that_tells_the_product_nothing_is_acknowledged_and_not_kept(door: Door) -> None:
    body = event(kind="charge.refund.updated")
    assert door.post(body, door.signature(body)) == (200, "")
    assert (door.inbox(), door.woken) == ({}, 0)


def test_ten_megabytes_are_not_read(door: Door) -> None:
    with line_to(door.url) as line:
        line.send(head("Content-Length: 10000000"))
        assert outcome(line.answer()) == (413, "BODY_TOO_LARGE")
    with line_to(door.url) as line:  # as long, and nothing said of it
        line.send(head("Transfer-Encoding: chunked") + b"110000\r\n" + b" " * 0x110000 + b"\r\n")
        assert outcome(line.answer()) == (413, "BODY_TOO_LARGE")
    assert door.inbox() == {}


def test_a_slow_body_is_not_waited_for(door: Door) -> None:
    with line_to(door.url) as line:
        line.send(head("Content-Length: 80") + b"{")
        assert outcome(line.answer()) == (408, "BODY_TOO_SLOW")


def test_events_are_posted(door: Door) -> None:
    for verb in ("GET", "PUT", "DELETE"):
        answer = httpx2.request(verb, door.url + PATH)
        assert (answer.status_code, reason(answer.json())) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "POST"
    assert httpx2.head(door.url + PATH).status_code == 405


def test_where_nothing_takes_payments_stripe_is_told_to_come_again(sqlite_store: Store) -> None:
    bench = Workbench(sqlite_store)
    door = Door(bench, NO_PAYMENTS)
    with serving(bench.surface, bench.store, webhooks=door.webhooks) as served:
        door.url = served.url
        assert door.post(event(), door.signature(event())) == (503, "PAYMENTS_NOT_CONFIGURED")


def test_what_cannot_be_written_down_is_not_acknowledged(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    body = event()

    def locked(*_: object) -> None:
        raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Try again in a moment.")

    with monkeypatch.context() as patched:
        patched.setattr(door.bench.store, "transact", locked)
        assert door.post(body, door.signature(body)) == (503, "STORE_LOCKED")
    assert door.post(body, door.signature(body)) == (200, "")


def head(length: str) -> bytes:
    """Return the head of a message that says so much of how long it is."""
    return f"POST {PATH} HTTP/1.1\r\nHost: server\r\nStripe-Signature: t=1,v1=00\r\n{length}\r\n\r\n".encode()


def outcome(answer: Answer) -> tuple[int, str]:
    """Return the status of an answer, and why."""
    return answer.status, reason(json.loads(answer.body))


def test_without_webhooks_the_address_is_nobodys(sqlite_store: Store) -> None:
    bench = Workbench(sqlite_store)
    with serving(bench.surface, bench.store) as served:
        answer = httpx2.post(served.url + PATH, content=b"{}")
    assert (answer.status_code, reason(answer.json())) == (404, "PATH_NOT_FOUND")


def test_who_sends_slowly_takes_nobodys_place(door: Door) -> None:
    host, port = door.url.removeprefix("http://").split(":")
    head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{{"
    body = event()
    with ExitStack() as strangers:
        for _ in range(70):
            strangers.enter_context(socket.create_connection((host, int(port)))).sendall(head.encode())
        assert door.post(body, door.signature(body)) == (200, "")
