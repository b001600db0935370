"""A customer's plan and payments as the view shows them. Pure."""

from datetime import datetime

from services.billing.metering import UsageMeter, usage_meters
from services.billing.model import CustomerFacts, PaymentMethod, Subscription
from services.contract.errors import Refused
from services.contract.errors import precondition as refused
from services.contract.plans import PlanCatalogue
from services.contract.types import Resource
from services.contract.views import (
    AutomaticCollectionView,
    PaymentMethodView,
    PaymentSetupView,
    SubscriptionView,
    UsageMeterView,
)
from services.contract.wording import RESOURCE_TITLES, capital, date, size


def subscription_view(subscription: Subscription | None) -> SubscriptionView | None:
    """Return the subscription as it is shown; null where there is none that is live."""
    if subscription is None or not subscription.is_live:
        return None
    return SubscriptionView(
        plan=subscription.plan,
        plan_name=subscription.plan_name,
        interval=subscription.interval,
        status=subscription.status,
        amount=subscription.amount,
        currency=subscription.currency,
        period_start=subscription.period_start,
        period_end=subscription.period_end,
        ends_at=subscription.ends_at,
        next_plan=subscription.next_plan,
        next_plan_name=subscription.next_plan_name,
        changes_at=subscription.changes_at,
        collects_automatically=subscription.collects_automatically,
        outlook=outlook(subscription),
    )


def outlook(subscription: Subscription) -> str:
    """Return what comes of a subscription: `Growth until 2026-12-31, then Starter`."""
    name = subscription.plan_name
    if subscription.ends_at is not None:
        return f"{name} until {date(subscription.ends_at)}, then none"
    if subscription.changes_at is not None and subscription.next_plan_name is not None:
        return f"{name} until {date(subscription.changes_at)}, then {subscription.next_plan_name}"
    return f"{name}, renews on {date(subscription.period_end)}"


def usage_views(facts: CustomerFacts, plans: PlanCatalogue) -> list[UsageMeterView]:
    """Return the meters of what the plan includes."""
    return [_meter(meter) for meter in usage_meters(facts, plans)]


def _meter(meter: UsageMeter) -> UsageMeterView:
    used = amount_text(meter.resource, meter.used)
    return UsageMeterView(
        resource=meter.resource,
        title=capital(RESOURCE_TITLES[meter.resource]),
        used=meter.used,
        limit=meter.limit,
        percent=meter.percent,
        level=meter.level,
        text=used if meter.limit is None else f"{used} of {amount_text(meter.resource, meter.limit)}",
    )


def amount_text(resource: Resource, amount: int) -> str:
    """Return an amount of a resource: `3`, `1.5 GiB`."""
    return size(amount) if resource is Resource.STORAGE else f"{amount:,}"


def payment_setup_view(facts: CustomerFacts, now: datetime) -> PaymentSetupView:
    """Return where the payment setup stands."""
    payments = facts.payments
    method = None if payments.method is None else method_view(payments.method)
    if facts.billing.payment_method_on_file:
        return PaymentSetupView(status="complete", method=method, open_until=None)
    if payments.setup_open_until is not None and now < payments.setup_open_until:
        return PaymentSetupView(status="open", method=method, open_until=payments.setup_open_until)
    return PaymentSetupView(status="none", method=method, open_until=None)


def method_view(method: PaymentMethod) -> PaymentMethodView:
    """Return a payment method as it is shown: brand and last four at most."""
    name = capital((method.brand or method.kind).replace("_", " "))
    text = f"{name} ending in {method.last4}" if method.last4 else name
    return PaymentMethodView(
        kind=method.kind, brand=method.brand, last4=method.last4, expires=method.expires, text=text
    )


def automatic_collection_view(facts: CustomerFacts) -> AutomaticCollectionView:
    """Return whether invoices are collected by themselves, and whether the other way is possible."""
    enabled = facts.billing.automatic_collection
    why = collection_refusal(facts, enabled=not enabled)
    return AutomaticCollectionView(
        enabled=enabled,
        allowed=why is None,
        reason=None if why is None else why.reason,
        message=None if why is None else why.message,
    )


def collection_refusal(facts: CustomerFacts, *, enabled: bool) -> Refused | None:
    """Return why automatic collection cannot be set so; null where it can."""
    if facts.billing.automatic_collection == enabled:
        state = "on" if enabled else "off"
        return refused("COLLECTION_UNCHANGED", f"Automatic collection is {state} already: there is nothing to change.")
    if enabled and not facts.billing.payment_method_on_file:
        is_unknown = facts.billing.payment_method_on_file is None
        what = "It is not known whether a payment method is on file" if is_unknown else "No payment method is on file"
        return refused("PAYMENT_SETUP_INCOMPLETE", f"{what}: complete the payment setup first.")
    return None
