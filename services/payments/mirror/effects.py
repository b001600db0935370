"""What a customer's facts become when Stripe was read again. Pure: the same reading leads to the same facts."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.billing.model import CustomerFacts, Invoice, PaymentMethod, PaymentProfile, Subscription
from services.contract.plans import PlanCatalogue
from services.contract.types import InvoiceStatus, PaymentRail, SubscriptionStatus
from services.payments.model import Operation, OperationKind
from services.payments.port import RemoteAccount, RemoteInvoice, RemoteSubscription


class KnownSubscription(msgspec.Struct, frozen=True):
    """The subscription that counted so far, and how it is collected; of no id: how the one that comes is to be."""

    subscription_id: str | None
    collects_automatically: bool


_GIVES_PLAN = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.UNPAID,
    SubscriptionStatus.PAUSED,
)


def counting(found: Sequence[RemoteSubscription]) -> RemoteSubscription | None:
    """Return the subscription that counts: the one that was made last of those that give a plan; null for none.

    Stripe's clock tells seconds: of two that were made in one, it is that which was bought in the other's place.
    """
    live = [each for each in found if each.status in _GIVES_PLAN]
    replaced = {each.replaces for each in live}
    return max(
        live,
        key=lambda each: (each.created_at, each.subscription_id not in replaced, each.subscription_id),
        default=None,
    )


def superfluous(
    counts: RemoteSubscription | None, found: Sequence[RemoteSubscription], plans: PlanCatalogue
) -> tuple[str, ...]:
    """Return the subscriptions that are to end because another one counts: a customer has one plan, and pays for one.

    That is the one in whose place the other was bought, and any further one of a plan, as when two pages were paid.
    What is subscribed to beside the plans is nobody's business here.
    """
    if counts is None:
        return ()
    counts_for_plan = plans.sold_as(counts.lookup_key) is not None
    return tuple(
        each.subscription_id
        for each in found
        if each.status in _GIVES_PLAN
        and each.subscription_id != counts.subscription_id
        and (
            each.subscription_id == counts.replaces or (counts_for_plan and plans.sold_as(each.lookup_key) is not None)
        )
    )


def replaced_before(
    known: Subscription | None, counts: RemoteSubscription | None, found: Sequence[RemoteSubscription]
) -> tuple[str, ...]:
    """Return what is recorded as counting and is gone, where the one that counts was bought in its place.

    It was ended for that when Stripe was read before, of which the answer was lost.
    """
    if known is None or counts is None or counts.replaces != known.subscription_id:
        return ()
    lives = any(each.subscription_id == known.subscription_id for each in found)
    return () if lives else (known.subscription_id,)


def superseded(pages: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the pages in whose place another one of their kind was opened later: of each kind the latest one stays.

    Which one that is does not depend on who looks: of two calls that open pages at once, neither closes the other's
    for its own to be closed in turn.
    """
    latest: dict[OperationKind, Operation] = {}
    for page in pages:
        latest[page.kind] = max(latest.get(page.kind, page), page, key=_opened)
    return tuple(page for page in pages if page != latest[page.kind])


def _opened(page: Operation) -> tuple[datetime, str]:
    return page.started_at, page.operation_id


def keeps_by_hand(known: KnownSubscription | None, counts: RemoteSubscription | None) -> bool:
    """Return whether a new subscription is to be collected by hand, as was chosen for the one before it."""
    return (
        counts is not None
        and known is not None
        and counts.subscription_id != known.subscription_id
        and counts.collects_automatically
        and not known.collects_automatically
    )


def with_subscription(
    facts: CustomerFacts, counts: RemoteSubscription | None, plans: PlanCatalogue, now: datetime
) -> CustomerFacts:
    """Return the facts with the subscription that counts, its plan, and how its invoices are collected.

    A plan that was agreed on otherwise stays when there is no subscription; one that came with a subscription ends with
    it. The plan of a price that the plans do not name is left as it is.
    """
    subscription = None if counts is None else _subscription(counts, plans)
    had_one = facts.subscription is not None
    billing = facts.billing
    if subscription is not None:
        billing = msgspec.structs.replace(billing, automatic_collection=subscription.collects_automatically)
        if subscription.plan is not None:
            billing = msgspec.structs.replace(billing, usage_tier=subscription.plan)
    elif had_one:
        billing = msgspec.structs.replace(billing, usage_tier=None)
    after = msgspec.structs.replace(facts, billing=billing, subscription=subscription)
    if billing.usage_tier == facts.billing.usage_tier:
        return after
    payments = msgspec.structs.replace(
        facts.payments, generation=facts.payments.generation + 1, generation_at=now, behind=facts.payments.nodes
    )
    return msgspec.structs.replace(after, payments=payments)


def _subscription(found: RemoteSubscription, plans: PlanCatalogue) -> Subscription:
    sold = plans.sold_as(found.lookup_key)
    following = plans.sold_as(found.next_lookup_key)
    plan = None if sold is None else sold[0]
    next_plan = None if following is None else following[0]
    return Subscription(
        subscription_id=found.subscription_id,
        status=found.status,
        plan=None if plan is None else plan.slug,
        plan_name=found.product_name if plan is None else plan.name,
        interval=found.interval,
        amount=found.amount,
        currency=found.currency,
        period_start=found.period_start,
        period_end=found.period_end,
        ends_at=found.ends_at,
        next_plan=None if next_plan is None else next_plan.slug,
        next_plan_name=found.next_name if next_plan is None else next_plan.name,
        changes_at=found.changes_at,
        collects_automatically=found.collects_automatically,
    )


def with_account(facts: CustomerFacts, account: RemoteAccount, setup_open_until: datetime | None) -> CustomerFacts:
    """Return the facts with the payment method that Stripe has; a first one makes the rail none a card (PRODUCT.md §3).

    The billing state stays: that a card is there verifies nobody. That none is there tells something only where there
    was one before: of a customer that Stripe has known since a minute ago it is still unknown how they pay.
    """
    payments = msgspec.structs.replace(facts.payments, setup_open_until=setup_open_until, gone=account.deleted)
    return _with_method(msgspec.structs.replace(facts, payments=payments), None if account.deleted else account.method)


def with_own_method(facts: CustomerFacts, counts: RemoteSubscription | None) -> CustomerFacts:
    """Return the facts with the payment method of the subscription's own, as one that Checkout made has.

    That is what Stripe charges it to; the customer's default pays where it has none.
    """
    return facts if counts is None or counts.method is None else _with_method(facts, counts.method)


def _with_method(facts: CustomerFacts, method: PaymentMethod | None) -> CustomerFacts:
    billing = facts.billing
    if method is not None or facts.payments.method is not None:
        billing = msgspec.structs.replace(billing, payment_method_on_file=method is not None)
    if method is not None and billing.payment_rail is PaymentRail.NONE:
        billing = msgspec.structs.replace(billing, payment_rail=PaymentRail.CARD)
    payments: PaymentProfile = msgspec.structs.replace(facts.payments, method=method)
    return msgspec.structs.replace(facts, billing=billing, payments=payments)


def invoice_of(found: RemoteInvoice) -> Invoice:
    """Return an invoice as it is kept; a draft has no number yet, and goes by its id."""
    return Invoice(
        number=found.number or found.invoice_id,
        amount=found.amount,
        currency=found.currency,
        status=found.status,
        issued_at=found.issued_at,
        due_at=found.due_at,
        invoice_id=found.invoice_id,
        period_start=found.period_start,
        period_end=found.period_end,
        has_pdf=found.pdf_url is not None,
        payable=found.status is InvoiceStatus.OPEN and found.hosted_url is not None,
    )


def with_invoices(facts: CustomerFacts, found: Sequence[Invoice]) -> CustomerFacts:
    """Return the facts with these invoices as they are now: the facts hold the open ones, by due time."""
    ids = {invoice.invoice_id for invoice in found}
    numbers = {invoice.number for invoice in found}
    others = [
        i for i in facts.invoices if i.number not in numbers and (i.invoice_id is None or i.invoice_id not in ids)
    ]
    still_open = [*others, *(i for i in found if i.status is InvoiceStatus.OPEN)]
    return msgspec.structs.replace(facts, invoices=tuple(sorted(still_open, key=_by_due)))


def without_invoice(facts: CustomerFacts, invoice_id: str) -> CustomerFacts:
    """Return the facts without an invoice that Stripe has deleted."""
    return msgspec.structs.replace(
        facts, invoices=tuple(each for each in facts.invoices if each.invoice_id != invoice_id)
    )


def _by_due(invoice: Invoice) -> tuple[bool, float, str]:
    # None last, as PostgreSQL sorts; SQLite reads them first, which no rule looks at.
    due = invoice.due_at
    return (due is None, 0.0 if due is None else due.timestamp(), invoice.number)
