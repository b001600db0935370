"""Views as plain text: what people read in a terminal, in a pipe, or through a screen reader. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from services.billing.wording import meter_text, setup_text, subscription_text, telling
from services.contract.types import Area, InvoiceStatus, Unit
from services.contract.views import (
    AuditEventView,
    BlockerView,
    ChatMessage,
    CustomerBillingView,
    CustomerList,
    CustomerRow,
    InvoiceView,
    LedgerVerification,
    StreamVerification,
)
from services.contract.wording import (
    AREA_TITLES,
    CHECKLIST_TITLES,
    OWNERSHIP_TITLES,
    RAIL_TITLES,
    STATE_TITLES,
    capital,
    credit,
    date,
    join,
    minute,
    money,
)

_LABEL = 16


def customer_line(row: CustomerRow) -> str:
    """Return one customer of a list."""
    state = ", ".join(code.replace("_", " ") for code in row.blockers) or "no blocker"
    about = f"[{STATE_TITLES[row.billing_state]}, {RAIL_TITLES[row.payment_rail]}]"
    return f"{row.customer_id}  {row.legal_name}  {about}  {state}"


def list_footer(page: CustomerList, *, filtered: bool) -> str:
    """Return how many of how many are listed."""
    if not page.customers:
        return "No customers match." if filtered else "No customers yet: billinghelp import FILE brings them in."
    total = f"more than {page.total}" if page.total_is_more else str(page.total)
    return f"{len(page.customers)} of {total} customers"


def view_lines(view: CustomerBillingView) -> Iterator[str]:
    """Return the summary and the blockers of one customer."""
    billing, credits, customer = view.billing, view.credits, view.customer
    yield f"{customer.legal_name} ({customer.customer_id})"
    yield ""
    yield labelled("Billing state", STATE_TITLES[billing.state], billing.review_reference)
    yield labelled(
        "Payment rail", RAIL_TITLES[billing.payment_rail], billing.usage_tier and f"{billing.usage_tier} tier"
    )
    yield labelled("Plan", subscription_text(view.subscription))
    for meter in telling(view.usage):
        yield labelled(meter.title, meter_text(meter))
    if view.payment_setup:
        yield labelled("Payment setup", setup_text(view.payment_setup))
    yield labelled("Collection", "automatic" if billing.automatic_collection else "by hand")
    yield labelled("Ownership", OWNERSHIP_TITLES[customer.ownership], billing.commercial_reference)
    if billing.trial_ends_at:
        yield labelled("Trial ends", minute(billing.trial_ends_at))
    left = f"{credit(Unit.WORKSPACE_HOURS, credits.workspace_hours)}, {credit(Unit.AI_CENTS, credits.ai_cents)}"
    yield labelled("Credits", left, _count(credits.active_lots, "active lot"))
    item = view.checklist.billing
    yield labelled("Checklist", f"billing {CHECKLIST_TITLES[item]}" if item else "no billing item", _adjustment(view))
    readiness = {Area.PROVISIONING: view.readiness.provisioning, Area.MANAGED_AI: view.readiness.managed_ai}
    for area, ready in readiness.items():
        yield labelled(capital(AREA_TITLES[area]), ready.status)
    yield ""
    yield from _blocker_section(view.blockers)
    for notice in view.notices:
        yield f"Notice: {notice.text}"
    if view.open_invoices:
        yield ""
        yield f"Open invoices: {len(view.open_invoices)}"
        yield from (_invoice_line(invoice, view) for invoice in view.open_invoices)


def _invoice_line(invoice: InvoiceView, view: CustomerBillingView) -> str:
    parts = [money(invoice.amount, invoice.currency), _invoice_status(invoice, view)]
    if invoice.payable:
        parts.append("has a payment link")
    return f"  {invoice.number}: {', '.join(parts)}"


def _invoice_status(invoice: InvoiceView, view: CustomerBillingView) -> str:
    if invoice.due_at is None:
        return invoice.status.value
    if invoice.status is InvoiceStatus.OPEN and view.as_of > invoice.due_at:
        return f"overdue since {date(invoice.due_at)}"
    return f"{invoice.status.value}, due {date(invoice.due_at)}"


def labelled(label: str, value: str, more: str | None = None) -> str:
    """Return a label, or none, and its value, in the column in which all values begin."""
    return f"{label and label + ':':<{_LABEL}}{value}" + (f" ({more})" if more else "")


def quoted(value: str) -> str:
    """Return a value as a shell takes it: between quotes where a space stands in it."""
    return f'"{value}"' if " " in value else value


def _adjustment(view: CustomerBillingView) -> str | None:
    latest = view.latest_adjustment
    if latest is None:
        return "no adjustments"
    return f"latest adjustment: {latest.category} {latest.kind} of {credit(latest.unit, latest.amount)}"


def _blocker_section(blockers: Sequence[BlockerView]) -> Iterator[str]:
    if not blockers:
        yield "No immediate billing blocker found."
        return
    yield f"Billing blockers: {len(blockers)}"
    for number, blocker in enumerate(blockers, 1):
        since = f" since {blocker.since:%Y-%m-%d}" if blocker.since else ""
        yield f"{number}. {blocker.title}{since}: blocks {join([AREA_TITLES[area] for area in blocker.blocks])}"
        yield f"   {blocker.detail}"
        for action in blocker.resolving_actions:
            yield f"   {action.title}: " + ("allowed" if action.allowed else f"not allowed. {action.message}")
        if blocker.handoff:
            yield f"   Hand off to {blocker.handoff.to}: {blocker.handoff.text}"


def answer_footer(message: ChatMessage) -> str:
    """Return who wrote an answer, where its facts went, from how many it is, and what it cost."""
    parts = [message.engine or "", *([f"facts sent to {message.host}"] if message.host else [])]
    parts.append(_count(len(message.facts), "fact"))
    if message.host:
        usage = message.usage
        parts.append(f"{usage.input_tokens} + {usage.output_tokens} tokens" if usage else "usage n/a")
    return " · ".join(parts)


def stream_line(stream: StreamVerification) -> str:
    """Return what verifying one stream found."""
    status = f"BROKEN at {stream.broken_at}" if stream.status == "BROKEN" else stream.status
    detail = f"  ({stream.detail})" if stream.detail else ""
    return f"{stream.stream}  {status}  {_count(stream.length, 'event')}  {stream.last_hash[:16]}{detail}"


def verification_summary(
    streams: Sequence[StreamVerification], ledger: LedgerVerification | None, *, against: bool
) -> Iterator[str]:
    """Return the customers whose ledger does not add up, then one line over everything.

    Args:
        against: whether the trail was held against an export.
    """
    ledger_says = "ledger not checked"
    if ledger is not None:
        for customer_id in ledger.mismatched:
            yield f"{customer_id}  LEDGER MISMATCH"
        says = "OK" if ledger.sound else f"{len(ledger.mismatched)} MISMATCHED"
        ledger_says = f"ledger {says} ({_count(ledger.entries, 'entry')}, {_count(ledger.customers, 'customer')})"
        if ledger.unreadable is not None:
            ledger_says = f"ledger UNREADABLE ({ledger.unreadable})"
    count = Counter(stream.status for stream in streams)
    states = ", ".join(f"{count[s]} {s}" for s in ("OK", "BROKEN", "UNREADABLE") if count[s] or s == "OK")
    yield f"{_count(len(streams), 'stream')}: {states}; {ledger_says}."
    if not against and (count["BROKEN"] or count["UNREADABLE"]):
        yield "Hold the trail against an export kept elsewhere: billinghelp audit verify --against FILE."


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def event_lines(event: AuditEventView) -> Iterator[str]:
    """Return one audit event."""
    who = f"by {event.actor} ({event.role})"
    etags = f"  {event.etag_before or '–'} → {event.etag_after or '–'}" if event.etag_before or event.etag_after else ""
    yield f"{event.occurred_at}  {event.audit_event_id}  {event.outcome}  {event.action}  {who}{etags}"
    if event.reason:
        yield f"    reason: {event.reason}"
    yield f"    {event.payload}"
