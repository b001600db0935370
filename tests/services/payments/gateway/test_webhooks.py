"""Webhooks: what is believed to be Stripe's, and what is read of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from services.contract.errors import Code, Refused
from services.payments.gateway.stripe_gateway import StripeGateway
from services.payments.port import RemoteEvent
from services.payments.settings import PaymentSettings

NOW = datetime(2026, 11, 1, 9, 0, 0, 700_000, tzinfo=UTC)
NEW_SECRET, OLD_SECRET = "whsec_new", "whsec_old"


def gateway(*secrets: str) -> StripeGateway:
    return StripeGateway(PaymentSettings(key="sk_test_x", webhook_secrets=secrets), sold=[])


GATEWAY = gateway(NEW_SECRET, OLD_SECRET)


def event(**about: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "customer.subscription.updated",
        "created": 1_793_523_600,
        "livemode": False,
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1"} | about},
    }


def signed(body: str, *, secret: str = NEW_SECRET, at: datetime = NOW) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))
    return header


def read(document: Any, **how: Any) -> RemoteEvent:
    body = document if isinstance(document, str) else json.dumps(document)
    return GATEWAY.read_webhook(body.encode(), signed(body, **how), NOW)


def reason(body: bytes, signature: str | None) -> tuple[Code, str]:
    with pytest.raises(Refused) as refused:
        GATEWAY.read_webhook(body, signature, NOW)
    return refused.value.code, refused.value.reason


FORGED = (Code.UNAUTHENTICATED, "WEBHOOK_NOT_SIGNED")
UNREADABLE = (Code.INVALID_ARGUMENT, "WEBHOOK_UNREADABLE")


@pytest.mark.parametrize("secret", [NEW_SECRET, OLD_SECRET])
def test_a_signed_event_is_read_with_either_secret_while_one_takes_over(secret: str) -> None:
    assert read(event(), secret=secret) == RemoteEvent(
        event_id="evt_1",
        type="customer.subscription.updated",
        object_id="sub_1",
        object_kind="subscription",
        account_id="cus_1",
        created_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
        livemode=False,
    )


def test_one_of_two_signatures_suffices() -> None:
    body = json.dumps(event())
    other = signed(body, secret="whsec_strange").partition(",")[2]

    assert GATEWAY.read_webhook(body.encode(), f"{signed(body)},{other}", NOW).event_id == "evt_1"


@pytest.mark.parametrize("age", [-60, 0, 300])
def test_a_signature_stands_for_five_minutes_and_a_clock_may_be_a_minute_ahead(age: int) -> None:
    assert read(event(), at=NOW - timedelta(seconds=age)).event_id == "evt_1"


@pytest.mark.parametrize("age", [-(10**9), -61, 301, 10**9])
def test_older_and_future_signatures_are_refused(age: int) -> None:
    body = json.dumps(event())

    assert reason(body.encode(), signed(body, at=NOW - timedelta(seconds=age))) == FORGED


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "t=1,v1=",
        "v1=00",
        f"t={int(NOW.timestamp())},v0=00",
        f"t={int(NOW.timestamp())},v1=00",
        f"t={int(NOW.timestamp())},v1=ü",
        "t=" + "9" * 5_000 + ",v1=00",
        "t=1=2=3,v1=00",
        "=,=,=",
        "\x00",
    ],
)
def test_a_message_without_a_signature_that_fits_is_refused(signature: str | None) -> None:
    assert reason(json.dumps(event()).encode(), signature) == FORGED


def test_a_signature_of_another_endpoint_is_refused() -> None:
    body = json.dumps(event())

    assert reason(body.encode(), signed(body, secret="whsec_of_somebody")) == FORGED


def test_a_later_time_in_the_same_signature_makes_it_no_younger() -> None:
    body = json.dumps(event())
    old = signed(body, at=NOW - timedelta(days=1))

    assert reason(body.encode(), f"{old},t={int(NOW.timestamp())}") == FORGED
    assert reason(body.encode(), f"t={int(NOW.timestamp())},{old}") == FORGED


@given(st.data())
def test_no_byte_of_a_signed_message_can_be_changed(data: st.DataObject) -> None:
    body = json.dumps(event())
    place = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != body.encode()[place]))
    changed = body.encode()[:place] + bytes([byte]) + body.encode()[place + 1 :]

    assert reason(changed, signed(body)) == FORGED


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "null",
        "no json",
        '"evt_1"',
        "{}",
        "[" * 100_000,
        '{"a":' * 100_000,
        event() | {"id": ""},
        event() | {"id": "evt 1\n"},
        event() | {"id": "evt_" + "1" * 300},
        event() | {"object": "v2.core.event"},
        event() | {"created": -1},
        event() | {"created": 10**20},
        event() | {"livemode": None},
        event() | {"data": []},
        event() | {"data": {"object": []}},
        event() | {"type": "customer\x1b[2J"},
    ],
)
def test_what_is_signed_and_no_event_is_unreadable(document: Any) -> None:
    body = document if isinstance(document, str) else json.dumps(document)

    assert reason(body.encode(), signed(body)) == UNREADABLE


def test_bytes_that_are_no_text_are_not_signed_by_stripe() -> None:
    assert reason(b"\xff\xfe", signed("x")) == FORGED


@pytest.mark.parametrize(
    ("about", "account_id"),
    [
        ({"customer": {"id": "cus_2", "object": "customer"}}, "cus_2"),
        ({"object": "customer", "id": "cus_3", "customer": None}, "cus_3"),
        ({"customer": None}, None),
        ({"customer": 7}, None),
        ({"customer": "cus\u202e_1"}, None),
        ({"customer": "c" * 300}, None),
    ],
)
def test_whose_an_event_is_comes_from_what_it_is_about(about: dict[str, Any], account_id: str | None) -> None:
    assert read(event(**about)).account_id == account_id


def test_what_is_detached_was_the_one_before() -> None:
    document = event(object="payment_method", id="pm_1", customer=None)
    document["data"]["previous_attributes"] = {"customer": "cus_4"}

    assert read(document).account_id == "cus_4"


def test_an_event_about_something_without_an_id_has_none() -> None:
    document = event() | {"type": "invoice.upcoming", "data": {"object": {"object": "invoice", "customer": "cus_1"}}}

    assert (read(document).object_id, read(document).account_id) == ("", "cus_1")


def test_without_a_secret_nothing_is_believed() -> None:
    body = json.dumps(event())
    with pytest.raises(Refused, match="STRIPE_WEBHOOK_SECRET") as refused:
        gateway().read_webhook(body.encode(), signed(body), NOW)

    assert refused.value.reason == "PAYMENTS_NOT_CONFIGURED"
