"""Customers with a past, for demos: what happened to them is played at the moments at which it happened."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from services.payments.sandbox import billing
from services.payments.sandbox.resources import (
    customers,
    invoice_endings,
    invoices,
    payment_methods,
    subscriptions,
)
from services.payments.sandbox.resources.subscription_changes import ProrationBehavior
from services.payments.sandbox.world import Object, World

_DAY = 86_400
_CARDS_LAST_YEARS = 3

Happening = Callable[[World, str], object]
"""Lets something happen to a customer, by its id, at the world's `now`."""


class Life(NamedTuple):
    """A customer and what has happened to it.

    Args:
        account_id: its id in the sandbox.
        customer_id: the merchant's own name of it, kept in its metadata.
        came: how many days ago it became a customer.
        past: what happened to it, and how many days ago; in any order.
    """

    account_id: str
    customer_id: str
    name: str
    came: float
    past: tuple[tuple[float, Happening], ...] = ()


def play(world: World, lives: Iterable[Life]) -> None:
    """Let these customers have lived, up to the world's `now`, whatever else was there before them."""
    happenings = [
        (ago, life.account_id, happening)
        for life in lives
        for ago, happening in ((life.came, _coming(life)), *life.past)
    ]
    happenings.sort(key=lambda each: -each[0])
    for ago, together in groupby(happenings, key=lambda each: each[0]):
        with world.at(world.now - round(ago * _DAY)):
            billing.tick(world)
            for _, account_id, happening in together:
                happening(world, account_id)
    billing.tick(world)


def card(number: str) -> Happening:
    """The customer adds a card, to which its invoices are charged from then on."""

    def add(world: World, account_id: str) -> None:
        year = datetime.fromtimestamp(world.now, UTC).year + _CARDS_LAST_YEARS
        method = payment_methods.new_card(world, number, 4, year, account_id)
        settings = customers.InvoiceSettings(default_payment_method=method["id"])
        customers.update(world, customers.CustomerFields(invoice_settings=settings), account_id)

    return add


def subscribed(price: str, *, by_invoice: bool = False) -> Happening:
    """The customer subscribes to a price, by its lookup key; it is charged to the card, or sent invoices."""
    collection = "send_invoice" if by_invoice else "charge_automatically"

    def subscribe(world: World, account_id: str) -> None:
        subscriptions.start(
            world,
            customer=account_id,
            price=_price(world, price),
            payment_method=None,
            metadata={},
            collection_method=collection,
        )

    return subscribe


def changed(price: str, *, proration: ProrationBehavior = "always_invoice") -> Happening:
    """The customer changes to another price at once."""
    return lambda world, account_id: subscriptions.change_price(
        world, _subscription(world, account_id), _price(world, price), proration=proration
    )


def changes_later(price: str) -> Happening:
    """The customer changes to another price at the end of its period."""
    return lambda world, account_id: subscriptions.change_at_period_end(
        world, _subscription(world, account_id), _price(world, price)
    )


def transferred() -> Happening:
    """The customer pays its oldest open invoice by a bank transfer."""
    return lambda world, account_id: invoices.pay_out_of_band(world, _oldest_open(world, account_id)["id"])


def voided() -> Happening:
    """The oldest open invoice of the customer is declared to be a mistake."""
    return lambda world, account_id: invoice_endings.void(world, _oldest_open(world, account_id)["id"])


def _coming(life: Life) -> Happening:
    def come(world: World, account_id: str) -> None:
        metadata: dict[str, str | None] = {"customer_id": life.customer_id}
        customers.create(world, customers.NewCustomer(name=life.name, metadata=metadata), account_id)

    return come


def _price(world: World, lookup_key: str) -> str:
    return str(world.all("price", lookup_key=lookup_key)[0]["id"])


def _subscription(world: World, account_id: str) -> str:
    return str(world.all("subscription", customer=account_id)[0]["id"])


def _oldest_open(world: World, account_id: str) -> Object:
    return world.all("invoice", customer=account_id, status="open")[-1]
