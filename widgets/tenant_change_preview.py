"""`ChangePreview`: what a tenant's change would come to: the policy's verdict and why, before → after, the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import PolicyDecision
from widgets.format import BAD, DIM, GOOD, WARNING, Mark
from widgets.labelled_lines import change_rows, labelled_lines
from widgets.line_block import Line, LineBlock, hanging, line, paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import TenantChangePreview

_MARKS = {
    PolicyDecision.SELF_SERVICE: Mark("✓", "needs no request: it is done at once", GOOD),
    PolicyDecision.AUTO_APPROVE: Mark("✓", "approved at once", GOOD),
    PolicyDecision.REVIEW: Mark("○", "needs review by an operator", WARNING),
    PolicyDecision.NEVER: Mark("✗", "not possible, because", BAD),
}
"""What the policy says, as it is shown."""


class ChangePreview(LineBlock):
    """The verdict, why, the changes and the cost. Without a preview: a `refusal`, or else `waiting`.

    Args:
        beside: the labels of the form it stands in, with which its own share a column.
    """

    DEFAULT_CSS = """
    ChangePreview { margin: 1 0; }
    """

    preview: reactive[TenantChangePreview | None] = reactive(None, layout=True)
    """What to show, or None while there is none."""

    refusal: reactive[str] = reactive("", layout=True)
    """Why there is no preview, or empty."""

    waiting: reactive[str] = reactive("", layout=True)
    """What stands here before the first preview."""

    def __init__(self, beside: Sequence[str] = ()) -> None:
        super().__init__()
        self._beside = beside

    def lines(self, width: int) -> list[Line]:
        """Return verdict and table, or why there is none."""
        if self.refusal:
            return hanging(("▲ ", WARNING), clean(self.refusal), width)
        if self.preview is None:
            return hanging(("… ", DIM), self.waiting, width, DIM)
        found = self.preview
        mark = _MARKS[found.decision]
        lines = [line((str(mark), f"bold {mark.style}")), *paragraph(clean(found.because), width, indent=2)]
        if not found.allowed and found.why_not not in (None, found.because):
            lines += hanging(("▲ ", WARNING), clean(found.why_not or ""), width)
        return [*lines, line(), *labelled_lines(change_rows(found.changes, found.impact), width, self._beside)]
