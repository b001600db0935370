"""What approving a request comes to now, where that is not what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import POLICY_VERDICTS
from widgets.format import ACCENT, WARNING
from widgets.labelled_lines import change_rows, labelled_lines
from widgets.line_block import Line, LineBlock, hanging, line

if TYPE_CHECKING:
    from services.contract.views import ChangeRequestView, TenantChangePreview


def difference(asked: ChangeRequestView, now: TenantChangePreview) -> str:
    """Return what is another thing now than when it was asked for, in a sentence; "" for nothing."""
    if now.changes != asked.changes:
        return "Approved now, this comes to something else than was asked for: read what it changes."
    if asked.policy_decision is not None and now.decision is not asked.policy_decision:
        return f"The policy says something else of this by now: {POLICY_VERDICTS[now.decision]}. {clean(now.because)}"
    return ""


class Difference(LineBlock):
    """That sentence, or nothing.

    Args:
        asked: the request as it was asked for.
    """

    preview: reactive[TenantChangePreview | None] = reactive(None, layout=True)
    """What approving comes to, or None while that is not known."""

    DEFAULT_CSS = """
    Difference { margin-top: 1; display: none; }
    Difference.-differs { display: block; }
    """

    def __init__(self, asked: ChangeRequestView) -> None:
        super().__init__()
        self._asked = asked

    def watch_preview(self, preview: TenantChangePreview | None) -> None:
        """Take no line where there is nothing to say."""
        self.set_class(preview is not None and bool(difference(self._asked, preview)), "-differs")

    def lines(self, width: int) -> list[Line]:
        """Return the sentence."""
        found = "" if self.preview is None else difference(self._asked, self.preview)
        return hanging(("⇄ ", ACCENT), found, width, WARNING) if found else []


class ApprovalNow(LineBlock):
    """Beneath a request: why it cannot be approved now, or what it comes to where that is something else by now."""

    asked: reactive[ChangeRequestView | None] = reactive(None, layout=True)
    """The request as it was asked for."""

    preview: reactive[TenantChangePreview | None] = reactive(None, layout=True)
    """What approving it comes to, or None while that is not known."""

    refusal: reactive[str] = reactive("", layout=True)
    """Why that cannot be known, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return the sentence, and the changes where they differ; nothing where all is as it was asked for."""
        if self.refusal:
            return [line(), *hanging(("▲ ", WARNING), clean(self.refusal), width)]
        if self.asked is None or self.preview is None:
            return []
        if not self.preview.allowed:
            return [line(), *hanging(("▲ ", WARNING), clean(self.preview.why_not or ""), width)]
        if not (differs := difference(self.asked, self.preview)):
            return []
        changes = labelled_lines(change_rows(self.preview.changes, self.preview.impact), width)
        return [line(), *hanging(("⇄ ", ACCENT), differs, width, WARNING), *changes]
