"""What the commands of the Billing Help page do."""

from textual import on, work

from billinghelp.commands import ACTION_COMMANDS
from billinghelp.handoff import file_name
from billinghelp.notices import note
from billinghelp.pages.action_flow import action_deed, carry_out, preview
from billinghelp.pages.chat_bench import ChatBench
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.paperwork import FORMATS, export_report, read_case
from billinghelp.pages.reading_dialog import ReadingDialog
from billinghelp.session import Triage
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.types import Action, ReportFormat
from services.contract.views import ActionReceipt
from widgets.action_dialog import ActionDialog
from widgets.action_list import ActionList
from widgets.action_subject import ActionSubmission, action_subject
from widgets.blockers import BlockerList
from widgets.choice_dialog import ChoiceDialog
from widgets.customer_header import CustomerHeader


class Workbench(ChatBench):
    """Finds, walks, acts and writes, for the selected customer. Each action does what one command says."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._triage = Triage()
        self._steps: list[int] = []
        """The steps of the walk that have not been taken yet, the one under way first."""

    async def _command(self, command_id: str) -> None:
        """Do what a key does: a click asks the same questions first."""
        await self.screen.run_action(f"command('{command_id}')")

    # ── finding and walking ───────────────────────────────────────────────────────────────────────────────────────────

    def action_find(self) -> None:
        """Open the picker."""
        self.app.push_screen(CustomerSearch(self.desk, self._triage), self._select_found)

    def _select_found(self, customer_id: str | None) -> None:
        if customer_id is not None:
            self.select(customer_id)

    @on(CustomerHeader.PickerWanted)
    @on(CustomerHeader.RefreshWanted)
    @on(CustomerHeader.ExportWanted)
    async def do_what_was_clicked(self, event: CustomerHeader.PickerWanted) -> None:
        """Do what the keys beside the customer's name do."""
        event.stop()
        commands = {CustomerHeader.RefreshWanted: "refresh", CustomerHeader.ExportWanted: "export"}
        await self._command(f"billing_help.{commands.get(type(event), 'find')}")

    def action_walk(self, direction: int) -> None:
        """Walk on, or back, to a blocked customer; steps asked for meanwhile are taken one after the other."""
        self._steps.append(direction)
        if len(self._steps) == 1:
            self._walk()

    @work(group="walk")
    async def _walk(self) -> None:
        while self._steps:
            try:
                await self._step(self._steps[0])
            finally:
                self._steps.pop(0)

    async def _step(self, direction: int) -> None:
        here = self.session.customer_id
        try:
            step = await self._triage.step(self.desk, here, direction)
        except Refused as refusal:
            self.show_refusal(refusal)
            return
        blocker = self._triage.blocker
        cause = f" by «{blocker.replace('_', ' ')}»" if blocker else ""
        if step.customer is None:
            before = " before this one" if direction < 0 and here is not None else ""
            note(self.notice, f"No customer{before} is blocked{cause}.")
            return
        self.select(step.customer.customer_id, step.customer.legal_name)
        if step.wrapped:
            note(self.notice, f"That was the last one. This is the first customer blocked{cause} again.")

    def action_refresh(self) -> None:
        """Read again what is shown, or what failed."""
        self.notice.dismiss()
        if self.session.customer_id is not None:
            self.read(self.session.customer_id)
        else:
            self.look_for_customers()
        self.count_blocked()

    # ── acting ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(ActionList.Chosen)
    @on(BlockerList.Chosen)
    async def do_clicked_action(self, event: ActionList.Chosen | BlockerList.Chosen) -> None:
        """Do what the key of the clicked action does."""
        event.stop()
        await self._command(ACTION_COMMANDS[event.action])

    @on(BlockerList.RequestsWanted)
    async def turn_to_clicked_requests(self, event: BlockerList.RequestsWanted) -> None:
        """Show the customer's change requests."""
        event.stop()
        await self._command("billing_help.change_requests")

    @on(BlockerList.BillingWanted)
    async def turn_to_clicked_billing(self, event: BlockerList.BillingWanted) -> None:
        """Show the customer's Billing page."""
        event.stop()
        await self._command("billing_help.billing")

    @on(BlockerList.HandoffWanted)
    async def hand_clicked_blocker_over(self, event: BlockerList.HandoffWanted) -> None:
        """Show the case text."""
        event.stop()
        await self._command("billing_help.handoff")

    def action_act(self, action: str) -> None:
        """Open the confirmation of an audited action."""
        if self._steps:
            note(self.notice, "Still turning to the next customer: press the key again.")
        elif self.session.view is not None:
            self.app.push_screen(ActionDialog(action_subject(self.session.view, Action(action)), owner=self))

    @on(ActionDialog.PreviewWanted)
    def show_preview(self, event: ActionDialog.PreviewWanted) -> None:
        """Show in the dialog what the action would do."""
        event.stop()
        self._preview(event)

    @work(exclusive=True, group="preview")
    async def _preview(self, event: ActionDialog.PreviewWanted) -> None:
        await preview(self.desk, event)

    @on(ActionDialog.Submitted)
    def carry_action_out(self, event: ActionDialog.Submitted) -> None:
        """Carry the action out."""
        event.stop()
        assert isinstance(event.submission, ActionSubmission)  # noqa: S101  (no other dialog is opened here)
        self._carry_out(event.dialog, event.submission)

    @work(group="actions")
    async def _carry_out(self, dialog: ActionDialog, submission: ActionSubmission) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        receipt = await carry_out(self.desk, self.place.runner, dialog, action_deed(submission), self.notice)
        if receipt is not None:
            self._show_receipt(receipt)
        elif submission.customer_id == self.session.customer_id:
            self.read(submission.customer_id)

    def _show_receipt(self, receipt: ActionReceipt) -> None:
        customer = receipt.view.customer
        if customer.customer_id == self.session.customer_id:
            self.notice.show_success(receipt.notice)
            self.awaiting = self.notice.notice if receipt.outcome == "pending_approval" else None
            # A stored receipt carries the view of its time, so a replayed one is read afresh.
            if receipt.replayed:
                self.read(customer.customer_id)
            else:
                self.show_view(receipt.view)
        else:
            self.notice.show_success(f"{customer.legal_name}: {receipt.notice}")
        self.count_blocked()

    # ── reading on ────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_ledger(self) -> None:
        """Show the customer's ledger."""
        from billinghelp.pages.ledger import LedgerScreen

        if (view := self.session.view) is not None:
            self.app.push_screen(LedgerScreen(self.place, view.customer))

    def action_audit_trail(self) -> None:
        """Show the customer's audit trail."""
        from billinghelp.pages.customer_audit import CustomerAuditScreen

        if (view := self.session.view) is not None:
            self.app.push_screen(CustomerAuditScreen(self.place, view.customer))

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_export(self) -> None:
        """Ask for the format of the billing report, and write it."""
        view = self.session.view
        if view is None:
            return

        def write(chosen: str | None) -> None:
            if chosen is not None:
                self._export(view.customer.customer_id, ReportFormat(chosen))

        self.app.push_screen(ChoiceDialog("Export the billing report", FORMATS), write)

    @work(exclusive=True, group="export")
    async def _export(self, customer_id: str, format_: ReportFormat) -> None:
        self.notice.show_progress("Writing the billing report…")
        try:
            path = await export_report(self.desk, customer_id, format_, self.place.folder)
        except Refused as refusal:
            self.show_refusal(refusal)
        else:
            self.notice.show_success(f"The billing report is in {path}.")

    @work(exclusive=True, group="handoff")
    async def _hand_over(self) -> None:
        view = self.session.view
        if view is None:
            return
        try:
            text = await read_case(self.desk, view, self.place.clock)
        except Refused as refusal:
            self.show_refusal(refusal)
            return
        title = f"Case · {view.customer.legal_name}"
        self.app.push_screen(ReadingDialog(title, text, self.place.folder, filename=file_name(view)))

    async def action_change_requests(self) -> None:
        """Turn to the requests of the selected customer."""
        from billinghelp.pages.change_requests_queue import RequestsQueuePage  # after the first frame

        view = self.session.view
        await self.app.run_action("app.turn_to('change_requests')")
        if view is not None and isinstance(page := self.app.screen, RequestsQueuePage):
            await page.show_customer(view.customer.customer_id, view.customer.legal_name)

    async def action_billing(self) -> None:
        """Turn to the Billing page of the selected customer, at what blocks them there."""
        from billinghelp.pages.billing import BillingPage  # after the first frame

        view = self.session.view
        await self.app.run_action("app.turn_to('billing')")
        if view is not None and isinstance(page := self.app.screen, BillingPage):
            page.show_blocker(view)

    def action_handoff(self) -> None:
        """Show the case text."""
        self._hand_over()

    def action_back(self) -> None:
        """Stop an answer; else leave the composer; else put the notice away."""
        if self.chat is not None and self.chat.stop():
            return
        if self.screen.focused is not None:
            self.screen.set_focus(None)
        else:
            self.notice.dismiss()
