"""`PaymentBlockers`: what stops a customer that has to do with payments, and the key that leads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import BlockerCode
from widgets.blockers import PAYMENT_BLOCKERS
from widgets.format import ACCENT, BRIGHT, DIM, WARNING, areas, date, plural
from widgets.line_block import Line, LineBlock, Part, hanging, paragraph, spread
from widgets.payment_format import PLAN_NOT_PAID, overdue_invoices, unpaid_for_the_plan
from widgets.payment_keys import Key, Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """The blockers about payments, a plan that is not paid, how many other blockers there are, then the notices.

    Nothing where there is none of them.
    """

    class Chosen(Message):
        """A blocker was clicked: the page's command that leads to the way out."""

        def __init__(self, blockers: PaymentBlockers, command: str) -> None:
            super().__init__()
            self.blockers = blockers
            self.command = command

        @property
        def control(self) -> PaymentBlockers:
            """The list that was clicked."""
            return self.blockers

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to show, or None."""

    keys: reactive[Keys] = reactive(Keys(), layout=True)
    """What serves at the blockers."""

    compact: reactive[bool] = reactive(default=False, layout=True)
    """Without what each blocks, and with fewer words."""

    others_key: reactive[str] = reactive("", layout=True)
    """The key of the page where all blockers stand; "" for whom there is none: the others' titles stand here then."""

    def lines(self, width: int) -> list[Line]:
        """Return two lines a blocker, one or more for those that are cleared elsewhere, and one or more a notice."""
        if self.view is None:
            return []
        found = payment_blockers(self.view)
        lines = [spread([("Payment blockers", BRIGHT)], [(str(len(found)), f"bold {WARNING}")], width)] if found else []
        for blocker in found:
            key: Key = getattr(self.keys, PAYMENT_BLOCKERS[blocker.code])
            since = f" · since {date(blocker.since)}" if blocker.since else ""
            title: list[Part] = [("▲ ", WARNING), (blocker.title, BRIGHT)]
            lines.append(spread(title, [(key.text, key.style)], width, blocker.code))
            if not self.compact:
                lines += paragraph(f"blocks {areas(blocker.blocks)}{since}", width, DIM, indent=2, target=blocker.code)
            if blocker.code is BlockerCode.OVERDUE_INVOICE and (elsewhere := _paid_elsewhere(self.view)):
                lines += paragraph(elsewhere, width, indent=2, target=blocker.code)
        lines += self._plan_not_paid(self.view, width)
        lines += self._others(self.view.blockers, width)
        for notice in self.view.notices:
            if notice.code in _NOTICES:
                lines += hanging(("· ", DIM), notice.text, width, DIM)
        return lines

    def _plan_not_paid(self, view: CustomerBillingView, width: int) -> list[Line]:
        if all(notice.code != PLAN_NOT_PAID for notice in view.notices):
            return []
        keys, invoice = self.keys, unpaid_for_the_plan(view)
        command, key = ("invoices", keys.invoices) if invoice is not None else ("portal", keys.portal)
        title: list[Part] = [("▲ ", WARNING), ("The last payment failed", BRIGHT)]
        if invoice is None:
            said = f"{keys.portal.text} leads to where it can be paid."
        elif self.compact:
            said = f"pay: {keys.invoices.text}, {keys.pay.text} · card: {keys.setup.text}"
        else:
            open_one = f"Invoice {clean(invoice.number)} of the plan is still to be paid"
            said = f"{open_one}: {keys.invoices.text}, then {keys.pay.text} on it."
            if not keys.setup.why_not:
                said += f" {keys.setup.text} registers another card, which alone does not pay it."
        beneath = paragraph(said, width, DIM, indent=2, target=command)
        return [spread(title, [(key.text, key.style)], width, command), *beneath]

    def _others(self, blockers: Sequence[BlockerView], width: int) -> list[Line]:
        others = [blocker for blocker in blockers if blocker.code not in PAYMENT_BLOCKERS]
        if not others:
            return []
        lines = [spread([("▲ ", WARNING), plural(len(others), "other blocker")], [(self.others_key, ACCENT)], width)]
        if self.others_key:
            return lines
        cleared = f"Only support can clear {'it' if len(others) == 1 else 'them'}: ask there."
        said = [*(other.title for other in others), cleared]
        return [*lines, *(drawn for each in said for drawn in paragraph(each, width, DIM, indent=2))]

    def choose(self, target: object) -> None:
        """Post what leads out of what was clicked."""
        if isinstance(target, BlockerCode):
            self.post_message(self.Chosen(self, PAYMENT_BLOCKERS[target]))
        elif isinstance(target, str):
            self.post_message(self.Chosen(self, target))


def _paid_elsewhere(view: CustomerBillingView) -> str:
    """Return that what is overdue has no page where it is paid, "" where all of it has one."""
    overdue = overdue_invoices(view)
    others = sum(not invoice.payable for invoice in overdue)
    if not others:
        return ""
    which = "It" if others == len(overdue) == 1 else "None" if others == len(overdue) else f"{others} of {len(overdue)}"
    return f"{which} cannot be paid here: pay as the invoice says."
