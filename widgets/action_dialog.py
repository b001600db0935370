"""`ActionDialog`: the one confirmation for all audited actions and for decisions of change requests (PRODUCT.md §7).

It names the customer, shows before → after and takes the reason. Enter moves on to Apply only when the form is
complete, a second Enter applies, Escape leaves at any point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input

from widgets.action_fields import ActionFields
from widgets.action_form import reason_problem
from widgets.action_subject import ActionSubmission, DecisionSubmission, Submission, words_for
from widgets.dialog_parts import CustomerLine
from widgets.row_list import RowList
from widgets.seen_first import SeenFirst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump
    from textual.timer import Timer

    from services.contract.views import ActionPreview
    from widgets.action_subject import Subject, Words

# Long enough that a typed amount asks once, short enough to stand before the hand reaches the next field.
_PREVIEW_DELAY = 0.12


class ActionDialog(SeenFirst[Submission | None]):
    """Asks for the fields of its subject, shows the preview, and submits once.

    Args:
        subject: what is to be confirmed; the reason always begins empty.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    DEFAULT_CSS = """
    ActionDialog {
        CustomerLine { dock: top; }
        &.-spaced CustomerLine { margin-bottom: 1; }
        &.-low CustomerLine { margin-bottom: 0; }
        &.-tiny #cancel, &.-tiny #hint { display: none; }
        #buttons { height: 1; dock: bottom; align-horizontal: right; }
        #apply { width: 13; }
        #buttons Button {
            min-width: 8;
            margin-left: 1;
            background: $foreground 8%;
            text-style: none;
            &:focus { background: $primary; color: $background; text-style: bold; }
        }
    }
    """

    class PreviewWanted(Message):
        """What this would do is to be shown: answer with `show_preview` or `show_refusal` and the same serial."""

        def __init__(self, dialog: ActionDialog, subject: Subject, params: Mapping[str, str], serial: int) -> None:
            super().__init__()
            self.dialog = dialog
            self.subject = subject
            self.params = params
            self.serial = serial

        @property
        def control(self) -> ActionDialog:
            """The dialog that asks."""
            return self.dialog

    class Submitted(Message):
        """The person confirmed: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: ActionDialog, submission: Submission) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> ActionDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, subject: Subject, *, owner: MessagePump | None = None) -> None:
        super().__init__(owner=owner)
        self._subject = subject
        self._serial = 0
        self._preview: ActionPreview | None = None
        self._preview_of: Mapping[str, str] = {}
        self._delay: Timer | None = None
        self._submission: Submission | None = None

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """The customer, the fields and the preview, the buttons."""
        subject = self._subject
        with Vertical(classes="dialog-box") as box:
            box.border_title = subject.title
            yield CustomerLine(subject.legal_name, subject.customer_id)
            yield ActionFields(subject)
            with Horizontal(id="buttons"):
                yield Button("Cancel  esc", id="cancel", compact=True)
                apply = Button(self._words.button, id="apply", compact=True, disabled=True)
                # A button takes no press while it shows the last one; ours guards against a second one itself.
                apply.active_effect_duration = 0
                yield apply

    def on_mount(self) -> None:
        """Put the focus on the first field and ask for the first preview."""
        self.set_class(self._subject.has_amounts or self._subject.asked is not None, "-spaced")
        self.set_focus(self._form.fields[0])
        self.mark_as_shown()
        self._ask_for_preview()

    @property
    def _form(self) -> ActionFields:
        return self.query_one(ActionFields)

    @property
    def _apply(self) -> Button:
        return self.query_one("#apply", Button)

    @property
    def _words(self) -> Words:
        return words_for(self._subject, needs_approval=self._preview is not None and self._preview.needs_approval)

    # ── preview ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _params_changed(self) -> None:
        self._serial += 1
        self._preview = None
        self._refresh_buttons()
        if self._delay is not None:
            self._delay.stop()
        self._delay = self.set_timer(_PREVIEW_DELAY, self._ask_for_preview)

    def _ask_for_preview(self) -> None:
        self._serial += 1
        self._preview_of = self._form.params
        if self._subject.changes_the_record:
            self.tell(self.PreviewWanted(self, self._subject, self._preview_of, self._serial))

    def preview_again(self) -> None:
        """Ask for the preview that could not be had, where there is none: now it can be."""
        if self._preview is None and self._submission is None:
            self._ask_for_preview()

    def show_preview(self, serial: int, preview: ActionPreview) -> None:
        """Show what the action would do; a preview of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._show(preview)

    def show_refusal(self, serial: int, message: str) -> None:
        """Show why there is no preview; a refusal of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._preview = None
            self._form.show_refusal(message)
            self._refresh_buttons()
            self.keep_field_in_sight()

    def _show(self, preview: ActionPreview) -> None:
        self._preview = preview
        self._form.show_preview(preview)
        self.mark_as_shown()
        self._refresh_buttons()
        self.keep_field_in_sight()

    @on(events.Resize)
    def keep_field_in_sight(self) -> None:
        """Scroll back to the field with the focus after what stands above it has grown."""
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    # ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def complete(self) -> bool:
        """Whether all that is needed stands: a preview of these fields that allows it, where there is one, a reason."""
        # The fields are compared, too: where they were typed in one go, what makes the preview stale may still come.
        allowed = self._preview is not None and self._preview.allowed and self._preview_of == self._form.params
        allowed = allowed or not self._subject.changes_the_record
        return allowed and reason_problem(self._form.reason) is None and self._submission is None

    def _refresh_buttons(self) -> None:
        if self._submission is None:
            self._apply.label = self._words.button
            self._apply.disabled = not self.complete

    @on(Input.Changed, "#reason")
    def judge_reason(self, event: Input.Changed) -> None:
        """Say beneath the reason what it still needs."""
        event.stop()
        self._form.judge_reason()
        self._refresh_buttons()

    @on(Input.Changed, "#workspace_hours, #ai_cents")
    @on(RowList.Highlighted)
    def follow_params(self, event: Message) -> None:
        """Ask for the preview of the new fields, a moment after the last change."""
        event.stop()
        self._params_changed()

    @on(RowList.Chosen)
    def choose_clicked_row(self, event: RowList.Chosen) -> None:
        """Move on from a row that was clicked."""
        event.stop()
        self.action_move_on()

    def action_move_on(self) -> None:
        """Move on to Apply when the form is complete, else to the next field that needs something.

        The focus has moved when this returns (`Widget.focus` would move it later): what was typed next goes there.
        """
        if self._submission is not None:
            return
        self._refresh_buttons()
        if self.complete:
            self.set_focus(self._apply)
            return
        fields = self._form.fields
        here = fields.index(self.focused) if self.focused in fields else 0
        if here + 1 < len(fields):
            self.set_focus(fields[here + 1])
            return
        self._form.say_what_is_missing(has_preview=self._preview is not None)
        if self._form.untouched and reason_problem(self._form.reason) is None:
            self.set_focus(fields[0])

    # ── applying ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(Button.Pressed, "#cancel")
    def leave_with_nothing_done(self, event: Button.Pressed) -> None:
        """Leave like escape does."""
        event.stop()
        self.leave()

    @on(Button.Pressed, "#apply")
    def submit(self, event: Button.Pressed) -> None:
        """Submit once; until the answer comes, pressing again does nothing.

        A press that was under way when the focus was taken back, to something that is to be read first, is dropped.
        """
        event.stop()
        if not self.complete or self.focused is not self._apply:
            return
        self._submission = self._confirmed()
        self._apply.label = self._words.under_way
        self._form.dismiss_error()
        self._form.say(f"esc closes this; the {self._words.noun} goes on")
        self._form.set_locked(locked=True)
        self.tell(self.Submitted(self, self._submission))

    def _confirmed(self) -> Submission:
        subject, form = self._subject, self._form
        reason, etag = form.reason.strip(), self._preview.etag if self._preview is not None else None
        if subject.asked is not None and subject.decision is not None:
            asked_id = subject.asked.change_request_id
            return DecisionSubmission(subject.customer_id, asked_id, subject.decision, reason, etag)
        assert etag is not None  # noqa: S101  (an action has a preview)
        return ActionSubmission(subject.customer_id, subject.action, form.params, reason, etag)

    def succeeded(self) -> None:
        """Close: it is done. Does nothing when the person has left already."""
        self.leave(self._submission)

    def failed(
        self, message: str, fresh_preview: ActionPreview | None = None, *, nothing_recorded: bool = True
    ) -> None:
        """Say why it was not applied, keep what was typed, and let the person try again on a fresh preview.

        Args:
            message: why, in a sentence.
            fresh_preview: the preview that came with the refusal; without one the dialog asks for it.
            nothing_recorded: False when that is not known, after a time-out.
        """
        if self.has_left:
            return
        self._submission = None
        self._form.set_locked(locked=False)
        self._form.show_error(message, nothing_recorded=nothing_recorded)
        self._form.say("")
        # Back to the reason, so that one more Enter cannot apply what has not been read.
        self.set_focus(self._form.fields[-1])
        if fresh_preview is not None:
            self._show(fresh_preview)
        else:
            self._params_changed()
