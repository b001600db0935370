"""How the reading of Stripe's events stands, for who looks after it. Called inside the caller's transaction."""

import msgspec
from sqlalchemy import Connection, func, select

from services.storage.tables import customers, payment_events, payment_profiles, subscriptions

_TRIED_IN_VAIN = 3  # once or twice is a busy moment at Stripe

_OF_STATUS = select(func.count()).select_from(payment_events)
_WAITING = payment_events.c.status == "waiting"
_FAILING = _WAITING & (payment_events.c.attempts >= _TRIED_IN_VAIN)
_PROBLEM = (
    select(payment_events.c.problem)
    .where(_FAILING, payment_events.c.problem.is_not(None))
    .order_by(payment_events.c.attempts.desc(), payment_events.c.event_id)
    .limit(1)
)
_KEPT_ASIDE = (
    select(payment_events.c.problem, func.count(), func.count(payment_events.c.account_id.distinct()))
    .where(payment_events.c.status == "quarantined")
    .group_by(payment_events.c.problem)
    .order_by(func.count().desc(), payment_events.c.problem)
)

_ACCOUNT = (
    select(customers.c.stripe_customer_id)
    .outerjoin(payment_profiles, payment_profiles.c.customer_id == customers.c.customer_id)
    .outerjoin(subscriptions, subscriptions.c.customer_id == customers.c.customer_id)
    .where(customers.c.stripe_customer_id.is_not(None), payment_profiles.c.gone.is_not(True))
    .order_by(subscriptions.c.customer_id.is_(None), customers.c.customer_id)
    .limit(1)
)


class KeptAside(msgspec.Struct, frozen=True):
    """Events that are not acted on for the same reason, and how many of Stripe's customers they are about."""

    problem: str | None
    events: int
    accounts: int


class InboxHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How many of Stripe's events are not acted on.

    Args:
        waiting: those that will be; `failing` of them were tried several times, in vain because of `problem`.
        aside: those that will not be, by the reason.
    """

    waiting: int
    failing: int
    problem: str | None
    aside: tuple[KeptAside, ...]


def an_account(conn: Connection) -> str | None:
    """Return a Stripe customer of a customer here, of one with a subscription if there is any: that was read there."""
    return conn.execute(_ACCOUNT).scalar()


def inbox_health(conn: Connection) -> InboxHealth:
    """Return how the inbox stands."""
    return InboxHealth(
        waiting=conn.execute(_OF_STATUS.where(_WAITING)).scalar_one(),
        failing=conn.execute(_OF_STATUS.where(_FAILING)).scalar_one(),
        problem=conn.execute(_PROBLEM).scalar(),
        aside=tuple(KeptAside(*row) for row in conn.execute(_KEPT_ASIDE)),
    )
