"""The rail: the selected customer at a glance, what blocks them, the actions, and how the last thing went."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from billinghelp.availability import READ_ONLY
from billinghelp.commands import ACTION_COMMANDS
from services.contract.types import Action
from services.contract.views import CustomerBillingView
from widgets.action_list import ActionList
from widgets.blockers import BlockerList, Shown
from widgets.customer_header import CustomerHeader
from widgets.format import ago, relative
from widgets.notice import NoticeBar
from widgets.summary import BillingSummary

STATUS_ROWS = 3
"""Lines beneath the records: the status, which may wrap, and a margin."""


_FITS = (
    (True, Shown.EVERYTHING, True),
    (False, Shown.EVERYTHING, True),
    (False, Shown.AREAS_AND_NOTE, True),
    (False, Shown.AREAS, True),
    (False, Shown.AREAS, False),
    (False, Shown.TITLES, False),
)
"""What is given up for room, in order: the actions' reasons, details, note, the summary's second lines, areas."""


class CustomerRail(Vertical):
    """Composes the panes of one customer and shows one view in all of them.

    Args:
        key: returns how a command's key is shown.
    """

    def __init__(self, key: Callable[[str], str]) -> None:
        super().__init__(id="rail")
        self._key = key

    def compose(self) -> ComposeResult:
        """The header, the records, the notice."""
        key = self._key
        keys = {Action(name): key(command) for name, command in ACTION_COMMANDS.items()}
        yield CustomerHeader(
            find=key("billing_help.find"), refresh=key("billing_help.refresh"), export=key("billing_help.export")
        )
        with VerticalScroll(id="records"):
            yield BillingSummary()
            yield BlockerList(
                keys,
                handoff=key("billing_help.handoff"),
                requests=key("billing_help.change_requests"),
                billing=key("billing_help.billing"),
            )
            yield ActionList(keys)
        yield NoticeBar()

    @property
    def notice(self) -> NoticeBar:
        """Where it says how things went."""
        return self.query_one(NoticeBar)

    def show_customer(self, customer_id: str | None, legal_name: str = "") -> None:
        """Show who is selected; what is known of them follows with `show_view`."""
        self.query_one(CustomerHeader).set_customer(customer_id, legal_name)
        self._show_records(None)
        self.notice.quiet = ""

    def show_view(self, view: CustomerBillingView) -> None:
        """Show a customer's view in every pane."""
        self.query_one(CustomerHeader).set_customer(view.customer.customer_id, view.customer.legal_name)
        self._show_records(view)

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self.query_one(BillingSummary).now = now

    def _show_records(self, view: CustomerBillingView | None) -> None:
        self.query_one(BillingSummary).view = view
        self.query_one(BlockerList).view = view
        self.query_one(ActionList).view = view
        self.fit()

    def lock_actions(self, *, read_only: bool) -> None:
        """Say beneath the actions that none of them is possible on a read-only desk."""
        self.query_one(ActionList).locked = READ_ONLY if read_only else ""

    def lead_to_billing(self, *, there: bool) -> None:
        """Say at blockers about payments which key leads to the Billing page, for who has that page."""
        self.query_one(BlockerList).leads_to_billing = there

    def on_resize(self) -> None:
        """Fit the records to the new size."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Show as much of the records as fits without scrolling; the summary on one line each in a narrow terminal."""
        summary, blockers = self.query_one(BillingSummary), self.query_one(BlockerList)
        actions = self.query_one(ActionList)
        width = self.query_one("#records").size.width
        # Without regard to a notice: it comes and goes, and the records are not to jump.
        room = self.size.height - self.query_one(CustomerHeader).outer_size.height - STATUS_ROWS
        narrow = self.screen.has_class("-narrow")
        for reasons, shown, two_lines in _FITS:
            actions.compact, blockers.shown, summary.compact = not reasons, shown, narrow or not two_lines
            rows = sum(len(pane.lines(width)) + 1 for pane in (summary, blockers, actions))
            if rows <= room:
                break


def status_line(view: CustomerBillingView, now: datetime, *, seen_elsewhere: datetime | None = None) -> str:
    """Return readiness and age in one line: `✓ ready · last change 2 min ago`."""
    readiness = {"provisioning": view.readiness.provisioning, "managed AI": view.readiness.managed_ai}
    blocked = [name for name, ready in readiness.items() if ready.status == "blocked"]
    state = f"▲ blocked: {', '.join(blocked)}" if blocked else "✓ ready"
    if seen_elsewhere is not None:
        return f"{state} · changed elsewhere {relative(seen_elsewhere, now)}"
    return f"{state} · last change {ago(view.changed_at, now)}"
