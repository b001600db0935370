"""`PreviewTable`: what an action would do, before → after, or why it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from widgets.format import ACCENT, BAD, BRIGHT, DIM, GOOD, WARNING, fit
from widgets.line_block import Line, LineBlock, hanging, line, spread

if TYPE_CHECKING:
    from services.contract.views import ActionPreview, BlockerRef

_LEAST_COLUMN = 12
_ARROW = "  →  "


class PreviewTable(LineBlock):
    """The changes of a preview, then the blockers it removes, those that remain and those it adds.

    Without a preview it shows `waiting`; above either a `note`; a `refusal` takes the place of all.
    """

    DEFAULT_CSS = """
    PreviewTable { margin: 1 0; }
    """

    preview: reactive[ActionPreview | None] = reactive(None, layout=True)
    """What to show, or None while there is none."""

    note: reactive[str] = reactive("", layout=True)
    """What is to be known before it, such as that somebody else must approve; or empty."""

    refusal: reactive[str] = reactive("", layout=True)
    """Why there is no preview, or empty."""

    waiting: reactive[str] = reactive("", layout=True)
    """What stands here before the first preview."""

    def lines(self, width: int) -> list[Line]:
        """Return the table, the refusal or the waiting line."""
        if self.refusal:
            return hanging(("▲ ", WARNING), self.refusal, width)
        if self.preview is None:
            return [*self._note(width), *(hanging(("… ", DIM), self.waiting, width, DIM) if self.waiting else [])]
        preview = self.preview
        before = len(preview.blockers_removed) + len(preview.blockers_remaining)
        after = len(preview.blockers_remaining) + len(preview.blockers_added)
        note = self._note(width)
        return [
            *note,
            *([line()] if note else []),
            *_changes(preview, before, after, width),
            *_blockers("✓", "removes", preview.blockers_removed, GOOD, width),
            *_blockers("▲", "remains", preview.blockers_remaining, WARNING, width),
            *_blockers("✗", "adds", preview.blockers_added, BAD, width),
        ]

    def _note(self, width: int) -> list[Line]:
        return hanging(("⇄ ", ACCENT), self.note, width) if self.note else []


def _changes(preview: ActionPreview, blockers_before: int, blockers_after: int, width: int) -> list[Line]:
    rows = [(change.label, change.before, change.after) for change in preview.changes]
    if not any(label == "Blockers" for label, _, _ in rows):
        rows.append(("Blockers", str(blockers_before or "none"), str(blockers_after or "none")))
    label_cells = max(cell_len(label) for label, _, _ in rows) + 2
    before_cells = max(cell_len("before"), *(cell_len(before) for _, before, _ in rows))
    room = width - label_cells - len(_ARROW)
    if room < 2 * _LEAST_COLUMN:
        return [drawn for row in rows for drawn in _stacked(*row, width)]
    before_cells = min(before_cells, room // 2)
    heading = fit("", label_cells) + fit("before", before_cells) + " " * len(_ARROW)
    heading += "once approved" if preview.needs_approval else "after"
    lines = [line((heading, DIM))]
    for label, before, after in rows:
        cells = [(fit(label, label_cells), DIM), (fit(before, before_cells), ""), (_ARROW, DIM), (after, BRIGHT)]
        lines.append(spread(cells, [], width))
    return lines


def _stacked(label: str, before: str, after: str, width: int) -> list[Line]:
    return [spread([(label, DIM)], [], width), spread(["  ", before, (" → ", DIM), (after, BRIGHT)], [], width)]


def _blockers(glyph: str, verb: str, blockers: list[BlockerRef], style: str, width: int) -> list[Line]:
    return [spread([(f"{glyph} ", style), (f"{verb:<8} ", DIM), blocker.title], [], width) for blocker in blockers]
