"""What has fallen due is done before anybody changes something, without a background that does it."""

from datetime import timedelta

import pytest
import stripe

from services.payments.sandbox.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.services.payments.sandbox.shop import stocked

_A_MONTH_AND_A_DAY = timedelta(days=32)


async def test_a_writing_call_finds_what_has_become_of_things_by_now(
    sandbox: Sandbox, client: stripe.StripeClient, clock: FakeClock
) -> None:
    shop = stocked(sandbox, client)
    shop.subscribe()
    clock.advance(_A_MONTH_AND_A_DAY)
    assert len(shop.all("invoice")) == 1  # nobody looked after it
    await client.v1.customers.update_async(shop.customer, {"name": "Acme SE"})
    renewal, first = shop.all("invoice")
    assert (renewal["status"], renewal["created"]) == ("paid", first["created"] + 30 * 86_400)
    told = shop.all("event", type="invoice.created")[0]
    assert told["request"] == {"id": None, "idempotency_key": None}  # time brought it, not the call


async def test_a_page_that_has_expired_meanwhile_is_over(
    sandbox: Sandbox, client: stripe.StripeClient, clock: FakeClock
) -> None:
    shop = stocked(sandbox, client)
    page = await shop.checkout()
    clock.advance(timedelta(days=2))
    with pytest.raises(stripe.InvalidRequestError, match="expire"):
        await client.v1.checkout.sessions.expire_async(page.id)


async def test_reading_changes_nothing(sandbox: Sandbox, client: stripe.StripeClient, clock: FakeClock) -> None:
    shop = stocked(sandbox, client)
    shop.subscribe()
    clock.advance(_A_MONTH_AND_A_DAY)
    await client.v1.invoices.list_async()
    assert len(shop.all("invoice")) == 1
