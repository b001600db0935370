"""What is under the cursor of the Billing page, as a line of text."""

from datetime import datetime

from services.contract.text import clean
from services.contract.wording import capital, date, money
from widgets.payment_format import cost, invoice_mark, period
from widgets.payment_tabs import Shown
from widgets.payment_views import PaymentViews


def copied_text(views: PaymentViews, now: datetime) -> str:
    """Return the text, "" where there is nothing under the cursor."""
    match views.shown:
        case Shown.INVOICES:
            return _invoice(views, now)
        case Shown.PLANS:
            return _plan(views)
        case Shown.COSTS:
            return _cost(views)
        case Shown.NODES:
            node = views.nodes.selected
            return "" if node is None else f"{clean(node.name)}  {node.node_id}"


def _invoice(views: PaymentViews, now: datetime) -> str:
    invoice = views.invoices.selected
    if invoice is None:
        return ""
    amount = money(invoice.amount, invoice.currency)
    days = period(invoice.period_start, invoice.period_end)
    word = invoice_mark(invoice, now).word
    return f"{clean(invoice.number)}  {date(invoice.issued_at)}  {days}  {amount}  {word}"


def _plan(views: PaymentViews) -> str:
    plan = views.plans.selected
    if plan is None:
        return ""
    prices = [f"{clean(price.text)} a {price.interval}" for price in plan.prices if price.amount is not None]
    limits = [f"{capital(clean(limit.title))} {clean(limit.text)}" for limit in plan.limits]
    return "  ".join([clean(plan.name), *prices, *limits])


def _cost(views: PaymentViews) -> str:
    driver = views.costs.table.selected
    if driver is None:
        return ""
    where = f"{clean(driver.namespace)}  {clean(driver.resource)}"
    return f"{where}  {driver.used} {driver.unit}  {cost(driver.cost)}  {clean(driver.change)}"
