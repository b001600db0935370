"""Views of customers who have a plan and pay through Stripe, and a hypothesis strategy of any of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from hypothesis import strategies as st
from msgspec.structs import replace

from services.contract.types import BillingInterval, PaymentRail, Resource, SubscriptionStatus
from services.contract.views import (
    AutomaticCollectionView,
    CustomerBillingView,
    InvoiceView,
    NoticeView,
    PaymentMethodView,
    PaymentSetupView,
    SubscriptionView,
    UsageMeterView,
)
from tests.builders import NOW, make_invoice, make_view
from tests.strategies import names, views

GIB = 1024**3
STRIPE_ID = "cus_9Zk2Lq"
INVOICE_ID = "in_1Pq7Rs"
VISA = PaymentMethodView(kind="card", brand="visa", last4="4242", expires="04/2029", text="Visa ending in 4242")
NO_METHOD = "No payment method is on file: complete the payment setup first."


def make_subscription(
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE, *, name: str = "Growth", **changed: Any
) -> SubscriptionView:
    """Return a monthly subscription whose period ends on 2026-11-01."""
    made = SubscriptionView(
        plan="growth",
        plan_name=name,
        interval=BillingInterval.MONTH,
        status=status,
        amount=4_900,
        currency="usd",
        period_start=datetime(2026, 10, 1, tzinfo=NOW.tzinfo),
        period_end=datetime(2026, 11, 1, tzinfo=NOW.tzinfo),
        ends_at=None,
        next_plan=None,
        next_plan_name=None,
        changes_at=None,
        collects_automatically=True,
        outlook=f"{name}, renews on 2026-11-01",
    )
    return replace(made, **changed)


def make_meter(resource: Resource, used: int, limit: int | None, text: str) -> UsageMeterView:
    """Return what is used of a resource, with the levels of PRODUCT.md's default policy."""
    percent = None if limit is None else 100 * used // limit
    level: Literal["ok", "close", "reached"] = "ok"
    if percent is not None and percent >= 80:
        level = "close" if percent < 100 else "reached"
    return UsageMeterView(
        resource=resource, title=resource.capitalize(), used=used, limit=limit, percent=percent, level=level, text=text
    )


USAGE = (
    make_meter(Resource.NODES, 3, 5, "3 of 5"),
    make_meter(Resource.USERS, 21, 25, "21 of 25"),
    make_meter(Resource.STORAGE, 500 * GIB, 500 * GIB, "500 GiB of 500 GiB"),
)
NO_USE = tuple(make_meter(resource, 0, None, "0") for resource in Resource)


def make_payable(number: str = "INV-7", *, due_at: datetime = NOW - timedelta(days=12)) -> InvoiceView:
    """Return an invoice that Stripe has a page for; by default overdue."""
    made = make_invoice(number, due_at=due_at)
    start = datetime(2026, 9, 1, tzinfo=NOW.tzinfo)
    return replace(
        made,
        invoice_id=INVOICE_ID,
        payable=True,
        has_pdf=True,
        period_start=start,
        period_end=datetime(2026, 10, 1, tzinfo=NOW.tzinfo),
    )


def subscribed_view(
    subscription: SubscriptionView | None = None,
    *,
    stripe_customer_id: str | None = STRIPE_ID,
    usage: Sequence[UsageMeterView] = USAGE,
    **record: Any,
) -> CustomerBillingView:
    """Return a customer on the Growth plan who pays by the Visa card on file."""
    paying: dict[str, Any] = {
        "payment_rail": PaymentRail.CARD,
        "payment_method_on_file": True,
        "automatic_collection": True,
    }
    return _with_payments(
        make_view(**(paying | record)),
        subscription=subscription or make_subscription(),
        usage=list(usage),
        payment_setup=PaymentSetupView(status="complete", method=VISA, open_until=None),
        stripe_customer_id=stripe_customer_id,
    )


def unset_view(
    *, open_until: datetime | None = None, stripe_customer_id: str | None = STRIPE_ID, **record: Any
) -> CustomerBillingView:
    """Return a customer who pays by card, and has none on file; a setup page is open until `open_until`."""
    unset: dict[str, Any] = {"payment_rail": PaymentRail.CARD, "payment_method_on_file": False, "usage_tier": None}
    status: Literal["none", "open"] = "none" if open_until is None else "open"
    return _with_payments(
        make_view(**(unset | record)),
        usage=list(NO_USE),
        payment_setup=PaymentSetupView(status=status, method=None, open_until=open_until),
        stripe_customer_id=stripe_customer_id,
    )


def _with_payments(
    view: CustomerBillingView, *, stripe_customer_id: str | None, payment_setup: PaymentSetupView, **payments: Any
) -> CustomerBillingView:
    known = replace(view.customer, stripe_customer_id=stripe_customer_id)
    complete = payment_setup.status == "complete"
    collection = AutomaticCollectionView(
        enabled=view.billing.automatic_collection,
        allowed=complete,
        reason=None if complete else "PAYMENT_SETUP_INCOMPLETE",
        message=None if complete else NO_METHOD,
    )
    return replace(view, customer=known, payment_setup=payment_setup, automatic_collection=collection, **payments)


_subscriptions = st.builds(
    make_subscription,
    st.sampled_from(SubscriptionStatus),
    name=names,
    next_plan_name=st.one_of(st.none(), names),
    changes_at=st.sampled_from([None, NOW + timedelta(days=9, hours=1)]),
    ends_at=st.sampled_from([None, NOW + timedelta(days=19, hours=1)]),
)
_meters = st.lists(
    st.builds(
        make_meter,
        st.sampled_from(Resource),
        st.integers(0, 600 * GIB),
        st.sampled_from([None, 5, 500 * GIB]),
        st.just("as it is"),
    ),
    max_size=3,
    unique_by=lambda meter: meter.resource,
)
_setups = st.builds(
    PaymentSetupView,
    status=st.sampled_from(["none", "open", "complete"]),
    method=st.sampled_from([None, VISA]),
    open_until=st.sampled_from([None, NOW + timedelta(days=1, hours=1)]),
)
_notices = st.lists(
    st.builds(
        NoticeView, code=st.sampled_from(["usage_at_limit", "nodes_lag", "payment_customer_gone"]), text=st.just("So.")
    ),
    max_size=2,
)


@st.composite
def subscribed_views(draw: st.DrawFn) -> CustomerBillingView:
    """Draw a view of any record with any plan, use, payment setup and notices, and payable invoices among others."""
    view = draw(views)
    invoices = [replace(invoice, payable=draw(st.booleans())) for invoice in view.open_invoices]
    return _with_payments(
        replace(view, open_invoices=invoices, notices=draw(_notices)),
        stripe_customer_id=draw(st.sampled_from([None, STRIPE_ID])),
        payment_setup=draw(_setups),
        subscription=draw(st.one_of(st.none(), _subscriptions)),
        usage=draw(_meters),
    )
