"""`ActionDialog`: the one confirmation for all audited actions, and for decisions of requests for one (PRODUCT.md §7).

It names the customer, shows before → after and takes the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.widgets import Input

from services.contract.views import ActionPreview
from widgets.action_fields import ActionFields
from widgets.action_subject import ActionSubmission, DecisionSubmission, Submission, words_for
from widgets.confirmation import Confirmation
from widgets.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.message_pump import MessagePump

    from widgets.action_subject import Subject, Words


class ActionDialog(Confirmation[Submission, ActionPreview]):
    """Asks for the fields of its subject, shows the preview, and submits once.

    Args:
        subject: what is to be confirmed; the reason always begins empty.
        owner: who gets the messages (see `Dialog`).
    """

    DEFAULT_CSS = """
    ActionDialog CustomerLine { margin-bottom: 0; }
    ActionDialog.-spaced CustomerLine { margin-bottom: 1; }
    ActionDialog.-low CustomerLine { margin-bottom: 0; }
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
        super().__init__(subject.title, subject.customer_id, subject.legal_name, owner=owner)
        self._subject = subject
        self.set_class(subject.has_amounts or subject.asked is not None, "-spaced")

    def make_form(self) -> ActionFields:
        """Return the fields of the subject."""
        return ActionFields(self._subject)

    @property
    def words(self) -> Words:
        """How the last step is called: what needs approval is only requested."""
        return words_for(self._subject, needs_approval=self.preview is not None and self.preview.needs_approval)

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:
        """Ask what the action would do."""
        self.tell(self.PreviewWanted(self, self._subject, params, serial))

    @on(Input.Changed, "#workspace_hours, #ai_cents")
    @on(RowList.Highlighted)
    def follow_params(self, event: Message) -> None:
        """Ask for the preview of the new fields, a moment after the last change."""
        event.stop()
        self.params_changed()

    @on(RowList.Chosen)
    def choose_clicked_row(self, event: RowList.Chosen) -> None:
        """Move on from a row that was clicked."""
        event.stop()
        self.action_move_on()

    def confirmed(self) -> Submission:
        """Return the action or the decision, on the preview that was shown."""
        subject, form = self._subject, self.form
        reason, etag = form.reason.strip(), self.preview.etag if self.preview is not None else None
        if subject.asked is not None and subject.decision is not None:
            asked_id = subject.asked.change_request_id
            return DecisionSubmission(subject.customer_id, asked_id, subject.decision, reason, etag)
        assert etag is not None  # noqa: S101  (an action has a preview)
        return ActionSubmission(subject.customer_id, subject.action, form.params, reason, etag)

    def submitted(self, submission: Submission) -> None:
        """Tell the owner."""
        self.tell(self.Submitted(self, submission))
