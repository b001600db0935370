"""Made-up histories of a customer's credits, and their replay through the product's own transactions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import strategies as st

from services.contract.types import Category, Unit
from services.credits import ledger
from services.credits.model import Entry, Lot, Transaction
from services.credits.state import Booked, Credits

START = datetime(2026, 10, 1, tzinfo=UTC)
SOURCE = "history"


def hour(number: int) -> datetime:
    """Return a moment of the coarse clock on which histories run: few moments, so that they often coincide."""
    return START + timedelta(hours=number)


LAST_HOUR = 8


@dataclass(frozen=True)
class Grant:
    """A credit grant."""

    unit: Unit
    category: Category
    amount: int
    priority: int
    effective_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Use:
    """A use, which may be late: it occurred at any time, before or after what stands before it in the history."""

    unit: Unit
    amount: int
    occurred_at: datetime


@dataclass(frozen=True)
class Reversal:
    """The reversal of an earlier use, if one of that number was made and not reversed yet."""

    use: int


@dataclass(frozen=True)
class Void:
    """The reversal of a credit, if the lot of that number holds something."""

    lot: int


@dataclass(frozen=True)
class Sweep:
    """The booking of every expiry that has passed."""


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    hours: int


Step = Grant | Use | Reversal | Void | Sweep | Wait

moments = st.integers(0, LAST_HOUR).map(hour)
units = st.sampled_from(Unit)


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """Draw a grant; ties in every part of the burn-down order are likely."""
    start = draw(st.none() | st.integers(0, LAST_HOUR))
    end = draw(st.none() | st.integers(0 if start is None else start + 1, LAST_HOUR + 1))
    return Grant(
        unit=draw(units),
        category=draw(st.sampled_from(Category)),
        amount=draw(st.integers(1, 9)),
        priority=draw(st.sampled_from([10, 50, 50, 90])),
        effective_at=None if start is None else hour(start),
        expires_at=None if end is None else hour(end),
    )


uses = st.builds(Use, units, st.integers(1, 20), moments)
steps: st.SearchStrategy[Step] = st.one_of(
    grants(),
    grants(),
    uses,
    uses,
    st.builds(Reversal, st.integers(0, 6)),
    st.builds(Void, st.integers(0, 6)),
    st.just(Sweep()),
    st.builds(Wait, st.integers(1, 3)),
)
histories = st.lists(steps, max_size=25)


@dataclass
class Replay:
    """A customer whose history is being told. `now` only moves forward; a use is reversed once.

    `lots`: each as it is now. `changes`: each as it was after each change, in order.
    `saved`: how many transactions and changes are stored already.
    """

    credits: Credits = field(default_factory=Credits)
    now: datetime = START
    lots: dict[str, Lot] = field(default_factory=dict)
    changes: list[Lot] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    uses: list[Transaction] = field(default_factory=list)
    reversed_uses: set[int] = field(default_factory=set)
    saved: tuple[int, int] = (0, 0)

    @property
    def entries(self) -> list[Entry]:
        """The whole ledger."""
        return [entry for transaction in self.transactions for entry in transaction.entries]

    def next_id(self) -> str:
        """Return the id of the next transaction."""
        return f"t{len(self.transactions)}"

    def keep(self, booked: Booked) -> Transaction:
        """Make what a transaction leads to the present."""
        self.credits = booked.after
        self.lots |= {lot.grant_id: lot for lot in booked.lots}
        self.changes += booked.lots
        self.transactions.append(booked.transaction)
        return booked.transaction

    def grant(self, step: Grant) -> Transaction:
        """Tell a grant; grant ids count from g0."""
        grant_id = f"g{self.credits.lots_created}"
        terms = {name: getattr(step, name) for name in Grant.__dataclass_fields__}
        return self.keep(
            ledger.grant(self.credits, transaction_id=self.next_id(), grant_id=grant_id, source=SOURCE, **terms)
        )

    def use(self, step: Use) -> Transaction:
        """Tell a use."""
        transaction = self.keep(
            ledger.consume(
                self.credits,
                transaction_id=self.next_id(),
                unit=step.unit,
                amount=step.amount,
                occurred_at=step.occurred_at,
                source=SOURCE,
            )
        )
        self.uses.append(transaction)
        return transaction

    def reverse(self, consumption: tuple[Entry, ...]) -> Transaction:
        """Tell the reversal of a use, now."""
        return self.keep(
            ledger.reverse(
                self.credits,
                transaction_id=self.next_id(),
                consumption=consumption,
                spent_lots=self.lots.values(),
                at=self.now,
                source=SOURCE,
            )
        )

    def void(self, grant_id: str) -> Transaction:
        """Tell the reversal of a credit, now."""
        return self.keep(ledger.void(self.credits, grant_id, transaction_id=self.next_id(), at=self.now, source=SOURCE))

    def sweep(self) -> list[str]:
        """Book every expiry that has passed by now; return which lots that closed."""
        due = [lot.grant_id for lot in self.credits.lots if lot.expires_at is not None and lot.expires_at <= self.now]
        for grant_id in due:
            self.keep(ledger.expire(self.credits, grant_id, transaction_id=self.next_id(), at=self.now, source=SOURCE))
        return due

    def take(self, step: Step) -> None:
        """Tell one step; one that makes no sense at this point of the history is passed over."""
        match step:
            case Grant():
                self.grant(step)
            case Use():
                self.use(step)
            case Reversal(use=number):
                if number < len(self.uses) and number not in self.reversed_uses:
                    self.reverse(self.uses[number].entries)
                    self.reversed_uses.add(number)
            case Void(lot=number):
                if any(lot.grant_id == f"g{number}" for lot in self.credits.lots):
                    self.void(f"g{number}")
            case Sweep():
                self.sweep()
            case Wait(hours=hours):
                self.now += timedelta(hours=hours)


def told(history: list[Step]) -> Replay:
    """Return the customer at the end of a history."""
    replay = Replay()
    for step in history:
        replay.take(step)
    return replay


def without_memory(credits_: Credits) -> Credits:
    """Return credits that do not remember when a lot was last emptied."""
    hours, cents = (msgspec.structs.replace(balance, emptied_at=None) for balance in credits_.balances)
    return msgspec.structs.replace(credits_, balances=(hours, cents))
