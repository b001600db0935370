"""The Change Requests page of a tenant: asks for changes, takes requests back, and turns to a client."""

from typing import Any, ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.binding import BindingType

from billinghelp.acting import Deed
from billinghelp.commands import TENANT_REQUESTS
from billinghelp.keymap import bindings_of
from billinghelp.pages.action_flow import carry_out
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.tenant_requests_flow import change_deed, preview_change, take_back_deed
from billinghelp.pages.tenant_requests_reading import has_clients, with_request
from billinghelp.pages.tenant_requests_workspace import TenantWorkspacePage
from billinghelp.session import Triage
from services.contract.errors import Refused
from services.contract.views import ChangeRequestReceipt, KindForm
from widgets.confirmation import Confirmation
from widgets.tenant_change_dialog import TenantChangeDialog
from widgets.tenant_heading import TenantHeading
from widgets.tenant_take_back import TakeBackDialog


class TenantRequestsPage(TenantWorkspacePage):
    """A tenant's own page, or a screen over the queue: there its reader may do what their role may."""

    CSS_PATH = "tenant_requests.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(TENANT_REQUESTS)

    # ── which tenant ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Read the workspace, and look whether there are other tenants to turn to."""
        super().begin()
        self._look_for_clients()

    @work(group="clients")
    async def _look_for_clients(self) -> None:
        try:
            self._has_clients = await has_clients(self.desk)
        except Refused:
            return  # the workspace's own reads say what is wrong; without this, only one key is absent
        self.show_situation()

    def action_choose_tenant(self) -> None:
        """Open the picker."""
        self.app.push_screen(CustomerSearch(self.desk, Triage()), self._turn_to)

    def _turn_to(self, customer_id: str | None) -> None:
        if customer_id is None or customer_id == self._customer_id:
            return
        self._customer_id, self._workspace, self._legal_name = customer_id, None, customer_id
        heading = self.query_one(TenantHeading)
        heading.workspace, heading.tenant = None, customer_id
        self.limits.show([])
        self.requests.show([], "", self.place.clock())
        self.notice_bar().dismiss()
        self._show_side(requests=False)
        self.read()

    # ── asking and taking back ────────────────────────────────────────────────────────────────────────────────────────

    def action_ask(self) -> None:
        """Open the form of the kind under the cursor, which is that of the request where the cursor is on one."""
        if (kind := self._kind_under_cursor()) is not None and (shown := self._workspace) is not None:
            self.app.push_screen(TenantChangeDialog(kind, shown.customer_id, shown.legal_name, owner=self))

    def _kind_under_cursor(self) -> KindForm | None:
        asked = self.requests.selected if self.is_on_requests else None
        if asked is None:
            return self.limits.selected
        return next((kind for kind in self.limits.kinds if kind.kind is asked.kind), None)

    def action_take_back(self) -> None:
        """Open the confirmation of taking the selected request back."""
        if (asked := self.requests.selected) is not None:
            self.app.push_screen(TakeBackDialog(asked, owner=self))

    @on(TenantChangeDialog.PreviewWanted)
    def show_preview(self, event: TenantChangeDialog.PreviewWanted) -> None:
        """Show in the form what the wanted values come to."""
        event.stop()
        self._preview(event)

    @work(exclusive=True, group="preview")
    async def _preview(self, event: TenantChangeDialog.PreviewWanted) -> None:
        await preview_change(self.desk, event)

    @on(TenantChangeDialog.Submitted)
    def ask_for_change(self, event: TenantChangeDialog.Submitted) -> None:
        """Ask for it."""
        event.stop()
        self._carry_out(event.dialog, change_deed(event.submission))

    @on(TakeBackDialog.Submitted)
    def take_back(self, event: TakeBackDialog.Submitted) -> None:
        """Take it back."""
        event.stop()
        self._carry_out(event.dialog, take_back_deed(event.submission))

    @work(group="deeds")
    async def _carry_out(self, dialog: Confirmation[Any, Any], deed: Deed[ChangeRequestReceipt]) -> None:
        assert self.place.runner is not None  # noqa: S101  (made with the desk)
        receipt = await carry_out(self.desk, self.place.runner, dialog, deed, self.notice_bar())
        if receipt is not None:
            self._show_receipt(receipt)
        self.read()

    def _show_receipt(self, receipt: ChangeRequestReceipt) -> None:
        """Say how it went, and show the request at once: the next read brings what it changed."""
        self.notice_bar().show_success(receipt.notice)
        asked, shown = receipt.change_request, self._workspace
        if shown is None or asked.customer_id != shown.customer_id:
            return
        self._show(replace(shown, requests=with_request(shown.requests, asked)))
        self.requests.select(asked.change_request_id)
        self._show_side(requests=True)  # where one enter too many only reads it
