"""The expiry sweeper: books what the clock has already taken.

Expiry is a fact of time, and every view computes it (PRODUCT.md §3). Booking it is bookkeeping, which nobody sees: no
balance, blocker or etag differs afterwards, and the record's revision stays, so that no terminal reads it anew. Any
number of sweepers share the work: each passes over a customer whom another one, or an operator's action, holds.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

import msgspec

from services.billing.projection import project
from services.billing.store import load_facts, lock_customer, save_status
from services.contract.ids import NewId
from services.credits import ledger
from services.credits import store as credit_store
from services.credits.rules import is_expired
from services.credits.state import Booked, Credits
from services.storage.connection import Connection
from services.storage.engine import Store
from services.storage.pipeline import pipelined

EXPIRY_SWEEPER = "expiry-sweeper"
"""The source of the ledger entries that book an expiry."""

_log = logging.getLogger(__name__)


def sweep(store: Store, now: datetime, new_id: NewId, limit: int, grace: timedelta = timedelta()) -> int:
    """Book the expiries that are longest due at `now`, each customer's in a transaction of its own.

    A customer whose ledger does not hold what its lots do is named in the log and does not keep the others waiting.

    Args:
        limit: how many lots to look at; all that are due of a customer are booked together.
        grace: how long past its expiry a lot is left alone. What is booked is final: usage from before the expiry that
            comes late finds the lot until then, and a machine whose clock runs ahead books nothing too early.

    Returns:
        How many lots were booked; none when nothing is due, or when others hold all of what is.

    Raises:
        Refused: `STORE_…`; what was booked before stays booked.
    """
    with store.read() as conn:
        due = credit_store.due_expiries(conn, now - grace, limit)
    return sum(store.transact(partial(_book, customer_id, now, grace, new_id)) for customer_id in due)


def _book(customer_id: str, now: datetime, grace: timedelta, new_id: NewId, conn: Connection) -> int:
    if not lock_customer(conn, customer_id, if_free=True):
        return 0
    facts = load_facts(conn, customer_id)
    booked = [] if facts is None else _expired(facts.credits, now - grace, new_id)
    if facts is None or not booked:
        return 0  # another sweeper was here in the meantime
    after = msgspec.structs.replace(facts, credits=booked[-1].after)
    if any(balance.available < 0 for balance in after.credits.balances):
        # Written, it would break the customer's balance and with it the sweep, at every attempt.
        _log.error(
            "The expiries of %s are not booked, the ledger does not hold: run billinghelp audit verify", customer_id
        )
        return 0
    with pipelined(conn):
        credit_store.write(
            conn,
            customer_id,
            [each.transaction for each in booked],
            [lot for each in booked for lot in each.lots],
            after.credits.balances,
            now,
        )
        # The moment of an expiry is one at which the lists' index falls due: it is brought up to date on the way.
        save_status(conn, after, project(after, now))
    return len(booked)


def _expired(credits_now: Credits, at: datetime, new_id: NewId) -> list[Booked]:
    """Return the booking of every lot that has expired at a moment, in creation order."""
    booked: list[Booked] = []
    for lot in credits_now.lots_by_creation:
        if is_expired(lot, at):
            booked.append(
                ledger.expire(credits_now, lot.grant_id, transaction_id=new_id("txn"), at=at, source=EXPIRY_SWEEPER)
            )
            credits_now = booked[-1].after
    return booked
