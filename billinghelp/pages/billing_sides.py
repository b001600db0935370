"""The two sides of the Billing page: which of them has the keyboard, how one turns to the other and scrolls them."""

from textual import events

from billinghelp.pages.billing_customer import BillingCustomerPage


class BillingSidesPage(BillingCustomerPage):
    """Plan and usage beside the views. The keyboard is never on a side that is not shown."""

    def begin(self) -> None:
        """Put the keyboard on the side that is shown."""
        super().begin()
        self._focus_side()

    @property
    def _is_rail_alone(self) -> bool:
        return self.is_narrow and not self.has_class("-views")

    def _focus_side(self) -> None:
        if self._is_rail_alone:
            self.rail.facts.focus()
        else:
            self.views.focus_shown()

    def action_turn_pane(self) -> None:
        """Turn to the other side; where both are shown, the keyboard goes there."""
        self.set_class(not self.has_class("-views"), "-views")
        if self.has_class("-views"):
            self.views.focus_shown()
        else:
            self.rail.facts.focus()
        self.show_situation()

    def action_scroll_pane(self, where: str) -> None:
        """Scroll the plans, or plan and usage where the keyboard is there."""
        facts, plans = self.rail.facts, self.views.plans
        pane = plans if plans.display and not facts.has_focus else facts
        scroll = {"down": pane.scroll_down, "up": pane.scroll_up, "end": pane.scroll_end, "home": pane.scroll_home}
        scroll[where](animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Draw tables and charts as high as there is room for."""
        super().on_resize(event)
        if event.size == self.app.size:
            self.views.fit(event.size.height)
            if self._is_rail_alone:
                self._focus_side()
