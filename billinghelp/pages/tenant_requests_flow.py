"""What happens between a tenant's dialogs and the desk: previews, and one submission each."""

import asyncio
from typing import Any

import msgspec

from billinghelp.acting import ActionRunner, Deed
from billinghelp.desk_port import DeskPort, ask
from billinghelp.pages.action_flow import UNCERTAIN
from services.contract.errors import Refused
from services.contract.requests import (
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    PreviewTenantChangeRequest,
)
from services.contract.types import AUDITED_TITLES
from services.contract.views import ChangeRequestReceipt, TenantChangePreview
from widgets.confirmation import Confirmation
from widgets.tenant_change_dialog import TenantChange, TenantChangeDialog
from widgets.tenant_take_back import TakenBack


def change_deed(change: TenantChange) -> Deed[ChangeRequestReceipt]:
    """Return what asks for a change. Two of one kind never run beside each other."""
    return Deed(
        title=f"{AUDITED_TITLES['CreateTenantChangeRequest']}: {change.title}",
        about=change.kind,
        request=CreateTenantChangeRequest,
        receipt=ChangeRequestReceipt,
        customer_id=change.customer_id,
        reason=change.reason,
        fields={"kind": change.kind, "desired": dict(change.desired), "digest": change.digest},
        etag=None,
    )


def take_back_deed(taken: TakenBack) -> Deed[ChangeRequestReceipt]:
    """Return what takes a request back; no decision of the same one runs beside it."""
    return Deed(
        title=AUDITED_TITLES["CancelTenantChangeRequest"],
        about=taken.change_request_id,
        request=CancelTenantChangeRequest,
        receipt=ChangeRequestReceipt,
        customer_id=taken.customer_id,
        reason=taken.reason,
        fields={"change_request_id": taken.change_request_id},
        etag=None,
    )


async def preview_change(desk: DeskPort, wanted: TenantChangeDialog.PreviewWanted) -> None:
    """Show in the dialog what the wanted values come to, or at which field they cannot be."""
    dialog = wanted.dialog
    request = PreviewTenantChangeRequest(
        customer_id=dialog.customer_id, kind=dialog.kind, desired=dict(wanted.desired), reason=wanted.reason
    )
    try:
        found = await ask(desk, request, TenantChangePreview)
    except Refused as refusal:
        dialog.show_refusal(wanted.serial, refusal.message, refusal.details.get("field"))
    else:
        dialog.show_preview(wanted.serial, found)


async def carry_out_change(
    desk: DeskPort, runner: ActionRunner, dialog: Confirmation[Any, Any], deed: Deed[ChangeRequestReceipt]
) -> ChangeRequestReceipt:
    """Carry the deed out once, tell the dialog how it went, and return the receipt.

    Raises:
        Refused: when there is none; the dialog has been told, unless it was left before.
    """
    try:
        # Shielded: whoever waits here may go, the deed goes on.
        receipt = await asyncio.shield(runner.submit(desk, deed))
    except Refused as refusal:
        found = refusal.details.get("preview")
        fresh = None if found is None else msgspec.convert(found, TenantChangePreview)
        dialog.failed(refusal.message, fresh, nothing_recorded=refusal.reason not in UNCERTAIN)
        raise
    dialog.succeeded()
    return receipt
