"""What the demo's opening customers have at Stripe: plans, cards, and a year of invoices.

Their records say from the start which plan they have and who they are at Stripe. What has happened there is played in
the demo's sandbox when that is first needed, which is behind the first frames, and is read into the records as
everything is that happens at Stripe.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from services.contract.policy import Policy
from services.feeding import demo_kinds, demo_usage
from services.feeding.demo import demo_file
from services.payments import inbox_store
from services.payments.inbox import ask_since
from services.payments.model import Hint, Subject
from services.payments.port import RemoteEvent
from services.storage.connection import Connection
from services.storage.engine import Store

if TYPE_CHECKING:
    from services.payments.sandbox.lives import Life
    from services.payments.sandbox.sandbox import Sandbox

_Record = dict[str, Any]

VISA, MASTERCARD, FAILING = "4242424242424242", "5555555555554444", "4000000000000341"
_DOZEN = 12  # who is looked at first
_CARD_SINCE = 90.0  # days: of the customers that the opening ones are followed by
_YEAR_OF_INVOICES = 374.0  # days: the thirteenth monthly invoice is some nine days old


class _Opening(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first customers of the demo.

    Args:
        plan: that it has; null: none.
        part: of what the plan includes it uses, beside its nodes.
    """

    plan: str | None = None
    part: float = 0.0


OPENING = {
    "demo-0003": _Opening(plan="growth", part=0.6),
    "demo-0004": _Opening(plan="growth", part=0.62),
    "demo-0005": _Opening(),
    "demo-0008": _Opening(plan="business", part=0.35),
    "demo-0009": _Opening(),
    "demo-0010": _Opening(plan="business", part=0.8),
    "demo-0011": _Opening(plan="growth", part=0.45),
    "demo-0012": _Opening(plan="starter", part=0.85),
}
"""Who of the demo's dozen is at Stripe. The others show what a customer is like that is not."""


class Account(msgspec.Struct, frozen=True):
    """A customer of the demo and who it is at Stripe; `has_card`: it is said to have one."""

    account_id: str
    customer_id: str
    name: str
    has_card: bool


class DemoAccounts:
    """The demo's customers with what they are at Stripe.

    Args:
        customers: how many there are.
        seed: what they are made with.

    Attributes:
        content: the customers for `ImportCustomers`, with who is whom at Stripe and has which plan.
    """

    def __init__(self, customers: int, seed: int, now: datetime) -> None:
        rng = Random(seed)  # noqa: S311  a demo has no secrets
        lines = demo_file(customers, seed, now).splitlines(keepends=True)
        self._accounts: list[Account] = []
        for place, line in enumerate(lines):
            if place >= _DOZEN and b'"stripe_customer_id"' not in line:
                continue
            record = json.loads(line)
            if (opening := OPENING.get(record["customer_id"])) is not None:
                record |= _planned(record, opening, rng, now)
                lines[place] = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            if record.get("stripe_customer_id") is not None:
                self._accounts.append(_account(record))
        self.content = b"".join(lines)
        self._customers = customers
        self._now = now

    def announce(self, store: Store) -> None:
        """Let it be read from the sandbox what the opening customers have there."""
        store.transact(self._announce)

    @contextmanager
    def furnished(self, store: Store, policy: Policy, sandbox: "Sandbox") -> Iterator[None]:
        """Let the customers have lived in a sandbox that knows the plans' prices, and have nodes while the block runs.

        That takes a tenth of a second, and is needed by those alone who look at plans: it is not in the demo's way.
        """
        from billinghelp.demo_nodes import add_nodes, beating
        from services.payments.sandbox.lives import play

        with sandbox.world() as world:
            play(world, _lives(self._accounts))
        add_nodes(store, policy, self._customers, self._now)
        with beating(store):
            yield

    def _announce(self, conn: Connection) -> None:
        told = [
            (_event(subject, account.account_id, self._now), Hint(subject, account.account_id))
            for account in self._accounts
            if account.customer_id in OPENING
            for subject in (Subject.ACCOUNT, Subject.INVOICES)
        ]
        inbox_store.receive(conn, told, self._now)
        # From now on Stripe is asked what is new: the others are read when somebody turns to them.
        ask_since(conn, self._now)


def _planned(record: _Record, opening: _Opening, rng: Random, now: datetime) -> _Record:
    """Return what of a customer's record is another because of its plan."""
    planned: _Record = {"stripe_customer_id": f"cus_{record['customer_id'].replace('-', '')}"}
    if opening.plan is None:
        return planned
    planned["billing"] = record["billing"] | {"usage_tier": opening.plan}
    record = record | planned
    return planned | demo_kinds.use_of(record, rng) | demo_usage.levels(record, rng, now, part=opening.part)


def _account(record: _Record) -> Account:
    has_card = record.get("payment_method_on_file") is True
    return Account(record["stripe_customer_id"], record["customer_id"], record["legal_name"], has_card)


def _event(subject: Subject, account_id: str, now: datetime) -> RemoteEvent:
    return RemoteEvent(
        event_id=f"demo-{subject}-{account_id}",
        type="demo",
        object_id=account_id,
        object_kind="customer",
        account_id=account_id,
        created_at=now,
        livemode=False,
    )


def _lives(accounts: Iterable[Account]) -> "Iterator[Life]":
    from services.payments.sandbox import lives
    from services.payments.sandbox.lives import Life

    def month(number: int) -> float:
        """Return how many days ago the month of a year of invoices began, to a day."""
        return _YEAR_OF_INVOICES - number * 365.25 / 12

    paid = [(month(number) - 12, lives.transferred()) for number in range(11) if number != 5]
    pasts: dict[str, tuple[tuple[float, lives.Happening], ...]] = {
        # Fell behind with a card that no longer works.
        "demo-0003": (
            (98, lives.card(VISA)),
            (98, lives.subscribed("growth_monthly")),
            (20, lives.card(FAILING)),
        ),
        # Pays by bank transfer: all but the last two invoices, of which one is overdue; one was a mistake.
        "demo-0004": (
            (_YEAR_OF_INVOICES, lives.subscribed("growth_monthly", by_invoice=True)),
            (month(5) - 2, lives.voided()),
            *paid,
        ),
        # Has never finished its payment setup.
        "demo-0005": (),
        # By the year.
        "demo-0008": ((400, lives.card(VISA)), (400, lives.subscribed("business_yearly"))),
        # A card, and no plan yet.
        "demo-0009": ((30, lives.card(MASTERCARD)),),
        # The MSP: has grown.
        "demo-0010": (
            (165, lives.card(MASTERCARD)),
            (165, lives.subscribed("growth_monthly")),
            (77, lives.changed("business_monthly")),
        ),
        # Its clients: one goes down to a smaller plan when its month is over, one has just begun.
        "demo-0011": (
            (130, lives.card(VISA)),
            (130, lives.subscribed("growth_monthly")),
            (1, lives.changes_later("starter_monthly")),
        ),
        "demo-0012": ((10, lives.card(VISA)), (10, lives.subscribed("starter_monthly"))),
    }
    for account in accounts:
        past = pasts.get(account.customer_id, ((_CARD_SINCE, lives.card(VISA)),) if account.has_card else ())
        came = max((ago for ago, _ in past), default=_CARD_SINCE)
        yield Life(account.account_id, account.customer_id, account.name, came, past)
