"""`ChangePreview`: what a tenant's change would come to: the policy's verdict and why, before → after, the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import PolicyDecision
from widgets.format import BAD, BRIGHT, DIM, GOOD, WARNING, Mark, fit
from widgets.line_block import Line, LineBlock, Part, hanging, line, paragraph, spread

if TYPE_CHECKING:
    from services.contract.views import Change, TenantChangePreview

_MARKS = {
    PolicyDecision.SELF_SERVICE: Mark("✓", "needs no request: it is done at once", GOOD),
    PolicyDecision.AUTO_APPROVE: Mark("✓", "approved at once", GOOD),
    PolicyDecision.REVIEW: Mark("○", "needs review by an operator", WARNING),
    PolicyDecision.NEVER: Mark("✗", "not possible, because", BAD),
}
"""What the policy says, as it is shown."""

_LABEL_CELLS = 17
"""As the labels beside the fields of a dialog."""

_ARROW = "  →  "
_LEAST_COLUMN = 10
_COST = "Costs"


class ChangePreview(LineBlock):
    """The verdict, why, the changes and the cost. Without a preview: a `refusal`, or else `waiting`."""

    DEFAULT_CSS = """
    ChangePreview { margin: 1 0; }
    """

    preview: reactive[TenantChangePreview | None] = reactive(None, layout=True)
    """What to show, or None while there is none."""

    refusal: reactive[str] = reactive("", layout=True)
    """Why there is no preview, or empty."""

    waiting: reactive[str] = reactive("", layout=True)
    """What stands here before the first preview."""

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
        return [*lines, line(), *change_lines(found.changes, found.impact, width)]


def change_lines(changes: list[Change], impact: str, width: int, label_cells: int = _LABEL_CELLS) -> list[Line]:
    """Return before → after of each change, in columns where there is room, and what it costs.

    Args:
        label_cells: how wide the column of labels is at least.
    """
    rows = [(clean(each.label), clean(each.before), clean(each.after)) for each in changes]
    label = max([label_cells, *(cell_len(name) + 2 for name, _, _ in rows)])
    label = min(label, max(width * 35 // 100, cell_len(_COST) + 2))
    before = max((cell_len(old) for _, old, _ in rows), default=0)
    after = max((cell_len(new) for _, _, new in rows), default=0)
    lines: list[Line] = []
    for name, old, new in rows:
        if label + before + len(_ARROW) + after <= width:
            parts: list[Part] = [(fit(name, label), DIM), fit(old, before), (_ARROW, DIM), (new, BRIGHT)]
            lines.append(spread(parts, [], width))
        else:
            lines += _stacked(name, old, new, label, width)
    return [*lines, *(hanging((fit(_COST, label), DIM), clean(impact), width) if impact else [])]


def _stacked(name: str, old: str, new: str, label: int, width: int) -> list[Line]:
    """Return what is too long for one line: before, and after beneath it."""
    if width - label < _LEAST_COLUMN:
        return [line((name, DIM)), *paragraph(old, width, indent=2), *hanging(("→ ", DIM), new, width, BRIGHT)]
    return [
        *hanging((fit(name, label), DIM), old, width),
        *hanging((" " * (label - 2) + "→ ", DIM), new, width, BRIGHT),
    ]
