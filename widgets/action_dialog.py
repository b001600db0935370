"""`ActionDialog`: the one confirmation for all audited actions (PRODUCT.md §7).

It names the customer, shows before → after and takes the reason. Enter moves on to Apply only when the form is
complete, a second Enter applies, Escape leaves at any point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input

from services.contract.types import ACTION_TITLES, Action
from widgets.action_form import (
    ActionSubmission,
    LotChoice,
    limits_text,
    reason_hint,
    reason_problem,
    reversible_lots,
)
from widgets.action_preview import PreviewTable
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, Hint, labelled_field
from widgets.notice import NoticeBar
from widgets.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump
    from textual.timer import Timer
    from textual.widget import Widget

    from services.contract.views import ActionPreview, CustomerBillingView

# Long enough that a typed amount asks once, short enough to stand before the hand reaches the next field.
_PREVIEW_DELAY = 0.12


class ActionDialog(Dialog[ActionSubmission | None]):
    """Asks for one action's fields, shows its preview, and submits once.

    Args:
        view: the customer to act on.
        action: what to do.
        owner: who gets the messages (see `Dialog`).
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (30, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (12, "-tall")]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    DEFAULT_CSS = """
    ActionDialog {
        CustomerLine { dock: top; }
        #fields { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
        .field { height: 1; }
        .field Label { width: 17; max-width: 35%; text-style: dim; }
        .field Input { width: 1fr; background: $foreground 8%; padding: 0 1; }
        LotChoice { margin-top: 1; }
        #hint { padding-left: 17; }
        &.-amounts CustomerLine { margin-bottom: 1; }
        &.-low CustomerLine { margin-bottom: 0; }
        &.-tiny #cancel, &.-tiny #hint { display: none; }
        #buttons { height: 1; dock: bottom; align-horizontal: right; }
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
        """What the action would do is to be shown: answer with `show_preview` or `show_refusal` and the same serial."""

        def __init__(
            self, dialog: ActionDialog, customer_id: str, action: Action, params: Mapping[str, str], serial: int
        ) -> None:
            super().__init__()
            self.dialog = dialog
            self.customer_id = customer_id
            self.action = action
            self.params = params
            self.serial = serial

        @property
        def control(self) -> ActionDialog:
            """The dialog that asks."""
            return self.dialog

    class Submitted(Message):
        """The person applied: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: ActionDialog, submission: ActionSubmission) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> ActionDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, view: CustomerBillingView, action: Action, *, owner: MessagePump | None = None) -> None:
        super().__init__(owner=owner)
        self._view = view
        self._action = action
        self._serial = 0
        self._preview: ActionPreview | None = None
        self._delay: Timer | None = None
        self._submission: ActionSubmission | None = None
        self._lots = reversible_lots(view) if action is Action.REVERSE_SUPPORT_CREDIT else []

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """The customer, the action's own fields, the preview, the reason, the buttons."""
        customer = self._view.customer
        with Vertical(classes="dialog-box") as box:
            box.border_title = ACTION_TITLES[self._action]
            yield CustomerLine(customer.legal_name, customer.customer_id)
            with VerticalScroll(id="fields", can_focus=False):
                yield NoticeBar()
                if self._action is Action.APPLY_SUPPORT_CREDIT:
                    yield from labelled_field("Workspace hours", "workspace_hours", "0")
                    yield from labelled_field("AI cents", "ai_cents", "0")
                    yield Hint(id="limits")
                if self._action is Action.REVERSE_SUPPORT_CREDIT:
                    yield LotChoice(self._lots)
                yield PreviewTable()
                yield from labelled_field("Reason", "reason", "why you do this, for the audit trail")
                yield Hint(id="hint")
            with Horizontal(id="buttons"):
                yield Button("Cancel  esc", id="cancel", compact=True)
                yield Button("Apply  ↵", id="apply", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Put the focus on the first field and ask for the first preview."""
        self.set_class(self._action is Action.APPLY_SUPPORT_CREDIT, "-amounts")
        self.query_one(PreviewTable).waiting = "Looking at what this would change…"
        self._fields[0].focus()
        self._ask_for_preview()

    @property
    def _fields(self) -> list[Widget]:
        return [*self.query(LotChoice), *self.query(Input)]

    @property
    def _apply(self) -> Button:
        return self.query_one("#apply", Button)

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value

    @property
    def params(self) -> dict[str, str]:
        """The action's own fields as they stand now."""
        if self._action is Action.APPLY_SUPPORT_CREDIT:
            values = {name: self.query_one(f"#{name}", Input).value.strip() for name in ("workspace_hours", "ai_cents")}
            return {name: value or "0" for name, value in values.items()}
        lot = self.query_one(LotChoice).chosen if self._action is Action.REVERSE_SUPPORT_CREDIT else None
        return {"grant_id": lot.grant_id} if lot is not None else {}

    # ── preview ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _params_changed(self) -> None:
        self._serial += 1
        self._preview = None
        self._refresh_form()
        if self._delay is not None:
            self._delay.stop()
        self._delay = self.set_timer(_PREVIEW_DELAY, self._ask_for_preview)

    def _ask_for_preview(self) -> None:
        self._serial += 1
        customer_id = self._view.customer.customer_id
        self.tell(self.PreviewWanted(self, customer_id, self._action, self.params, self._serial))

    def show_preview(self, serial: int, preview: ActionPreview) -> None:
        """Show what the action would do; a preview of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._show(preview)

    def show_refusal(self, serial: int, message: str) -> None:
        """Show why there is no preview; a refusal of older fields is dropped."""
        if serial == self._serial and not self.has_left:
            self._preview = None
            self.query_one(PreviewTable).refusal = "" if self._untouched else message
            self._refresh_form()
            self.keep_field_in_sight()

    @property
    def _untouched(self) -> bool:
        """Whether no amount was entered yet: then a refusal of the zeros would only be noise."""
        return self._action is Action.APPLY_SUPPORT_CREDIT and set(self.params.values()) == {"0"}

    def _show(self, preview: ActionPreview) -> None:
        table = self.query_one(PreviewTable)
        self._preview = preview
        table.refusal = "" if preview.allowed or self._untouched else preview.message or "This is not allowed now."
        table.preview = preview if preview.allowed else None
        if self._untouched:
            table.waiting = "Enter hours, cents or both to see what changes."
        if preview.limits is not None:
            for hint in self.query("#limits").results(Hint):
                hint.text = limits_text(preview.limits)
        self._refresh_form()
        self.keep_field_in_sight()

    @on(events.Resize)
    def keep_field_in_sight(self) -> None:
        """Scroll back to the field with the focus after what stands above it has grown."""
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    # ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def complete(self) -> bool:
        """Whether all that is needed stands: a preview of these fields that allows the action, and a reason."""
        allowed = self._preview is not None and self._preview.allowed
        return allowed and reason_problem(self._reason) is None and self._submission is None

    def _refresh_form(self) -> None:
        self._apply.disabled = not self.complete and self._submission is None

    @on(Input.Changed, "#reason")
    def judge_reason(self, event: Input.Changed) -> None:
        """Say beneath the reason what it still needs."""
        event.stop()
        self.query_one("#hint", Hint).text = reason_hint(event.value) if event.value else ""
        self._refresh_form()

    @on(Input.Changed, "#workspace_hours, #ai_cents")
    @on(RowList.Highlighted)
    def follow_params(self, event: Message) -> None:
        """Ask for the preview of the new fields, a moment after the last change."""
        event.stop()
        self._params_changed()

    @on(Input.Submitted)
    @on(RowList.Chosen)
    def move_on(self, event: Message) -> None:
        """Move on to Apply when the form is complete, else to the next field that needs something."""
        event.stop()
        if self._submission is not None:
            return
        if self.complete:
            self._apply.focus()
            return
        fields = self._fields
        here = fields.index(self.focused) if self.focused in fields else 0
        if here + 1 < len(fields):
            fields[here + 1].focus()
            return
        problem = reason_problem(self._reason)
        self.query_one("#hint", Hint).text = problem or self._what_is_missing()
        if problem is None and self._action is Action.APPLY_SUPPORT_CREDIT and self._untouched:
            fields[0].focus()

    def _what_is_missing(self) -> str:
        if self._preview is None and not self.query_one(PreviewTable).refusal:
            return "still looking at what this would change"
        return "enter hours, cents or both" if self._untouched else "not allowed: see above"

    # ── applying ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(Button.Pressed, "#cancel")
    def leave_with_nothing_done(self, event: Button.Pressed) -> None:
        """Leave like escape does."""
        event.stop()
        self.leave()

    @on(Button.Pressed, "#apply")
    def submit(self, event: Button.Pressed) -> None:
        """Submit once; until the answer comes, pressing again does nothing."""
        event.stop()
        if self._preview is None or not self.complete:
            return
        self._submission = ActionSubmission(
            self._view.customer.customer_id, self._action, self.params, self._reason.strip(), self._preview.etag
        )
        self._apply.label = "applying…"
        self.query_one(NoticeBar).dismiss()
        self.query_one("#hint", Hint).text = "esc closes this dialog; it does not take the action back"
        for field in self.query(Input):
            field.disabled = True
        self.tell(self.Submitted(self, self._submission))

    def succeeded(self) -> None:
        """Close: the action is applied. Does nothing when the person has left already."""
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
        self._apply.label = "Apply  ↵"
        for field in self.query(Input):
            field.disabled = False
        self.query_one(NoticeBar).show_error(message, nothing_recorded=nothing_recorded)
        self.query_one("#hint", Hint).text = ""
        # Back to the last field, so that one more Enter cannot apply what has not been read.
        self._fields[-1].focus()
        if fresh_preview is not None:
            self._show(fresh_preview)
        else:
            self._params_changed()
