"""What happens between an action's dialog and the desk: previews, one submission, and what the answer means."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from billinghelp.acting import OUTCOME_UNKNOWN, RECORDED_BEFORE, ActionRunner
from billinghelp.desk_port import DeskPort, ask
from services.contract.errors import Refused
from services.contract.requests import PreviewBillingAction
from services.contract.types import Action
from services.contract.views import ActionPreview, ActionReceipt
from widgets.action_dialog import ActionDialog
from widgets.action_form import ActionSubmission

UNCERTAIN = frozenset({OUTCOME_UNKNOWN, RECORDED_BEFORE})
"""Refusals after which something may have been recorded, or was."""


async def preview(
    desk: DeskPort, dialog: ActionDialog, customer_id: str, action: Action, params: Mapping[str, str], serial: int
) -> None:
    """Show in the dialog what the action would do with `params`."""
    request = PreviewBillingAction(customer_id=customer_id, action=action, params=dict(params))
    try:
        found = await ask(desk, request, ActionPreview)
    except Refused as refusal:
        dialog.show_refusal(serial, refusal.message)
    else:
        dialog.show_preview(serial, found)


async def apply(
    desk: DeskPort, runner: ActionRunner, dialog: ActionDialog, submission: ActionSubmission
) -> ActionReceipt:
    """Carry the action out once, tell the dialog how it went, and return the receipt.

    Raises:
        Refused: when there is none; the dialog has been told, unless it was left before.
    """
    try:
        task = runner.submit(
            desk, submission.action, submission.customer_id, submission.etag, submission.reason, submission.params
        )
        # Shielded: whoever waits here may go, the action goes on.
        receipt = await asyncio.shield(task)
    except Refused as refusal:
        certain = refusal.reason not in UNCERTAIN
        dialog.failed(refusal.message, fresh_preview(refusal.details), nothing_recorded=certain)
        raise
    dialog.succeeded()
    return receipt


def fresh_preview(details: Mapping[str, Any]) -> ActionPreview | None:
    """Return the preview that comes with a `STALE_ETAG` refusal, null where none came."""
    found = details.get("preview")
    return None if found is None else msgspec.convert(found, ActionPreview)
