"""What happens between an action's dialog and the desk: previews, one submission, and what the answer means."""

import asyncio
from typing import Any

import msgspec

from billinghelp.acting import OUTCOME_UNKNOWN, RECORDED_BEFORE, ActionRunner, Deed, Receipt
from billinghelp.desk_port import DeskPort, ask
from services.contract import requests
from services.contract.errors import Refused
from services.contract.types import ACTION_TITLES, AUDITED_TITLES, Action
from services.contract.views import ActionPreview, ActionReceipt, ChangeRequestReceipt, TenantChangePreview
from widgets.action_dialog import ActionDialog
from widgets.action_subject import ActionSubmission, Decision, DecisionSubmission
from widgets.confirmation import Confirmation
from widgets.notice import NoticeBar

UNCERTAIN = frozenset({OUTCOME_UNKNOWN, RECORDED_BEFORE})
"""Refusals after which something may have been recorded, or was."""

_ACTIONS: dict[Action, type[requests.ActionRequest]] = {
    Action.MARK_INVOICE_VERIFIED: requests.MarkInvoiceVerified,
    Action.APPROVE_TRIAL: requests.ApproveTrial,
    Action.APPLY_SUPPORT_CREDIT: requests.ApplySupportCredit,
    Action.EXTEND_TRIAL: requests.ExtendTrial,
    Action.COMPLETE_BILLING_CHECKLIST: requests.CompleteBillingChecklist,
    Action.REVERSE_SUPPORT_CREDIT: requests.ReverseSupportCredit,
}
_DECISIONS: dict[Decision, type[requests.AuditedRequest]] = {
    Decision.APPROVE: requests.ApproveTenantChangeRequest,
    Decision.REJECT: requests.RejectTenantChangeRequest,
}

_FRESH: dict[str, type[ActionPreview | TenantChangePreview]] = {
    "STALE_ETAG": ActionPreview,
    "STALE_PREVIEW": TenantChangePreview,
}


def action_deed(submission: ActionSubmission) -> Deed[ActionReceipt]:
    """Return what carries an action out."""
    return Deed(
        title=ACTION_TITLES[submission.action],
        about=submission.action,
        request=_ACTIONS[submission.action],
        receipt=ActionReceipt,
        customer_id=submission.customer_id,
        reason=submission.reason,
        fields=submission.params,
        cites={"etag": submission.etag},
    )


def decision_deed(submission: DecisionSubmission) -> Deed[ChangeRequestReceipt]:
    """Return what decides a change request. Approving and rejecting the same one never run beside each other."""
    cited = {"etag": submission.etag, "digest": submission.digest}
    return Deed(
        title=AUDITED_TITLES[submission.decision],
        about=submission.change_request_id,
        request=_DECISIONS[submission.decision],
        receipt=ChangeRequestReceipt,
        customer_id=submission.customer_id,
        reason=submission.reason,
        fields={"change_request_id": submission.change_request_id},
        cites={name: value for name, value in cited.items() if value is not None},
    )


async def preview(desk: DeskPort, wanted: ActionDialog.PreviewWanted) -> None:
    """Show in the dialog what its subject would do with the fields as they stand."""
    subject = wanted.subject
    request = requests.PreviewBillingAction(
        customer_id=subject.customer_id,
        action=subject.action,
        params=dict(wanted.params),
        change_request_id=subject.asked.change_request_id if subject.asked is not None else None,
    )
    try:
        found = await ask(desk, request, ActionPreview)
    except Refused as refusal:
        wanted.dialog.show_refusal(wanted.serial, refusal.message)
    else:
        wanted.dialog.show_preview(wanted.serial, found)


async def carry_out(
    desk: DeskPort, runner: ActionRunner, dialog: Confirmation[Any, Any], deed: Deed[Receipt], bar: NoticeBar
) -> Receipt | None:
    """Carry the deed out once, tell the dialog how it went, and return the receipt; null where there is none.

    The bar, beneath the dialog, tells it where the dialog was left before the answer came; a receipt is the page's to
    tell.
    """
    bar.show_progress(f"Recording «{deed.title}»…")
    try:
        # Shielded: whoever waits here may go, the deed goes on.
        receipt = await asyncio.shield(runner.submit(desk, deed))
    except Refused as refusal:
        certain = refusal.reason not in UNCERTAIN
        dialog.failed(refusal.message, _fresh_preview(refusal), nothing_recorded=certain)
        if dialog.has_left:
            bar.show_error(refusal.message, nothing_recorded=certain)
        else:
            bar.dismiss()
        return None
    dialog.succeeded()
    return receipt


def _fresh_preview(refusal: Refused) -> ActionPreview | TenantChangePreview | None:
    """Return the preview that comes with the refusal of an older one, null where none came."""
    kind, preview = _FRESH.get(refusal.reason), refusal.details.get("preview")
    return None if kind is None or preview is None else msgspec.convert(preview, kind)
