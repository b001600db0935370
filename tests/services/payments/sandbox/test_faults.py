"""Calls that fail by order, as the real client sees them; the work before a failure is done or not, as ordered."""

import asyncio

import pytest
import stripe

from services.payments.sandbox.faults import Fault
from services.payments.sandbox.sandbox import Sandbox
from tests.services.payments.sandbox.client import make_client


async def create(client: stripe.StripeClient, key: str = "op-1") -> stripe.Product:
    """Make a product."""
    return await client.v1.products.create_async({"name": "Growth"}, {"idempotency_key": key})


async def count(client: stripe.StripeClient) -> int:
    """Return how many products there are."""
    return len((await client.v1.products.list_async()).data)


@pytest.mark.parametrize(
    ("fault", "error", "status", "done"),
    [
        (Fault(kind="error"), stripe.APIError, 500, 0),
        (Fault(kind="error", after=True), stripe.APIError, 500, 1),
        (Fault(kind="rate_limit"), stripe.RateLimitError, 429, 0),
        (Fault(kind="decline", decline_code="insufficient_funds"), stripe.CardError, 402, 0),
        (Fault(kind="drop"), stripe.APIConnectionError, None, 0),
        (Fault(kind="drop", after=True), stripe.APIConnectionError, None, 1),
    ],
)
async def test_each_fault_is_the_librarys_error_once(
    client: stripe.StripeClient,
    sandbox: Sandbox,
    fault: Fault,
    error: type[stripe.StripeError],
    status: int | None,
    done: int,
) -> None:
    sandbox.fail(fault)
    with pytest.raises(error) as caught:
        await create(client)
    assert (type(caught.value), caught.value.http_status) == (error, status)
    assert await count(client) == done
    await create(client, "op-2")
    assert await count(client) == done + 1


async def test_an_answer_that_was_lost_comes_again_under_the_same_key(
    client: stripe.StripeClient, sandbox: Sandbox
) -> None:
    sandbox.fail(Fault(kind="drop", after=True))
    with pytest.raises(stripe.APIConnectionError):
        await create(client)
    assert (await create(client)).last_response.headers["Idempotent-Replayed"] == "true"  # type: ignore[union-attr]
    assert await count(client) == 1


@pytest.mark.parametrize("kind", ["error", "drop"])
async def test_the_library_repeats_what_can_be_repeated(
    sandbox: Sandbox, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.payments.gateway.http_client.asyncio.sleep", no_time)
    sandbox.fail(Fault(kind=kind, times=2))  # type: ignore[arg-type]
    assert (await create(make_client(sandbox, retries=2))).name == "Growth"


async def test_it_does_not_repeat_an_error_that_the_key_stands_for(sandbox: Sandbox) -> None:
    client = make_client(sandbox, retries=2)
    sandbox.fail(Fault(kind="error", after=True, times=2, method="POST"))
    with pytest.raises(stripe.APIError):
        await create(client)  # half a second would be noticed
    assert await count(client) == 1


async def test_a_fault_concerns_the_calls_that_it_names(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    sandbox.fail(Fault(kind="error", method="GET", path="/v1/prices"), Fault(kind="rate_limit", path="/v1/prices"))
    await create(client)
    for error in (stripe.APIError, stripe.RateLimitError):
        with pytest.raises(error):
            await client.v1.prices.list_async()
    assert (await client.v1.prices.list_async()).data == []


async def test_slow_answers_come_in_the_end(
    client: stripe.StripeClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("services.payments.sandbox.api.asyncio.sleep", wait)
    sandbox.fail(Fault(kind="slow", seconds=20))
    assert (await create(client)).name == "Growth"
    assert waited == [20]


_sleep = asyncio.sleep


async def no_time(_seconds: float) -> None:
    """Let others go on, and wait no longer."""
    await _sleep(0)
