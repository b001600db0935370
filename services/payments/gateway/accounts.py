"""Customers at Stripe, and what their invoices are charged to."""

import stripe

from services.payments.gateway import reading
from services.payments.gateway import shapes as shapes
from services.payments.gateway.asking import V1, Asking, once
from services.payments.gateway.shapes import read_as
from services.payments.port import RemoteAccount

_LONGEST_NAME = 256  # Stripe's own limit


class Accounts(Asking):
    """The part of the gateway that knows customers."""

    async def create_account(self, customer_id: str, name: str, key: str) -> str:
        """Make a customer at Stripe, which carries our id, and return its id there."""
        async with self._question() as v1:
            answer = await once(
                lambda options: v1.customers.create_async(
                    {"name": name[:_LONGEST_NAME], "metadata": {reading.CUSTOMER_ID: customer_id}}, options
                ),
                key,
            )
            return read_as(shapes.Customer, answer).id

    async def account(self, account_id: str) -> RemoteAccount:
        """Return a customer as it is at Stripe."""
        async with self._question() as v1:
            found = read_as(shapes.Customer, await v1.customers.retrieve_async(account_id))
            # What is asked for along with a customer is not there where the customer was deleted.
            return reading.account(found, None if found.deleted else await _charged(v1, found))

    async def use_method(self, account_id: str, method_id: str, key: str) -> None:
        """Charge a customer's invoices to this payment method from now on.

        A subscription that was begun in Checkout has a payment method of its own, which comes before the customer's. It
        is taken from it: the portal lets people choose the customer's alone.
        """
        async with self._question() as v1:
            await once(
                lambda options: v1.customers.update_async(
                    account_id, {"invoice_settings": {"default_payment_method": method_id}}, options
                ),
                key,
            )
            page = await v1.subscriptions.list_async({"customer": account_id, "limit": 100})
            for each in read_as(shapes.Subscriptions, page).data:
                if each.default_payment_method is not None and each.status != "incomplete_expired":
                    await _charge_to_customer(v1, each.id, f"{key}-{each.id}")


async def _charge_to_customer(v1: V1, subscription_id: str, key: str) -> None:
    params: stripe.params.SubscriptionUpdateParams = {"default_payment_method": ""}
    await once(lambda options: v1.subscriptions.update_async(subscription_id, params, options), key)


async def _charged(v1: V1, found: shapes.Customer) -> shapes.Method | None:
    """Return the payment method that is the customer's default, or else the one that was added last."""
    default = None if found.invoice_settings is None else found.invoice_settings.default_payment_method
    if default is not None:
        answer = await v1.customers.payment_methods.retrieve_async(found.id, reading.identity(default))
        return read_as(shapes.Method, answer)
    page = await v1.customers.payment_methods.list_async(found.id, {"limit": 1})
    return next(iter(read_as(shapes.Methods, page).data), None)
