"""How blockers and notices read: titles, one-sentence details, the facts they rest on, and who else can clear them.

And how a plan and its payments read, wherever they are told in words: reports, guidance, commands.
"""

from collections.abc import Sequence
from datetime import datetime

from services.billing.model import CustomerFacts, Invoice
from services.billing.rules import BLOCKS, Blocker, NoticeFact, overdue_invoices
from services.contract.types import Action, BlockerCode, HandoffTo, PaymentRail, Resource, Unit
from services.contract.views import FactView, InvoiceView, PaymentSetupView, SubscriptionView, UsageMeterView
from services.contract.wording import (
    AREA_TITLES,
    CHECKLIST_TITLES,
    INTERVAL_TITLES,
    LEVEL_TITLES,
    RESOURCE_TITLES,
    SETUP_TITLES,
    SUBSCRIPTION_TITLES,
    UNIT_TITLES,
    credit,
    date,
    join,
    money,
)
from services.credits.rules import available_now
from services.credits.units import format_amount

TITLES = {
    BlockerCode.UNVERIFIED_BILLING: "Billing is not verified",
    BlockerCode.MISSING_PAYMENT_RAIL: "No payment rail is set",
    BlockerCode.OPEN_CHECKLIST_ITEM: "Billing checklist item is open",
    BlockerCode.TRIAL_EXPIRED: "The trial has ended",
    BlockerCode.NO_PREPAID_BALANCE: "No prepaid balance is left",
    BlockerCode.OVERDUE_INVOICE: "An invoice is overdue",
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: "Payment setup is not complete",
}

RESOLVED_BY: dict[BlockerCode, tuple[Action, ...]] = {
    BlockerCode.UNVERIFIED_BILLING: (Action.MARK_INVOICE_VERIFIED, Action.APPROVE_TRIAL),
    BlockerCode.MISSING_PAYMENT_RAIL: (Action.APPROVE_TRIAL,),
    BlockerCode.OPEN_CHECKLIST_ITEM: (
        Action.COMPLETE_BILLING_CHECKLIST,
        Action.MARK_INVOICE_VERIFIED,
        Action.APPROVE_TRIAL,
    ),
    BlockerCode.TRIAL_EXPIRED: (Action.EXTEND_TRIAL, Action.MARK_INVOICE_VERIFIED),
    BlockerCode.NO_PREPAID_BALANCE: (Action.APPLY_SUPPORT_CREDIT, Action.APPROVE_TRIAL),
    BlockerCode.OVERDUE_INVOICE: (),
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: (),
}
"""The actions whose effect removes the blocker, the most direct one first."""

_LEFT = {Unit.WORKSPACE_HOURS: "workspace hours are", Unit.AI_CENTS: "managed AI credit is"}


def detail(blocker: Blocker, facts: CustomerFacts, now: datetime) -> str:
    """Return the one sentence that says what is the matter."""
    billing = facts.billing
    match blocker.code:
        case BlockerCode.UNVERIFIED_BILLING:
            reference = f" (review {billing.review_reference})" if billing.review_reference else ""
            return f"The billing record still needs review{reference}, so nothing may start on it."
        case BlockerCode.MISSING_PAYMENT_RAIL:
            return "Nobody has chosen how this customer pays, and no trial is approved."
        case BlockerCode.OPEN_CHECKLIST_ITEM:
            status = facts.billing_item
            return f"The onboarding item «billing» is {CHECKLIST_TITLES[status] if status else 'open'}."
        case BlockerCode.TRIAL_EXPIRED:
            ended = date(billing.trial_ends_at) if billing.trial_ends_at else "earlier"
            return f"The approved trial ended on {ended}."
        case BlockerCode.NO_PREPAID_BALANCE:
            return "Neither workspace hours nor managed AI credit are left to draw on."
        case BlockerCode.OVERDUE_INVOICE:
            late = overdue_invoices(facts, now)
            more = f", and {len(late) - 1} more" if len(late) > 1 else ""
            return f"{_invoice_words(late[0])}{more}."
        case BlockerCode.PAYMENT_SETUP_INCOMPLETE:
            how = "Automatic collection is on" if billing.automatic_collection else "The customer pays by card"
            return f"{how}, but no payment method is on file."


def _invoice_words(invoice: Invoice) -> str:
    due = f" was due on {date(invoice.due_at)}" if invoice.due_at else ""
    return f"Invoice {invoice.number} over {money(invoice.amount, invoice.currency)}{due}"


def rests_on(blocker: Blocker, facts: CustomerFacts, now: datetime) -> list[FactView]:
    """Return the facts a blocker rests on, by their names in the view."""
    billing = facts.billing
    state = FactView(key="billing.state", value=billing.state.value)
    rail = FactView(key="billing.payment_rail", value=billing.payment_rail.value)
    match blocker.code:
        case BlockerCode.UNVERIFIED_BILLING:
            return [state]
        case BlockerCode.MISSING_PAYMENT_RAIL:
            return [rail, state]
        case BlockerCode.OPEN_CHECKLIST_ITEM:
            return [FactView(key="checklist.billing", value=facts.billing_item or "none")]
        case BlockerCode.TRIAL_EXPIRED:
            return [state, FactView(key="billing.trial_ends_at", value=_moment(billing.trial_ends_at))]
        case BlockerCode.NO_PREPAID_BALANCE:
            left = {unit: format_amount(unit, available_now(facts.credits.lots, unit, now)) for unit in Unit}
            return [rail, *(FactView(key=f"credits.{unit}", value=value) for unit, value in left.items())]
        case BlockerCode.OVERDUE_INVOICE:
            return [
                FactView(key=f"invoices.{i.number}", value=f"{money(i.amount, i.currency)}, due {_moment(i.due_at)}")
                for i in overdue_invoices(facts, now)
            ]
        case BlockerCode.PAYMENT_SETUP_INCOMPLETE:
            return [
                rail,
                FactView(key="billing.automatic_collection", value=str(billing.automatic_collection).lower()),
                FactView(key="billing.payment_method_on_file", value="false"),
            ]


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else "none"


def handoff(blocker: Blocker, facts: CustomerFacts, now: datetime) -> tuple[HandoffTo, str]:
    """Return who clears a blocker that no action here resolves, and the sentence that opens the case."""
    what = detail(blocker, facts, now)
    areas = join([AREA_TITLES[area] for area in BLOCKS[blocker.code]])
    match blocker.code:
        case BlockerCode.UNVERIFIED_BILLING if facts.billing.payment_rail is PaymentRail.INVOICE:
            ask = "Please establish the commercial ownership: approve the invoice rail and record its reference."
            return HandoffTo.FINANCE, f"{what} It blocks {areas}. {ask}"
        case BlockerCode.UNVERIFIED_BILLING | BlockerCode.OPEN_CHECKLIST_ITEM:
            return HandoffTo.FINANCE, f"{what} It blocks {areas}. Please review the billing and decide it."
        case BlockerCode.OVERDUE_INVOICE:
            ask = f"Please pay it, or tell us what is wrong with it.{_payment_links(overdue_invoices(facts, now))}"
            return HandoffTo.CUSTOMER, f"{what} It blocks {areas}. {ask}"
        case BlockerCode.PAYMENT_SETUP_INCOMPLETE:
            ask = f"Please complete the payment setup. {_setup_link(facts)}"
            return HandoffTo.CUSTOMER, f"{what} It blocks {areas}. {ask}"
        case _:
            return HandoffTo.CUSTOMER, f"{what} It blocks {areas}. Please choose how to pay: invoice, card or prepaid."


def _payment_links(late: Sequence[Invoice]) -> str:
    """Return that what is overdue can be paid by a link, where the provider has a page for it."""
    payable = sum(invoice.payable for invoice in late)
    if not payable:
        return ""
    if len(late) == 1:
        return " Its payment link can be handed over from the Billing page."
    which = "Their payment links" if payable == len(late) else f"The payment links of {payable} of them"
    return f" {which} can be handed over from the Billing page."


def _setup_link(facts: CustomerFacts) -> str:
    link = "A setup link can be handed over from the Billing page"
    if facts.customer.stripe_customer_id is None or facts.payments.gone:
        return f"{link}; it makes the customer known to Stripe."
    return f"{link}."


def notice_text(notice: NoticeFact) -> str:
    """Return a notice as one sentence."""
    match notice.code:
        case "balance_empty" if notice.unit:
            return f"No {_LEFT[notice.unit]} left; the other balance still serves."
        case "balance_low" if notice.unit and notice.amount is not None:
            return f"Only {_amount(notice.unit, notice.amount)} is left."
        case "overage" if notice.unit and notice.amount is not None:
            return f"{_amount(notice.unit, notice.amount)} was used beyond what any credit covered."
        case "trial_ends_soon" if notice.moment:
            return f"The trial ends on {date(notice.moment)}."
        case "pending_request" if notice.amount is not None:
            waiting = "1 request waits" if notice.amount == 1 else f"{notice.amount} requests wait"
            return f"{waiting} for approval."
        case "rejected_request" if notice.moment:
            return f"A request was rejected on {date(notice.moment)}."
        case "usage_close_to_limit" if notice.resource:
            verb = "is" if notice.resource is Resource.STORAGE else "are"
            return f"{notice.amount} % of the plan's {RESOURCE_TITLES[notice.resource]} {verb} in use."
        case "usage_at_limit" if notice.resource:
            return f"The plan's limit of {RESOURCE_TITLES[notice.resource]} is reached ({notice.amount} %)."
        case "nodes_lag" if notice.amount is not None:
            lag = "1 node has" if notice.amount == 1 else f"{notice.amount} nodes have"
            return f"{lag} not taken up the current plan."
        case "subscription_not_paid":
            return "The last payment for the plan failed: the subscription is past due."
        case "payment_customer_gone":
            return "Stripe has deleted this customer: the next payment page makes a new one."
        case _:
            return "It is not known whether a payment method is on file."


def _amount(unit: Unit, amount: int) -> str:
    return f"{credit(unit, format_amount(unit, amount))} of {UNIT_TITLES[unit]}"


# ── plan and payments ─────────────────────────────────────────────────────────────────────────────────────────────────


def subscription_text(subscription: SubscriptionView | None) -> str:
    """Return `Growth until 2026-12-31, then Starter (past due, 49.00 USD monthly)`."""
    if subscription is None:
        return "no subscription"
    price = f"{money(subscription.amount, subscription.currency)} {INTERVAL_TITLES[subscription.interval]}"
    return f"{subscription.outlook} ({SUBSCRIPTION_TITLES[subscription.status]}, {price})"


def meter_text(meter: UsageMeterView) -> str:
    """Return `21 of 25 (84 %, close to limit)`; what has no limit is the amount alone."""
    if meter.percent is None:
        return meter.text
    level = "" if meter.level == "ok" else f", {LEVEL_TITLES[meter.level]}"
    return f"{meter.text} ({meter.percent} %{level})"


def telling(meters: Sequence[UsageMeterView]) -> list[UsageMeterView]:
    """Return the meters that tell something: of what is limited, or used."""
    return [meter for meter in meters if meter.limit is not None or meter.used]


def setup_text(setup: PaymentSetupView) -> str:
    """Return where the payment setup stands, and what is on file: brand and last four at most."""
    text = SETUP_TITLES[setup.status]
    if setup.status == "open" and setup.open_until is not None:
        text += f", page open until {date(setup.open_until)}"
    if setup.method is None:
        return text
    expires = f", expires {setup.method.expires}" if setup.method.expires else ""
    return f"{text} ({setup.method.text}{expires})"


def period_text(invoice: InvoiceView) -> str:
    """Return what an invoice is for, `2026-10-01 to 2026-11-01`; nothing where that is not known."""
    if invoice.period_start is None or invoice.period_end is None:
        return ""
    return f"{date(invoice.period_start)} to {date(invoice.period_end)}"
