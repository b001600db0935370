"""Change requests as plain text: a list, one in full, a preview, a tenant's workspace, a receipt. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from billinghelp.cli.columns import columns, columns_within
from billinghelp.cli.text import labelled, quoted
from services.contract.types import CHANGE_REQUEST_TITLES, POLICY_VERDICTS, ChangeRequestStatus
from services.contract.views import (
    ActionPreview,
    BoundBar,
    Change,
    ChangeRequestPage,
    ChangeRequestReceipt,
    ChangeRequestView,
    ChangeRequestWorkspace,
    KindForm,
    TenantChangePreview,
)
from services.contract.wording import capital, date, join, minute
from widgets.format import ellipsis

STATUS_WORDS = {
    ChangeRequestStatus.PENDING: "waiting",
    ChangeRequestStatus.APPROVED: "approved, in line",
    ChangeRequestStatus.APPLYING: "applying",
    ChangeRequestStatus.APPLIED: "applied",
    ChangeRequestStatus.REJECTED: "rejected",
    ChangeRequestStatus.CANCELLED: "taken back",
    ChangeRequestStatus.EXPIRED: "expired",
    ChangeRequestStatus.FAILED: "failed",
}

_ENDED = {ChangeRequestStatus.APPLIED: "Applied by", ChangeRequestStatus.CANCELLED: "Taken back by"}
_NAME = 16  # cells of who asked, in a list


def list_lines(requests: Sequence[ChangeRequestView], width: int) -> Iterator[str]:
    """Return one line a request, in columns: id, customer, status, what was asked for, by whom and when."""
    rows = [(asked.change_request_id, asked.customer_id, *_in_short(asked)) for asked in requests]
    return columns_within(rows, width, cut=3)


def _in_short(asked: ChangeRequestView) -> tuple[str, ...]:
    names_itself = any(asked.asks_for.startswith(change.label) for change in asked.changes)
    what = asked.asks_for if names_itself else f"{CHANGE_REQUEST_TITLES[asked.kind]}: {asked.asks_for}"
    return STATUS_WORDS[asked.status], what, ellipsis(asked.requested_by, _NAME), date(asked.requested_at)


def page_footer(page: ChangeRequestPage, *, filtered: bool) -> str:
    """Return how many of how many are listed."""
    if not page.change_requests:
        return "No change requests match." if filtered else "No change requests yet."
    total = f"more than {page.total}" if page.total_is_more else str(page.total)
    return f"{len(page.change_requests)} of {total} change requests"


def request_lines(asked: ChangeRequestView) -> Iterator[str]:
    """Return one request in full, and what became of it."""
    yield _heading(CHANGE_REQUEST_TITLES[asked.kind], asked.legal_name, asked.customer_id)
    yield from _change_lines(asked.changes) if asked.changes else [f"  {asked.asks_for}"]
    yield ""
    yield labelled("Request", asked.change_request_id)
    yield labelled("Status", STATUS_WORDS[asked.status], _until(asked))
    if asked.impact:
        yield labelled("Impact", asked.impact)
    yield labelled("Asked by", asked.requested_by, minute(asked.requested_at))
    yield labelled("", asked.reason)
    if asked.policy_decision is not None:
        yield labelled("Policy", POLICY_VERDICTS[asked.policy_decision], f"version {asked.policy_version}")
        yield labelled("", asked.because or "")
    yield from _became(asked)
    if asked.status is ChangeRequestStatus.PENDING and asked.why_not is not None:
        yield labelled("Not yours", asked.why_not)


def _until(asked: ChangeRequestView) -> str | None:
    waits = asked.status is ChangeRequestStatus.PENDING and asked.expires_at is not None
    return f"until {minute(asked.expires_at)}" if waits and asked.expires_at is not None else None


def _became(asked: ChangeRequestView) -> Iterator[str]:
    if asked.decided_by is not None and asked.decision_reason != asked.because:  # else the policy did, as it said
        label = "Rejected by" if asked.status is ChangeRequestStatus.REJECTED else "Approved by"
        yield from _step(label, asked.decided_by, asked.decided_at, asked.decision_reason)
    if asked.status is ChangeRequestStatus.APPLYING:
        when = None if asked.next_attempt_at is None else f"again {minute(asked.next_attempt_at)}"
        yield labelled("Platform", f"asked {_times(asked.attempts)}", when)
        if asked.last_problem is not None:
            yield labelled("", asked.last_problem)
    if asked.ended_by is not None:
        yield from _step(_ENDED.get(asked.status, "Ended by"), asked.ended_by, asked.ended_at, asked.end_reason)


def _step(label: str, by: str, at: datetime | None, reason: str | None) -> Iterator[str]:
    yield labelled(label, by, None if at is None else minute(at))
    if reason:
        yield labelled("", reason)


def preview_lines(preview: TenantChangePreview) -> Iterator[str]:
    """Return what a change would come to."""
    yield _heading(preview.title, preview.legal_name, preview.customer_id)
    yield from _change_lines(preview.changes)
    yield ""
    yield labelled("Verdict", preview.verdict, f"policy {preview.policy_version}")
    yield labelled("", preview.because)
    if preview.impact:
        yield labelled("Impact", preview.impact)
    if preview.missing:
        yield labelled("Missing", f"the reason does not tell yet {join(preview.missing)}")
    if preview.why_not is not None and preview.why_not != preview.because:
        yield labelled("Not allowed", preview.why_not)
    if preview.digest:
        yield labelled("Digest", preview.digest)


def credit_preview_lines(preview: ActionPreview) -> Iterator[str]:
    """Return what approving a support credit would do."""
    yield _heading(preview.title, preview.legal_name, preview.customer_id)
    yield from _change_lines(preview.changes)
    yield ""
    yield labelled("Etag", preview.etag)
    if not preview.allowed:
        yield labelled("Not allowed", preview.message or "")


def workspace_lines(workspace: ChangeRequestWorkspace, width: int) -> Iterator[str]:
    """Return what a tenant may use, what it may ask for and how, and what it has asked for."""
    tier = f"{workspace.usage_tier} tier" if workspace.usage_tier else "no usage tier"
    yield f"{workspace.legal_name} ({workspace.customer_id})"
    yield f"{tier}, policy {workspace.policy_version}"
    for form in workspace.kinds:
        yield ""
        yield from _form_lines(form)
    yield ""
    if workspace.requests:
        yield "Requests"
        rows = [(asked.change_request_id, *_in_short(asked)) for asked in workspace.requests]
        yield from (f"  {line}" for line in columns_within(rows, width - 2, cut=2))
    else:
        yield "No change requests yet."
    yield ""
    yield "Look at what a change would come to, then ask for it:"
    for step in ("preview", "create"):
        yield f"  billinghelp changes {step} {workspace.customer_id} KIND FIELD=VALUE --reason REASON"
    yield f"A good reason: “{workspace.kinds[0].reason_example}”"


def _form_lines(form: KindForm) -> Iterator[str]:
    bars = {bar.label: bar for bar in form.bars}
    told = [(label, _with_use(value, bars.pop(label, None))) for label, value in form.current]
    told += [(label, bar.used_text) for label, bar in bars.items()]
    told += [(capital(label), reach) for label, reach in form.bounds]
    yield f"{form.title} ({form.kind})"
    yield from (f"  {line}" for line in columns([(f"{label}:", text) for label, text in told]))
    if form.window:
        yield f"  {form.window}"
    yield from (f"  {line}" for line in columns([(f"{f.name}={quoted(f.example)}", f.hint) for f in form.fields]))


def _with_use(value: str, bar: BoundBar | None) -> str:
    # of a list, what is there is what is used
    is_measured = bar is not None and bar.used is not None and value == bar.allowed_text
    return f"{value}, {bar.used_text} in use" if bar is not None and is_measured else value


def receipt_lines(receipt: ChangeRequestReceipt) -> Iterator[str]:
    """Return what asking, deciding or taking back did."""
    if receipt.replayed:
        yield "This was recorded before; nothing was done again:"
    yield receipt.notice
    asked = receipt.change_request
    yield f"{asked.change_request_id} is {STATUS_WORDS[asked.status]}; audit event {receipt.audit_event_id}."


def _heading(title: str, legal_name: str, customer_id: str) -> str:
    return f"{title} for {legal_name} ({customer_id})"


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    for line in columns([(change.label, f"{change.before} → {change.after}") for change in changes]):
        yield f"  {line}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
