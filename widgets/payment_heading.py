"""`PaymentHeading`: whose plan and payments are shown, and that they are a sandbox's where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from widgets.format import ACCENT, BRIGHT, DIM, WARNING, ellipsis_middle
from widgets.line_block import Line, LineBlock, hanging, line, spread
from widgets.payment_format import SANDBOX

if TYPE_CHECKING:
    from textual import events


class PaymentHeading(LineBlock):
    """The customer's legal name and id.

    Args:
        find: the key that turns to another customer, as it is shown.
    """

    class PickerWanted(Message):
        """The customer was clicked: find another one."""

        def __init__(self, heading: PaymentHeading) -> None:
            super().__init__()
            self.heading = heading

        @property
        def control(self) -> PaymentHeading:
            """The heading that was clicked."""
            return self.heading

    customer: reactive[tuple[str, str] | None] = reactive(None, layout=True)
    """The customer's id and legal name, or None while nobody is selected."""

    can_choose: reactive[bool] = reactive(default=False)
    """Whether there are others to turn to."""

    sandbox: reactive[bool] = reactive(default=False, layout=True)
    """Whether no real money moves."""

    def __init__(self, find: str) -> None:
        super().__init__()
        self._find = find

    def lines(self, width: int) -> list[Line]:
        """Return name and id, and beneath them what is to be known of the payments."""
        sandbox = hanging(("▲ ", WARNING), SANDBOX, width, WARNING) if self.sandbox else []
        if self.customer is None:
            choose = line("Press ", (self._find, ACCENT), " to find a customer") if self.can_choose else line()
            return [choose, *sandbox]
        customer_id, legal_name = self.customer
        find = [(f"▾ {self._find}", DIM)] if self.can_choose else []
        name = spread([(legal_name, BRIGHT)], find, width)
        return [name, line((ellipsis_middle(customer_id, width), DIM)), *sandbox]

    def on_click(self, event: events.Click) -> None:
        """Find another customer."""
        event.stop()
        if self.can_choose:
            self.post_message(self.PickerWanted(self))
