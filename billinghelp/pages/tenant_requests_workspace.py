"""One tenant's workspace on the screen: read, kept true without a key, and its panes walked through."""

from datetime import datetime

from msgspec.structs import replace
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from billinghelp.command import Situation
from billinghelp.commands import CHANGE_REQUESTS, TENANT_REQUESTS
from billinghelp.keys import key_label
from billinghelp.notices import note
from billinghelp.pages.polled_page import PolledPage
from billinghelp.pages.tenant_requests_reading import open_first, read_workspace, waiting_words, what_happened
from billinghelp.shell import HeaderBar
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.views import ChangeRequestWorkspace
from widgets.notice import NoticeBar
from widgets.row_list import RowList
from widgets.tenant_change_dialog import TenantChangeDialog
from widgets.tenant_heading import TenantHeading
from widgets.tenant_limits import TenantLimits
from widgets.tenant_requests import TenantRequests


class TenantWorkspacePage(PolledPage):
    """Limits beside requests; in a narrow terminal one of the two at a time.

    Args:
        customer_id: the tenant.
        legal_name: what it is called, where that is known; then this is a screen over another page.
    """

    PAGE = TENANT_REQUESTS
    IN_SIDEBAR = CHANGE_REQUESTS

    def __init__(self, place: Workplace, customer_id: str, legal_name: str | None = None) -> None:
        super().__init__(place)
        self._customer_id = customer_id
        self._legal_name = legal_name or ""
        self._lies_over_a_page = legal_name is not None
        self._workspace: ChangeRequestWorkspace | None = None
        self._has_clients = False

    def compose_body(self) -> ComposeResult:
        """The heading, limits beside requests, the notice."""
        with Vertical(classes="page-body"):
            yield TenantHeading()
            with Horizontal(id="sides"):
                yield TenantLimits()
                yield TenantRequests()
            yield NoticeBar()

    @property
    def limits(self) -> TenantLimits:
        """What the tenant may use, and ask for."""
        return self.query_one(TenantLimits)

    @property
    def requests(self) -> TenantRequests:
        """What it asked for."""
        return self.query_one(TenantRequests)

    def notice_bar(self) -> NoticeBar:
        """Return where this page says how things went."""
        return self.query_one(NoticeBar)

    def situation(self) -> Situation:
        """Return what the availability of commands depends on; a request that is not seen is not selected."""
        requests = self.query_one_optional(TenantRequests)
        is_seen = not self.is_narrow or self.has_class("-requests")
        return (
            super()
            .situation()
            ._replace(
                asked=requests.selected if requests is not None and is_seen else None,
                has_clients=self._has_clients,
                on_kind=requests is None or not self.is_on_requests,
                over_a_page=self._lies_over_a_page,
            )
        )

    @property
    def is_on_requests(self) -> bool:
        """Whether the keyboard is on what was asked for, rather than on what may be."""
        return self.requests.has_focus_within if not self.is_narrow else self.has_class("-requests")

    def show_situation(self) -> None:
        """Bring header, sidebar and footer up to date; a narrow header names the tenant and the side that is shown."""
        super().show_situation()
        header = self.query_one(HeaderBar)
        header.customer = self._workspace.legal_name if self._workspace else self._legal_name
        if not self.is_narrow:
            header.pane = ""
        elif self.has_class("-request"):
            header.pane = f"request {self._key('back')}"
        else:
            side = "2/2 requests" if self.has_class("-requests") else "1/2 limits"
            header.pane = f"{side} {'⇥' if self._key('turn_pane') == 'tab' else self._key('turn_pane')}"

    def _key(self, command: str) -> str:
        return key_label(self.place.keys[f"{TENANT_REQUESTS}.{command}"])

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Read the workspace."""
        self.limits.focus_list()
        self.query_one(TenantHeading).tenant = self._legal_name
        self.read()

    def read_again(self) -> None:
        """Read the workspace once more."""
        self.read()

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        self.requests.keep_time(now)

    def read(self) -> None:
        """Read the workspace."""
        self._reading = self._read(self._customer_id)

    @work(exclusive=True, group="workspace")
    async def _read(self, customer_id: str) -> None:
        heading = self.query_one(TenantHeading)
        try:
            workspace = await read_workspace(self.desk, customer_id)
        except Refused as refusal:
            heading.problem = f"{refusal.message} Press {self._key('refresh')} to try again."
            return
        before, recovered = self._workspace, bool(heading.problem)
        heading.problem = ""
        self._show(workspace)
        if before is not None and (news := what_happened(before.requests, workspace.requests)):
            note(self.notice_bar(), news)
        if recovered:
            self._preview_again()

    def _show(self, workspace: ChangeRequestWorkspace) -> None:
        workspace = replace(workspace, requests=open_first(workspace.requests))
        self._workspace = self.query_one(TenantHeading).workspace = workspace
        self.limits.show(workspace.kinds)
        self.requests.show(workspace.requests, self._nothing(), self.place.clock())
        if not self._lies_over_a_page:
            self.place.waiting = waiting_words(workspace.requests)
        self.show_situation()

    def _nothing(self) -> str:
        if "CreateTenantChangeRequest" not in (self.place.identity.methods if self.place.identity else ()):
            return "This tenant has asked for nothing yet."
        return f"Nothing was asked for yet. Choose a kind of change and press {self._key('ask')} to ask for one."

    def _preview_again(self) -> None:
        """Let a form that could not be previewed try again, now that the desk answers."""
        for screen in self.app.screen_stack:
            if isinstance(screen, TenantChangeDialog):
                screen.preview_again()

    def action_refresh(self) -> None:
        """Read limits and requests again."""
        self.notice_bar().dismiss()
        self.read()

    # ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(TenantRequests.Selected)
    def show_what_can_be_done(self, event: TenantRequests.Selected) -> None:
        """Show which keys serve."""
        event.stop()
        self.show_situation()

    @on(RowList.Chosen)
    async def open_chosen(self, event: RowList.Chosen) -> None:
        """Do what the key does. Reading a request begins nothing: how it was asked for just now stays said."""
        event.stop()
        if self.is_on_requests:
            await self.action_open()
        else:
            await self.action_command(f"{TENANT_REQUESTS}.open")

    @on(events.DescendantFocus)
    def show_what_serves_there(self) -> None:
        """Show which keys serve on the side that has the keyboard now."""
        self.show_situation()

    def action_turn_pane(self) -> None:
        """Turn to the other side; where only one fits, show it."""
        self._show_side(requests=not self.is_on_requests)

    def action_turn_page(self, pages: int) -> None:
        """Scroll what is said of the kind under the cursor."""
        self.limits.turn_page(pages)

    def _show_side(self, *, requests: bool) -> None:
        self.remove_class("-request")
        self.set_class(requests, "-requests")
        (self.requests if requests else self.limits).focus_list()
        self.show_situation()

    async def action_open(self) -> None:
        """Ask for a change of the kind under the cursor, or move to the request; where one pane fits, show it alone."""
        if not self.is_on_requests:
            await self.action_command(f"{TENANT_REQUESTS}.ask")
            return
        if self.requests.selected is None:
            return
        self.add_class("-request", "-requests")
        self.requests.focus_request()
        self.show_situation()

    def action_back(self) -> None:
        """Leave the request; else put the notice away; else show the limits; else go back to the page beneath."""
        if self.has_class("-request"):
            self._show_side(requests=True)
        elif self.notice_bar().dismiss():
            return
        elif self.is_narrow and self.has_class("-requests"):
            self._show_side(requests=False)
        elif self._lies_over_a_page:
            self.dismiss()
