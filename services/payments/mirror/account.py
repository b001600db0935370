"""A customer of Stripe's as a whole: its payment method, what came of its pages, and the subscription that counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.contract.errors import Refused
from services.contract.views import Change
from services.payments import operations_store
from services.payments.collection_changes import chosen_before, record_found
from services.payments.hints import tell_of_subscriptions_alone
from services.payments.mirror import store as mirror_store
from services.payments.mirror.effects import (
    KnownSubscription,
    counting,
    keeps_by_hand,
    replaced_before,
    superfluous,
    superseded,
    with_account,
    with_own_method,
    with_subscription,
)
from services.payments.mirror.recording import METHOD, SUBSCRIPTION, record
from services.payments.mirror.under_lock import (
    Held,
    Mirror,
    UnknownAccountError,
    known_account,
    locked,
    owner_of,
    settle,
)
from services.payments.model import PAGES_LAST, Operation, OperationKind
from services.payments.port import PaymentProvider, RemoteAccount, RemoteSubscription, SessionOutcome
from services.storage.connection import Connection


class _AccountRead(NamedTuple):
    """What Stripe has of a customer.

    Attributes:
        account: null where it was not asked for.
        over: the operations of which it is known now what came of their pages.
    """

    account: RemoteAccount | None
    subscriptions: tuple[RemoteSubscription, ...]
    over: tuple[str, ...] = ()
    setup_open_until: datetime | None = None


class _Known(NamedTuple):
    """What the records have of a customer before Stripe is read. Who changes it has the lock that the reader holds.

    Attributes:
        pages: those of which it is not known yet what came of them.
        wish: the change of collection of which it is not known either.
        subscription: the one that counts, or counted, as far as it says how it is collected.
    """

    customer_id: str
    pages: list[Operation]
    wish: Operation | None
    subscription: KnownSubscription | None


async def sync_account(mirror: Mirror, held: Held) -> None:
    account_id = held.hint.object_id
    known = await mirror.in_thread(lambda: _known(mirror, account_id))
    customer_id, pages = known.customer_id, known.pages
    found = None
    if not pages and tell_of_subscriptions_alone(held.event_types):
        found = await _read_subscriptions(mirror.provider, account_id)
    if found is None:
        found = await _read_account(mirror.provider, account_id, pages, mirror.clock())
    counts = counting(found.subscriptions)
    ended = superfluous(counts, found.subscriptions, mirror.policy.plans)
    for each in ended:
        await mirror.provider.end_subscription(each, f"replaced-{each}")
    if counts is not None and keeps_by_hand(known.subscription, counts):
        new = counts.subscription_id
        await mirror.provider.set_collection(new, automatic=False, key=f"by-hand-{new}")
        counts = await mirror.provider.subscription(new)  # it may have been done before, and undone since

    def write(conn: Connection) -> None:
        before = locked(conn, customer_id)
        if before.customer.stripe_customer_id != account_id:
            raise UnknownAccountError("it was given to another customer while it was read")
        context = mirror.context()
        because = held.event_ids
        if known.wish is not None:
            before = record_found(conn, context, before, known.wish, counts)
        after = before
        if found.account is not None:
            after = with_own_method(with_account(before, found.account, found.setup_open_until), counts)
            after = record(
                conn, context, before, after, action=METHOD, because=because, reason="as Stripe has the customer"
            )
        planned = with_subscription(with_own_method(after, counts), counts, context.policy.plans, context.now)
        gone = (*replaced_before(before.subscription, counts, found.subscriptions), *ended)
        also = [Change(label="Subscription", before=each, after="ended: another one took its place") for each in gone]
        record(
            conn, context, after, planned, action=SUBSCRIPTION, because=because, reason="as Stripe has it", also=also
        )
        operations_store.end(conn, found.over, context.now)

    await settle(mirror, held, write)


def _known(mirror: Mirror, account_id: str) -> _Known:
    with mirror.store.look() as conn:
        customer_id = owner_of(conn, account_id)
        pages, wish = operations_store.still_open(conn, customer_id, mirror.clock() - PAGES_LAST)
        subscription = mirror_store.known_subscription(conn, customer_id) or chosen_before(conn, customer_id)
        return _Known(customer_id, pages, wish, subscription)


async def _read_subscriptions(provider: PaymentProvider, account_id: str) -> _AccountRead | None:
    """Read the subscriptions alone; null where that does not tell all: of what is charged to the customer's default.

    So it is where the customer is gone, too.
    """
    try:
        found = await provider.live_subscriptions(account_id)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        return None
    counts = counting(found)
    return None if counts is None or counts.method is None else _AccountRead(None, found)


async def _read_account(
    provider: PaymentProvider, account_id: str, pages: Sequence[Operation], now: datetime
) -> _AccountRead:
    account = await known_account(provider, account_id)
    if account.deleted:
        return _AccountRead(account, (), tuple(page.operation_id for page in pages))
    over: list[str] = []
    open_until: datetime | None = None
    earlier = superseded(pages)
    for page in reversed(pages):  # what was given on the latest one is used in the end
        outcome = await _outcome(provider, page, closes=page in earlier)
        if outcome is None or outcome.status != "open":
            over.append(page.operation_id)
        elif page.kind is OperationKind.SETUP and outcome.expires_at > now:
            open_until = max(open_until or outcome.expires_at, outcome.expires_at)
        if outcome is not None and outcome.status == "complete" and outcome.method_id:
            await provider.use_method(account_id, outcome.method_id, f"use-{outcome.session_id}")
            account = await provider.account(account_id)
    return _AccountRead(account, await provider.live_subscriptions(account_id), tuple(over), open_until)


async def _outcome(provider: PaymentProvider, page: Operation, *, closes: bool) -> SessionOutcome | None:
    """Return what came of a page, null where Stripe no longer has it; `closes`: another one was opened in its place."""
    if page.session_id is None:
        return None
    try:
        return await (provider.close_session if closes else provider.session)(page.session_id)
    except Refused as refused:
        if refused.reason != "PAYMENTS_OBJECT_GONE":
            raise
        return None
