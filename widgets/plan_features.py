"""`PlanFeatures`: which plan has which feature, side by side, where the table of plans has no room for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from widgets.line_block import Line, LineBlock
from widgets.plan_grid import feature_rows, grid_lines, name_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import PlanView


class PlanFeatures(LineBlock):
    """The plans' names again, and a row a feature."""

    plans: reactive[Sequence[PlanView]] = reactive((), layout=True)
    """The plans, from the smallest."""

    column: reactive[int] = reactive(0)
    """The plan the cursor stands on."""

    def lines(self, width: int) -> list[Line]:
        """Return the rows; nothing where no plan has a feature."""
        rows = feature_rows(self.plans)
        return grid_lines(self.plans, [name_row(self.plans), *rows], self.column, width) if rows else []
