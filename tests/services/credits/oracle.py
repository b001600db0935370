"""A second, naive account of a customer's credits: it moves one second or micro-dollar at a time and sorts nothing.

It shares no code with the product. The rules are read from PRODUCT.md §3 sentence by sentence.
"""

from collections import Counter
from datetime import datetime
from typing import Any

Grain = tuple[str, str | None]
"""Where one grain of a use came from: its unit, and the lot, or None for overage."""


class Oracle:
    """Lots as dictionaries, accounts as counters of (unit, account)."""

    def __init__(self) -> None:
        self.lots: dict[str, dict[str, Any]] = {}
        self.accounts: Counter[tuple[str, str]] = Counter()

    def grant(self, grant_id: str, unit: str, amount: int, **terms: Any) -> None:
        """Open a lot; `terms`: priority, category, effective_at, expires_at."""
        self.lots[grant_id] = {"unit": unit, "left": amount, "closed": False, "number": len(self.lots), **terms}
        self._move(unit, "issued", "available", amount)

    def consume(self, unit: str, amount: int, at: datetime) -> list[Grain]:
        """Burn grain by grain; return where each came from."""
        grains: list[Grain] = []
        for _ in range(amount):
            grant_id = self._next_to_burn(unit, at)
            if grant_id is None:
                self._move(unit, "overage", "consumed", 1)
            else:
                self.lots[grant_id]["left"] -= 1
                self._move(unit, "available", "consumed", 1)
            grains.append((unit, grant_id))
        return grains

    def reverse(self, grains: list[Grain], at: datetime) -> None:
        """Give each grain back to where it came from, the last one first."""
        for unit, grant_id in reversed(grains):
            if grant_id is None:
                self._move(unit, "consumed", "overage", 1)
                continue
            lot = self.lots[grant_id]
            if not lot["closed"]:
                lot["left"] += 1
                self._move(unit, "consumed", "available", 1)
            elif lot["expires_at"] is not None and lot["expires_at"] <= at:
                self._move(unit, "consumed", "expired", 1)
            else:
                self._move(unit, "consumed", "voided", 1)

    def close(self, grant_id: str, into: str) -> None:
        """Void a lot or book its expiry."""
        lot = self.lots[grant_id]
        self._move(lot["unit"], "available", into, lot["left"])
        lot["left"], lot["closed"] = 0, True

    def left(self) -> dict[str, int]:
        """Return what is left of each lot that holds something."""
        return {grant_id: lot["left"] for grant_id, lot in self.lots.items() if lot["left"]}

    def _next_to_burn(self, unit: str, at: datetime) -> str | None:
        running = [
            (grant_id, lot)
            for grant_id, lot in self.lots.items()
            if lot["unit"] == unit and lot["left"] > 0 and not lot["closed"]
        ]
        running = [(i, x) for i, x in running if x["effective_at"] is None or x["effective_at"] <= at]
        running = [(i, x) for i, x in running if x["expires_at"] is None or at < x["expires_at"]]
        if not running:
            return None
        first = min(x["priority"] for _, x in running)
        running = [(i, x) for i, x in running if x["priority"] == first]
        if expiring := [(i, x) for i, x in running if x["expires_at"] is not None]:
            soonest = min(x["expires_at"] for _, x in expiring)
            running = [(i, x) for i, x in expiring if x["expires_at"] == soonest]
        running = [(i, x) for i, x in running if x["category"] != "paid"] or running
        if always := [(i, x) for i, x in running if x["effective_at"] is None]:
            running = always
        else:
            oldest = min(x["effective_at"] for _, x in running)
            running = [(i, x) for i, x in running if x["effective_at"] == oldest]
        return min(running, key=lambda pair: pair[1]["number"])[0]

    def _move(self, unit: str, origin: str, target: str, amount: int) -> None:
        self.accounts[unit, origin] -= amount
        self.accounts[unit, target] += amount
