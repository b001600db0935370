"""Where a customer's cost comes from: what was used by namespace and resource, priced, against the period before. Pure.

Costs are whole micro-dollars, and each is rounded where it is shown as a row: rows and days add up to their total.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from services.contract.policy import SECONDS_PER_HOUR
from services.contract.types import Unit
from services.contract.views import CostDayView, CostDrivers, CostDriverView
from services.credits.units import format_amount

PeriodKind = Literal["week", "month"]
_Place = tuple[str, str, Unit]

MOST_DRIVERS = 500
"""How many rows are told one by one: a feed that names each pod has thousands, of which nobody reads the cheapest."""

_DAY = timedelta(days=1)
_MOST_LESS = 99  # what is still used is not gone


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A week from Monday on, or a month, in UTC, and what it is compared with.

    `end` is exclusive; of the period that has not ended it is now. `days` are those that have begun by then.
    `previous_end`: of the period before, as much is compared as has begun of this one.
    """

    kind: PeriodKind
    previous_start: datetime
    previous_end: datetime
    start: datetime
    end: datetime
    days: tuple[datetime, ...]


class DayUse(msgspec.Struct, frozen=True, kw_only=True):
    """What was used on a day (its beginning, UTC) at one place, in inner units; "" for a place that nobody named."""

    day: datetime
    namespace: str
    resource: str
    unit: Unit
    amount: int


def period_of(kind: PeriodKind, back: int, now: datetime) -> Period:
    """Return the period that lies `back` periods before the one of `now`."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = _week_starts(today, back) if kind == "week" else _month_starts(today, back)
    previous_start, start, next_start = starts
    seen_until = min(next_start, today + _DAY)
    has_ended = seen_until == next_start
    return Period(
        kind=kind,
        previous_start=previous_start,
        previous_end=start if has_ended else min(start, previous_start + (seen_until - start)),
        start=start,
        end=min(next_start, now.astimezone(UTC)),
        days=tuple(start + n * _DAY for n in range((seen_until - start).days)),
    )


def _week_starts(today: datetime, back: int) -> tuple[datetime, datetime, datetime]:
    start = today - timedelta(days=today.weekday(), weeks=back)
    return start - timedelta(weeks=1), start, start + timedelta(weeks=1)


def _month_starts(today: datetime, back: int) -> tuple[datetime, datetime, datetime]:
    month = today.year * 12 + today.month - 1 - back
    previous, start, following = (
        today.replace(year=number // 12, month=number % 12 + 1, day=1) for number in (month - 1, month, month + 1)
    )
    return previous, start, following


def cost(unit: Unit, amount: int, hour_micros: int) -> int:
    """Return what an amount in inner units costs in micro-dollars, half of one rounded up.

    Args:
        hour_micros: what an hour of workspace time costs.
    """
    if unit is Unit.AI_CENTS:
        return amount
    return (2 * amount * hour_micros + SECONDS_PER_HOUR) // (2 * SECONDS_PER_HOUR)


def change(before: int, now: int) -> str:
    """Return how a cost has changed: `+12 %`, `−3 %`, `new`, `gone`, or `same` where it is not half a percent."""
    if before <= 0:
        return "new" if now > 0 else "same"
    if now <= 0:
        return "gone"
    percent = (200 * abs(now - before) + before) // (2 * before)
    if percent == 0:
        return "same"
    return f"+{percent:,} %" if now > before else f"−{min(percent, _MOST_LESS)} %"


def cost_drivers_view(period: Period, uses: Iterable[DayUse], hour_micros: int) -> CostDrivers:
    """Return what the period and the one before it cost, the dearest row first; every day of the period, used or not.

    Args:
        uses: those of both periods, in the order of their days.
    """
    rows: dict[_Place, _Row] = {}
    of_day = dict.fromkeys(period.days, 0)
    for use in uses:
        if period.previous_end <= use.day < period.start:
            continue
        row = rows.setdefault((use.namespace, use.resource, use.unit), _Row(use.unit, hour_micros))
        if use.day < period.start:
            row.previous += use.amount
        else:
            of_day[use.day] += row.add(use.amount)
    ordered = sorted(rows.items(), key=_dearest_first)
    total = sum(row.cost for row in rows.values())
    previous = sum(row.previous_cost for row in rows.values())
    return CostDrivers(
        period=period.kind,
        period_start=period.start,
        period_end=period.end,
        previous_start=period.previous_start,
        previous_end=period.previous_end,
        cost=_cents(total),
        previous_cost=_cents(previous),
        change=change(previous, total),
        drivers=[_driver(place, row) for place, row in ordered[:MOST_DRIVERS]],
        others=len(ordered[MOST_DRIVERS:]),
        others_cost=_cents(sum(row.cost for _place, row in ordered[MOST_DRIVERS:])),
        days=[CostDayView(day=day, cost=_cents(micros)) for day, micros in of_day.items()],
    )


class _Row:
    """One driver while its days are added up."""

    def __init__(self, unit: Unit, hour_micros: int) -> None:
        self._unit = unit
        self._hour_micros = hour_micros
        self.used = 0
        self.previous = 0

    @property
    def cost(self) -> int:
        return cost(self._unit, self.used, self._hour_micros)

    @property
    def previous_cost(self) -> int:
        return cost(self._unit, self.previous, self._hour_micros)

    def add(self, amount: int) -> int:
        """Count a day's use; return by how much that raises the cost, so that days add up to what the row says."""
        before = self.cost
        self.used += amount
        return self.cost - before


def _dearest_first(placed: tuple[_Place, _Row]) -> tuple[int, int, _Place]:
    place, row = placed
    return -row.cost, -row.previous_cost, place


def _driver(place: _Place, row: _Row) -> CostDriverView:
    namespace, resource, unit = place
    return CostDriverView(
        namespace=namespace,
        resource=resource,
        unit=unit.value,
        used=format_amount(unit, row.used),
        previous_used=format_amount(unit, row.previous),
        cost=_cents(row.cost),
        previous_cost=_cents(row.previous_cost),
        change=change(row.previous_cost, row.cost),
    )


def _cents(micros: int) -> str:
    return format_amount(Unit.AI_CENTS, micros)
