"""What is done on a page of the payment provider's, followed from here until something has come of it."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import work
from textual.timer import Timer
from textual.worker import Worker

from billinghelp.pages.billing_flow import Visit
from billinghelp.pages.billing_reading import read_invoice, refresh_payments
from billinghelp.pages.billing_views import BillingViewsPage
from billinghelp.workplace import Workplace
from services.contract.errors import Refused
from services.contract.views import CustomerBillingView, PaymentAttemptView
from widgets.hosted_page_dialog import HostedPageDialog

FOLLOW_EVERY = 2.0
"""Seconds between looks at what came of a page while it is open: a paid plan is to show within a few."""


class Following(NamedTuple):
    """A page that somebody is at: the dialog that stands for it, and what there was before anything was done on it.

    `before` null: Stripe is being asked, as the records may not know yet what it has had for long.
    """

    dialog: HostedPageDialog
    visit: Visit
    before: CustomerBillingView | None
    timer: Timer


class BillingFollowingPage(BillingViewsPage):
    """Follows one page at a time. What Stripe alone knows is asked of Stripe meanwhile, by one question at a time."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._following: Following | None = None
        self._asking_stripe: Worker[None] | None = None
        self._failed_before: int | None = None
        """How many attempts to pay had failed when they were first looked at."""

    def follow(self, dialog: HostedPageDialog, visit: Visit, view: CustomerBillingView) -> None:
        """Look from now on what comes of a page."""
        self._failed_before = None
        timer = self.set_interval(FOLLOW_EVERY, self.look_for_arrival)
        self._following = following = Following(dialog, visit, view, timer)
        if visit.asks_stripe and self._may_ask("RefreshBillingPaymentSetup"):
            self._following = following._replace(before=None)
            self._asking_stripe = self._learn_before(following, view)
        self._look_for_attempts(self._following)

    def follow_no_more(self) -> None:
        """Look no longer."""
        if self._following is not None:
            self._following.timer.stop()
            self._following = None

    def look_for_arrival(self) -> None:
        """Look whether something has come of the page."""
        if (following := self._following) is None or self.place.trouble is not None:
            return
        self.place.paid_for = (following.visit.deed.customer_id, self.place.clock())
        if following.visit.asks_stripe and self._may_ask("RefreshBillingPaymentSetup"):
            if not self._is_asking:
                self._asking_stripe = self._ask_stripe(following.visit.deed.customer_id)
        else:
            self.poll()
            self._look_for_attempts(following)

    def _look_for_attempts(self, following: Following) -> None:
        if following.visit.invoice and self._may_ask("GetInvoice") and not self._is_asking:
            self._asking_stripe = self._ask_for_attempts(following)

    def _may_ask(self, method: str) -> bool:
        return self.place.identity is not None and method in self.place.identity.methods

    @property
    def _is_asking(self) -> bool:
        return self._asking_stripe is not None and not self._asking_stripe.is_finished

    @work(group="following")
    async def _learn_before(self, following: Following, known: CustomerBillingView) -> None:
        try:
            before = (await refresh_payments(self.desk, following.visit.deed.customer_id)).view
        except Refused:
            before = known
        if self._following is not None and self._following.dialog is following.dialog:
            self._following = self._following._replace(before=before)
            self.show_view(before)
            self._tell_news()

    @work(group="following")
    async def _ask_stripe(self, customer_id: str) -> None:
        try:
            receipt = await refresh_payments(self.desk, customer_id)
        except Refused:
            self.poll()  # Stripe cannot be asked just now; the records may have heard of it all the same
        else:
            self.show_view(receipt.view)

    @work(group="following")
    async def _ask_for_attempts(self, following: Following) -> None:
        try:
            detail = await read_invoice(self.desk, following.visit.deed.customer_id, following.visit.invoice)
        except Refused:
            return  # it is asked again with the next look
        if detail.problem is not None or following is not self._following:
            return
        failed = [attempt for attempt in detail.attempts if attempt.status == "failed"]
        if self._failed_before is None:
            self._failed_before = len(failed)
        elif len(failed) > self._failed_before:
            following.dialog.show_declined(_latest_problem(failed))

    def view_changed(self, before: CustomerBillingView | None, view: CustomerBillingView) -> None:
        """Say in the dialog what has come of its page."""
        super().view_changed(before, view)
        self._tell_news()

    def _tell_news(self) -> None:
        following, view = self._following, self.session.view
        if following is None or following.before is None or view is None or not self.is_running:
            return
        if following.dialog.has_arrived or following.dialog.has_left:
            return
        if news := following.visit.arrived(following.before, view):
            following.dialog.show_arrival(news)
            following.timer.stop()
            self.notice_bar().show_success(news)


def _latest_problem(failed: Sequence[PaymentAttemptView]) -> str:
    """Return why the latest attempt failed, as Stripe says it."""
    return max(failed, key=lambda attempt: attempt.attempted_at).problem or "Stripe does not say why."
