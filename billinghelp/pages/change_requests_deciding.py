"""What happens between the queue, the dialogs of a decision and the desk: previews, and one decision."""

from billinghelp.desk_port import DeskPort, ask
from services.contract.errors import Refused
from services.contract.requests import PreviewBillingAction, PreviewTenantChangeRequest
from services.contract.types import CARRIED_OUT_BY
from services.contract.views import ActionPreview, ChangeRequestView, TenantChangePreview
from widgets.change_requests import ChangeRequestQueue
from widgets.change_requests_decision import DecisionDialog


async def preview_selected(desk: DeskPort, queue: ChangeRequestQueue, asked: ChangeRequestView) -> None:
    """Show in the queue what approving a request would change now."""
    try:
        if (action := CARRIED_OUT_BY.get(asked.kind)) is None:
            queue.show_change(asked, await _preview_change(desk, asked))
        else:
            request = PreviewBillingAction(
                customer_id=asked.customer_id, action=action, change_request_id=asked.change_request_id
            )
            queue.show_preview(asked, await ask(desk, request, ActionPreview))
    except Refused as refusal:
        queue.show_no_preview(asked, refusal.message)


async def preview_decision(desk: DeskPort, wanted: DecisionDialog.PreviewWanted) -> None:
    """Show in the dialog what approving the tenant's request would change now."""
    try:
        found = await _preview_change(desk, wanted.dialog.asked)
    except Refused as refusal:
        wanted.dialog.show_refusal(wanted.serial, refusal.message)
    else:
        wanted.dialog.show_preview(wanted.serial, found)


async def _preview_change(desk: DeskPort, asked: ChangeRequestView) -> TenantChangePreview:
    request = PreviewTenantChangeRequest(customer_id=asked.customer_id, change_request_id=asked.change_request_id)
    return await ask(desk, request, TenantChangePreview)
