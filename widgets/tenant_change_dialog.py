"""`TenantChangeDialog`: how a tenant asks for one kind of change: the form, what it comes to, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on
from textual.message import Message
from textual.widgets import Input

from services.contract.types import ChangeRequestKind, PolicyDecision
from services.contract.views import TenantChangePreview
from widgets.action_subject import Words
from widgets.confirmation import Confirmation
from widgets.tenant_change_form import ChangeForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.message_pump import MessagePump

    from services.contract.views import KindForm

_ASK = Words("Ask  ↵", "asking…", "request")
_AT_ONCE = Words("Apply  ↵", "applying…", "change")
_ROOMY = 30
"""Rows from which on every field has its hint; with fewer, only the one that is filled in."""


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What was confirmed. `digest` is that of the preview that was seen."""

    customer_id: str
    kind: ChangeRequestKind
    title: str
    desired: Mapping[str, str]
    reason: str
    digest: str


class TenantChangeDialog(Confirmation[TenantChange, TenantChangePreview]):
    """The form of one kind of change for one tenant.

    Args:
        kind: what is asked for.
        owner: who gets the messages (see `Dialog`).
    """

    class PreviewWanted(Message):
        """What this comes to is to be shown: answer with `show_preview` or `show_refusal` and the same serial."""

        def __init__(self, dialog: TenantChangeDialog, desired: Mapping[str, str], reason: str, serial: int) -> None:
            super().__init__()
            self.dialog = dialog
            self.desired = desired
            self.reason = reason
            self.serial = serial

        @property
        def control(self) -> TenantChangeDialog:
            """The dialog that asks."""
            return self.dialog

    class Submitted(Message):
        """The person confirmed: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: TenantChangeDialog, submission: TenantChange) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> TenantChangeDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, kind: KindForm, customer_id: str, legal_name: str, *, owner: MessagePump | None = None) -> None:
        super().__init__(f"Ask for a change · {kind.title}", customer_id, legal_name, owner=owner)
        self.customer_id = customer_id
        self.kind = kind.kind
        self._kind = kind

    def make_form(self) -> ChangeForm:
        """Return the form of the kind."""
        return ChangeForm(self._kind)

    @property
    def _change_form(self) -> ChangeForm:
        return self.query_one(ChangeForm)

    @property
    def words(self) -> Words:
        """How the last step is called: what needs no request is done."""
        at_once = self.preview is not None and self.preview.decision is PolicyDecision.SELF_SERVICE
        return _AT_ONCE if at_once else _ASK

    @on(events.Resize)
    def show_hints_that_fit(self) -> None:
        """Show the hints of all fields where there is room for them."""
        self._change_form.set_class(self.app.size.height < _ROOMY, "-tight")

    @on(Input.Changed, ".wanted Input")
    def follow_wanted(self, event: Input.Changed) -> None:
        """Ask what the new values come to, a moment after the last change."""
        event.stop()
        self.params_changed()

    @on(Input.Changed, "#reason")
    def follow_reason(self) -> None:
        """Ask what the reason could still tell; what the change comes to stays as it is."""
        if not self._change_form.untouched:
            self.preview_soon()

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:
        """Ask what the values come to, once there are any."""
        if self.preview is None:
            self._change_form.show_waiting()
        if params:
            self.tell(self.PreviewWanted(self, params, self.form.reason.strip(), serial))

    def is_news(self, preview: TenantChangePreview) -> bool:
        """Whether the change comes to something else; what the reason could still tell need not be read first."""
        seen = self.preview
        return seen is None or (seen.digest, seen.decision, seen.changes) != (
            preview.digest,
            preview.decision,
            preview.changes,
        )

    def confirmed(self) -> TenantChange:
        """Return what is asked for, as its preview showed it."""
        assert self.preview is not None  # noqa: S101  (without one the form is not complete)
        form = self._change_form
        reason, digest = form.reason.strip(), self.preview.digest
        return TenantChange(self.customer_id, self.kind, self._kind.title, form.params, reason, digest)

    def submitted(self, submission: TenantChange) -> None:
        """Tell the owner."""
        self.tell(self.Submitted(self, submission))
