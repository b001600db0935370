"""`AuditTrailView`: who did what, when and with which outcome, and whether the chains hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.reactive import reactive

from services.contract.text import clean
from services.contract.types import Outcome
from services.contract.wording import action_name
from widgets.format import BAD, BRIGHT, DIM, GOOD, column_need, count, ellipsis_middle, fit, outcome
from widgets.line_block import Line, LineBlock, hanging, line, rule, spread
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from services.contract.views import AuditEventView, AuditPage, AuditVerification

_NARROW, _ROOMY = 90, 120
_BROKEN_SHOWN = 5
_OUTCOME_ROLES: dict[Outcome, Role] = {Outcome.APPLIED: "good", Outcome.DENIED: "warning", Outcome.FAILED: "bad"}


class AuditTrailView(Vertical):
    """The events newest first, the selected one's details beneath, and the result of the last verification."""

    DEFAULT_CSS = """
    AuditTrailView {
        height: 1fr;
        AuditStatus { margin-bottom: 1; }
        #audit-details { height: 40%; scrollbar-size-vertical: 1; }
    }
    """

    class MoreWanted(Message):
        """The cursor reached the end: bring the page of this token to `add_page`."""

        def __init__(self, trail: AuditTrailView, token: str) -> None:
            super().__init__()
            self.trail = trail
            self.token = token

        @property
        def control(self) -> AuditTrailView:
            """The trail that asks."""
            return self.trail

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._token: str | None = None
        self._asked = False

    def compose(self) -> ComposeResult:
        """The verification, the events, the selected event."""
        yield AuditStatus()
        yield AuditEvents()
        with VerticalScroll(id="audit-details", can_focus=True):
            yield AuditDetails()

    def focus_events(self) -> None:
        """Put the keyboard on the events."""
        self.query_one(AuditEvents).focus()

    def show_page(self, page: AuditPage) -> None:
        """Show the first page of a trail."""
        self.query_one(AuditEvents).show([])
        self._add(page)

    def add_page(self, token: str, page: AuditPage) -> None:
        """Continue the trail; the page of any other token than the one asked for is dropped."""
        if token == self._token:
            self._add(page)

    def show_failure(self, message: str) -> None:
        """Say why the trail, its next page or its verification did not come."""
        self._asked = False
        self.query_one(AuditStatus).problem = message

    def show_verification(self, verification: AuditVerification) -> None:
        """Show what verifying the chains found."""
        self.query_one(AuditStatus).verification = verification

    def _add(self, page: AuditPage) -> None:
        self._token, self._asked = page.next_page_token, False
        events = self.query_one(AuditEvents)
        events.show([*events.events, *page.events])
        status = self.query_one(AuditStatus)
        status.problem, status.loaded = "", len(events.events)
        self._show_details()

    def _show_details(self) -> None:
        events = self.query_one(AuditEvents)
        self.query_one(AuditDetails).event = events.events[events.cursor] if events.events else None

    @on(RowList.Highlighted)
    def show_selected_event(self, event: RowList.Highlighted) -> None:
        """Show the event under the cursor."""
        event.stop()
        self._show_details()

    @on(RowList.EndReached)
    def ask_for_more(self, event: RowList.EndReached) -> None:
        """Bring the next page, once."""
        event.stop()
        if self._token is not None and not self._asked:
            self._asked = True
            self.post_message(self.MoreWanted(self, self._token))


class AuditEvents(RowList):
    """One event a row: when, who, what, how it ended, and why."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[AuditEventView] = []
        """The events shown."""
        self._needs = _needs([])

    def show(self, events: list[AuditEventView]) -> None:
        """Show these events, keeping the cursor when they only continue the list."""
        continued = bool(self.events) and events[: len(self.events)] == self.events
        self.events = events
        self._needs = _needs(events)
        self.set_row_count(len(events), keep_cursor=continued)

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        names = ("When", "Who", "What", "Outcome", "Customer")
        cells = _columns(width, self._needs)
        named = "".join(fit(name, room) for name, room in zip(names, cells, strict=True))
        return ((fit(f"{named}Reason", width), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return an event's columns."""
        event = self.events[index]
        cells = _columns(width, self._needs)
        mark = outcome(event.outcome)
        moment = event.occurred_at[:16].replace("T", " ")
        return (
            (fit(moment[5:] if width < _NARROW else moment, cells.when), "muted"),
            (fit(event.actor, cells.who - 1) + " ", "text"),
            (fit(action_name(event.action), cells.what - 1) + " ", "strong"),
            (fit(str(mark), cells.ended), _OUTCOME_ROLES[event.outcome]),
            (fit(ellipsis_middle(event.stream, cells.stream - 1), cells.stream), "text"),
            (fit(event.reason or "", max(width - sum(cells), 0)), "muted"),
        )


class _Columns(NamedTuple):
    """The cells of each column with the space to the next one; the reason has the rest."""

    when: int
    who: int
    what: int
    ended: int
    stream: int


def _needs(events: Sequence[AuditEventView]) -> _Columns:
    """Return the cells in which each column's longest text stands; the stream has some only where there are several."""
    streams = {event.stream for event in events}
    return _Columns(
        when=len("YYYY-MM-DD HH:MM "),
        who=column_need("Who", (event.actor for event in events)),
        what=column_need("What", (action_name(event.action) for event in events)),
        ended=column_need("Outcome", (str(outcome(event.outcome)) for event in events)),
        stream=column_need("Customer", streams) if len(streams) > 1 else 0,
    )


def _columns(width: int, needs: _Columns) -> _Columns:
    """Return as many cells as each column needs, up to a measure."""
    most = (12, 9, 18, 11, 11) if width < _NARROW else (17, 13, 25, 11, 13) if width < _ROOMY else (18, 20, 28, 12, 20)
    return _Columns(*map(min, needs, most))


class AuditStatus(LineBlock):
    """Whether the chains hold, a line for each stream that does not."""

    verification: reactive[AuditVerification | None] = reactive(None, layout=True)
    """What the last verification found, None before one."""

    loaded: reactive[int | None] = reactive(None, layout=True)
    """How many events are shown, None while none came."""

    problem: reactive[str] = reactive("", layout=True)
    """Why something is missing, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return the result in words, one line when all is well."""
        if self.problem:
            return hanging(("✗ ", BAD), self.problem, width)
        if self.verification is None:
            return [line((self._loaded_text(), DIM))]
        return _verification_lines(self.verification, width)

    def _loaded_text(self) -> str:
        if self.loaded is None:
            return "Reading the audit trail…"
        events = "1 event" if self.loaded == 1 else f"{count(self.loaded)} events"
        return f"{events} loaded" if self.loaded else "No audit events yet: nothing was tried here."


def _verification_lines(found: AuditVerification, width: int) -> list[Line]:
    bad = [stream for stream in found.streams if stream.status != "OK"]
    mismatched = found.ledger.mismatched if found.ledger else []
    if not bad and (found.ledger is None or found.ledger.sound):
        ledger = f", {count(found.ledger.entries)} ledger entries add up" if found.ledger else ""
        held = len(found.streams)
        if held == 1:
            only = found.streams[0]
            text = f"chain of {count(only.length)} events verified{ledger}"
        else:
            text = f"{count(held)} chains verified{ledger}"
        return [spread([("✓ OK  ", f"bold {GOOD}"), text], [], width)]
    lines = []
    for stream in bad[:_BROKEN_SHOWN]:
        verdict = f"BROKEN at {stream.broken_at}" if stream.status == "BROKEN" else stream.status
        lines += hanging((f"✗ {verdict}  ", f"bold {BAD}"), f"{stream.stream}: {stream.detail or ''}", width)
    if len(bad) > _BROKEN_SHOWN:
        lines.append(line((f"  and {count(len(bad) - _BROKEN_SHOWN)} more streams", DIM)))
    if found.ledger and found.ledger.unreadable:
        lines += hanging(("✗ LEDGER  ", f"bold {BAD}"), f"cannot be read: {found.ledger.unreadable}", width)
    if mismatched:
        lines += hanging(("✗ LEDGER  ", f"bold {BAD}"), "balances differ for " + ", ".join(mismatched), width)
    return lines


class AuditDetails(LineBlock):
    """One event in full: request, etags, hashes, and the payload as it is stored."""

    event: reactive[AuditEventView | None] = reactive(None, layout=True)
    """The event to show, or None."""

    def lines(self, width: int) -> list[Line]:
        """Return its fields, long ones wrapped."""
        event = self.event
        if event is None:
            return []
        fields = {
            "Event": f"{event.audit_event_id} · {event.stream} #{event.sequence}",
            "When": event.occurred_at,
            "Method": event.action,
            "Who": f"{event.actor} ({event.role})",
            "Resource": event.resource,
            "Reason": event.reason or "–",
            "Request id": event.request_id or "–",
            "Etag": f"{event.etag_before or '–'} → {event.etag_after or '–'}",
            "Previous hash": event.previous_hash,
            "Hash": event.hash,
            "Payload": event.payload,
        }
        mark = outcome(event.outcome)
        title = spread([(f"{action_name(event.action)}  ", BRIGHT), (str(mark), mark.style)], [], width)
        shown = [hanging((fit(name, 16), DIM), clean(value) or "–", width) for name, value in fields.items()]
        return [rule(width), title, *(drawn for lines in shown for drawn in lines)]
