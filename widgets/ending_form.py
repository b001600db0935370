"""`EndingForm`: a change request is to end without being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from widgets.change_requests_details import AskedFor
from widgets.confirmation_form import ConfirmationForm
from widgets.dialog_parts import Hint

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.contract.views import ChangeRequestView


class EndingForm(ConfirmationForm[Any]):
    """What was asked for, what ending it does, and why. Subclasses say it in their words."""

    CONSEQUENCE: ClassVar[str]
    """What ending it does."""

    DEFAULT_CSS = """
    EndingForm #nothing { margin: 1 0; }
    """

    def __init__(self, asked: ChangeRequestView) -> None:
        super().__init__()
        self._asked = asked

    def compose_own(self) -> ComposeResult:
        """The request, and what ending it does."""
        yield AskedFor(self._asked)
        yield Hint(id="nothing")

    def on_mount(self) -> None:
        """Say what ending it does."""
        self.query_one("#nothing", Hint).text = self.CONSEQUENCE
