"""`ConfirmationForm`: what a confirmation asks and shows between the customer's name and the buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.containers import VerticalScroll
from textual.widgets import Input, Label

from widgets.action_form import reason_hint, reason_problem
from widgets.dialog_parts import Hint, labelled_field
from widgets.format import DIM
from widgets.labelled_lines import label_cells, label_need
from widgets.line_block import Line, paragraph
from widgets.notice import NoticeBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

Shown = TypeVar("Shown")
"""What a preview of the form's fields is."""


class ConfirmationForm(VerticalScroll, Generic[Shown], can_focus=False):
    """The error of the last attempt, the form's own fields, the reason. It scrolls in a low terminal.

    The form of something that has no preview (`previews` false) only shows what it is about.
    """

    DEFAULT_CSS = """
    ConfirmationForm {
        height: auto;
        max-height: 100%;
        scrollbar-size-vertical: 1;
        .field { height: 1; }
        .field Label { width: 17; max-width: 45%; text-style: dim; }
        .field Input { width: 1fr; background: $foreground 8%; padding: 0 1; }
    }
    """

    WHY: ClassVar[str] = "why you do this, for the audit trail"

    previews: bool = False
    """Whether what confirming would do is looked at first."""

    def compose(self) -> ComposeResult:
        """The error, the own part, the reason with what it still needs."""
        yield NoticeBar()
        yield from self.compose_own()
        yield from labelled_field("Reason", "reason", self.why)
        yield FieldNote(self.labels, id="hint")

    def on_mount(self) -> None:
        """Give all labels one column."""
        for label in self.query(".field Label").results(Label):
            label.styles.width = label_need(self.labels)

    def compose_own(self) -> ComposeResult:
        """Yield what stands between error and reason."""
        raise NotImplementedError

    @property
    def labels(self) -> Sequence[str]:
        """The labels of the form, which share one column."""
        return ("Reason",)

    @property
    def why(self) -> str:
        """What stands in the empty reason."""
        return self.WHY

    @property
    def fields(self) -> list[Widget]:
        """What takes the focus, in order; the last one is the reason."""
        return list(self.query(Input))

    @property
    def reason(self) -> str:
        """The reason as typed."""
        return self.query_one("#reason", Input).value

    @property
    def params(self) -> dict[str, str]:
        """The form's own fields as they stand now."""
        return {}

    @property
    def untouched(self) -> bool:
        """Whether nothing was filled in yet: then a refusal would only be noise."""
        return False

    # ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────

    def show_preview(self, preview: Shown) -> None:
        """Show what confirming would do, or why it is not allowed."""

    def show_refusal(self, message: str, field: str | None = None) -> None:
        """Show why there is no preview, at the field of that name where it is one of the form's."""

    def say(self, text: str) -> None:
        """Say something beneath the reason."""
        self.query_one("#hint", Hint).text = text

    def judge_reason(self) -> None:
        """Say beneath the reason what it still needs; a blank one is no fault yet."""
        self.say(reason_hint(self.reason) if self.reason else "")

    def say_what_is_missing(self, *, has_preview: bool) -> None:  # noqa: ARG002  (for forms with a preview)
        """Say why the form is not complete."""
        if (problem := reason_problem(self.reason)) is not None:
            self.say(problem)

    def set_locked(self, *, locked: bool) -> None:
        """Let nothing be changed while it is carried out, or let it be changed again."""
        for field in self.fields:
            field.disabled = locked

    def show_error(self, message: str, *, nothing_recorded: bool) -> None:
        """Say above everything why the last attempt failed."""
        self.query_one(NoticeBar).show_error(message, nothing_recorded=nothing_recorded)

    def dismiss_error(self) -> None:
        """Take that away: there is a new attempt."""
        self.query_one(NoticeBar).dismiss()


class FieldNote(Hint):
    """A quiet line beneath a field, where its values stand.

    Args:
        labels: those of its form.
    """

    def __init__(self, labels: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._labels = labels

    def indent(self, width: int) -> int:
        """Return how far to the right the values stand."""
        return label_cells(self._labels, width)

    def lines(self, width: int) -> list[Line]:
        """Return the text wrapped, one empty line for none."""
        return paragraph(self.text, width, DIM, indent=self.indent(width))
