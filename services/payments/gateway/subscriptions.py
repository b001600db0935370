"""Prices and subscriptions at Stripe."""

from collections.abc import Sequence

import stripe

from services.payments.gateway import invoice_shapes as invoice_shapes
from services.payments.gateway import reading, reading_invoices
from services.payments.gateway import shapes as shapes
from services.payments.gateway.asking import V1, Asking, once
from services.payments.gateway.faults import refused
from services.payments.gateway.shapes import read_as
from services.payments.port import Charges, RemotePrice, RemoteSubscription

DAYS_UNTIL_DUE = 30
"""How long an invoice that is sent may be open before it is overdue."""

_KEYS_AT_ONCE = 10  # as many as Stripe takes
_OVER = ("canceled", "incomplete_expired")
_EXPANDED = ["schedule", "default_payment_method"]


class Subscriptions(Asking):
    """The part of the gateway that knows what customers subscribe to."""

    async def prices(self, lookup_keys: Sequence[str]) -> tuple[RemotePrice, ...]:
        """Return the active prices of these keys; a key without one is left out.

        So is a key whose price no plan can have: one that is not charged each month or year, or not a fixed amount.
        """
        async with self._question() as v1:
            found = {each.lookup_key: reading.price(each) for each in await active_prices(v1, lookup_keys)}
            return tuple([price for key in lookup_keys if (price := found.get(key)) is not None])

    async def live_subscriptions(self, account_id: str) -> tuple[RemoteSubscription, ...]:
        """Return a customer's subscriptions that have not ended, the newest first.

        One that is not charged each month or year is no plan's, and left out.
        """
        async with self._question() as v1:
            expanded = [f"data.{field}" for field in _EXPANDED]
            page = await self._looked_up(
                shapes.Subscriptions, "/v1/subscriptions", customer=account_id, limit=100, expand=expanded
            )
            found = [each for each in page.data if each.status not in _OVER and reading.is_plan(each)]
            return await self._named(v1, found)

    async def subscription(self, subscription_id: str) -> RemoteSubscription:
        """Return a subscription, also one that has ended."""
        async with self._question() as v1:
            (found,) = await self._named(v1, [await _retrieved(v1, subscription_id)])
            return found

    async def end_subscription(self, subscription_id: str, key: str) -> None:
        """End a subscription now, crediting what is left of its period. One that has ended stays as it is.

        The credit is for the invoices that follow. Stripe needs no key here, as nothing can be ended twice: it then
        says that there is no such subscription.
        """
        async with self._question() as v1:
            try:
                await v1.subscriptions.cancel_async(
                    subscription_id, {"prorate": True, "invoice_now": True}, {"idempotency_key": key}
                )
            except stripe.InvalidRequestError:
                if (await _retrieved(v1, subscription_id)).status not in _OVER:
                    raise

    async def set_collection(self, subscription_id: str, *, automatic: bool, key: str) -> None:
        """Let a subscription's invoices be charged by themselves, or sent to be paid by hand."""
        params: stripe.params.SubscriptionUpdateParams = (
            {"collection_method": "charge_automatically"}
            if automatic
            else {"collection_method": "send_invoice", "days_until_due": DAYS_UNTIL_DUE}
        )
        async with self._question() as v1:
            await once(lambda options: v1.subscriptions.update_async(subscription_id, params, options), key)

    async def charges_for(self, account_id: str, replaced: RemoteSubscription | None, price_id: str) -> Charges:
        """Return what subscribing to a price now would be charged, with the credit for what it replaces.

        `due_now` is what Checkout charges: the whole first period, less what the customer has left from before. The
        credit stands among the lines (prorations, negative) and is not taken off: it arises when the replaced
        subscription is ended, after Checkout, and Stripe keeps it for the invoices that follow.
        """
        async with self._question() as v1:
            answer = await v1.invoices.create_preview_async(
                {"customer": account_id, "subscription_details": {"items": [{"price": price_id, "quantity": 1}]}}
            )
            begun = read_as(invoice_shapes.Preview, answer)
            ended = None if replaced is None else await _credit_of(v1, replaced.subscription_id)
            return reading_invoices.charges(begun, ended)

    async def _named(self, v1: V1, found: Sequence[shapes.Subscription]) -> tuple[RemoteSubscription, ...]:
        """Return subscriptions with the names of their products, which lie too deep to come along in a list.

        A plan goes by the name that it has here: only of what is no plan of ours Stripe is asked.
        """
        names: dict[str, str] = {}
        if others := [each for each in found if reading.lookup_key(each) not in self._sold]:
            page = await v1.products.list_async({"ids": reading.product_ids(others), "limit": 100})
            names = {product.id: product.name for product in read_as(shapes.Products, page).data}
        return tuple([reading.subscription(each, names, await _becoming(v1, each)) for each in found])


async def active_prices(v1: V1, lookup_keys: Sequence[str]) -> list[shapes.Price]:
    """Return the active prices of these keys, in no order."""
    found: list[shapes.Price] = []
    for start in range(0, len(lookup_keys), _KEYS_AT_ONCE):
        keys = list(lookup_keys[start : start + _KEYS_AT_ONCE])
        page = await v1.prices.list_async({"lookup_keys": keys, "active": True, "limit": 100})
        found += read_as(shapes.Prices, page).data
    return found


async def _retrieved(v1: V1, subscription_id: str) -> shapes.Subscription:
    answer = await v1.subscriptions.retrieve_async(subscription_id, {"expand": _EXPANDED})
    found = read_as(shapes.Subscription, answer)
    if not reading.is_plan(found):
        raise refused("The subscription is charged in another rhythm than plans are: change it at Stripe.")
    return found


async def _becoming(v1: V1, found: shapes.Subscription) -> shapes.Price | None:
    following = reading.next_phase(found)
    if following is None:
        return None
    price_id = reading.identity(following.items[0].price)
    return read_as(shapes.Price, await v1.prices.retrieve_async(price_id, {"expand": ["product"]}))


async def _credit_of(v1: V1, subscription_id: str) -> invoice_shapes.Preview | None:
    """Return the last invoice of a subscription that ended now; null where it would leave none."""
    try:
        answer = await v1.invoices.create_preview_async(
            {
                "subscription": subscription_id,
                "subscription_details": {"cancel_now": True, "proration_behavior": "always_invoice"},
            }
        )
    except stripe.InvalidRequestError as error:
        if error.code == "invoice_upcoming_none":
            return None
        raise
    return read_as(invoice_shapes.Preview, answer)
