"""`CustomerScreen`: a screen over the Billing Help page about the selected customer; escape leads back."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from billinghelp.commands import BILLING_HELP
from billinghelp.desk_port import DeskPort
from billinghelp.page import Page
from billinghelp.workplace import Workplace
from services.contract.views import CustomerView
from widgets.format import DIM
from widgets.line_block import Line, LineBlock, spread
from widgets.notice import NoticeBar


class CustomerScreen(Page):
    """A title with the customer's name, one pane, and a notice."""

    IN_SIDEBAR = BILLING_HELP
    TITLE_WORDS: str

    DEFAULT_CSS = """
    CustomerScreen .page-body { padding: 1 2 0 2; }
    CustomerScreen.-narrow .page-body { padding: 0 1; }
    CustomerScreen CustomerTitle { margin-bottom: 1; }
    """

    def __init__(self, place: Workplace, customer: CustomerView) -> None:
        super().__init__(place)
        self.customer = customer

    def compose_body(self) -> ComposeResult:
        """Title, pane, notice."""
        with Vertical(classes="page-body"):
            yield CustomerTitle(self.TITLE_WORDS, self.customer)
            yield self.make_pane()
            yield NoticeBar()

    def make_pane(self) -> Widget:
        """Return the pane to show."""
        raise NotImplementedError

    @property
    def desk(self) -> DeskPort:
        """The open desk: this screen is reached only on one."""
        assert self.place.desk is not None  # noqa: S101
        return self.place.desk

    def notice_bar(self) -> NoticeBar:
        """Return where this screen says how things went."""
        return self.query_one(NoticeBar)

    def action_back(self) -> None:
        """Lead back to the page."""
        self.dismiss()


class CustomerTitle(LineBlock):
    """What is shown, and of whom."""

    def __init__(self, words: str, customer: CustomerView) -> None:
        super().__init__()
        self._words = words
        self._customer = customer

    def lines(self, width: int) -> list[Line]:
        """Return the one line."""
        name = (self._customer.legal_name, "bold")
        return [spread([(f"{self._words}  ", DIM), name], [(self._customer.customer_id, DIM)], width)]
