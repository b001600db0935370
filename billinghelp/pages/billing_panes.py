"""The panes of the Billing page: rail and views, the keys that stand in them, and how old is what they show."""

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from billinghelp.command import Situation
from billinghelp.commands import BILLING, BILLING_HELP, BY_ID
from billinghelp.keys import key_label
from billinghelp.pages.billing_rail import BillingRail
from billinghelp.pages.customer_rail import status_line
from billinghelp.pages.polled_page import PolledPage
from billinghelp.session import CustomerSession
from billinghelp.shell import HeaderBar, pages_of
from billinghelp.workplace import Workplace
from widgets.notice import NoticeBar
from widgets.payment_format import as_of
from widgets.payment_keys import Key, Keys
from widgets.payment_tabs import TITLES, Shown
from widgets.payment_views import PaymentViews


class BillingPanesPage(PolledPage):
    """Rail beside views; in a narrow terminal one of the two at a time."""

    PAGE = BILLING
    IN_SIDEBAR = BILLING

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.session = CustomerSession()
        self._has_clients = False
        self._read_at: datetime | None = None
        self._unanswered = ""
        """Why what is shown is not known to hold still, "" where it is."""

    def compose_body(self) -> ComposeResult:
        """Rail beside views, the notice."""
        with Vertical(classes="page-body"):
            with Horizontal(id="sides"):
                yield BillingRail(self.key("find"))
                yield PaymentViews({shown: self.key(shown) for shown in Shown})
            yield NoticeBar()

    def key(self, command: str) -> str:
        """Return the key of one of this page's commands, as it is shown."""
        return key_label(self.place.keys[f"{BILLING}.{command}"])

    def why_not(self, command: str) -> str:
        """Return why one of this page's commands cannot be used now, "" where it can."""
        return BY_ID[f"{BILLING}.{command}"].available(self.situation()) or ""

    def _shown_key(self, command: str) -> Key:
        """Return a key with why it does not serve; what pays depends on the cursor, and the rail does not follow it."""
        return Key(self.key(command), "" if command == "pay" else self.why_not(command))

    @property
    def rail(self) -> BillingRail:
        """Plan and usage."""
        return self.query_one(BillingRail)

    @property
    def views(self) -> PaymentViews:
        """Invoices, plans, cost drivers and nodes."""
        return self.query_one(PaymentViews)

    @property
    def is_sandbox(self) -> bool:
        """Whether what takes payments is a sandbox."""
        return self.place.identity is not None and "sandbox" in self.place.identity.payments.casefold()

    def notice_bar(self) -> NoticeBar:
        """Return where this page says how things went."""
        return self.query_one(NoticeBar)

    def situation(self) -> Situation:
        """Return what the availability of commands depends on."""
        return super().situation()._replace(view=self.session.view, has_clients=self._has_clients)

    def show_situation(self) -> None:
        """Bring header, sidebar, footer and the rail's keys up to date; a narrow header names customer and side."""
        super().show_situation()
        situation, header = self.situation(), self.query_one(HeaderBar)
        leads_elsewhere = any(command.id == f"app.{BILLING_HELP}" for command, _, _ in pages_of(situation))
        self.rail.blockers.others_key = key_label(self.place.keys[f"app.{BILLING_HELP}"]) if leads_elsewhere else ""
        self.rail.show_keys(Keys(**{name: self._shown_key(name) for name in Keys._fields}))
        self.rail.heading.can_choose, self.rail.heading.sandbox = self._has_clients, self.is_sandbox
        header.customer = self.session.view.customer.legal_name if self.session.view else ""
        side = f"2/2 {TITLES[self.views.shown].lower()}" if self.has_class("-views") else "1/2 plan & usage"
        turn = self.key("turn_pane")
        header.pane = f"{side} {'⇥' if turn == 'tab' else turn}" if self.is_narrow else ""

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        if not self.is_running:
            return  # an answer came when the page was being left
        self.rail.keep_time(now)
        self.views.keep_time(now)
        view = self.session.view
        if view is not None and self._read_at is not None:
            age = as_of(self._read_at, now).removeprefix("as of ")
            status = status_line(view, now)
            status = status.partition(" · ")[0] if self.is_narrow else status
            self.notice_bar().quiet = self._unanswered or f"{status} · refreshed {age}"
