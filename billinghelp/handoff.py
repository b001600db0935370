"""The case text for whoever clears what no action here resolves. Pure; it holds no secrets and no card data."""

from collections.abc import Sequence
from datetime import datetime

from billinghelp.files import safe_name
from services.contract.text import clean
from services.contract.types import ACTION_TITLES, Action, Unit
from services.contract.views import AuditEventView, BlockerView, CustomerBillingView
from services.contract.wording import credit
from widgets.format import areas

TRIED_AT_MOST = 5
"""How many of the latest attempts the case names; whoever needs more has the audit references."""

_TITLES = {action.value: ACTION_TITLES[action] for action in Action}


def case_text(view: CustomerBillingView, events: Sequence[AuditEventView], now: datetime) -> str:
    """Return the case: customer, state, blockers, what was tried, audit references.

    `events`: the customer's audit events, newest first. Their payloads, etags and hashes stay out.
    """
    sections = [_customer(view, now), _state(view), _blockers(view), _tried(events)]
    handoffs = [
        f"For {b.handoff.to.value}: {b.title}\n{b.handoff.text}" for b in view.blockers if b.handoff is not None
    ]
    if handoffs:
        sections.insert(0, "\n\n".join(handoffs))
    return "\n\n".join(sections) + "\n"


def file_name(view: CustomerBillingView) -> str:
    """Return the name to save the case under."""
    return f"case-{safe_name(view.customer.customer_id)}.txt"


def _customer(view: CustomerBillingView, now: datetime) -> str:
    customer = view.customer
    lines = [f"Customer: {clean(customer.legal_name)}", f"Customer id: {customer.customer_id}"]
    if customer.parent_customer_id:
        lines.append(f"Belongs to: {customer.parent_customer_id}")
    return "\n".join([*lines, f"Ownership: {_words(customer.ownership)}", f"As of: {now:%Y-%m-%d %H:%M} UTC"])


def _state(view: CustomerBillingView) -> str:
    billing = view.billing
    trial_end = f"{billing.trial_ends_at:%Y-%m-%d %H:%M} UTC" if billing.trial_ends_at else None
    hours = credit(Unit.WORKSPACE_HOURS, view.credits.workspace_hours)
    facts = {
        "Billing state": _words(billing.state),
        "Review reference": billing.review_reference,
        "Payment rail": _words(billing.payment_rail),
        "Usage tier": billing.usage_tier,
        "Invoice rail approved": "yes" if billing.invoice_rail_approved else "no",
        "Commercial reference": billing.commercial_reference,
        "Trial ends": trial_end,
        "Credits": f"{hours}, {credit(Unit.AI_CENTS, view.credits.ai_cents)}",
        "Billing checklist item": _words(view.checklist.billing) if view.checklist.billing else None,
        "Open invoices": ", ".join(invoice.number for invoice in view.open_invoices),
    }
    return "\n".join(f"{name}: {clean(value)}" for name, value in facts.items() if value)


def _blockers(view: CustomerBillingView) -> str:
    if not view.blockers:
        return "Blockers: none"
    return "\n".join(["Blockers:", *(line for blocker in view.blockers for line in _blocker(blocker))])


def _blocker(blocker: BlockerView) -> list[str]:
    since = f" since {blocker.since:%Y-%m-%d}" if blocker.since else ""
    facts = [f"  {fact.key}: {clean(fact.value)}" for fact in blocker.facts]
    return [f"- {blocker.title}{since} (blocks {areas(blocker.blocks)}): {clean(blocker.detail)}", *facts]


def _tried(events: Sequence[AuditEventView]) -> str:
    attempts = [event for event in events if event.action in _TITLES][:TRIED_AT_MOST]
    if not attempts:
        return "Tried here: nothing so far"
    return "\n".join(["Tried here:", *map(_attempt, attempts)])


def _attempt(event: AuditEventView) -> str:
    reason = f": {clean(event.reason)}" if event.reason else ""
    when = event.occurred_at[:16].replace("T", " ")
    return (
        f"- {when} UTC, {clean(event.actor)}, {_TITLES[event.action]}, {event.outcome.value}{reason}"
        f" [audit {event.audit_event_id}]"
    )


def _words(value: str) -> str:
    return value.replace("_", " ")
