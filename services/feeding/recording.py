"""Usage on its way into the ledger: checked events, applied in their order to one customer's credits; and levels."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from services.billing.nodes_store import refresh_sums
from services.billing.projection import project
from services.billing.store import load_facts, save_status
from services.contract.context import CallContext
from services.contract.errors import Code, Refused, customer_not_found, precondition
from services.contract.types import Account
from services.credits import ledger
from services.credits import store as credit_store
from services.credits.model import Entry
from services.credits.state import Booked, Credits
from services.feeding import levels_store, usage_days_store
from services.feeding import usage_events_store as store
from services.feeding.model import Level
from services.feeding.problems import shown
from services.feeding.usage import Reversal, Use
from services.feeding.usage_days_store import PlacedUse
from services.feeding.usage_events_store import RecordedUse
from services.storage.connection import Connection


class Recorded(NamedTuple):
    """How many events were booked now, and how many levels were taken."""

    events: int
    levels: int


def record(
    conn: Connection,
    context: CallContext,
    customer_id: str,
    source: str,
    events: Sequence[Use | Reversal],
    levels: Sequence[Level] = (),
) -> Recorded:
    """Book those of the events that were not recorded before, and keep the levels; return how many were.

    The revision grows only when a view of the customer reads otherwise afterwards.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `USAGE_NOT_FOUND`, `USAGE_ALREADY_REVERSED`.
    """
    facts = load_facts(conn, customer_id)
    if facts is None:
        raise customer_not_found()
    known = store.recorded_events(conn, customer_id, [event.event_id for event in events])
    fresh = [event for event in events if event.event_id not in known]
    credits_now = _book(_Feed(conn, context, customer_id, source), facts.credits, fresh)
    kept = levels_store.put_levels(conn, customer_id, levels, source) if levels else 0
    if (levels and refresh_sums(conn, customer_id, context.now)) or fresh:
        after = msgspec.structs.replace(facts, credits=credits_now, revision=facts.revision + 1, changed_at=context.now)
        save_status(conn, after, project(after, context.now))  # no blocker rests on a level
    return Recorded(len(fresh), kept)


class _Feed(NamedTuple):
    conn: Connection
    context: CallContext
    customer_id: str
    source: str


def _book(feed: _Feed, before: Credits, events: Iterable[Use | Reversal]) -> Credits:
    # A run of uses is written at once; a reversal reads what was written before it.
    for is_reversal, run in groupby(events, lambda event: isinstance(event, Reversal)):
        if is_reversal:
            before = _reverse_all(feed, before, (e for e in run if isinstance(e, Reversal)))
        else:
            before = _consume_all(feed, before, [e for e in run if isinstance(e, Use)])
    return before


def _consume_all(feed: _Feed, before: Credits, run: Sequence[Use]) -> Credits:
    booked: list[Booked] = []
    for use in run:
        booked.append(
            ledger.consume(
                before,
                transaction_id=feed.context.new_id("txn"),
                unit=use.unit,
                amount=use.amount,
                occurred_at=use.at,
                source=feed.source,
                event_id=use.event_id,
            )
        )
        before = booked[-1].after
    _write(feed, booked, run)
    placed = [PlacedUse(use.at, use.namespace, use.resource, use.unit, use.amount) for use in run]
    usage_days_store.add(feed.conn, {feed.customer_id: placed})
    return before


def _reverse_all(feed: _Feed, before: Credits, run: Iterable[Reversal]) -> Credits:
    for reversal in run:
        use = store.find_use(feed.conn, feed.customer_id, reversal.reverses)
        consumed = None if use is None else credit_store.consumption(feed.conn, feed.customer_id, use.transaction_id)
        if use is None or consumed is None or not consumed.entries:
            raise Refused(
                Code.NOT_FOUND,
                "USAGE_NOT_FOUND",
                f"There is no use {shown(reversal.reverses)} of this customer to reverse: check the event id.",
                {"event_id": reversal.event_id, "reverses": reversal.reverses},
            )
        if use.reversed_by is not None:
            raise precondition(
                "USAGE_ALREADY_REVERSED",
                f"The use {shown(reversal.reverses)} was reversed before: leave this event out.",
                event_id=reversal.event_id,
                reverses=reversal.reverses,
            )
        booked = ledger.reverse(
            before,
            transaction_id=feed.context.new_id("txn"),
            consumption=consumed.entries,
            spent_lots=consumed.lots,
            at=reversal.at,
            source=feed.source,
            event_id=reversal.event_id,
        )
        _write(feed, [booked], [reversal])
        usage_days_store.add(feed.conn, {feed.customer_id: [_taken_back(use, consumed.entries)]})
        store.mark_reversed(feed.conn, feed.customer_id, reversal.reverses, reversal.event_id)
        before = booked.after
    return before


def _taken_back(use: RecordedUse, consumption: Sequence[Entry]) -> PlacedUse:
    used = sum(entry.amount for entry in consumption if entry.account is Account.CONSUMED)
    return PlacedUse(use.occurred_at, use.namespace, use.resource, consumption[0].unit, -used)


def _write(feed: _Feed, booked: Sequence[Booked], events: Sequence[Use | Reversal]) -> None:
    """Write what was booked, in order, each transaction for the event of the same place."""
    credit_store.write(
        feed.conn,
        feed.customer_id,
        [b.transaction for b in booked],
        [lot for b in booked for lot in b.lots],
        booked[-1].after.balances,
        feed.context.now,
    )
    transaction_ids = [b.transaction.transaction_id for b in booked]
    store.add_usage_events(feed.conn, feed.customer_id, zip(events, transaction_ids, strict=True), feed.context.now)
