"""`DecisionDialog`: the confirmation with which an operator approves or rejects what a tenant asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from services.contract.types import AUDITED_TITLES
from services.contract.views import TenantChangePreview
from widgets.action_subject import DECISION_WORDS, Decision, DecisionSubmission
from widgets.change_requests_details import AskedFor
from widgets.change_requests_difference import Difference
from widgets.confirmation import Confirmation
from widgets.confirmation_form import ConfirmationForm
from widgets.dialog_parts import Hint
from widgets.ending_form import EndingForm
from widgets.tenant_change_preview import ChangePreview

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import ChangeRequestView
    from widgets.action_subject import Words


class ApprovalForm(ConfirmationForm[TenantChangePreview]):
    """What was asked for, what approving it comes to now, and the reason."""

    previews = True

    def __init__(self, asked: ChangeRequestView) -> None:
        super().__init__()
        self._asked = asked

    def compose_own(self) -> ComposeResult:
        """The request, how far that is another thing by now, the preview."""
        yield AskedFor(self._asked, self.labels)
        yield Difference(self._asked)
        yield ChangePreview(self.labels)

    @property
    def labels(self) -> Sequence[str]:
        """The labels of the form, and of the change."""
        return (*super().labels, *(change.label for change in self._asked.changes))

    def on_mount(self) -> None:
        """Say that the preview is on its way."""
        self._table.waiting = "Looking at what approving this would change…"

    @property
    def _table(self) -> ChangePreview:
        return self.query_one(ChangePreview)

    def show_preview(self, preview: TenantChangePreview) -> None:
        """Show what approving would change, or why it cannot be approved."""
        self._table.refusal = ""
        self._table.preview = self.query_one(Difference).preview = preview
        self.judge_reason()  # that one is still looking is true no longer

    def show_refusal(self, message: str, field: str | None = None) -> None:  # noqa: ARG002  (it has no such field)
        """Show why there is no preview."""
        self._table.refusal = message

    def say_what_is_missing(self, *, has_preview: bool) -> None:
        """Say why it cannot be approved yet."""
        super().say_what_is_missing(has_preview=has_preview)
        if not self.query_one("#hint", Hint).text:
            waiting = not has_preview and not self._table.refusal
            self.say("still looking at what this would change" if waiting else "not possible: see above")


class RejectionForm(EndingForm):
    """What was asked for, and why nothing of it is done."""

    WHY = "why not, for who asked and for the audit trail"
    CONSEQUENCE = "Nothing is changed, and the tenant reads your reason."


class DecisionDialog(Confirmation[DecisionSubmission, TenantChangePreview]):
    """Shows what approving would change now, asks why, and submits the decision once.

    Args:
        asked: the request.
        decision: what is decided about it.
        owner: who gets the messages (see `Dialog`).
    """

    class PreviewWanted(Message):
        """What approving comes to is to be shown: answer with `show_preview` or `show_refusal` and the same serial."""

        def __init__(self, dialog: DecisionDialog, serial: int) -> None:
            super().__init__()
            self.dialog = dialog
            self.serial = serial

        @property
        def control(self) -> DecisionDialog:
            """The dialog that asks."""
            return self.dialog

    class Submitted(Message):
        """The person confirmed: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: DecisionDialog, submission: DecisionSubmission) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> DecisionDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, asked: ChangeRequestView, decision: Decision, *, owner: MessagePump | None = None) -> None:
        super().__init__(AUDITED_TITLES[decision], asked.customer_id, asked.legal_name, owner=owner)
        self.asked = asked
        """The request that is decided."""
        self._decision = decision

    def make_form(self) -> ConfirmationForm[TenantChangePreview]:
        """Return the form of the decision."""
        return ApprovalForm(self.asked) if self._decision is Decision.APPROVE else RejectionForm(self.asked)

    @property
    def words(self) -> Words:
        """How the last step is called."""
        return DECISION_WORDS[self._decision]

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:  # noqa: ARG002  (nothing is filled in)
        """Ask what approving comes to."""
        self.tell(self.PreviewWanted(self, serial))

    def confirmed(self) -> DecisionSubmission:
        """Return the decision, on the preview that was shown."""
        digest = self.preview.digest if self.preview is not None else None
        reason, asked = self.form.reason.strip(), self.asked
        return DecisionSubmission(
            asked.customer_id, asked.change_request_id, self._decision, reason, etag=None, digest=digest
        )

    def submitted(self, submission: DecisionSubmission) -> None:
        """Tell the owner."""
        self.tell(self.Submitted(self, submission))
