"""The Billing page: plan and usage beside invoices, plans, cost drivers and nodes, and what can be done about them."""

import asyncio
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from billinghelp.commands import BILLING, BY_ID
from billinghelp.files import safe_name, write_new_file
from billinghelp.keymap import bindings_of
from billinghelp.notices import note
from billinghelp.pages.action_flow import carry_out
from billinghelp.pages.billing_copying import copied_text
from billinghelp.pages.billing_flow import collection_deed
from billinghelp.pages.billing_plans import BillingPlansPage
from billinghelp.pages.billing_reading import read_invoice, refresh_payments
from billinghelp.pages.reading_dialog import COPIED
from billinghelp.payment_availability import why_no_pdf
from services.contract.errors import Code, Refused
from services.contract.views import CustomerBillingView, InvoiceDetail, InvoiceView, NodeView
from widgets.blockers import PAYMENT_BLOCKERS
from widgets.collection_dialog import CollectionDialog, collection_preview
from widgets.payment_blockers import payment_blockers
from widgets.payment_format import first_to_pay
from widgets.payment_invoice_dialog import InvoiceDialog
from widgets.payment_node_dialog import NodeDialog
from widgets.payment_tabs import Shown


class BillingPage(BillingPlansPage):
    """A tenant's own page; an MSP's administrator and operators choose whose it is."""

    CSS_PATH = "billing.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(BILLING)

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────────────────────

    def show_blocker(self, view: CustomerBillingView) -> None:
        """Turn to what blocks a customer on this page: the invoice that is to be paid first, else the setup."""
        blockers = {PAYMENT_BLOCKERS[blocker.code]: blocker for blocker in payment_blockers(view)}
        if "invoices" in blockers and (invoice := first_to_pay(view)) is not None:
            self.show_invoice(invoice.number)
        elif (blocker := blockers.get("setup")) is not None:
            way_out = self.why_not("setup") or f"{self.key('setup')} starts the payment setup."
            note(self.notice_bar(), f"{blocker.title}: {way_out}")

    def action_invoices(self) -> None:
        """Turn to the invoices, with the cursor on the one that is to be paid first, where one is."""
        view = self.session.view
        if view is not None and (invoice := first_to_pay(view)) is not None:
            self.show_invoice(invoice.number)
        else:
            self.action_turn_to(Shown.INVOICES)

    def action_back(self) -> None:
        """Put the notice away, else turn back to plan and usage where only one pane fits."""
        if not self.notice_bar().dismiss() and self.is_narrow and self.has_class("-views"):
            self.action_turn_pane()

    @work(exclusive=True, group="refresh")
    async def action_refresh(self) -> None:
        """Have Stripe asked for everything that is shown; where that cannot be, read the records again."""
        self.notice_bar().dismiss()
        customer_id, identity = self.session.customer_id, self.place.identity
        if customer_id is None or identity is None:
            return
        self.read_shown(refresh=True)
        if "RefreshBillingPaymentSetup" not in identity.methods:
            self.select(customer_id)
            return
        self.notice_bar().show_progress("Asking Stripe…")
        try:
            receipt = await refresh_payments(self.desk, customer_id)
        except Refused as refusal:
            self.show_refusal(refusal)
            self.select(customer_id)
        else:
            self.notice_bar().dismiss()
            self.show_view(receipt.view)

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        text = copied_text(self.views, self.place.clock())
        if text:
            self.app.copy_to_clipboard(text)
        note(self.notice_bar(), COPIED if text else "There is nothing to copy here.")

    # ── one invoice ───────────────────────────────────────────────────────────────────────────────────────────────────

    def action_open(self) -> None:
        """Open the invoice or the node under the cursor, or choose the plan under it."""
        views = self.views
        if views.shown is Shown.PLANS:
            if (plan := views.plans.selected) is not None:
                self.choose(plan)
        elif views.shown is Shown.NODES:
            if (node := views.nodes.selected) is not None:
                self._open_node(node)
        elif (invoice := views.invoices.selected) is not None:
            self._open_invoice(invoice)

    def _open_node(self, node: NodeView) -> None:
        if (view := self.session.view) is not None:
            customer, since = view.customer, self.views.nodes.wanted_since
            dialog = NodeDialog(node, customer.legal_name, customer.customer_id, self.place.clock(), since)
            self.app.push_screen(dialog)

    def _open_invoice(self, invoice: InvoiceView) -> None:
        if (view := self.session.view) is None:
            return
        customer, now = view.customer, self.place.clock()
        why_not = self._why_not_pay(invoice), why_no_pdf(invoice)
        self.app.push_screen(
            InvoiceDialog(invoice, customer.legal_name, customer.customer_id, now, why_not=why_not, owner=self)
        )

    def _why_not_pay(self, invoice: InvoiceView) -> str:
        situation = self.situation()._replace(invoice=invoice)
        return BY_ID[f"{BILLING}.pay"].available(situation) or ""

    @on(InvoiceDialog.Opened)
    def bring_invoice(self, event: InvoiceDialog.Opened) -> None:
        """Ask for its lines and attempts."""
        event.stop()
        if self.session.customer_id is not None:
            self._bring_invoice(event.dialog, self.session.customer_id)

    @work(exclusive=True, group="invoice")
    async def _bring_invoice(self, dialog: InvoiceDialog, customer_id: str) -> None:
        try:
            detail = await read_invoice(self.desk, customer_id, dialog.invoice.number)
        except Refused as refusal:
            dialog.show_failure(refusal.message)
        else:
            dialog.show_detail(detail)

    @on(InvoiceDialog.Wanted)
    def do_what_the_invoice_wants(self, event: InvoiceDialog.Wanted) -> None:
        """Lead to the page where it is paid, or download its document."""
        event.stop()
        if event.what == "pay":
            event.dialog.leave()
            self.pay(event.invoice)
        else:
            self._download(event.invoice, event.dialog)

    def action_download(self) -> None:
        """Download the document of the invoice under the cursor."""
        if (invoice := self.views.invoices.selected) is not None:
            self._download(invoice)

    @work(exclusive=True, group="download")
    async def _download(self, invoice: InvoiceView, dialog: InvoiceDialog | None = None) -> None:
        if (customer_id := self.session.customer_id) is None:
            return
        self.notice_bar().show_progress(f"Downloading invoice {invoice.number}…")
        try:
            detail = await read_invoice(self.desk, customer_id, invoice.number, pdf=True)
            path = await asyncio.to_thread(write_new_file, _file_name(invoice), _document(detail), self.place.folder)
        except Refused as refusal:
            self.notice_bar().show_error(refusal.message, nothing_recorded=False)
            if dialog is not None:
                dialog.say(refusal.message, failed=True)
            return
        said = f"Invoice {invoice.number} is in {path}."
        self.notice_bar().show_success(said)
        if dialog is not None:
            dialog.say(said)

    # ── automatic collection ──────────────────────────────────────────────────────────────────────────────────────────

    def action_collection(self) -> None:
        """Open the confirmation of turning automatic collection on or off."""
        if (view := self.session.view) is not None:
            customer, enabled = view.customer, not view.billing.automatic_collection
            self.app.push_screen(
                CollectionDialog(customer.customer_id, customer.legal_name, enabled=enabled, owner=self)
            )

    @on(CollectionDialog.PreviewWanted)
    def show_collection_preview(self, event: CollectionDialog.PreviewWanted) -> None:
        """Show in the dialog what it would change on the record as it is now."""
        event.stop()
        self._preview_collection(event.dialog, event.serial)

    @work(exclusive=True, group="collection preview")
    async def _preview_collection(self, dialog: CollectionDialog, serial: int) -> None:
        try:
            view = await self.session.read(self.desk, dialog.customer_id)
        except Refused as refusal:
            dialog.show_refusal(serial, refusal.message)
        else:
            self.show_view(view)
            dialog.show_preview(serial, collection_preview(view, enabled=dialog.enabled))

    @on(CollectionDialog.Submitted)
    def set_collection(self, event: CollectionDialog.Submitted) -> None:
        """Set it."""
        event.stop()
        self._carry_out(event)

    @work(group="collection")
    async def _carry_out(self, event: CollectionDialog.Submitted) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        deed = collection_deed(event.submission)
        receipt = await carry_out(self.desk, self.place.runner, event.dialog, deed, self.notice_bar())
        if receipt is not None:
            self.notice_bar().show_success(receipt.notice)
            self.place.paid_for = (event.dialog.customer_id, self.place.clock())
            # A stored receipt carries the view of its time, so a replayed one is read afresh.
            if not receipt.replayed:
                self.show_view(receipt.view)
        if receipt is None or receipt.replayed:
            self.read_again()


def _file_name(invoice: InvoiceView) -> str:
    return f"invoice-{safe_name(invoice.number)}.pdf"


def _document(detail: InvoiceDetail) -> bytes:
    """Return the invoice's document.

    Raises:
        Refused: `PDF_MISSING`.
    """
    if detail.pdf is None:
        raise Refused(Code.UNAVAILABLE, "PDF_MISSING", "Stripe gave no document for this invoice: try again later.")
    return detail.pdf
