"""What webhooks are measured on: a sandbox in a process of its own, whose customers have all just bought a plan."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from billinghelp.payments import sandbox_prices
from services.contract.policy import Policy
from services.payments.inbox import ask_since
from services.payments.sandbox.resources import customers, payment_methods, subscriptions
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.storage.engine import Store
from tests.benchmarks.webhook_load import Load, Told
from tests.serve_process import ServeProcess, serve_process
from tests.surface import Workbench, customer

SECRET = "whsec_of_the_benchmark"
_CARD = "4242424242424242"
# The sandbox's events lie before what a service asks for when it starts: it hears of them by webhooks alone.
_BEFORE = timedelta(hours=1)


class Shop(msgspec.Struct, frozen=True):
    """A sandbox that is served.

    Attributes:
        url: where.
        pid: of its process.
        accounts: its customers.
        bodies: webhooks, as they are posted: of each customer that it has subscribed, and of each that it has paid its
            first invoice, in an order in which neither comes near the other.
    """

    url: str
    pid: int
    accounts: list[str]
    bodies: list[bytes]


@contextmanager
def open_shop(folder: Path, size: int) -> Iterator[Shop]:
    """Yield a sandbox with so many customers."""
    state = folder / "sandbox.db"
    accounts, bodies = _stock(state, size)
    command = (sys.executable, "-m", "billinghelp", "stripe-sandbox", "--port", "0", "--state", str(state), "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = msgspec.json.decode(process.stdout.readline())["url"]
        try:
            yield Shop(url, process.pid, accounts, bodies)
        finally:
            process.terminate()


def _stock(state: Path, size: int) -> tuple[list[str], list[bytes]]:
    sandbox = Sandbox(state, clock=lambda: datetime.now(UTC) - _BEFORE)
    price = sandbox.ensure_catalogue(sandbox_prices(Policy().plans))["growth_monthly"]
    accounts = []
    for number in range(size):
        with sandbox.world() as world:
            account = customers.create(world, customers.NewCustomer(name=f"Customer {number}"))["id"]
            card = payment_methods.new_card(world, _CARD, 4, 2030, account)["id"]
            subscriptions.start(world, customer=account, price=price, payment_method=card, metadata={})
            accounts.append(account)
    with sandbox.world() as world:
        events = world.all("event")
    sandbox.close()
    subscribed = _of_type(events, "customer.subscription.created")
    paid = _of_type(events, "invoice.paid")
    apart = [*accounts[size // 2 :], *accounts[: size // 2]]
    pairs = zip(accounts, apart, strict=True)
    return accounts, [body for here, there in pairs for body in (subscribed[here], paid[there])]


def _of_type(events: list[dict[str, Any]], kind: str) -> Mapping[str, bytes]:
    """Return the events of a type, by customer."""
    found = [event for event in events if event["type"] == kind]
    return {event["data"]["object"]["customer"]: msgspec.json.encode(event) for event in found}


def feed(url: str, shop: Shop) -> None:
    """Have the shop's customers among the records, as an import has them, with nothing known of their payments."""
    store = Store(url)
    store.upgrade()
    unpaid = {"state": "verified", "payment_rail": "none", "usage_tier": None}
    Workbench(store).feed(*(customer(each, stripe_customer_id=each, billing=unpaid) for each in shop.accounts))
    store.transact(lambda conn: ask_since(conn, datetime.now(UTC)))
    store.close()


@contextmanager
def served(url: str, folder: Path, shop: Shop) -> Iterator[ServeProcess]:
    """Yield a service whose payments the shop takes."""
    environ = {"STRIPE_SECRET_KEY": TEST_KEY, "STRIPE_API_BASE": shop.url, "STRIPE_WEBHOOK_SECRET": SECRET}
    with serve_process(url, folder, environ=environ) as server:
        yield server


@contextmanager
def sender() -> "Iterator[subprocess.Popen[bytes]]":
    """Yield what sends webhooks."""
    command = (sys.executable, "-m", "tests.benchmarks.webhook_load")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def send(process: "subprocess.Popen[bytes]", load: Load) -> Told:
    """Return what became of a load."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(load) + b"\n")
    process.stdin.flush()
    return msgspec.json.decode(process.stdout.readline(), type=Told)
