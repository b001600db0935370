"""`Confirmation`: what every confirmation does (PRODUCT.md §7): fields, a preview of them, a reason, one submission.

Enter moves on to the last button only when the form is complete, a second Enter confirms, Escape leaves at any point.
What is confirmed is what was shown: the preview of the fields as they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input

from services.contract.text import clean
from widgets.action_form import reason_problem
from widgets.confirmation_form import ConfirmationForm
from widgets.dialog_parts import CustomerLine
from widgets.seen_first import SeenFirst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump
    from textual.timer import Timer

    from widgets.action_subject import Words

# Long enough that a typed amount asks once, short enough to stand before the hand reaches the next field.
_PREVIEW_DELAY = 0.12


class Preview(Protocol):
    """What a preview tells the confirmation."""

    @property
    def allowed(self) -> bool:
        """Whether what it shows can be confirmed."""


Seen = TypeVar("Seen", bound=Preview)
Confirmed = TypeVar("Confirmed")


class Confirmation(SeenFirst[Confirmed | None], Generic[Confirmed, Seen]):
    """Asks for the fields of its form, shows the preview, and submits once.

    Subclasses give the form, the words of the last step, the message that asks for a preview, and what was confirmed.

    Args:
        title: what is confirmed.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    DEFAULT_CSS = """
    Confirmation {
        CustomerLine { dock: top; margin-bottom: 1; }
        &.-low CustomerLine { margin-bottom: 0; }
        &.-tiny #cancel, &.-tiny #hint { display: none; }
        #buttons { height: 1; dock: bottom; align-horizontal: right; }
        #apply { width: 16; }
        #buttons Button {
            min-width: 8;
            margin-left: 1;
            background: $foreground 8%;
            text-style: none;
            &:focus { background: $primary; color: $background; text-style: bold; }
        }
    }
    """

    def __init__(self, title: str, customer_id: str, legal_name: str, *, owner: MessagePump | None = None) -> None:
        super().__init__(owner=owner)
        self._title = title
        self._customer_id = customer_id
        self._legal_name = legal_name
        self._serial = 0
        self._preview: Seen | None = None
        self._preview_of: Mapping[str, str] = {}
        self._delay: Timer | None = None
        self._submission: Confirmed | None = None

    # ── what a subclass says ──────────────────────────────────────────────────────────────────────────────────────────

    def make_form(self) -> ConfirmationForm[Seen]:
        """Return the form."""
        raise NotImplementedError

    @property
    def words(self) -> Words:
        """How the last step is called, as things stand."""
        raise NotImplementedError

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:
        """Tell the owner that a preview of these fields is wanted; it answers with the same serial."""
        raise NotImplementedError

    def confirmed(self) -> Confirmed:
        """Return what the complete form confirms."""
        raise NotImplementedError

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """The customer, the form, the buttons."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(self._title))
            yield CustomerLine(self._legal_name, self._customer_id)
            yield self.make_form()
            with Horizontal(id="buttons"):
                yield Button("Cancel  esc", id="cancel", compact=True)
                apply = Button(self.words.button, id="apply", compact=True, disabled=True)
                # A button takes no press while it shows the last one; ours guards against a second one itself.
                apply.active_effect_duration = 0
                yield apply

    def on_mount(self) -> None:
        """Put the focus on the first field and ask for the first preview."""
        self.set_focus(self.form.fields[0])
        self.mark_as_shown()
        self._ask_for_preview()

    @property
    def form(self) -> ConfirmationForm[Seen]:
        """The form."""
        return self.query_one(ConfirmationForm)

    @property
    def _apply(self) -> Button:
        return self.query_one("#apply", Button)

    # ── preview ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def preview(self) -> Seen | None:
        """The preview that is shown, None while there is none of the fields as they stand."""
        return self._preview

    def params_changed(self) -> None:
        """Ask for the preview of the new fields, a moment after the last change; the old one counts no more."""
        self._serial += 1
        self._preview = None
        self.refresh_buttons()
        self.preview_soon()

    def preview_soon(self) -> None:
        """Ask for the preview anew in a moment."""
        if self._delay is not None:
            self._delay.stop()
        self._delay = self.set_timer(_PREVIEW_DELAY, self._ask_for_preview)

    def _ask_for_preview(self) -> None:
        self._serial += 1
        self._preview_of = self.form.params
        if self.form.previews and self._submission is None:
            self.want_preview(self._preview_of, self._serial)

    def preview_again(self) -> None:
        """Ask for the preview that could not be had, where there is none: now it can be."""
        if self._preview is None and self._submission is None:
            self._ask_for_preview()

    def show_preview(self, serial: int, preview: Seen) -> None:
        """Show what confirming would do; a preview of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._show(preview)

    def show_refusal(self, serial: int, message: str, field: str | None = None) -> None:
        """Show why there is no preview, at its field where one is to blame; a refusal of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._preview = None
            self.form.show_refusal(message, field)
            self.refresh_buttons()
            self.keep_field_in_sight()

    def _show(self, preview: Seen) -> None:
        news = self.is_news(preview)
        self._preview = preview
        self.form.show_preview(preview)
        if news:
            self.mark_as_shown()
        self.refresh_buttons()
        self.keep_field_in_sight()

    def is_news(self, preview: Seen) -> bool:
        """Whether a preview shows anything that must be read before it is confirmed."""
        return preview != self._preview

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
        allowed = self._preview is not None and self._preview.allowed and self._preview_of == self.form.params
        allowed = allowed or not self.form.previews
        return allowed and reason_problem(self.form.reason) is None and self._submission is None

    def refresh_buttons(self) -> None:
        """Show whether all that is needed stands."""
        if self._submission is None:
            self._apply.label = self.words.button
            self._apply.disabled = not self.complete

    @on(Input.Changed, "#reason")
    def judge_reason(self, event: Input.Changed) -> None:
        """Say beneath the reason what it still needs."""
        event.stop()
        self.form.judge_reason()
        self.refresh_buttons()

    def action_move_on(self) -> None:
        """Move on to the last button when the form is complete, else to the next field that needs something.

        The focus has moved when this returns (`Widget.focus` would move it later): what was typed next goes there.
        """
        if self._submission is not None:
            return
        self.refresh_buttons()
        if self.complete:
            self.set_focus(self._apply)
            return
        fields = self.form.fields
        here = fields.index(self.focused) if self.focused in fields else 0
        if here + 1 < len(fields):
            self.set_focus(fields[here + 1])
            return
        self.form.say_what_is_missing(has_preview=self._preview is not None)
        if self.form.untouched and reason_problem(self.form.reason) is None:
            self.set_focus(fields[0])

    # ── confirming ────────────────────────────────────────────────────────────────────────────────────────────────────

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
        words = self.words
        self._submission = self.confirmed()
        self._apply.label = words.under_way
        self.form.dismiss_error()
        self.form.say(f"esc closes this; the {words.noun} goes on")
        self.form.set_locked(locked=True)
        self.submitted(self._submission)

    def submitted(self, submission: Confirmed) -> None:
        """Tell the owner what was confirmed; it then calls `succeeded` or `failed`."""
        raise NotImplementedError

    def succeeded(self) -> None:
        """Close: it is done. Does nothing when the person has left already."""
        self.leave(self._submission)

    def failed(self, message: str, fresh_preview: Seen | None = None, *, nothing_recorded: bool = True) -> None:
        """Say why it was not done, keep what was typed, and let the person try again on a fresh preview.

        Args:
            message: why, in a sentence.
            fresh_preview: the preview that came with the refusal; without one the dialog asks for it.
            nothing_recorded: False when that is not known, after a time-out.
        """
        if self.has_left:
            return
        self._submission = None
        self.form.set_locked(locked=False)
        self.form.show_error(message, nothing_recorded=nothing_recorded)
        self.form.say("")
        # Back to the reason, so that one more Enter cannot apply what has not been read.
        self.set_focus(self.form.fields[-1])
        if fresh_preview is not None:
            self._show(fresh_preview)
        else:
            self.params_changed()
