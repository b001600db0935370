"""Views as plain text: what people read in a terminal, in a pipe, or through a screen reader. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from services.contract.types import Area
from services.contract.views import (
    AuditEventView,
    BlockerView,
    ChatMessage,
    CustomerBillingView,
    CustomerList,
    CustomerRow,
    LedgerVerification,
    StreamVerification,
)

_LABEL = 16


def words(code: str) -> str:
    """Return a code of the closed sets as words."""
    return code.replace("_", " ").replace("ai", "AI") if code == Area.MANAGED_AI else code.replace("_", " ")


def customer_line(row: CustomerRow) -> str:
    """Return one customer of a list."""
    state = ", ".join(words(code) for code in row.blockers) or "no blocker"
    return f"{row.customer_id}  {row.legal_name}  [{words(row.billing_state)}, {words(row.payment_rail)}]  {state}"


def list_footer(page: CustomerList) -> str:
    """Return how many of how many are listed."""
    if not page.customers:
        return "No customers match." if page.total == 0 else "No customers on this page."
    total = f"more than {page.total}" if page.total_is_more else str(page.total)
    return f"{len(page.customers)} of {total} customers"


def view_lines(view: CustomerBillingView) -> Iterator[str]:
    """Return the summary and the blockers of one customer."""
    billing, credits, customer = view.billing, view.credits, view.customer
    yield f"{customer.legal_name} ({customer.customer_id})"
    yield ""
    yield _line("Billing state", words(billing.state).capitalize(), billing.review_reference)
    yield _line(
        "Payment rail", words(billing.payment_rail).capitalize(), billing.usage_tier and f"{billing.usage_tier} tier"
    )
    yield _line("Ownership", words(customer.ownership), billing.commercial_reference)
    if billing.trial_ends_at:
        yield _line("Trial ends", billing.trial_ends_at.strftime("%Y-%m-%d %H:%M UTC"), None)
    yield _line(
        "Credits", f"{credits.workspace_hours} h, {credits.ai_cents} AI cents", f"{credits.active_lots} active lots"
    )
    checklist = words(view.checklist.billing) if view.checklist.billing else "no billing item"
    yield _line("Checklist", f"billing {checklist}" if view.checklist.billing else checklist, _adjustment(view))
    for area, ready in ((Area.PROVISIONING, view.readiness.provisioning), (Area.MANAGED_AI, view.readiness.managed_ai)):
        yield _line(words(area).capitalize() if area is Area.PROVISIONING else "Managed AI", ready.status, None)
    yield ""
    yield from _blocker_section(view.blockers)
    for notice in view.notices:
        yield f"Notice: {notice.text}"


def _line(label: str, value: str, more: str | None) -> str:
    return f"{label + ':':<{_LABEL}}{value}" + (f" ({more})" if more else "")


def _adjustment(view: CustomerBillingView) -> str | None:
    latest = view.latest_adjustment
    if latest is None:
        return "no adjustments"
    unit = words(latest.unit).replace("ai", "AI")
    return f"latest adjustment: {latest.category} {latest.kind} of {latest.amount} {unit}"


def _blocker_section(blockers: Sequence[BlockerView]) -> Iterator[str]:
    if not blockers:
        yield "No immediate billing blocker found."
        return
    yield f"Billing blockers: {len(blockers)}"
    for number, blocker in enumerate(blockers, 1):
        since = f" since {blocker.since:%Y-%m-%d}" if blocker.since else ""
        yield f"{number}. {blocker.title}{since}: blocks {', '.join(words(area) for area in blocker.blocks)}"
        yield f"   {blocker.detail}"
        for action in blocker.resolving_actions:
            yield f"   {action.title}: " + ("allowed" if action.allowed else f"not allowed. {action.message}")
        if blocker.handoff:
            yield f"   Hand off to {blocker.handoff.to}: {blocker.handoff.text}"


def answer_footer(message: ChatMessage) -> str:
    """Return who wrote an answer, and from how many facts."""
    return f"{message.engine} · {len(message.facts)} facts"


def stream_line(stream: StreamVerification) -> str:
    """Return what verifying one stream found."""
    status = f"BROKEN at {stream.broken_at}" if stream.status == "BROKEN" else stream.status
    detail = f"  ({stream.detail})" if stream.detail else ""
    return f"{stream.stream}  {status}  {stream.length} events  {stream.last_hash[:16]}{detail}"


def verification_summary(streams: Sequence[StreamVerification], ledger: LedgerVerification | None) -> Iterator[str]:
    """Return the customers whose ledger does not add up, then one line over everything."""
    ledger_says = "ledger not checked"
    if ledger is not None:
        for customer_id in ledger.mismatched:
            yield f"{customer_id}  LEDGER MISMATCH"
        says = "OK" if not ledger.mismatched else f"{len(ledger.mismatched)} MISMATCHED"
        ledger_says = f"ledger {says} ({ledger.entries} entries, {ledger.customers} customers)"
    count = Counter(stream.status for stream in streams)
    states = ", ".join(f"{count[s]} {s}" for s in ("OK", "BROKEN", "UNREADABLE") if count[s] or s == "OK")
    yield f"{len(streams)} streams: {states}; {ledger_says}."


def event_lines(event: AuditEventView) -> Iterator[str]:
    """Return one audit event."""
    etags = f"  {event.etag_before or '–'} → {event.etag_after or '–'}" if event.etag_before or event.etag_after else ""
    yield f"{event.occurred_at}  {event.audit_event_id}  {event.outcome}  {event.action}  by {event.actor} ({event.role}){etags}"
    if event.reason:
        yield f"    reason: {event.reason}"
    yield f"    {event.payload}"
