"""What Stripe was found to have is recorded, where it is new: in one transaction, with an audit event by Stripe."""

from collections.abc import Iterator, Sequence

import msgspec

from services.actions.transaction import revised
from services.audit.model import stream_of
from services.audit.store import append_to, current_head
from services.billing import store as billing_store
from services.billing.model import CustomerFacts
from services.billing.plan_views import method_view, outlook
from services.contract.context import CallContext
from services.contract.views import Change
from services.contract.wording import RAIL_TITLES
from services.payments.mirror import store as mirror_store
from services.payments.trail import payment_event
from services.storage.connection import Connection
from services.storage.pipeline import pipelined

SUBSCRIPTION, METHOD, INVOICE = "SyncSubscription", "SyncPaymentMethod", "SyncInvoice"


def record(
    conn: Connection,
    context: CallContext,
    before: CustomerFacts,
    after: CustomerFacts,
    *,
    action: str,
    because: Sequence[str],
    reason: str,
    also: Sequence[Change] = (),
) -> CustomerFacts:
    """Write what differs between two states of a customer's facts, and return them as they are stored.

    Where nothing differs, nothing is written.

    Args:
        context: whose principal the trail names.
        because: the ids of the events that told of it.
        also: what was changed beside the facts.
    """
    if after == before and not also:
        return before
    if after.billing != before.billing:
        billing = msgspec.structs.replace(after.billing, version=before.billing.version + 1)
        after = msgspec.structs.replace(after, billing=billing)
    after = revised(after, context)
    customer_id = after.customer.customer_id
    stream = stream_of(customer_id)
    head = current_head(conn, stream)
    told = {"changes": [*_changes(before, after), *also], "events": sorted(because)}
    with pipelined(conn):
        billing_store.save(conn, before, after, context.now)
        if after.payments != before.payments:
            mirror_store.save_profile(conn, customer_id, after.payments)
        if after.subscription != before.subscription:
            mirror_store.save_subscription(conn, customer_id, after.subscription)
        append_to(conn, payment_event(context, before, after, action=action, told=told, reason=reason), head)
    return after


def _changes(before: CustomerFacts, after: CustomerFacts) -> Iterator[Change]:
    for (label, old), (_label, new) in zip(_lines(before), _lines(after), strict=True):
        if old != new:
            yield Change(label=label, before=old, after=new)


_ON_FILE = {True: "yes", False: "no", None: "not known"}


def _lines(facts: CustomerFacts) -> list[tuple[str, str]]:
    billing, subscription = facts.billing, facts.subscription
    method = facts.payments.method
    return [
        ("Plan", billing.usage_tier or "none"),
        ("Subscription", "none" if subscription is None else f"{subscription.status}: {outlook(subscription)}"),
        ("Payment rail", RAIL_TITLES[billing.payment_rail]),
        ("Payment method", "none" if method is None else method_view(method).text),
        ("Method on file", _ON_FILE[billing.payment_method_on_file]),
        ("Automatic collection", "on" if billing.automatic_collection else "off"),
        ("At Stripe", "deleted" if facts.payments.gone else facts.customer.stripe_customer_id or "unknown"),
    ]
