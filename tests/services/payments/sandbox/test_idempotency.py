"""One key is one operation."""

import asyncio

import pytest
import stripe

from services.payments.sandbox.faults import Fault
from services.payments.sandbox.idempotency import KEYS_HOLD
from services.payments.sandbox.sandbox import Sandbox

KEY: stripe.RequestOptions = {"idempotency_key": "op-1"}


async def names(client: stripe.StripeClient) -> list[str]:
    """Return what there is, oldest first."""
    return [each.name for each in reversed((await client.v1.products.list_async()).data)]


async def test_the_same_again_is_done_once_and_answered_the_same(client: stripe.StripeClient) -> None:
    first = await client.v1.products.create_async({"name": "Growth"}, KEY)
    again = await client.v1.products.create_async({"name": "Growth"}, KEY)
    assert again.to_dict() == first.to_dict()
    assert await names(client) == ["Growth"]
    headers = again.last_response.headers  # type: ignore[union-attr]
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.request_id  # type: ignore[union-attr]
    assert "Idempotent-Replayed" not in first.last_response.headers  # type: ignore[union-attr]


async def test_many_at_once_do_it_once(client: stripe.StripeClient) -> None:
    made = await asyncio.gather(*(client.v1.products.create_async({"name": "Growth"}, KEY) for _ in range(5)))
    assert len({each.id for each in made}) == 1
    assert await names(client) == ["Growth"]


async def test_another_request_under_the_same_key_is_an_error(client: stripe.StripeClient) -> None:
    await client.v1.products.create_async({"name": "Growth"}, KEY)
    with pytest.raises(stripe.IdempotencyError, match="'op-1'"):
        await client.v1.products.create_async({"name": "Scale"}, KEY)
    assert await names(client) == ["Growth"]


async def test_what_was_refused_can_be_mended_under_the_same_key(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        await client.v1.products.create_async({"name": "Growth", "colour": "red"}, KEY)  # type: ignore[typeddict-unknown-key]
    await client.v1.products.create_async({"name": "Growth"}, KEY)
    assert await names(client) == ["Growth"]


async def test_a_key_stands_for_a_day(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    await client.v1.products.create_async({"name": "Growth"}, KEY)
    sandbox.advance(KEYS_HOLD - 1)
    await client.v1.products.create_async({"name": "Growth"}, KEY)
    assert await names(client) == ["Growth"]
    sandbox.advance(1)
    await client.v1.products.create_async({"name": "Scale"}, KEY)
    assert await names(client) == ["Growth", "Scale"]


async def test_a_key_that_is_too_long_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at most 255"):
        await client.v1.products.create_async({"name": "Growth"}, {"idempotency_key": "k" * 256})


async def test_after_an_error_the_key_stands_for_that_error(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    sandbox.fail(Fault(kind="error", after=True, method="POST"))
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            await client.v1.products.create_async({"name": "Growth"}, KEY)
        assert caught.value.http_status == 500
    assert await names(client) == ["Growth"]  # it was done all the same


async def test_a_declined_payment_stays_declined_under_its_key(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    customer = await client.v1.customers.create_async({"name": "Acme"})
    with sandbox.world() as world:
        events = len(world.all("event"))
    card = await client.v1.payment_methods.attach_async("pm_card_chargeCustomerFail", {"customer": customer.id})
    price = await client.v1.prices.create_async(
        {
            "product_data": {"name": "Growth"},
            "currency": "eur",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
        }
    )
    said = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await client.v1.subscriptions.create_async(
                {
                    "customer": customer.id,
                    "items": [{"price": price.id}],
                    "default_payment_method": card.id,
                    "payment_behavior": "error_if_incomplete",
                },
                KEY,
            )
        said.add((caught.value.http_status, caught.value.code, caught.value.user_message))
    assert len(said) == 1
    assert next(iter(said))[:2] == (402, "card_declined")
    with sandbox.world() as world:
        assert len(world.all("event")) > events
