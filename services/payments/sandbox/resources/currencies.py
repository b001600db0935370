"""The currencies that a customer pays in: one at a time, and each with a balance of its own."""

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.world import Object, World

_BALANCES = "sandbox.balances"
"""The kind under which a customer's balances are kept in currencies that it does not pay in now."""


def check(world: World, customer: str, currency: str) -> None:
    """Check that nothing which a customer still pays for, or is still to be invoiced, is in another currency.

    Raises:
        ApiError: 400, as Stripe says it.
    """
    paying = [each for each in world.all("subscription", customer=customer) if each["ended_at"] is None]
    waiting = [each for each in world.all("invoiceitem", customer=customer) if each["invoice"] is None]
    for each in paying + waiting:
        if each["currency"] != currency:
            raise invalid_request(
                "You cannot combine currencies on a single customer. This customer has an active subscription, "
                f"subscription schedule, discount, quote, or invoice item with currency {each['currency']}."
            )


def paying_in(world: World, customer: Object, currency: str) -> Object:
    """Return a customer as it is once it pays in a currency: with the balance in that one. Nothing is recorded."""
    if customer["currency"] == currency:
        return customer
    if customer["currency"] is None:
        return customer | {"currency": currency}
    return customer | {"currency": currency, "balance": _kept(world, customer).get(currency, 0)}


def pay_in(world: World, customer_id: str, currency: str) -> Object:
    """Let a customer pay in a currency from now on, and return it; the balance in the former one is kept."""
    before = world.get("customer", customer_id)
    customer = paying_in(world, before, currency)
    if customer == before:
        return customer
    if before["currency"] is not None:
        kept = _kept(world, before) | {before["currency"]: before["balance"]}
        world.put({"id": _kept_as(before), "object": _BALANCES, "created": world.now, "balances": kept})
        world.emit("customer.updated", customer, before)
    world.put(customer)
    return customer


def _kept(world: World, customer: Object) -> dict[str, int]:
    found = world.find(_BALANCES, _kept_as(customer))
    return {} if found is None else found["balances"]


def _kept_as(customer: Object) -> str:
    return f"balances_{customer['id']}"
