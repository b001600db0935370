"""What the action dialog asks for: the rule for reasons, what is left to an operator, the lots to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from services.contract.text import clean
from services.contract.types import Category
from widgets.format import amount, count, date, fit, fit_right, hours, money, plural
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contract.views import CustomerBillingView, LotView, SupportCreditLimits

REASON_CHARACTERS = (3, 200)
"""How long a reason is after trimming (PRODUCT.md §3)."""

_COUNT_SHOWN_FROM = 150
_VISIBLE_LOTS = 4
_LEFT, _GRANTED = 11, 13


def reason_problem(text: str) -> str | None:
    """Return what is wrong with a reason, in a few words, or None when it will do."""
    length = len(clean(text))
    shortest, longest = REASON_CHARACTERS
    if length < shortest:
        return f"at least {shortest} characters"
    if length > longest:
        return f"{count(length - longest)} characters too many"
    return None


def reason_hint(text: str) -> str:
    """Return what to say beneath the reason while it is typed: what is wrong, or how much room is left near the end."""
    if (problem := reason_problem(text)) is not None:
        return problem
    length = len(clean(text))
    return f"{length} / {REASON_CHARACTERS[1]}" if length >= _COUNT_SHOWN_FROM else ""


def reversible_lots(view: CustomerBillingView) -> list[LotView]:
    """Return the support lots with something left: what `ReverseSupportCredit` can choose from."""
    return [lot for lot in view.credits.lots if lot.category is Category.SUPPORT and lot.remaining.strip("0.")]


def limits_text(limits: SupportCreditLimits) -> str:
    """Return what one action may grant and what is left to this operator."""
    at_once = f"{hours(limits.action_workspace_hours)}, {money(limits.action_ai_cents)}"
    left = f"{hours(limits.left_workspace_hours)}, {money(limits.left_ai_cents)}"
    when = "today" if limits.window_hours == 24 else f"in {plural(limits.window_hours, 'hour')}"
    return f"left {when}: {left} · at most {at_once} at once"


class LotChoice(RowList):
    """The support credits that can be reversed, one a row. Enter is the dialog's `move_on`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.move_on", "Move on", show=False)]

    def __init__(self, lots: Sequence[LotView], grant_id: str | None = None) -> None:
        super().__init__()
        self._lots = list(lots)
        self.styles.height = min(max(len(self._lots), 1), _VISIBLE_LOTS)
        self.set_row_count(len(self._lots))
        self._begin_at = next((row for row, lot in enumerate(self._lots) if lot.grant_id == grant_id), 0)

    def on_mount(self) -> None:
        """Begin at the lot that was asked for."""
        self.cursor = self._begin_at

    @property
    def chosen(self) -> LotView | None:
        """The lot under the cursor, None when there is none."""
        return self._lots[self.cursor] if self._lots else None

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return what is left of a lot, of how much, and why it was granted."""
        lot = self._lots[index]
        expiry = f"expires {date(lot.expires_at)}" if lot.expires_at else "no expiry"
        return (
            (fit_right(amount(lot.unit, lot.remaining), _LEFT), "text"),
            (" of " + fit(amount(lot.unit, lot.amount), _GRANTED), "muted"),
            (fit(f"{lot.reason or lot.source} · {expiry}", max(width - _LEFT - _GRANTED - 4, 0)), "muted"),
        )
