"""`ImportCustomers` and `RecordUsage`: what the platform feeds in."""

import hashlib

import msgspec

from services.audit.model import SYSTEM_STREAM, NewEvent
from services.audit.store import append
from services.contract.context import CallContext
from services.contract.errors import invalid
from services.contract.progress import Progress, no_progress
from services.contract.requests import ImportCustomers, RecordUsage
from services.contract.text import clean
from services.contract.types import Outcome
from services.contract.views import ImportResult, UsageResult
from services.feeding.importing import Import
from services.feeding.recording import record
from services.feeding.survey import survey
from services.feeding.usage import read_events, read_levels
from services.storage.connection import Connection
from services.storage.engine import Store, lock_name


def import_customers(
    store: Store, context: CallContext, request: ImportCustomers, progress: Progress = no_progress
) -> ImportResult:
    """Create the customers that are new, update identity and use of those that exist (PRODUCT.md §6), all or nothing.

    The file is read twice: once to name everything that is wrong with it before anything is locked, once to write it
    in one transaction, so that memory does not grow with it. A dry run does all of it but the writing.

    Raises:
        Refused: `NOT_A_TEXT_FILE`, `IMPORT_EMPTY`, `INVALID_SOURCE`; `IMPORT_REJECTED` with every bad line in its
            details, `{"lines": [{"line", "reason"}], "rejected": n}`.
    """
    job = Import(request=request, source=_checked_source(request.source), context=context)
    surveyed = survey(request, context.now, progress)
    if request.dry_run:
        with store.read() as conn:
            return job.run(conn, surveyed, progress)

    def write(conn: Connection) -> ImportResult:
        lock_name(conn, "import")  # two imports that create the same customer
        result = job.run(conn, surveyed, progress)
        append(conn, _event(context, request, job.source, result))
        return result

    return store.transact(write)


def record_usage(conn: Connection, context: CallContext, request: RecordUsage) -> UsageResult:
    """Book usage by time, each event id once, and keep the latest levels; all or nothing.

    The caller has locked the customer's status row in this transaction.

    Raises:
        Refused: `CUSTOMER_NOT_FOUND`, `INVALID_SOURCE`, `USAGE_EMPTY`, `INVALID_USAGE_EVENT`, `INVALID_USAGE_LEVEL`,
            `INVALID_AMOUNT`, `USAGE_IN_THE_FUTURE`, `USAGE_NOT_FOUND`, `USAGE_ALREADY_REVERSED`.
    """
    source = _checked_source(request.source)
    if not request.events and not request.levels:
        raise invalid("USAGE_EMPTY", "This call says nothing: give events, levels or both.")
    events = read_events(request.events, context.now)
    levels = read_levels(request.levels, context.now)
    recorded = record(conn, context, request.customer_id, source, events, levels)
    replayed = len(request.events) - recorded.events
    return UsageResult(recorded=recorded.events, replayed=replayed, levels=recorded.levels)


def _checked_source(text: str) -> str:
    source = clean(text)
    if not source:
        raise invalid(
            "INVALID_SOURCE", "Say where this comes from: give the name of the file or the feed as the source."
        )
    return source


def _event(context: CallContext, request: ImportCustomers, source: str, result: ImportResult) -> NewEvent:
    payload = {
        "source": source,
        "format": request.format,
        "sha256": hashlib.sha256(request.content).hexdigest(),
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
    }
    return NewEvent(
        stream=SYSTEM_STREAM,
        occurred_at=context.now,
        actor=context.principal.actor,
        role=context.principal.role.value,
        action=ImportCustomers.__name__,
        resource="customers",
        etag_before=None,
        etag_after=None,
        request_id=None,
        outcome=Outcome.APPLIED,
        reason=None,
        payload=msgspec.json.encode(payload, order="sorted"),
    )
