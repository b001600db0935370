"""`CollectionDialog`: the confirmation with which a tenant turns automatic collection on or off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from widgets.action_subject import Words
from widgets.confirmation import Confirmation
from widgets.confirmation_form import ConfirmationForm
from widgets.format import DIM, WARNING
from widgets.labelled_lines import Changed, Labelled, labelled_lines
from widgets.line_block import Line, LineBlock, hanging, line, paragraph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import CustomerBillingView

_ON, _OFF = "automatic", "by hand"
_CONSEQUENCES = {
    True: "Stripe charges each invoice to the payment method on file when it is due.",
    False: "Invoices stay payable: each by hand, on its own page.",
}
_WORDS = {True: Words("Turn on  ↵", "turning on…", "change"), False: Words("Turn off  ↵", "turning off…", "change")}


@dataclass(frozen=True, slots=True)
class CollectionPreview:
    """What the choice would change now, and the etag it rests on; not allowed: why."""

    allowed: bool
    message: str
    was: bool
    method: str
    etag: str


@dataclass(frozen=True, slots=True)
class CollectionChoice:
    """What was confirmed."""

    customer_id: str
    enabled: bool
    reason: str
    etag: str


def collection_preview(view: CustomerBillingView, *, enabled: bool) -> CollectionPreview:
    """Return what the choice would change on this record."""
    collection, setup = view.automatic_collection, view.payment_setup
    was = view.billing.automatic_collection
    message = "It is so already: somebody else has chosen it meanwhile." if was is enabled else ""
    if not message and (collection is None or not collection.allowed):
        message = (collection and collection.message) or "This cannot be changed now."
    method = setup.method.text if setup is not None and setup.method is not None else "none on file"
    return CollectionPreview(not message, message, was, method, view.billing.etag)


class CollectionDialog(Confirmation[CollectionChoice, CollectionPreview]):
    """Shows before → after, asks why, and sets it once.

    Args:
        enabled: what is chosen.
        owner: who gets the messages (see `Dialog`).
    """

    class PreviewWanted(Message):
        """The record is to be looked at: call `show_preview` or `show_refusal` with the serial."""

        def __init__(self, dialog: CollectionDialog, serial: int) -> None:
            super().__init__()
            self.dialog = dialog
            self.serial = serial

        @property
        def control(self) -> CollectionDialog:
            """The dialog that asks."""
            return self.dialog

    class Submitted(Message):
        """The person confirmed: carry it out once, then call `succeeded` or `failed`."""

        def __init__(self, dialog: CollectionDialog, submission: CollectionChoice) -> None:
            super().__init__()
            self.dialog = dialog
            self.submission = submission

        @property
        def control(self) -> CollectionDialog:
            """The dialog that waits for the answer."""
            return self.dialog

    def __init__(self, customer_id: str, legal_name: str, *, enabled: bool, owner: MessagePump | None = None) -> None:
        title = "Collect invoices automatically" if enabled else "Stop automatic collection"
        super().__init__(title, customer_id, legal_name, owner=owner)
        self.customer_id = customer_id
        self.enabled = enabled

    def make_form(self) -> CollectionForm:
        """Return the form."""
        return CollectionForm(enabled=self.enabled)

    @property
    def words(self) -> Words:
        """How the last step is called."""
        return _WORDS[self.enabled]

    def want_preview(self, params: Mapping[str, str], serial: int) -> None:  # noqa: ARG002  (the choice is made)
        """Ask the owner for the record as it is now."""
        self.tell(self.PreviewWanted(self, serial))

    def confirmed(self) -> CollectionChoice:
        """Return the choice, on the record that was shown."""
        etag = self.preview.etag if self.preview is not None else ""
        return CollectionChoice(self.customer_id, self.enabled, self.form.reason.strip(), etag)

    def submitted(self, submission: CollectionChoice) -> None:
        """Tell the owner."""
        self.tell(self.Submitted(self, submission))


class CollectionForm(ConfirmationForm[CollectionPreview]):
    """Before → after and what it means, then the reason."""

    WHY = "why you choose this, for the audit trail"
    previews = True

    def __init__(self, *, enabled: bool) -> None:
        super().__init__()
        self._enabled = enabled

    def compose_own(self) -> ComposeResult:
        """What would change."""
        yield CollectionChange(enabled=self._enabled)

    def show_preview(self, preview: CollectionPreview) -> None:
        """Show what would change, or why it cannot."""
        change = self.query_one(CollectionChange)
        change.preview, change.refusal = preview, preview.message

    def show_refusal(self, message: str, field: str | None = None) -> None:  # noqa: ARG002  (there is one field)
        """Show why the record could not be looked at."""
        self.query_one(CollectionChange).refusal = message


class CollectionChange(LineBlock):
    """What the choice changes and what that means; or why it cannot be made."""

    DEFAULT_CSS = """
    CollectionChange { margin-bottom: 1; }
    """

    preview: reactive[CollectionPreview | None] = reactive(None, layout=True)
    """What to show, or None while it is looked at."""

    refusal: reactive[str] = reactive("", layout=True)
    """Why it cannot be, or empty."""

    def __init__(self, *, enabled: bool) -> None:
        super().__init__()
        self._enabled = enabled

    def lines(self, width: int) -> list[Line]:
        """Return the change and its meaning, or the refusal."""
        if self.refusal:
            return hanging(("▲ ", WARNING), self.refusal, width)
        if self.preview is None:
            return [line(("… Looking at the record", DIM))]
        before, after = (_ON if value else _OFF for value in (self.preview.was, self._enabled))
        rows = labelled_lines([Changed("Collection", before, after)], width, ("Reason",))
        method = labelled_lines([_method(self.preview)], width, ("Reason",)) if self._enabled else []
        return [*rows, *method, line(), *paragraph(_CONSEQUENCES[self._enabled], width, DIM)]


def _method(preview: CollectionPreview) -> Labelled:
    return Labelled("Payment method", preview.method)
