"""The gateway where Stripe fails: each failure is told as what it is, and nothing is done twice."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Literal

import httpx2
import pytest
import stripe

from services.contract.errors import Code, Refused
from services.payments.gateway import StripeGateway
from services.payments.sandbox.faults import Fault
from services.payments.settings import PaymentSettings
from tests.services.payments.till import SOLD, Till, open_till

Ask = Callable[[Till, str], Awaitable[object]]
Kind = Literal["error", "rate_limit", "decline", "drop", "slow"]


async def checkout(till: Till, account_id: str) -> object:
    price_id = till.prices["growth_monthly"]
    return await till.gateway.start_checkout(account_id, "acme", price_id, replaces=None, key="op-1")


ASKED: dict[str, Ask] = {
    "create_account": lambda till, account_id: till.gateway.create_account("acme", "Acme", "op-1"),
    "account": lambda till, account_id: till.gateway.account(account_id),
    "prices": lambda till, account_id: till.gateway.prices(SOLD),
    "live_subscriptions": lambda till, account_id: till.gateway.live_subscriptions(account_id),
    "subscription": lambda till, account_id: till.gateway.subscription("sub_1"),
    "end_subscription": lambda till, account_id: till.gateway.end_subscription("sub_1", "op-1"),
    "set_collection": lambda till, account_id: till.gateway.set_collection("sub_1", automatic=True, key="op-1"),
    "use_method": lambda till, account_id: till.gateway.use_method(account_id, "pm_1", "op-1"),
    "charges_for": lambda till, account_id: till.gateway.charges_for(account_id, None, "price_1"),
    "start_checkout": checkout,
    "start_setup": lambda till, account_id: till.gateway.start_setup(account_id, "acme", "usd", "op-1"),
    "start_portal": lambda till, account_id: till.gateway.start_portal(
        account_id, "overview", subscription=None, price_id=None, key="op-1"
    ),
    "session": lambda till, account_id: till.gateway.session("cs_1"),
    "invoices": lambda till, account_id: till.gateway.invoices(account_id, after=None, limit=10),
    "invoice": lambda till, account_id: till.gateway.invoice("in_1"),
    "invoice_detail": lambda till, account_id: till.gateway.invoice_detail("in_1"),
}


async def refused_with(fault: Fault, ask: Ask, till: Till, account_id: str) -> Refused:
    till.sandbox.fail(fault)
    with pytest.raises(Refused) as refused:
        await ask(till, account_id)
    till.sandbox.fail()
    return refused.value


@pytest.mark.parametrize("asked", ASKED)
async def test_every_question_tells_a_failure_as_what_it_is(asked: str) -> None:
    async with open_till() as till:
        account_id = await till.account()
        told: dict[Kind, str] = {
            "error": "PAYMENTS_FAILED",
            "rate_limit": "PAYMENTS_BUSY",
            "decline": "CARD_DECLINED",
            "drop": "PAYMENTS_UNREACHABLE",
        }
        for kind, reason in told.items():
            refused = await refused_with(Fault(kind=kind, times=9), ASKED[asked], till, account_id)
            assert refused.reason == reason


@pytest.mark.parametrize("decline_code", ["insufficient_funds", "lost_card", "authentication_required"])
async def test_a_decline_keeps_its_code(decline_code: str) -> None:
    async with open_till() as till:
        fault = Fault(kind="decline", decline_code=decline_code)
        refused = await refused_with(fault, checkout, till, await till.account())

        assert (refused.code, refused.details["decline_code"]) == (Code.FAILED_PRECONDITION, decline_code)
        assert refused.message.startswith("Your card was declined: ")


async def test_a_question_has_one_deadline_for_everything() -> None:
    async with open_till(within=0.05) as till:
        account_id = await till.account()
        refused = await refused_with(Fault(kind="slow", seconds=60, path="/v1/checkout"), checkout, till, account_id)

        assert (refused.code, refused.reason) == (Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE")


async def test_what_was_done_and_not_heard_of_is_found_again_with_the_same_key() -> None:
    async with open_till() as till:
        account_id = await till.account()
        fault = Fault(kind="drop", after=True, path="/v1/checkout")
        assert (await refused_with(fault, checkout, till, account_id)).reason == "PAYMENTS_UNREACHABLE"
        (session,) = till.all("checkout.session")

        assert await checkout(till, account_id) == await checkout(till, account_id)
        assert [session] == till.all("checkout.session")


async def test_a_dropped_connection_is_tried_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    async with open_till(retries=2) as till:
        account_id = await till.account()
        till.sandbox.fail(Fault(kind="drop", after=True, path="/v1/checkout", times=2))
        await checkout(till, account_id)

        assert len(till.all("checkout.session")) == 1


async def test_a_failure_after_the_work_is_overcome_by_asking_again_and_leaves_one_page_that_anybody_knows() -> None:
    async with open_till() as till:
        account_id = await till.account()
        fault = Fault(kind="error", after=True, path="/v1/checkout")
        assert (await refused_with(fault, checkout, till, account_id)).reason == "PAYMENTS_FAILED"

        pages = [await checkout(till, account_id) for _ in range(3)]
        assert pages[0] == pages[1] == pages[2]
        # The other one, whose address nobody was told, expires by itself.
        assert len(till.all("checkout.session")) == 2


async def test_a_subscription_that_was_ended_behind_a_failure_is_credited_once() -> None:
    async with open_till() as till:
        account_id = await till.account()
        found = await till.subscribed(account_id)
        fault = Fault(kind="error", after=True, method="DELETE")

        async def end(till: Till, account_id: str) -> None:
            await till.gateway.end_subscription(found.subscription_id, "op-end")

        assert (await refused_with(fault, end, till, account_id)).reason == "PAYMENTS_FAILED"
        await end(till, account_id)
        assert [invoice["total"] for invoice in till.all("invoice")] == [-9_900, 9_900]


async def test_a_subscription_that_stripe_does_not_end_is_not_said_to_have_ended() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        inner = httpx2.ASGITransport(app=till.sandbox.application)

        class Unwilling(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                if request.method == "DELETE":
                    return httpx2.Response(400, json={"error": {"message": "Not today.", "type": "x"}})
                return await inner.handle_async_request(request)

        await till.gateway.hang_up()
        till.gateway._transport = Unwilling()
        with pytest.raises(Refused, match="Not today") as refused:
            await till.gateway.end_subscription(found.subscription_id, "op-end")

    assert refused.value.reason == "PAYMENTS_REFUSED"


async def test_a_key_that_was_used_for_something_else_is_refused() -> None:
    async with open_till() as till:
        await till.account()
        with pytest.raises(Refused, match="other particulars") as refused:
            await till.gateway.create_account("acme", "Another name", "op-account-acme")

        assert refused.value.reason == "PAYMENTS_REFUSED"


def answered_with(answer: httpx2.Response) -> StripeGateway:
    """Return a gateway that hears this, whatever it asks."""
    transport = httpx2.MockTransport(lambda request: answer)
    return StripeGateway(PaymentSettings(key="sk_test_secret"), sold=[], transport=transport, retries=0)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"<html>It works!</html>", "PAYMENTS_FAILED"),
        (200, b"[]", "PAYMENTS_FAILED"),
        (200, b"{}", "PAYMENTS_FAILED"),
        (200, b'{"id": 7, "object": "customer"}', "PAYMENTS_FAILED"),
        (200, b"\xff", "PAYMENTS_FAILED"),
        (302, b"", "PAYMENTS_FAILED"),
        (404, b"<html>Not found</html>", "PAYMENTS_FAILED"),
        (404, b'{"error": {"message": "Unrecognized request URL"}}', "PAYMENTS_NOT_CONFIGURED"),
        (400, b'{"error": "no"}', "PAYMENTS_FAILED"),
        (400, b'{"error": {"message": 7}}', "PAYMENTS_REFUSED"),
        (200, b"[" * 100_000, "PAYMENTS_FAILED"),
        (401, b'{"error": {"message": "Invalid API Key provided: sk_test_secret"}}', "PAYMENTS_NOT_CONFIGURED"),
        (403, b'{"error": {"message": "no"}}', "PAYMENTS_NOT_CONFIGURED"),
        (409, b'{"error": {"message": "busy", "type": "api_error"}}', "PAYMENTS_FAILED"),
        (418, b"{}", "PAYMENTS_FAILED"),
        (503, b"", "PAYMENTS_FAILED"),
    ],
)
async def test_whatever_answers_is_understood_or_refused(status: int, body: bytes, reason: str) -> None:
    gateway = answered_with(httpx2.Response(status, content=body))
    with pytest.raises(Refused) as refused:
        await gateway.account("cus_1")
    await gateway.hang_up()

    assert refused.value.reason == reason
    assert "sk_test_secret" not in "".join(traceback.format_exception(refused.value))


async def test_no_key_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"error": {"message": "Invalid API Key provided: sk_test_****cret", "type": "invalid_request_error"}}
    gateway = answered_with(httpx2.Response(401, json=body))
    with pytest.raises(Refused) as refused:
        await gateway.create_account("acme", "Acme", "op-1")
    shown = f"{gateway!r} {gateway._client!r} {gateway._settings!r} {refused.value!r} {refused.value.as_dict()}"
    await gateway.hang_up()

    assert caplog.messages
    assert "sk_test_secret" not in shown + "".join(caplog.messages)
    assert "****cret" not in shown


async def test_a_notice_to_developers_goes_to_the_log_and_not_to_the_screen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = httpx2.Response(200, json={"id": "cus_1", "deleted": True}, headers={"Stripe-Notice": "Move\x1b on."})
    gateway = answered_with(answer)
    await gateway.account("cus_1")
    await gateway.hang_up()

    assert "Stripe says: Move on." in caplog.messages


async def test_a_gateway_that_hung_up_opens_other_connections() -> None:
    async with open_till() as till:
        account_id = await till.account()
        await till.gateway.hang_up()
        await till.gateway.hang_up()

        assert (await till.gateway.account(account_id)).account_id == account_id
