"""The three accounts of the same credits (ledger, balances, lots) checked against each other (PRODUCT.md §3). Pure."""

from collections.abc import Iterable

import msgspec

from services.contract.types import Account, Unit
from services.credits.model import Balance, Entry, Lot
from services.credits.state import post


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """An account of which the ledger says one thing and another record another.

    `record`: "balance" or "lots". Amounts in seconds or micro-dollars.
    """

    unit: Unit
    account: Account
    record: str
    ledger: int
    recorded: int


def fold_entries(entries: Iterable[Entry]) -> tuple[Balance, Balance]:
    """Return the balances that a customer's whole ledger leads to: workspace hours, then AI cents.

    When a lot was last emptied is not in the ledger's amounts, so it stays unknown here.
    """
    of_unit: dict[Unit, list[Entry]] = {unit: [] for unit in Unit}
    for entry in entries:
        of_unit[entry.unit].append(entry)
    hours, cents = (post(Balance(unit=unit), of_unit[unit]) for unit in (Unit.WORKSPACE_HOURS, Unit.AI_CENTS))
    return hours, cents


def check(folded: tuple[Balance, Balance], balances: tuple[Balance, Balance], lots: Iterable[Lot]) -> list[Mismatch]:
    """Return where the folded ledger differs from the stored balances, and from what the lots hold; empty: nowhere."""
    held = dict.fromkeys(Unit, 0)
    for lot in lots:
        held[lot.unit] += lot.remaining
    mismatches: list[Mismatch] = []
    for ledger, balance in zip(folded, balances, strict=True):
        for account in Account:
            expected, recorded = getattr(ledger, account.value), getattr(balance, account.value)
            if expected != recorded:
                mismatches.append(_mismatch(ledger.unit, account, "balance", expected, recorded))
        if ledger.available != held[ledger.unit]:
            mismatches.append(_mismatch(ledger.unit, Account.AVAILABLE, "lots", ledger.available, held[ledger.unit]))
    return mismatches


def _mismatch(unit: Unit, account: Account, record: str, ledger: int, recorded: int) -> Mismatch:
    return Mismatch(unit=unit, account=account, record=record, ledger=ledger, recorded=recorded)
