"""The gateway on the sandbox: accounts, prices, subscriptions, and what a change is charged."""

from datetime import timedelta

import pytest
from msgspec import structs

from services.billing.model import PaymentMethod
from services.contract.errors import Refused
from services.contract.types import BillingInterval, SubscriptionStatus
from services.payments.port import PaymentProvider
from services.payments.sandbox.catalogue import PlanPrice
from services.payments.sandbox.resources import customers, payment_methods, subscriptions
from services.payments.sandbox.state import Object
from tests.services.payments.gateway.till import DAY, NOW, PRICES, SOLD, VISA, Till, open_till


async def balance(till: Till, account_id: str) -> int:
    with till.sandbox.world() as world:
        found: int = world.get("customer", account_id)["balance"]
    return found


async def test_the_gateway_is_what_the_port_asks_for() -> None:
    async with open_till() as till:
        provider: PaymentProvider = till.gateway

        assert (provider.label, provider.livemode) == ("Stripe sandbox", False)


async def test_an_account_carries_our_id_and_is_made_once_for_a_key() -> None:
    async with open_till() as till:
        first = await till.gateway.create_account("acme-eu", "Acme GmbH", "op-1")
        again = await till.gateway.create_account("acme-eu", "Acme GmbH", "op-1")
        found = await till.gateway.account(first)

        assert again == first
        assert len(till.all("customer")) == 1
        assert (found.account_id, found.customer_id, found.deleted, found.method) == (first, "acme-eu", False, None)


async def test_an_account_that_was_deleted_says_so_and_one_that_never_was_is_gone() -> None:
    async with open_till() as till:
        account_id = await till.account()
        with till.sandbox.world() as world:
            customers.delete(world, None, account_id)

        assert (await till.gateway.account(account_id)).deleted
        with pytest.raises(Refused) as refused:
            await till.gateway.account("cus_nobody")
        assert (refused.value.reason, refused.value.details["param"]) == ("PAYMENTS_OBJECT_GONE", "id")


async def test_prices_come_in_the_order_of_their_keys_and_those_that_no_plan_can_have_are_left_out() -> None:
    odd = PlanPrice(product_name="Odd", lookup_key="odd", amount=1, currency="usd", interval="month")
    async with open_till() as till:
        till.sandbox.ensure_catalogue([odd])
        (price,) = till.all("price", lookup_key="odd")
        till.put(price | {"recurring": price["recurring"] | {"interval": "week"}})
        found = await till.gateway.prices([*SOLD, "odd", "nothing"])

    assert [price.lookup_key for price in found] == SOLD
    assert (found[0].amount, found[0].currency, found[0].interval) == (2_900, "usd", BillingInterval.MONTH)


async def test_more_keys_than_stripe_takes_at_once_are_asked_for_in_turns() -> None:
    async with open_till() as till:
        found = await till.gateway.prices([f"none_{number}" for number in range(25)] + SOLD)

    assert len(found) == len(SOLD)


async def test_an_inactive_price_is_none() -> None:
    async with open_till() as till:
        (price,) = till.all("price", lookup_key="growth_monthly")
        till.put(price | {"active": False})

        assert await till.gateway.prices(["growth_monthly"]) == ()


async def test_a_subscription_is_read_with_its_plan_amount_and_period() -> None:
    async with open_till() as till:
        account_id = await till.account()
        found = await till.subscribed(account_id)

        assert (found.account_id, found.status, found.lookup_key) == (
            account_id,
            SubscriptionStatus.ACTIVE,
            "growth_monthly",
        )
        assert (found.product_name, found.amount, found.currency) == ("", 9_900, "usd")  # it goes by the plan's name
        assert (found.period_start, found.period_end) == (NOW, NOW + timedelta(days=30))
        assert (found.ends_at, found.next_name, found.changes_at, found.replaces) == (None, None, None, None)
        assert await till.gateway.live_subscriptions(account_id) == (found,)


async def test_a_subscription_tells_what_it_changes_to_and_when() -> None:
    async with open_till() as till:
        account_id = await till.account()
        before = await till.subscribed(account_id)
        with till.sandbox.world() as world:
            subscriptions.change_at_period_end(world, before.subscription_id, till.prices["starter_yearly"])
        (found,) = await till.gateway.live_subscriptions(account_id)
        assert found == await till.gateway.subscription(before.subscription_id)

        assert (found.next_lookup_key, found.next_name, found.changes_at) == (
            "starter_yearly",
            "Starter",
            before.period_end,
        )
        till.sandbox.advance(31 * DAY)
        after = await till.gateway.subscription(before.subscription_id)
        assert (after.lookup_key, after.interval, after.next_name) == ("starter_yearly", BillingInterval.YEAR, None)


async def test_a_subscription_tells_when_it_ends_and_that_it_has_ended() -> None:
    async with open_till() as till:
        account_id = await till.account()
        before = await till.subscribed(account_id)
        with till.sandbox.world() as world:
            subscriptions.cancel(world, before.subscription_id, at_period_end=True)
        (found,) = await till.gateway.live_subscriptions(account_id)
        assert (found.status, found.ends_at) == (SubscriptionStatus.ACTIVE, before.period_end)

        till.sandbox.advance(31 * DAY)
        ended = await till.gateway.subscription(before.subscription_id)
        assert (ended.status, ended.ends_at) == (SubscriptionStatus.CANCELED, before.period_end)
        assert await till.gateway.live_subscriptions(account_id) == ()


async def test_a_subscription_in_another_rhythm_is_no_plans() -> None:
    async with open_till() as till:
        account_id = await till.account()
        found = await till.subscribed(account_id)
        (raw,) = till.all("subscription")
        till.put(_weekly(raw))

        assert await till.gateway.live_subscriptions(account_id) == ()
        with pytest.raises(Refused, match="another rhythm") as refused:
            await till.gateway.subscription(found.subscription_id)
        assert refused.value.reason == "PAYMENTS_REFUSED"


async def test_invoices_are_charged_to_the_method_that_is_used_from_then_on() -> None:
    async with open_till() as till:
        account_id = await till.account()
        await till.subscribed(account_id)
        assert (await till.gateway.account(account_id)).method == PaymentMethod(
            method_id=till.all("payment_method")[0]["id"], kind="card", brand="visa", last4="4242", expires="12/2029"
        )
        with till.sandbox.world() as world:
            card = payment_methods.new_card(world, "5555555555554444", 3, 2031, account_id)
        for _ in range(2):
            await till.gateway.use_method(account_id, card["id"], "op-use")

        found = (await till.gateway.account(account_id)).method
        assert found is not None
        assert (found.method_id, found.brand, found.expires) == (card["id"], "mastercard", "03/2031")
        till.sandbox.advance(31 * DAY)
        assert till.all("charge")[0]["payment_method"] == card["id"]


async def test_a_subscription_tells_what_it_is_charged_to_while_that_is_its_own() -> None:
    async with open_till() as till:
        account_id = await till.account()
        bought = await till.subscribed(account_id)
        assert bought.method is not None
        assert (bought.method.brand, bought.method.last4) == ("visa", "4242")
        assert await till.gateway.live_subscriptions(account_id) == (bought,)

        await till.gateway.use_method(account_id, bought.method.method_id, "op-use")
        (found,) = await till.gateway.live_subscriptions(account_id)
        assert found.method is None
        assert (await till.gateway.account(account_id)).method == bought.method


async def test_collection_is_switched_off_and_on() -> None:
    async with open_till() as till:
        found = await till.subscribed(await till.account())
        await till.gateway.set_collection(found.subscription_id, automatic=False, key="op-off")
        assert not (await till.gateway.subscription(found.subscription_id)).collects_automatically

        till.sandbox.advance(31 * DAY)
        (invoice, *_) = (await till.gateway.invoices(found.account_id, after=None, limit=10)).invoices
        assert (invoice.status, invoice.due_at) == ("open", found.period_end + timedelta(days=30))

        await till.gateway.set_collection(found.subscription_id, automatic=True, key="op-on")
        assert (await till.gateway.subscription(found.subscription_id)).collects_automatically


@pytest.mark.parametrize(
    ("currency", "amounts"), [("usd", (9_900, 49_900)), ("jpy", (980, 4_980)), ("kwd", (3_010, 15_990))]
)
async def test_a_replacement_is_charged_and_credited_as_was_said(currency: str, amounts: tuple[int, int]) -> None:
    prices = [
        PlanPrice(product_name=name, lookup_key=f"{name}_monthly", amount=amount, currency=currency, interval="month")
        for name, amount in zip(("growth", "business"), amounts, strict=True)
    ]
    async with open_till(prices=prices) as till:
        account_id = await till.account()
        before = await till.subscribed(account_id, "growth_monthly")
        till.sandbox.advance(10 * DAY + 4_321)
        said = await till.gateway.charges_for(account_id, before, till.prices["business_monthly"])

        after = await till.subscribed(account_id, "business_monthly", replaces=before.subscription_id)
        charged = till.all("charge")[0]
        assert after.replaces == before.subscription_id
        for key in ("op-end", "op-end", "op-end-again"):
            await till.gateway.end_subscription(before.subscription_id, key)

        assert (said.due_now, said.currency) == (charged["amount"], currency) == (amounts[1], currency)
        credited = [line.amount for line in said.lines if line.proration]
        assert sum(credited) == await balance(till, account_id) < 0
        assert said.due_now == sum(line.amount for line in said.lines if not line.proration)
        assert await till.gateway.live_subscriptions(account_id) == (after,)


async def test_what_is_left_from_before_is_taken_off_what_is_charged() -> None:
    async with open_till() as till:
        account_id = await till.account()
        before = await till.subscribed(account_id)
        await till.gateway.end_subscription(before.subscription_id, "op-end")
        said = await till.gateway.charges_for(account_id, None, till.prices["business_monthly"])

        assert [(line.description, line.amount) for line in said.lines[1:]] == [("Credit from before", -9_900)]
        await till.subscribed(account_id, "business_monthly")
        assert till.all("charge")[0]["amount"] == said.due_now == 40_000


async def test_a_subscription_that_never_was_cannot_be_ended() -> None:
    async with open_till() as till:
        with pytest.raises(Refused) as refused:
            await till.gateway.end_subscription("sub_nobody", "op-end")
        assert refused.value.reason == "PAYMENTS_OBJECT_GONE"


async def test_what_has_ended_already_is_credited_no_more_and_what_never_was_is_gone() -> None:
    async with open_till() as till:
        account_id, price_id = await till.account(), till.prices["business_monthly"]
        before = await till.subscribed(account_id)
        await till.gateway.end_subscription(before.subscription_id, "op-end")

        said = await till.gateway.charges_for(account_id, before, price_id)
        assert [line.proration for line in said.lines] == [False, False]
        with pytest.raises(Refused, match="this subscription"):
            await till.gateway.charges_for(account_id, structs.replace(before, subscription_id="sub_nobody"), price_id)


async def test_a_price_that_no_longer_exists_is_named() -> None:
    async with open_till() as till:
        account_id = await till.account()
        with pytest.raises(Refused, match="this price") as refused:
            await till.gateway.charges_for(account_id, None, "price_gone")
        assert refused.value.reason == "PAYMENTS_OBJECT_GONE"


async def test_what_is_no_plan_goes_by_the_name_that_stripe_has_cleaned() -> None:
    extra = PlanPrice(product_name="Extra", lookup_key="extra", amount=1_000, currency="usd", interval="month")
    async with open_till(prices=[*PRICES, extra]) as till:
        account_id = await till.account()
        (product,) = till.all("product", name="Extra")
        till.put(product | {"name": "Ex\u202etra\x1b[2J"})

        assert (await till.subscribed(account_id, "extra", number=VISA)).product_name == "Extra[2J"


def _weekly(subscription: Object) -> Object:
    items = subscription["items"]
    (item,) = items["data"]
    weekly = item["price"] | {"recurring": item["price"]["recurring"] | {"interval": "week"}}
    return subscription | {"items": items | {"data": [item | {"price": weekly}]}}
