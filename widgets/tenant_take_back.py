"""`TakeBackDialog`: the confirmation with which a tenant takes a change request back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from textual.message import Message

from widgets.action_subject import Words
from widgets.confirmation import Confirmation
from widgets.ending_form import EndingForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.message_pump import MessagePump

    from services.contract.views import ChangeRequestView

_WORDS = Words("Take back  ↵", "taking back…", "request")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was confirmed."""

    customer_id: str
    change_request_id: str
    reason: str


class TakeBackForm(EndingForm):
    """What was asked for, and why it is taken back."""

    WHY = "why it is not needed any more"
    CONSEQUENCE = "Nothing is changed, and nobody decides this any more."


class TakeBackDialog(Confirmation[TakenBack, Never]):
    """Asks why, and takes the request back once.

    Args:
        asked: the request.
        owner: who gets the messages (see `Dialog`).
    """

    class Submitted(Message):
        """The person confirmed: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: TakeBackDialog, submission: TakenBack) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> TakeBackDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, asked: ChangeRequestView, *, owner: MessagePump | None = None) -> None:
        super().__init__("Take the request back", asked.customer_id, asked.legal_name, owner=owner)
        self._asked = asked

    def make_form(self) -> TakeBackForm:
        """Return the form."""
        return TakeBackForm(self._asked)

    @property
    def words(self) -> Words:
        """How the last step is called."""
        return _WORDS

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:
        """Nothing changes, so there is nothing to preview."""

    def confirmed(self) -> TakenBack:
        """Return which request is taken back, and why."""
        return TakenBack(self._asked.customer_id, self._asked.change_request_id, self.form.reason.strip())

    def submitted(self, submission: TakenBack) -> None:
        """Tell the owner."""
        self.tell(self.Submitted(self, submission))
