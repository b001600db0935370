"""The customer on the Billing page: which one, their view, and how the rail stays true to the records."""

from textual import on, work

from billinghelp.commands import BILLING
from billinghelp.pages.billing_panes import BillingPanesPage
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.tenant_requests_reading import has_clients
from billinghelp.session import Triage
from services.contract.errors import Code, Refused
from services.contract.views import CustomerBillingView
from widgets.payment_blockers import PaymentBlockers
from widgets.payment_heading import PaymentHeading
from widgets.payment_tabs import ViewTabs


class BillingCustomerPage(BillingPanesPage):
    """Who is selected holds for Billing Help, too.

    What is read of one customer is dropped when the page has turned to another.
    """

    # ── what a subclass does ──────────────────────────────────────────────────────────────────────────────────────────

    def customer_changed(self) -> None:
        """Forget what was shown of another customer."""
        raise NotImplementedError

    def view_changed(self, before: CustomerBillingView | None, view: CustomerBillingView) -> None:
        """Bring what rests on the view up to date."""
        raise NotImplementedError

    # ── which customer ────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Read who is selected, or the tenant itself, and look whether there are others to turn to."""
        identity = self.place.identity
        self._has_clients = identity is not None and identity.customer_id is None
        if not self._has_clients:
            self._look_for_clients()
        own = identity.customer_id if identity is not None else None
        if (customer_id := self.place.customer_id or own) is not None:
            self.select(customer_id)
        self.views.focus_shown()
        self.show_situation()

    @work(group="clients")
    async def _look_for_clients(self) -> None:
        try:
            self._has_clients = await has_clients(self.desk)
        except Refused:
            return  # the view's own read says what is wrong; without this, only one key is absent
        if self.is_running:
            self.show_situation()

    def on_screen_resume(self) -> None:
        """Follow the customer who was selected on another page, and show what changed meanwhile."""
        customer_id = self.place.customer_id
        if self.has_begun and customer_id is not None and customer_id != self.session.customer_id:
            self.select(customer_id)
        else:
            super().on_screen_resume()

    def select(self, customer_id: str, legal_name: str = "") -> None:
        """Turn to a customer and read them."""
        if customer_id != self.session.customer_id:
            self.place.customer_id = customer_id
            self.session.select(customer_id)
            self._read_at = None
            self.rail.heading.customer = (customer_id, legal_name or customer_id)
            self.rail.show(None)
            self.notice_bar().dismiss()
            self.notice_bar().quiet = ""
            self.customer_changed()
            self.show_situation()
        self._reading = self._read(customer_id)

    def action_find(self) -> None:
        """Open the picker."""
        self.app.push_screen(CustomerSearch(self.desk, Triage()), self._select_found)

    def _select_found(self, customer_id: str | None) -> None:
        if customer_id is not None:
            self.select(customer_id)

    @on(PaymentHeading.PickerWanted)
    async def find_clicked(self, event: PaymentHeading.PickerWanted) -> None:
        """Do what the key does."""
        event.stop()
        await self.action_command(f"{BILLING}.find")

    @on(ViewTabs.Chosen)
    async def turn_to_clicked(self, event: ViewTabs.Chosen) -> None:
        """Do what the key of the tab does."""
        event.stop()
        await self.action_command(f"{BILLING}.{event.shown}")

    @on(PaymentBlockers.Chosen)
    async def go_to_clicked_blocker(self, event: PaymentBlockers.Chosen) -> None:
        """Do what the key of the blocker does."""
        event.stop()
        await self.action_command(f"{BILLING}.{event.command}")

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="view")
    async def _read(self, customer_id: str) -> None:
        try:
            view = await self.session.read(self.desk, customer_id)
        except Refused as refusal:
            if refusal.code is Code.NOT_FOUND:
                self.session.forget()
                self.place.customer_id = self.rail.heading.customer = None
                self.show_refusal(refusal)
            else:
                self.show_refusal(refusal, again=True)
            self.show_situation()
        else:
            self.show_view(view)

    def read_again(self) -> None:
        """Look whether the view has changed; read it where there is none yet."""
        if self.session.view is not None:
            self._reading = self._look()
        elif self.session.customer_id is not None:
            self._reading = self._read(self.session.customer_id)

    @work(exclusive=True, group="view")
    async def _look(self) -> None:
        try:
            changed = await self.session.read_if_changed(self.desk)
        except Refused as refusal:
            self._unanswered = f"▲ shown as it was: {refusal.message}"
            self.keep_time(self.place.clock())
            return
        self._unanswered = ""
        if changed is not None:
            self.show_view(changed)
        else:
            self._read_at = self.place.clock()
            self.keep_time(self._read_at)

    def show_view(self, view: CustomerBillingView) -> None:
        """Show a view of the selected customer; one of another customer, or an older one, is dropped.

        So is one that comes when the page is being left.
        """
        before = self.session.view
        if not self.is_running or not self.session.accept(view):
            return
        self._read_at, self._unanswered = self.place.clock(), ""
        self.rail.heading.customer = (view.customer.customer_id, view.customer.legal_name)
        self.rail.show(view)
        self.keep_time(self._read_at)
        self.show_situation()
        self.view_changed(before, view)

    def show_refusal(self, refusal: Refused, *, again: bool = False) -> None:
        """Say why something could not be read."""
        retry = f" Press {self.key('refresh')} to try again." if again else ""
        self.notice_bar().show_error(f"{refusal.message}{retry}", nothing_recorded=False)
