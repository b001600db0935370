"""What a UI command is, and the situation that decides whether it can be used."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the first frame needs none of the contract's types, and importing them would delay it
    from services.contract.types import BillingInterval
    from services.contract.views import (
        ChangeRequestView,
        ChatMessage,
        CustomerBillingView,
        Identity,
        InvoiceView,
        NodeView,
        PlanView,
    )


class Situation(NamedTuple):
    """What a command's availability depends on, as it stands on the active page."""

    identity: "Identity | None" = None
    view: "CustomerBillingView | None" = None
    answer: "ChatMessage | None" = None
    asked: "ChangeRequestView | None" = None
    """The selected change request."""
    has_clients: bool = False
    """Whether there is more than one customer whom the caller may turn to."""
    on_kind: bool = False
    """Whether the cursor stands on a kind of change, rather than on a request."""
    over_a_page: bool = False
    """Whether this screen lies over the page it was opened from."""
    shown: str = ""
    """The view of the Billing page that is shown."""
    invoice: "InvoiceView | None" = None
    """The invoice under the cursor, where invoices are shown."""
    has_more: bool = False
    """Whether there are invoices that were not brought yet."""
    plan: "PlanView | None" = None
    """The plan under the cursor, where plans are shown."""
    interval: "BillingInterval | None" = None
    """How often that plan would be paid."""
    node: "NodeView | None" = None
    """The node under the cursor, where nodes are shown."""


Availability = Callable[[Situation], str | None]
"""Returns None where the command can be used, else one sentence that says why not and what to do."""

Presence = Callable[[Situation], bool]
"""Returns whether there is the command at all: what a role never has is on no footer, in no help and no palette."""


class Command(NamedTuple):
    """One thing a person can do.

    `run` is the action that does it, in the words of Textual actions (`app.` or the page's own). A `dangerous` command
    changes or deletes records; it always asks first. `label`: its short name in the footer, "" where it has no place;
    `in_footer`: whether it has one as things stand.
    `key` "": it is found in the palette only. `priority`: the key also acts inside text inputs and dialogs.
    """

    id: str
    key: str
    title: str
    help: str
    run: str
    label: str = ""
    dangerous: bool = False
    priority: bool = False
    available: Availability = lambda _situation: None
    there: Presence = lambda _situation: True
    in_footer: Presence = lambda _situation: True

    @property
    def page(self) -> str:
        """The page it belongs to: the first part of its id."""
        return self.id.partition(".")[0]
