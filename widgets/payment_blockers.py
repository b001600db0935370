"""`PaymentBlockers`: what stops a customer that has to do with payments, and the key that leads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from services.contract.types import BlockerCode
from widgets.blockers import PAYMENT_BLOCKERS
from widgets.format import ACCENT, BRIGHT, DIM, WARNING, areas, date, plural
from widgets.line_block import Line, LineBlock, hanging, paragraph, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.contract.views import BlockerView, CustomerBillingView

_NOTICES = frozenset(
    (
        *("usage_close_to_limit", "usage_at_limit", "nodes_lag", "payment_customer_gone"),
        *("payment_method_unknown", "trial_ends_soon"),
    )
)
"""The codes of the notices about plan and payments."""


def payment_blockers(view: CustomerBillingView) -> list[BlockerView]:
    """Return the blockers that are cleared on the Billing page."""
    return [blocker for blocker in view.blockers if blocker.code in PAYMENT_BLOCKERS]


class PaymentBlockers(LineBlock):
    """The blockers about payments, how many others there are, then the notices about plan and payments.

    Nothing where there is none of them.

    Args:
        keys: what leads to each blocker.
    """

    class Chosen(Message):
        """A blocker was clicked."""

        def __init__(self, blockers: PaymentBlockers, code: BlockerCode) -> None:
            super().__init__()
            self.blockers = blockers
            self.code = code

        @property
        def control(self) -> PaymentBlockers:
            """The list that was clicked."""
            return self.blockers

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    others_key: reactive[str] = reactive("", layout=True)
    """The key of the page where all blockers stand; "" for whom there is none, who gets the others' titles here."""

    def __init__(self, keys: Mapping[BlockerCode, str]) -> None:
        super().__init__()
        self._keys = keys

    def lines(self, width: int) -> list[Line]:
        """Return two lines a blocker, one or more for those that are cleared elsewhere, and one or more a notice."""
        if self.view is None:
            return []
        found = payment_blockers(self.view)
        lines = [spread([("Payment blockers", BRIGHT)], [(str(len(found)), f"bold {WARNING}")], width)] if found else []
        for blocker in found:
            key = (self._keys.get(blocker.code, ""), ACCENT)
            since = f" · since {date(blocker.since)}" if blocker.since else ""
            lines.append(spread([("▲ ", WARNING), (blocker.title, BRIGHT)], [key], width, blocker.code))
            lines += paragraph(f"blocks {areas(blocker.blocks)}{since}", width, DIM, indent=2, target=blocker.code)
        lines += self._others(self.view.blockers, width)
        for notice in self.view.notices:
            if notice.code in _NOTICES:
                lines += hanging(("· ", DIM), notice.text, width, DIM)
        return lines

    def _others(self, blockers: Sequence[BlockerView], width: int) -> list[Line]:
        others = [blocker for blocker in blockers if blocker.code not in PAYMENT_BLOCKERS]
        if not others:
            return []
        lines = [spread([("▲ ", WARNING), plural(len(others), "other blocker")], [(self.others_key, ACCENT)], width)]
        titles = [] if self.others_key else [paragraph(other.title, width, DIM, indent=2) for other in others]
        return [*lines, *(drawn for title in titles for drawn in title)]

    def choose(self, target: object) -> None:
        """Post which blocker was clicked."""
        if isinstance(target, BlockerCode):
            self.post_message(self.Chosen(self, target))
