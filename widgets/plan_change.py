"""`PlanChange`: what choosing the plan under the cursor would change for this customer, and what it would cost now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from services.contract.text import clean
from services.contract.wording import INTERVAL_TITLES
from widgets.format import ACCENT, BRIGHT, DIM, WARNING
from widgets.labelled_lines import Changed, labelled_lines
from widgets.line_block import Line, LineBlock, hanging, line, paragraph, spread
from widgets.plan_table import SCHEDULED

if TYPE_CHECKING:
    from services.contract.types import BillingInterval
    from services.contract.views import PlanPreviewView, PlanView

_MOST_SUM = 64
"""Cells over which the eye still finds the amount of a line."""

_DIRECTIONS = {"current": "Your plan", "upgrade": "Upgrade to", "downgrade": "Downgrade to", "new": "Choose"}


class Wish(NamedTuple):
    """The plan under the cursor and how often it would be paid, what the key does there, and what is known of its cost.

    `leads_to`: what the key leads to, in words; "" where it leads nowhere. `effect`: when that takes effect, "" where
    there is nothing to say of it. `why_not`: why it cannot be used, "" where it can. `preview` null: none is known;
    `due`: what of it is to be paid, in words; `previewing`: it is being asked for; `no_preview`: why there is none.
    """

    plan: PlanView
    interval: BillingInterval
    key: str
    leads_to: str = ""
    effect: str = ""
    why_not: str = ""
    preview: PlanPreviewView | None = None
    due: str = ""
    previewing: bool = False
    no_preview: str = ""


class PlanChange(LineBlock):
    """Direction and key, price and effect, Stripe's preview, before → after, and what is beyond the limits."""

    wish: reactive[Wish | None] = reactive(None, layout=True)
    """What to show, or None."""

    def lines(self, width: int) -> list[Line]:
        """Return the parts, each after an empty line."""
        wish = self.wish
        if wish is None:
            return []
        parts = [_heading(wish, width), _preview(wish, width), _changes(wish, width), _over(wish, width)]
        return [drawn for part in parts if part for drawn in (*part, line())][:-1]


def _heading(wish: Wish, width: int) -> list[Line]:
    plan, change = wish.plan, wish.plan.change
    direction = "Scheduled:" if change.reason == SCHEDULED else _DIRECTIONS[change.direction]
    words = f"{direction} {clean(plan.name)}"
    right = [(wish.key, DIM if wish.why_not else ACCENT), (f" {wish.leads_to}", DIM)] if wish.leads_to else []
    lines = [spread([(words, BRIGHT)], right, width)]
    if plan.summary:
        lines += paragraph(plan.summary, width, DIM)
    if wish.effect:
        lines += paragraph(f"{_price(wish)}{INTERVAL_TITLES[wish.interval]} · {wish.effect}", width)
    why_not = wish.why_not or (change.message if change.direction != "current" else "") or ""
    return [*lines, *(hanging(("– ", DIM), why_not, width, DIM) if why_not else [])]


def _price(wish: Wish) -> str:
    """Return what the plan costs so, with a blank behind it; "" for one without a price."""
    prices = [price for price in wish.plan.prices if price.interval is wish.interval and price.amount is not None]
    return "".join(f"{clean(price.text)} " for price in prices)


def _changes(wish: Wish, width: int) -> list[Line]:
    return labelled_lines([Changed(each.label, each.before, each.after) for each in wish.plan.change.lines], width)


def _over(wish: Wish, width: int) -> list[Line]:
    over = wish.plan.change.over
    if not over:
        return []
    lines = [line(("▲ ", WARNING), ("More is in use than this plan includes", WARNING))]
    return [*lines, *(drawn for each in over for drawn in paragraph(each, width, indent=2))]


def _preview(wish: Wish, width: int) -> list[Line]:
    if wish.previewing:
        return [line(("… Asking Stripe what it would cost now", DIM))]
    if wish.no_preview:
        return hanging(("▲ ", WARNING), wish.no_preview, width)
    due = paragraph(wish.due, width, BRIGHT) if wish.due else []
    if wish.preview is None:
        return due
    lines = [spread([clean(each.label)], [clean(each.after)], min(width, _MOST_SUM)) for each in wish.preview.lines]
    return [line(("What Stripe would charge now", DIM)), *due, *lines]
