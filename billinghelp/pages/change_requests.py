"""The Change Requests page: what waits for somebody else's approval, what was decided, and the decision."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from billinghelp.commands import CHANGE_REQUESTS
from billinghelp.keymap import bindings_of
from billinghelp.pages.action_flow import carry_out, decision_deed, preview
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.change_requests_deciding import preview_decision, preview_selected
from billinghelp.pages.change_requests_queue import RequestsQueuePage
from billinghelp.pages.change_requests_reading import read_record
from services.contract.errors import Refused
from services.contract.views import ChangeRequestReceipt, ChangeRequestView
from widgets.action_dialog import ActionDialog
from widgets.action_subject import Decision, DecisionSubmission, decision_subject
from widgets.change_requests_decision import DecisionDialog
from widgets.change_requests_details import is_tenants


class ChangeRequestsPage(RequestsQueuePage):
    """The queue; one request in full with its tenant's record; approve, reject, and the next one in line."""

    PAGE = CHANGE_REQUESTS
    IN_SIDEBAR = CHANGE_REQUESTS
    CSS_PATH = "change_requests.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(CHANGE_REQUESTS)

    # ── the selected request ──────────────────────────────────────────────────────────────────────────────────────────

    def look_into_selected(self) -> None:
        """Bring what approving the request would change, where its reader may, and its tenant's record."""
        if (asked := self.queue.selected) is not None:
            self._look_into(asked)

    @work(exclusive=True, group="request")
    async def _look_into(self, asked: ChangeRequestView) -> None:
        if asked.decidable:
            await preview_selected(self.desk, self.queue, asked)
        try:
            record = await read_record(self.desk, asked)
        except Refused as refusal:
            self.queue.show_no_record(asked, refusal.message)
        else:
            self.queue.show_record(asked, record.bars, record.others)

    async def action_open_customer(self) -> None:
        """Turn to Billing Help with the request's customer selected."""
        asked = self.queue.selected
        await self.app.run_action("app.turn_to('billing_help')")
        if asked is not None and isinstance(page := self.app.screen, BillingHelpPage):
            await page.select(asked.customer_id, asked.legal_name)

    def action_open_workspace(self) -> None:
        """Show what the request's tenant may use and what it asked for, as the tenant sees it."""
        from billinghelp.pages.tenant_requests import TenantRequestsPage

        if (asked := self.queue.selected) is not None:
            self.app.push_screen(TenantRequestsPage(self.place, asked.customer_id, asked.legal_name))

    # ── deciding ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_decide(self, decision: str) -> None:
        """Open the confirmation of a decision."""
        if (asked := self.queue.selected) is None:
            return
        if is_tenants(asked):
            self.app.push_screen(DecisionDialog(asked, Decision(decision), owner=self))
        else:
            self.app.push_screen(ActionDialog(decision_subject(asked, Decision(decision)), owner=self))

    @on(ActionDialog.PreviewWanted)
    def show_preview(self, event: ActionDialog.PreviewWanted) -> None:
        """Show in the dialog what approving would do."""
        event.stop()
        self._preview(partial(preview, self.desk, event))

    @on(DecisionDialog.PreviewWanted)
    def show_change(self, event: DecisionDialog.PreviewWanted) -> None:
        """Show in the dialog what approving comes to now."""
        event.stop()
        self._preview(partial(preview_decision, self.desk, event))

    @work(exclusive=True, group="preview")
    async def _preview(self, show: Callable[[], Awaitable[None]]) -> None:
        await show()

    @on(ActionDialog.Submitted)
    @on(DecisionDialog.Submitted)
    def carry_decision_out(self, event: ActionDialog.Submitted | DecisionDialog.Submitted) -> None:
        """Carry the decision out."""
        event.stop()
        assert isinstance(event.submission, DecisionSubmission)  # noqa: S101  (no other dialog is opened here)
        self._carry_out(event.dialog, event.submission)

    @work(group="decisions")
    async def _carry_out(self, dialog: ActionDialog | DecisionDialog, submission: DecisionSubmission) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        deed = decision_deed(submission)
        receipt = await carry_out(self.desk, self.place.runner, dialog, deed, self.notice_bar())
        if receipt is not None:
            self._show_receipt(receipt)
        self.read(from_start=False)

    def _show_receipt(self, receipt: ChangeRequestReceipt) -> None:
        self.notice_bar().show_success(receipt.notice)
        # Before the queue is read again: the next request in line is not to wait for that.
        decided = receipt.change_request
        self.queue.settle(decided, self.place.clock(), stays=self._wanted.admits(decided))
