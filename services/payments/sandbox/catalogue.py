"""What is sold in the sandbox: products and their prices, by lookup key."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from services.payments.sandbox.resources import prices, products
from services.payments.sandbox.world import Object, World


class PlanPrice(msgspec.Struct, frozen=True, kw_only=True):
    """One price of a plan.

    Args:
        product_name: the plan's name; prices with the same one belong to one product.
        lookup_key: what the price is found by.
        amount: in the currency's smallest unit.
        currency: three small letters.
        interval: how often it is asked.
    """

    product_name: str
    lookup_key: str
    amount: int
    currency: str
    interval: Literal["month", "year"]


def ensure(world: World, plans: Iterable[PlanPrice]) -> dict[str, str]:
    """Have these prices, and return their ids by lookup key.

    What is there stays. A price that is another now is made anew, as no amount of a price can change, and takes over
    the lookup key; who subscribed to the earlier one keeps it.
    """
    return {plan.lookup_key: _price(world, plan)["id"] for plan in plans}


def _price(world: World, plan: PlanPrice) -> Object:
    for price in world.all("price", lookup_key=plan.lookup_key):
        if (price["unit_amount"], price["currency"]) == (plan.amount, plan.currency) and (
            price["recurring"]["interval"] == plan.interval
        ):
            return price
    return prices.create(
        world,
        prices.NewPrice(
            product=_product(world, plan.product_name)["id"],
            lookup_key=plan.lookup_key,
            transfer_lookup_key=True,
            unit_amount=plan.amount,
            currency=plan.currency,
            recurring=prices.Recurring(interval=plan.interval),
        ),
    )


def _product(world: World, name: str) -> Object:
    known = world.all("product", name=name)
    return known[0] if known else products.create(world, products.NewProduct(name=name))
