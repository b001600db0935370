"""How amounts, moments, words and states read on screen: pure functions of contract values.

A state is always a glyph and a word, never a colour alone. Widths are terminal cells: a CJK character takes two, a
combining one none. No glyph here needs a variation selector.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from services.contract.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from services.contract.types import Area, BillingState, ChecklistStatus, Outcome, PaymentRail, Unit

# The few styles of every pane, as theme variables: one accent, one dim, three states.
ACCENT = "bold $text-primary"
DIM = "dim"  # an attribute, so that it also shows in 16 colours
BRIGHT = "bold"
GOOD = "$text-success"
WARNING = "$text-warning"
BAD = "$text-error"

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Mark(NamedTuple):
    """A state as it is shown: a glyph, its word, and the style that only repeats what they say."""

    glyph: str
    word: str
    style: str

    def __str__(self) -> str:
        return f"{self.glyph} {self.word}"


_BILLING_STATES = {
    "needs_review": Mark("▲", "Needs review", WARNING),
    "verified": Mark("✓", "Verified", GOOD),
    "trial_approved": Mark("●", "Trial approved", GOOD),
}
_CHECKLIST = {
    "open": Mark("○", "Billing open", WARNING),
    "in_progress": Mark("…", "Billing in progress", WARNING),
    "complete": Mark("✓", "Billing complete", GOOD),
    "waived": Mark("✓", "Billing waived", GOOD),
}
_OUTCOMES = {
    "applied": Mark("✓", "applied", GOOD),
    "denied": Mark("▲", "denied", WARNING),
    "failed": Mark("✗", "failed", BAD),
}
_AREAS = {"provisioning": "provisioning", "managed_ai": "managed AI"}
_UNITS = {"workspace_hours": "Workspace", "ai_cents": "Managed AI"}


def billing_state(state: BillingState) -> Mark:
    """Return how a billing state is shown."""
    return _BILLING_STATES[state]


def checklist(status: ChecklistStatus | None) -> Mark:
    """Return how the billing checklist item is shown; a customer without that item has none open."""
    return Mark("●", "No billing item", DIM) if status is None else _CHECKLIST[status]


def outcome(value: Outcome) -> Mark:
    """Return how the outcome of an audited attempt is shown."""
    return _OUTCOMES[value]


def payment_rail(rail: PaymentRail) -> str:
    """Return a payment rail's name."""
    return rail.value.capitalize()


def unit_name(unit: Unit) -> str:
    """Return what a unit counts."""
    return _UNITS[unit]


def areas(blocked: Iterable[Area]) -> str:
    """Return the parts of platform use in words: «provisioning, managed AI»."""
    return ", ".join(_AREAS[area] for area in blocked)


def hours(workspace_hours: str) -> str:
    """Return workspace hours ready to read: «1,240.50 h»."""
    return f"{Decimal(workspace_hours):,.2f} h"


def money(ai_cents: str) -> str:
    """Return cents as dollars, exactly: «$12.34», and «$0.0025» for a quarter of a cent."""
    dollars = Decimal(ai_cents).scaleb(-2)
    sign = "-" if dollars < 0 else ""
    whole, _, decimals = f"{abs(dollars):,f}".partition(".")
    return f"{sign}${whole}.{decimals.rstrip('0'):0<2}"


def amount(unit: Unit, value: str) -> str:
    """Return an amount of either unit ready to read."""
    return hours(value) if unit == "workspace_hours" else money(value)


def signed(unit: Unit, value: str) -> str:
    """Return an amount with its sign: «+5.00 h», «-$12.34»."""
    return amount(unit, value) if value.startswith("-") else f"+{amount(unit, value)}"


def count(total: int, *, is_more: bool = False) -> str:
    """Return a count with its thousands apart: «2 000», and «1 000+» when there are more."""
    return f"{total:,}".replace(",", " ") + ("+" if is_more else "")


def plural(number: int, noun: str) -> str:
    """Return «no blockers», «1 blocker» or «2 blockers»."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def date(moment: datetime) -> str:
    """Return the day of a moment."""
    return moment.strftime("%Y-%m-%d")


def date_time(moment: datetime) -> str:
    """Return a moment to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M")


def relative(moment: datetime, now: datetime) -> str:
    """Return how far a moment lies from `now`: «2 min ago», «in 9 days», and the day beyond 60 days."""
    seconds = int((now - moment).total_seconds())
    distance = abs(seconds)
    if distance < _MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if distance >= 60 * _DAY:
        return date(moment)
    if distance < _HOUR:
        words = f"{distance // _MINUTE} min"
    elif distance < _DAY:
        words = f"{distance // _HOUR} h"
    else:
        words = plural(distance // _DAY, "day")
    return f"{words} ago" if seconds > 0 else f"in {words}"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something happened: what a clock that runs ahead has stamped happened just now."""
    return relative(min(moment, now), now)


def ellipsis(text: str, cells: int) -> str:
    """Return `text` on one clean line in at most `cells` cells, with «…» where it was cut."""
    text = clean(text)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…" if cells > 0 else ""


def ellipsis_middle(text: str, cells: int) -> str:
    """Return `text` in at most `cells` cells, cut in the middle: ids are told apart at their ends."""
    text = clean(text)
    if cell_len(text) <= cells:
        return text
    if cells < 3:
        return ellipsis(text, cells)
    tail = text[-((cells - 1) // 2) :]
    while cell_len(tail) > (cells - 1) // 2:
        tail = tail[1:]
    return set_cell_size(text, cells - 1 - cell_len(tail)).rstrip() + "…" + tail


def fit(text: str, cells: int) -> str:
    """Return `text` in exactly `cells` cells: cut with «…», or filled with spaces on the right."""
    text = ellipsis(text, cells)
    return text + " " * (cells - cell_len(text))


def column_need(name: str, texts: Iterable[str]) -> int:
    """Return in how many cells the longest of a column's texts and its name stand, with a space to the next column."""
    return max(map(cell_len, (name, *map(clean, texts)))) + 1


def fit_right(text: str, cells: int) -> str:
    """Return `text` in exactly `cells` cells, to the right: for numbers."""
    text = ellipsis(text, cells)
    return " " * (cells - cell_len(text)) + text
