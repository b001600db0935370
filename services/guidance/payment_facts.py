"""Facts about the plan and about how the customer pays.

The payment method is private, as what somebody typed is: an answer may name brand and last four, a model never reads
them. Addresses of the provider's pages and its ids are no facts at all.
"""

from collections.abc import Iterator

from services.billing.plan_views import amount_text
from services.contract import wording
from services.contract.views import CustomerBillingView, PaymentSetupView, SubscriptionView, UsageMeterView
from services.contract.wording import LEVEL_TITLES, SETUP_TITLES, SUBSCRIPTION_TITLES
from services.guidance.model import Fact, FactKind, make_fact

_PROVIDER = "payment provider"
_GONE = "payment_customer_gone"


def plan_facts(view: CustomerBillingView) -> Iterator[Fact]:
    """Yield the subscription, what comes of it and when, and what is used of what the plan includes."""
    if view.subscription is not None:
        yield from _subscription(view.subscription)
    for meter in view.usage:
        yield from _meter(meter)


def _subscription(own: SubscriptionView) -> Iterator[Fact]:
    source = "subscription"
    yield make_fact("plan.name", FactKind.TEXT, "Plan", own.plan_name, source)
    yield make_fact("plan.status", FactKind.WORD, "Subscription", SUBSCRIPTION_TITLES[own.status], source)
    yield make_fact("plan.interval", FactKind.WORD, "Paid", wording.INTERVAL_TITLES[own.interval], source)
    price = wording.money(own.amount, own.currency)
    yield make_fact("plan.amount", FactKind.MONEY, "Price of the plan", price, source, own.currency.upper())
    yield make_fact("plan.outlook", FactKind.SENTENCE, "What comes of the plan", own.outlook, source)
    yield make_fact("plan.period_end", FactKind.DATE, "End of the period", wording.date(own.period_end), source)
    if own.ends_at is not None:
        yield make_fact("plan.ends_at", FactKind.DATE, "End of the plan", wording.date(own.ends_at), source)
    elif own.changes_at is not None and own.next_plan_name is not None:
        yield make_fact("plan.changes_at", FactKind.DATE, "Next change", wording.date(own.changes_at), source)
        yield make_fact("plan.next_name", FactKind.TEXT, "Plan after that", own.next_plan_name, source)


def _meter(meter: UsageMeterView) -> Iterator[Fact]:
    stem, source = f"usage.{meter.resource}", "usage meters"
    used = amount_text(meter.resource, meter.used)
    yield make_fact(f"{stem}.used", FactKind.USAGE, f"{meter.title} in use", used, source)
    if meter.limit is None or meter.percent is None:
        return
    limit = amount_text(meter.resource, meter.limit)
    yield make_fact(f"{stem}.limit", FactKind.USAGE, f"{meter.title} in the plan", limit, source)
    yield make_fact(f"{stem}.percent", FactKind.USAGE, f"{meter.title}: part in use", f"{meter.percent} %", source)
    yield make_fact(f"{stem}.level", FactKind.WORD, f"{meter.title}: level", LEVEL_TITLES[meter.level], source)


def payment_facts(view: CustomerBillingView) -> Iterator[Fact]:
    """Yield where the payment setup stands, what is on file, and whether automatic collection can be changed."""
    if view.payment_setup is not None:
        yield from _setup(view, view.payment_setup)
    collection = view.automatic_collection
    if collection is None:
        return
    source = "collection rules"
    can = "possible" if collection.allowed else "not possible"
    other = "off" if collection.enabled else "on"
    label = f"Turning automatic collection {other}"
    yield make_fact("payment.collection_change", FactKind.WORD, label, can, source)
    if collection.message is not None:
        yield make_fact(
            "payment.collection_why_not", FactKind.SENTENCE, f"{label}: why not", collection.message, source
        )


def _setup(view: CustomerBillingView, setup: PaymentSetupView) -> Iterator[Fact]:
    known = "yes" if view.customer.stripe_customer_id is not None else "no"
    if any(notice.code == _GONE for notice in view.notices):
        known = "deleted"
    yield make_fact("payment.known_to_stripe", FactKind.WORD, "Known to Stripe", known, _PROVIDER)
    yield make_fact("payment.setup", FactKind.WORD, "Payment setup", SETUP_TITLES[setup.status], _PROVIDER)
    if setup.status == "open" and setup.open_until is not None:
        until = wording.date(setup.open_until)
        yield make_fact("payment.setup_open_until", FactKind.DATE, "Setup page open until", until, _PROVIDER)
    if setup.method is not None:
        yield make_fact("payment.method", FactKind.TEXT, "Payment method", setup.method.text, _PROVIDER)
        if setup.method.expires is not None:
            yield make_fact("payment.method_expires", FactKind.TEXT, "It expires", setup.method.expires, _PROVIDER)
