"""What happens between a tenant's dialogs and the desk: previews, and one submission each."""

from billinghelp.acting import Deed
from billinghelp.desk_port import DeskPort, ask
from services.contract.errors import Refused
from services.contract.requests import (
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    PreviewTenantChangeRequest,
)
from services.contract.types import AUDITED_TITLES
from services.contract.views import ChangeRequestReceipt, TenantChangePreview
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
        fields={"kind": change.kind, "desired": dict(change.desired)},
        cites={"digest": change.digest},
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
        cites={},
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
