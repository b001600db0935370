"""`ActionFields`: what the action dialog asks and shows between the customer's name and the buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from services.contract.views import ActionPreview
from widgets.action_form import LotChoice, limits_text, reason_problem
from widgets.action_preview import PreviewTable
from widgets.action_subject import Decision, nothing_granted
from widgets.change_requests_details import AskedFor
from widgets.confirmation_form import ConfirmationForm
from widgets.dialog_parts import Hint, labelled_field

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from widgets.action_subject import Subject

_AMOUNTS = ("workspace_hours", "ai_cents")
_WHY_NOT = "why not, for who asked and for the audit trail"


class ActionFields(ConfirmationForm[ActionPreview]):
    """The action's own fields or the request that is decided, and the preview.

    Args:
        subject: what is to be confirmed.
    """

    DEFAULT_CSS = """
    ActionFields LotChoice { margin-top: 1; }
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.previews = subject.changes_the_record
        self._subject = subject

    @property
    def why(self) -> str:
        """What stands in the empty reason."""
        return _WHY_NOT if self._subject.decision is Decision.REJECT else super().why

    def compose_own(self) -> ComposeResult:
        """The action's own fields, the preview."""
        subject = self._subject
        if subject.asked is not None:
            yield AskedFor(subject.asked)
        if subject.has_amounts:
            for label, name in zip(("Workspace hours", "AI cents"), _AMOUNTS, strict=True):
                yield from labelled_field(label, name, "0", subject.params.get(name, ""))
            yield Hint(id="limits")
        if subject.has_lots:
            yield LotChoice(subject.lots, subject.params.get("grant_id"))
        yield PreviewTable()

    def on_mount(self) -> None:
        """Say that the preview is on its way, or that there is none to wait for."""
        if self._subject.changes_the_record:
            self._table.waiting = "Looking at what this would change…"
        elif self._subject.asked is not None:
            self._table.note = nothing_granted(self._subject.asked)

    @property
    def _table(self) -> PreviewTable:
        return self.query_one(PreviewTable)

    @property
    def fields(self) -> list[Widget]:
        """What takes the focus, in order; the last one is the reason."""
        return [*self.query(LotChoice), *self.query(Input)]

    @property
    def params(self) -> dict[str, str]:
        """The action's own fields as they stand now."""
        if self._subject.has_amounts:
            return {name: self.query_one(f"#{name}", Input).value.strip() or "0" for name in _AMOUNTS}
        lot = self.query_one(LotChoice).chosen if self._subject.has_lots else None
        return {"grant_id": lot.grant_id} if lot is not None else {}

    @property
    def untouched(self) -> bool:
        """Whether no amount was entered yet: then a refusal of the zeros would only be noise."""
        return self._subject.has_amounts and set(self.params.values()) == {"0"}

    # ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    def show_preview(self, preview: ActionPreview) -> None:
        """Show what the action would do, or why it is not allowed."""
        self._table.preview = preview if preview.allowed else None
        self._table.note = (preview.message or "") if preview.needs_approval else ""
        self.show_refusal("" if preview.allowed else preview.message or "This is not allowed now.")
        self.judge_reason()  # that one is still looking is true no longer
        if preview.limits is not None:
            for hint in self.query("#limits").results(Hint):
                # The note says what the limits are, too.
                hint.text = "" if preview.needs_approval else limits_text(preview.limits)

    def show_refusal(self, message: str, field: str | None = None) -> None:  # noqa: ARG002  (no field alone is to blame)
        """Show why there is no preview; empty for none."""
        self._table.refusal = "" if self.untouched else message
        if self.untouched:
            self._table.waiting = "Enter hours, cents or both to see what changes."

    def say_what_is_missing(self, *, has_preview: bool) -> None:
        """Say why the form is not complete."""
        if (problem := reason_problem(self.reason)) is not None:
            self.say(problem)
        elif self.untouched:
            self.say("enter hours, cents or both")
        else:
            waiting = not has_preview and not self._table.refusal
            self.say("still looking at what this would change" if waiting else "not allowed: see above")
