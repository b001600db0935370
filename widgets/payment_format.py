"""How plans, invoices, periods and ages of payments read on screen: pure functions of contract values."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from services.contract.text import clean
from services.contract.types import InvoiceStatus, SubscriptionStatus
from services.contract.wording import INTERVAL_TITLES, SUBSCRIPTION_TITLES
from services.contract.wording import money as price
from widgets.format import BAD, DIM, GOOD, WARNING, Mark, ago, date
from widgets.format import money as dollars

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.types import BillingInterval
    from services.contract.views import CustomerBillingView, InvoiceView, SubscriptionView

SANDBOX = "Stripe sandbox: no real money"
"""What stands wherever payments are those of a sandbox."""

PLAN_NOT_PAID = "subscription_not_paid"
"""The code of the notice that the last payment for the plan failed."""

_COST_CURRENCY = "USD"
_MINUTE = 60
_SHOWN_BY_DAYS = timedelta(days=100)
_LEFT_TO_RIGHT = "–"

_INVOICES = {
    InvoiceStatus.DRAFT: Mark("○", "draft", DIM),
    InvoiceStatus.OPEN: Mark("●", "open", ""),
    InvoiceStatus.PAID: Mark("✓", "paid", GOOD),
    InvoiceStatus.VOID: Mark("–", "void", DIM),
    InvoiceStatus.UNCOLLECTIBLE: Mark("✗", "uncollectible", BAD),
}
_OVERDUE = Mark("▲", "overdue", WARNING)

_SUBSCRIPTIONS = {
    SubscriptionStatus.ACTIVE: ("✓", GOOD),
    SubscriptionStatus.TRIALING: ("●", GOOD),
    SubscriptionStatus.PAST_DUE: ("▲", WARNING),
    SubscriptionStatus.UNPAID: ("✗", BAD),
    SubscriptionStatus.PAUSED: ("–", WARNING),
    SubscriptionStatus.INCOMPLETE: ("…", WARNING),
    SubscriptionStatus.INCOMPLETE_EXPIRED: ("✗", BAD),
    SubscriptionStatus.CANCELED: ("–", DIM),
}


def is_overdue(invoice: InvoiceView, now: datetime) -> bool:
    """Return whether an invoice is open past its due time."""
    return invoice.status is InvoiceStatus.OPEN and invoice.due_at is not None and now > invoice.due_at


def overdue_invoices(view: CustomerBillingView) -> list[InvoiceView]:
    """Return the invoices that are overdue, the longest first."""
    overdue = [(each.due_at, each.number, each) for each in view.open_invoices if is_overdue(each, view.as_of)]
    return [invoice for _due, _number, invoice in sorted(overdue, key=lambda each: each[:2])]


def first_to_pay(view: CustomerBillingView) -> InvoiceView | None:
    """Return the invoice to begin with: the longest overdue that can be paid here, else the plan's, else any overdue.

    None where nothing is owed yet.
    """
    overdue = overdue_invoices(view)
    here = next((invoice for invoice in overdue if invoice.payable), None)
    return here or unpaid_for_the_plan(view) or next(iter(overdue), None)


def unpaid_for_the_plan(view: CustomerBillingView) -> InvoiceView | None:
    """Return the open invoice of a plan whose last payment failed; None where none did, or none is known here.

    One that is collected by itself has no due time: it is the one that could not be.
    """
    if all(notice.code != PLAN_NOT_PAID for notice in view.notices):
        return None
    payable = [invoice for invoice in view.open_invoices if invoice.payable]
    return min(payable, key=lambda each: (each.due_at is not None, each.issued_at, each.number), default=None)


def invoice_mark(invoice: InvoiceView, now: datetime) -> Mark:
    """Return where an invoice stands; one that is open past its due time is overdue."""
    if is_overdue(invoice, now):
        return _OVERDUE
    return _INVOICES[invoice.status]


def subscription_mark(subscription: SubscriptionView) -> Mark:
    """Return where a subscription stands."""
    glyph, style = _SUBSCRIPTIONS[subscription.status]
    return Mark(glyph, SUBSCRIPTION_TITLES[subscription.status], style)


def subscription_price(subscription: SubscriptionView) -> str:
    """Return what a subscription costs: «49.00 USD monthly»."""
    return f"{price(subscription.amount, subscription.currency)} {interval_words(subscription.interval)}"


def what_follows(subscription: SubscriptionView) -> str:
    """Return what comes after a plan that does not renew, and what holds then; "" for one that does."""
    if subscription.ends_at is not None:
        return f"ends on {date(subscription.ends_at)}, then no limits and no features"
    if subscription.changes_at is not None and subscription.next_plan_name is not None:
        return f"until {date(subscription.changes_at)}, then {clean(subscription.next_plan_name)}"
    return ""


def interval_words(interval: BillingInterval) -> str:
    """Return how often a plan is paid: «monthly»."""
    return INTERVAL_TITLES[interval]


def period(start: datetime | None, end: datetime | None, *, short: bool = False) -> str:
    """Return a period by its days: «2026-10-01 – 11-01», without its years where it is to be short; «–» for none."""
    if start is None or end is None:
        return _LEFT_TO_RIGHT
    if short and end - start > _SHOWN_BY_DAYS:  # the days of its ends are one: what differs are the years
        return f"{date(start)[:7]} {_LEFT_TO_RIGHT} {date(end)[:7]}"
    first = date(start)[5:] if short else date(start)
    last = date(end)[5:] if short or start.year == end.year else date(end)
    return f"{first} {_LEFT_TO_RIGHT} {last}"


def cost(cents: str) -> str:
    """Return a cost to the cent, as prices read: «60.70 USD»; what is less than one, exactly."""
    return f"{cost_amount(cents)} {_COST_CURRENCY}"


def cost_amount(cents: str) -> str:
    """Return a cost as `cost` does, for a column that names the currency: «60.70»."""
    value = Decimal(cents)
    return dollars(cents if 0 < value < 1 else str(value.quantize(Decimal(1)))).replace("$", "")


def as_of(moment: datetime, now: datetime) -> str:
    """Return how old what is shown is: «as of 12 s ago», and from a minute on «as of 3 min ago»."""
    seconds = max(int((now - moment).total_seconds()), 0)
    return f"as of {seconds} s ago" if 0 < seconds < _MINUTE else f"as of {ago(moment, now)}"
