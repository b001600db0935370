"""The oracle's records: plain values, lists and dictionaries of one customer and its team."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from services.contract.types import Unit
from tests.services.credits.oracle import Grain
from tests.services.credits.oracle import Oracle as CreditOracle
from tests.simulation.grains import count

OPEN = ("open", "in_progress")
PENDING = "pending"


class Event(NamedTuple):
    """An audit event."""

    stream: str
    actor: str
    action: str
    etag_before: str | None
    etag_after: str | None
    request_id: str | None
    outcome: str


class Denied(Exception):
    """A refusal, by its reason."""


@dataclass
class Use:
    """A usage event: where its grains came from; none for a reversal."""

    grains: list[Grain]
    is_reversal: bool
    is_reversed: bool = False


@dataclass
class Draw:
    """What somebody has drawn on their limits: grains by unit. `direct`: without anybody's approval."""

    actor: str
    at: datetime
    asked: dict[Unit, int]
    direct: bool


@dataclass
class Pending:
    """A credit that was asked for."""

    actor: str
    asked: dict[Unit, int]
    status: str = PENDING
    decided_by: str | None = None


@dataclass
class Customer:
    """One customer, with everything that is theirs."""

    fields: dict[str, Any]
    state: str
    rail: str
    trial_ends_at: datetime | None
    item: str | None
    due: list[datetime]
    changed_at: datetime
    trial_extended: bool = False
    version: int = 1
    revision: int = 1
    credits: CreditOracle = field(default_factory=CreditOracle)
    calls: dict[str, Any] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)
    asked: dict[str, Pending] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """The billing record's."""
        return f"b{self.version}"

    def available(self, unit: Unit, now: datetime) -> int:
        """Return how many grains a use now could burn."""
        return sum(lot["left"] for lot in self.credits.lots.values() if lot["unit"] == unit and is_active(lot, now))

    def changed(self, at: datetime) -> None:
        """Count a change."""
        self.revision += 1
        self.changed_at = at

    def open_lot(self, unit: Unit, amount: int, **terms: Any) -> None:
        """Open a lot, named by its number."""
        defaults = {"priority": 50, "effective_at": None, "expires_at": None}
        self.credits.grant(str(len(self.credits.lots)), unit, amount, **(defaults | terms))

    def blockers(self, now: datetime) -> list[str]:
        """Return the codes of what stops the customer."""
        trial, prepaid = self.state == "trial_approved", self.rail in ("prepaid", "trial")
        passed = self.trial_ends_at is not None and now >= self.trial_ends_at
        collects = self.fields.get("automatic_collection") or self.rail == "card"
        table = {
            "unverified_billing": self.state == "needs_review",
            "missing_payment_rail": self.rail == "none" and not trial,
            "open_checklist_item": self.item in OPEN,
            "trial_expired": trial and passed,
            "no_prepaid_balance": prepaid and not any(self.available(unit, now) for unit in Unit),
            "overdue_invoice": any(now > due for due in self.due),
            "payment_setup_incomplete": collects and self.fields.get("payment_method_on_file") is False,
        }
        return [code for code, holds in table.items() if holds]


def is_expired(lot: dict[str, Any], now: datetime) -> bool:
    """Return whether a lot has expired."""
    return lot["expires_at"] is not None and lot["expires_at"] <= now


def is_active(lot: dict[str, Any], now: datetime) -> bool:
    """Return whether a use now could burn what is left of a lot."""
    return (lot["effective_at"] is None or lot["effective_at"] <= now) and not is_expired(lot, now)


def reversible(customer: Customer, now: datetime) -> list[str]:
    """Return the support credits of which something is left to void."""
    lots = customer.credits.lots.items()
    return [n for n, lot in lots if lot["left"] and lot["category"] == "support" and not is_expired(lot, now)]


def imported(line: dict[str, Any], now: datetime) -> Customer:
    """Return the customer that a line of an import describes."""
    billing, items = line["billing"], line["checklist"]
    ends = billing["trial_ends_at"]
    made = Customer(
        fields=dict(line),
        state=billing["state"],
        rail=billing["payment_rail"],
        trial_ends_at=None if ends is None else datetime.fromisoformat(ends),
        item=items[0]["status"] if items else None,
        due=[datetime.fromisoformat(invoice["due_at"]) for invoice in line["invoices"]],
        changed_at=now,
    )
    for grant in line["credit_grants"]:
        expires_at = grant["expires_at"]
        made.open_lot(
            Unit(grant["unit"]),
            count(Unit(grant["unit"]), grant["amount"]),
            category=grant["category"],
            priority=grant["priority"],
            expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
        )
    return made
