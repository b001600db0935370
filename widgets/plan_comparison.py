"""`PlanComparison`: the plans side by side, and beneath them what the one under the cursor would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from widgets.plan_change import PlanChange, Wish
from widgets.plan_features import PlanFeatures
from widgets.plan_table import PlanTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.types import BillingInterval
    from services.contract.views import PlanView


class PlanComparison(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Scrolls by rows and pages; which column and which interval is the page's to say, by its keys.

    In a low terminal the features stand at the end, so that what a plan would change and cost is in sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Scroll up", show=False),
        Binding("down,j", "scroll_down", "Scroll down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home,g", "scroll_home", "Top", show=False),
        Binding("end,G", "scroll_end", "End", show=False),
    ]

    DEFAULT_CSS = """
    PlanComparison {
        height: 1fr;
        scrollbar-size-vertical: 1;
        PlanTable, PlanChange { margin-bottom: 1; }
        PlanFeatures { display: none; }
        &.-low PlanFeatures { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        """The table, the change, the features."""
        yield PlanTable()
        yield PlanChange()
        yield PlanFeatures()

    def on_mount(self) -> None:
        """Let the features follow the table."""
        features = self.query_one(PlanFeatures)
        self.watch(self.table, "plans", lambda plans: setattr(features, "plans", plans))
        self.watch(self.table, "column", lambda column: setattr(features, "column", column))

    def set_low(self, *, low: bool) -> None:
        """Say whether there is little room."""
        self.set_class(low, "-low")
        self.table.low = low

    @property
    def table(self) -> PlanTable:
        """The plans."""
        return self.query_one(PlanTable)

    @property
    def selected(self) -> PlanView | None:
        """The plan under the cursor, None while there is none."""
        return self.table.selected

    @property
    def interval(self) -> BillingInterval:
        """How often it would be paid."""
        return self.table.interval

    def show(self, plans: Sequence[PlanView]) -> None:
        """Show these plans."""
        self.table.show(plans)

    def show_wish(self, wish: Wish | None) -> None:
        """Show what the plan under the cursor would change."""
        self.query_one(PlanChange).wish = wish
