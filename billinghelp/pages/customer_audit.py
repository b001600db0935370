"""The audit trail of the selected customer, and the check of its chain."""

from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from billinghelp.commands import CUSTOMER_AUDIT
from billinghelp.desk_port import ask
from billinghelp.keymap import bindings_of
from billinghelp.pages.customer_screen import CustomerScreen
from services.contract.errors import Refused
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.views import AuditPage, AuditVerification
from widgets.audit_view import AuditTrailView

PAGE_SIZE = 100
"""Events a page: more than a screen shows."""


class CustomerAuditScreen(CustomerScreen):
    """What was done to the customer's record, newest first."""

    PAGE = CUSTOMER_AUDIT
    TITLE_WORDS = "Audit trail"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(CUSTOMER_AUDIT)

    def make_pane(self) -> AuditTrailView:
        """Return the view of the trail."""
        return AuditTrailView()

    async def desk_opened(self) -> None:
        """Read the first page."""
        self.query_one(AuditTrailView).focus_events()
        self._read()

    @work(exclusive=True, group="audit")
    async def _read(self, token: str | None = None) -> None:
        trail = self.query_one(AuditTrailView)
        request = ListAuditEvents(stream=self.customer.customer_id, page_size=PAGE_SIZE, page_token=token)
        try:
            page = await ask(self.desk, request, AuditPage)
        except Refused as refusal:
            trail.show_failure(refusal.message)
            return
        if token is None:
            trail.show_page(page)
        else:
            trail.add_page(token, page)

    @on(AuditTrailView.MoreWanted)
    def continue_trail(self, event: AuditTrailView.MoreWanted) -> None:
        """Read the next page."""
        event.stop()
        self._read(event.token)

    def action_refresh(self) -> None:
        """Read the events again."""
        self._read()

    @work(exclusive=True, group="verify")
    async def action_verify(self) -> None:
        """Check the chain of this customer's events."""
        trail = self.query_one(AuditTrailView)
        try:
            found = await ask(self.desk, VerifyAuditTrail(stream=self.customer.customer_id), AuditVerification)
        except Refused as refusal:
            trail.show_failure(refusal.message)
        else:
            trail.show_verification(found)
