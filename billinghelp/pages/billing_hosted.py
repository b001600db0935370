"""The payment provider's pages as the Billing page leads to them: which one, asked for once, and shown."""

import asyncio
from typing import NamedTuple

from textual import on, work

from billinghelp.browser import is_openable, open_in_browser
from billinghelp.commands import BILLING
from billinghelp.notices import note
from billinghelp.pages.billing_flow import (
    Visit,
    change_visit,
    checkout_visit,
    invoice_visit,
    portal_visit,
    setup_visit,
)
from billinghelp.pages.billing_following import BillingFollowingPage
from billinghelp.pages.reading_dialog import COPIED
from billinghelp.plan_choice import choice_of
from services.contract.errors import Code, Refused
from services.contract.views import CustomerBillingView, HostedPage, InvoiceView, PlanView
from services.contract.wording import minute, money
from widgets.hosted_page_dialog import HostedPageDialog
from widgets.payment_tabs import Shown

NO_BROWSER = "There is no browser here with a window of its own: copy the address, or scan the code."


class Wanted(NamedTuple):
    """A page that was asked for: the dialog that stands for it, and what there was before."""

    dialog: HostedPageDialog
    visit: Visit
    view: CustomerBillingView


class BillingHostedPage(BillingFollowingPage):
    """Leads to the provider's pages, one at a time."""

    _wanted: Wanted | None = None
    """The page that was asked for last."""

    # ── which page ────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_setup(self) -> None:
        """Lead to the page where a payment method is registered."""
        if (view := self.session.view) is not None:
            self._visit(setup_visit(view), view)

    def action_portal(self) -> None:
        """Lead to the customer portal."""
        if (view := self.session.view) is not None:
            self._visit(portal_visit(view), view)

    def action_pay(self) -> None:
        """Lead to the page of the invoice under the cursor."""
        if (invoice := self.views.invoices.selected) is not None:
            self.pay(invoice)

    def pay(self, invoice: InvoiceView) -> None:
        """Lead to the page of an open invoice."""
        if (view := self.session.view) is not None:
            self._visit(invoice_visit(view, invoice.number, money(invoice.amount, invoice.currency)), view)

    def choose(self, plan: PlanView) -> None:
        """Lead to where a plan is bought or changed to; where people agree on it, say so."""
        view, interval = self.session.view, self.views.plans.interval
        if view is None:
            return
        how = choice_of(view, plan, interval).how
        if how == "checkout":
            self._visit(checkout_visit(view, plan, interval), view)
        elif how == "portal":
            self._visit(change_visit(view, plan, interval), view)
        elif how == "keep":
            self._visit(portal_visit(view), view)
        else:
            note(self.notice_bar(), plan.change.message or f"{plan.name} is agreed on with people: ask for an offer.")

    # ── asking for it ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _visit(self, visit: Visit, view: CustomerBillingView) -> None:
        self.notice_bar().move_on()  # an invoice's own dialog leads here, too
        customer = view.customer
        dialog = HostedPageDialog(
            visit.title,
            visit.purpose,
            customer.customer_id,
            customer.legal_name,
            sandbox=self.is_sandbox,
            exceeded=visit.exceeded,
            owner=self,
        )
        self._wanted = Wanted(dialog, visit, view)
        self.app.push_screen(dialog, lambda _left: self.follow_no_more())
        self._bring_page(self._wanted)

    @on(HostedPageDialog.AgainWanted)
    def ask_again(self, event: HostedPageDialog.AgainWanted) -> None:
        """Ask for the page once more: the same wish is the same operation."""
        event.stop()
        if self._wanted is not None and self._wanted.dialog is event.dialog:
            self._bring_page(self._wanted)

    async def show_place(self) -> None:
        """Say where a page is waited for, too, that the server does not answer."""
        await super().show_place()
        if self._wanted is not None:
            self._wanted.dialog.show_silence(silent=self.place.link.lost)

    @work(group="hosted pages")
    async def _bring_page(self, wanted: Wanted) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        dialog, visit, view = wanted
        try:
            # Shielded: whoever waits here may go; the same wish again then leads to the same page.
            page = await asyncio.shield(self.place.runner.submit(self.desk, visit.deed))
        except Refused as refusal:
            dialog.show_failure(refusal.message, again=refusal.code is Code.UNAVAILABLE)
            return
        if not dialog.has_left:
            self._show_page(dialog, page)
            self.follow(dialog, visit, view)

    def _show_page(self, dialog: HostedPageDialog, page: HostedPage) -> None:
        until = minute(page.expires_at) if page.expires_at is not None else ""
        dialog.show_page(page, until, openable=is_openable(page.url))

    @on(HostedPageDialog.KeyPassed)
    async def turn_to_another_view(self, event: HostedPageDialog.KeyPassed) -> None:
        """Let the keys of the views serve while Stripe is asked; what was begun goes on, asked again it is the same."""
        event.stop()
        for shown in Shown:
            if event.key in self.place.keys[f"{BILLING}.{shown}"].split(","):
                event.dialog.leave()
                await self.action_command(f"{BILLING}.{shown}")

    @on(HostedPageDialog.OpenWanted)
    def open_page(self, event: HostedPageDialog.OpenWanted) -> None:
        """Point a browser at it."""
        event.stop()
        self._open(event.dialog, event.url)

    @work(exclusive=True, group="browser")
    async def _open(self, dialog: HostedPageDialog, url: str) -> None:
        if self.app.is_web:  # the browser is where the person is, not where this runs
            self.app.open_url(url)
            return
        if await asyncio.to_thread(open_in_browser, url):
            dialog.say("Opened in the browser.")
        else:
            dialog.say(NO_BROWSER, failed=True)

    @on(HostedPageDialog.CopyWanted)
    def copy_address(self, event: HostedPageDialog.CopyWanted) -> None:
        """Copy its address."""
        event.stop()
        self.app.copy_to_clipboard(event.url)
        event.dialog.say(COPIED)
