"""`BlockerList`: what stops the selected customer, and the key that clears each (PRODUCT.md §3, §7)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from services.contract.types import Action, BlockerCode
from widgets.format import ACCENT, BRIGHT, DIM, GOOD, WARNING, areas, date
from widgets.line_block import Line, LineBlock, hanging, line, paragraph, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contract.views import BlockerView, CustomerBillingView, NoticeView

PENDING_REQUEST = "pending_request"
"""The code of the notice that requests wait for approval."""

REQUEST_NOTICES = frozenset([PENDING_REQUEST, "rejected_request"])
"""The codes of the notices about change requests."""

PAYMENT_BLOCKERS = {
    BlockerCode.OVERDUE_INVOICE: "invoices",
    BlockerCode.MISSING_PAYMENT_RAIL: "setup",
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: "setup",
}
"""The blockers that are cleared on the Billing page, each with the command of that page which leads to the way out."""

NO_BLOCKER = "No immediate billing blocker found."
OPERATOR_NOTE = (
    "Internal or platform-owned customers on invoice can be operator-verified once the payment rail and commercial "
    "ownership are established."
)


class Shown(IntEnum):
    """How much of the blockers is shown, from the least to the most."""

    TITLES = 0
    """Titles and keys."""
    AREAS = 1
    """What each blocks, beneath its title."""
    AREAS_AND_NOTE = 2
    """And the note on who can be verified here."""
    EVERYTHING = 3
    """And each blocker's detail."""


class BlockerList(LineBlock):
    """The blockers of a view with their count, then its notices.

    Args:
        keys: the key that starts each action; a blocker shows the key of the first allowed action that resolves it,
            or `handoff` when its case must be handed to somebody else.
        handoff: the key that shows the case text.
        billing: the key that leads to the customer's Billing page, for who has that page (see `leads_to_billing`).
        requests: the key that leads to the customer's change requests.
    """

    DEFAULT_CSS = """
    BlockerList { padding: 0; }
    """

    class Chosen(Message):
        """A blocker with an action that resolves it was clicked."""

        def __init__(self, blockers: BlockerList, action: Action) -> None:
            super().__init__()
            self.blockers = blockers
            self.action = action

        @property
        def control(self) -> BlockerList:
            """The list that was clicked."""
            return self.blockers

    class HandoffWanted(Message):
        """A blocker that somebody else must clear was clicked."""

        def __init__(self, blockers: BlockerList, code: BlockerCode) -> None:
            super().__init__()
            self.blockers = blockers
            self.code = code

        @property
        def control(self) -> BlockerList:
            """The list that was clicked."""
            return self.blockers

    class BillingWanted(Message):
        """A blocker about payments was clicked."""

        def __init__(self, blockers: BlockerList) -> None:
            super().__init__()
            self.blockers = blockers

        @property
        def control(self) -> BlockerList:
            """The list that was clicked."""
            return self.blockers

    class RequestsWanted(Message):
        """A notice about change requests was clicked."""

        def __init__(self, blockers: BlockerList) -> None:
            super().__init__()
            self.blockers = blockers

        @property
        def control(self) -> BlockerList:
            """The list that was clicked."""
            return self.blockers

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    shown: reactive[Shown] = reactive(Shown.EVERYTHING, layout=True)
    """How much of each blocker there is room for."""

    leads_to_billing: reactive[bool] = reactive(default=False)
    """Whether blockers about payments lead to the Billing page; else they are handed over like others."""

    def __init__(
        self, keys: Mapping[Action, str], *, handoff: str = "h", requests: str = "o", billing: str = "b"
    ) -> None:
        super().__init__()
        self._keys = keys
        self._handoff = handoff
        self._billing = billing
        self._requests = requests

    def lines(self, width: int) -> list[Line]:
        """Return the heading, the blockers, the notices and the note."""
        if self.view is None:
            return [line(("Billing blockers", DIM))]
        blockers = self.view.blockers
        style = f"bold {WARNING}" if blockers else DIM
        lines = [spread([("Billing blockers", BRIGHT)], [(str(len(blockers)), style)], width)]
        if not blockers:
            lines += paragraph(NO_BLOCKER, width, GOOD)
        for blocker in blockers:
            lines += self._blocker_lines(blocker, width)
        for notice in self.view.notices:
            lines += self._notice_lines(notice, width)
        if self.shown >= Shown.AREAS_AND_NOTE:
            lines += [line(), *paragraph(OPERATOR_NOTE, width, DIM)]
        return lines

    def _blocker_lines(self, blocker: BlockerView, width: int) -> list[Line]:
        key, target = self._way_out(blocker)
        title = spread([("▲ ", WARNING), (blocker.title, BRIGHT)], [(key, ACCENT)], width, target)
        if self.shown is Shown.TITLES:
            return [title]
        since = f" · since {date(blocker.since)}" if blocker.since else ""
        drawn = [title, *paragraph(f"blocks {areas(blocker.blocks)}{since}", width, indent=2, target=target)]
        if self.shown is Shown.EVERYTHING:
            drawn += paragraph(blocker.detail, width, DIM, indent=2, target=target)
        return drawn

    def _notice_lines(self, notice: NoticeView, width: int) -> list[Line]:
        if notice.code in REQUEST_NOTICES:
            return [spread([("⇄ ", DIM), notice.text], [(self._requests, ACCENT)], width, notice.code)]
        return hanging(("· ", DIM), notice.text, width, DIM)

    def _way_out(self, blocker: BlockerView) -> tuple[str, Action | BlockerCode | None]:
        for state in blocker.resolving_actions:
            if state.allowed:
                return self._keys.get(state.action, ""), state.action
        if self._is_cleared_at_billing(blocker.code):
            return self._billing, blocker.code
        return (self._handoff, blocker.code) if blocker.handoff else ("", None)

    def _is_cleared_at_billing(self, code: BlockerCode) -> bool:
        return self.leads_to_billing and code in PAYMENT_BLOCKERS

    def choose(self, target: object) -> None:
        """Post what the clicked blocker's key would do."""
        if isinstance(target, Action):
            self.post_message(self.Chosen(self, target))
        elif isinstance(target, BlockerCode) and self._is_cleared_at_billing(target):
            self.post_message(self.BillingWanted(self))
        elif isinstance(target, BlockerCode):
            self.post_message(self.HandoffWanted(self, target))
        elif target in REQUEST_NOTICES:
            self.post_message(self.RequestsWanted(self))
