"""The commands `changes create`, `changes cancel`, `changes approve` and `changes reject`.

Each is recorded at most once: an answer that was lost is asked for again with the same request id.
"""

import argparse
from collections.abc import Mapping
from itertools import chain

import msgspec

from billinghelp.cli.changes import Preview, find, lines_of, preview_approval
from billinghelp.cli.changes_asked import create_request
from billinghelp.cli.changes_text import receipt_lines, request_lines
from billinghelp.cli.columns import folded
from billinghelp.cli.confirming import confirm, require_somebody_to_ask
from billinghelp.cli.output import Output
from billinghelp.cli.session import Session, opened
from services.contract.errors import Refused, precondition
from services.contract.ids import new_id
from services.contract.requests import (
    ApproveTenantChangeRequest,
    AuditedRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
)
from services.contract.types import PolicyDecision
from services.contract.views import ChangeRequestReceipt, TenantChangePreview


def create(options: argparse.Namespace, output: Output) -> int:
    """Ask for a change, as its preview shows it."""
    request = create_request(options, new_id("req"))
    if not request.digest:
        require_somebody_to_ask(options, output)
    with opened(options) as session:
        if not request.digest and session.offers(CreateTenantChangeRequest):  # else nothing is to be shown first
            wanted = {name: getattr(request, name) for name in ("customer_id", "kind", "desired", "reason")}
            found: TenantChangePreview = session.call(PreviewTenantChangeRequest(**wanted))
            _require_allowed(found)
            needs_none = found.decision is PolicyDecision.SELF_SERVICE
            confirm(options, output, lines_of(found), "Do this now?" if needs_none else "Ask for this?")
            request = msgspec.structs.replace(request, digest=found.digest)
        return _record(session, request, output, {"digest": request.digest})


def approve(options: argparse.Namespace, output: Output) -> int:
    """Approve a request, as its preview shows it."""
    cited = {name: value for name in ("digest", "etag") if (value := getattr(options, name)) is not None}
    if not cited:
        require_somebody_to_ask(options, output)
    with opened(options) as session:
        if not cited and session.offers(ApproveTenantChangeRequest):
            asked = find(session, options.customer, options.change_request)
            found = preview_approval(session, asked)
            _require_allowed(found)
            lines = chain(request_lines(asked), ["", "Approved now, it comes to:", ""], lines_of(found))
            confirm(options, output, lines, "Approve this?")
            cited = {"digest": found.digest} if isinstance(found, TenantChangePreview) else {"etag": found.etag}
        return _record(session, ApproveTenantChangeRequest(**_decision(options), **cited), output, cited)


def reject(options: argparse.Namespace, output: Output) -> int:
    """Reject a request."""
    with opened(options) as session:
        return _record(session, RejectTenantChangeRequest(**_decision(options)), output)


def cancel(options: argparse.Namespace, output: Output) -> int:
    """Take a request back."""
    with opened(options) as session:
        return _record(session, CancelTenantChangeRequest(**_decision(options)), output)


def _decision(options: argparse.Namespace) -> dict[str, str]:
    return {
        "customer_id": options.customer,
        "change_request_id": options.change_request,
        "reason": options.reason,
        "request_id": options.request_id or new_id("req"),
    }


def _require_allowed(found: Preview) -> None:
    """Refuse what its preview says cannot be: to send it would only be refused and recorded so."""
    if found.allowed:
        return
    why = found.why_not if isinstance(found, TenantChangePreview) else found.message
    raise precondition("NOT_ALLOWED", why or "This is not allowed now.", preview=msgspec.to_builtins(found))


def _record(session: Session, request: AuditedRequest, output: Output, cited: Mapping[str, str] | None = None) -> int:
    try:
        receipt: ChangeRequestReceipt = session.call(request)
    except Refused as refused:
        if refused.reason == "STALE_PREVIEW" and not output.as_json:
            fresh = msgspec.convert(refused.details["preview"], TenantChangePreview)
            for line in (*folded(lines_of(fresh), output.width), ""):
                output.aside(line)
        raise _with_the_way_back(refused, {"request_id": request.request_id, **(cited or {})}) from refused
    if output.as_json:
        output.json(receipt)
    else:
        output.text(*folded(receipt_lines(receipt), output.width))
    return 0


def _with_the_way_back(refused: Refused, cited: Mapping[str, str]) -> Refused:
    """Return the refusal, and where the answer was lost how to ask for it again: the same request, to the letter."""
    if not refused.details.get("outcome_unknown", False):
        return refused
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in cited.items())
    return Refused(
        refused.code,
        refused.reason,
        f"{refused.message} Run the same command with {flags}: it cannot count twice.",
        {**refused.details, **cited},
    )
