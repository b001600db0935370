"""`TenantRecord`: what a tenant may use and uses, and what else it has asked for, beneath one of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.reactive import reactive

from widgets.bound_bar import BoundBars
from widgets.change_requests_details import STATUS_MARKS, what
from widgets.format import BAD, BRIGHT, DIM, ago, fit
from widgets.line_block import Line, LineBlock, hanging, line, spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.views import BoundBar, ChangeRequestView

_STATUS, _AGE = 20, 11
"""Cells of the columns; where there is less room, a status is its glyph alone."""

_ROOM_FOR_WORDS = 70


class TenantRecord(Vertical):
    """The bars, where there are any, then the tenant's other requests, the latest first. Empty until it is shown."""

    DEFAULT_CSS = """
    TenantRecord {
        height: auto;
        display: none;
        &.-shown { display: block; }
        BoundBars { margin-bottom: 1; }
        &.-without-bars BoundBars, &.-without-bars #may-use { display: none; }
    }
    """

    def compose(self) -> ComposeResult:
        """The bars, the requests."""
        yield _Title("What it may use now", id="may-use")
        yield BoundBars()
        yield OtherRequests()

    def keep_time(self, now: datetime) -> None:
        """Count ages from this moment on."""
        self.query_one(OtherRequests).now = now

    def show(self, bars: Sequence[BoundBar], others: Sequence[ChangeRequestView]) -> None:
        """Show a tenant's record."""
        self.query_one(BoundBars).bars = bars
        self._show(others, "")
        self.set_class(not bars, "-without-bars")

    def show_failure(self, message: str) -> None:
        """Say why the record could not be read."""
        self._show([], message)
        self.add_class("-without-bars")

    def clear(self) -> None:
        """Show nothing until another record is there."""
        self.remove_class("-shown")

    def _show(self, others: Sequence[ChangeRequestView], problem: str) -> None:
        block = self.query_one(OtherRequests)
        block.others, block.problem = others, problem
        self.add_class("-shown")


class _Title(LineBlock):
    """A heading."""

    def __init__(self, text: str, *, id: str) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._text = text

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  (a line that is too long is cut)
        """Return the one line."""
        return [line((self._text, BRIGHT))]


class OtherRequests(LineBlock):
    """A tenant's requests, one a line: where it stands, how old it is, what it asked for, and who decided it."""

    others: reactive[Sequence[ChangeRequestView]] = reactive((), layout=True)
    """The requests, the latest first."""

    problem: reactive[str] = reactive("", layout=True)
    """Why they are not known, or empty."""

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def lines(self, width: int) -> list[Line]:
        """Return the title, then the requests or that there is none."""
        title = line(("Its other requests", BRIGHT))
        if self.problem:
            return [title, *hanging(("✗ ", BAD), self.problem, width)]
        if not self.others:
            return [title, line(("No other request of this tenant is known.", DIM))]
        return [title, *(self._drawn(asked, width) for asked in self.others)]

    def _drawn(self, asked: ChangeRequestView, width: int) -> Line:
        mark = STATUS_MARKS[asked.status]
        status = fit(str(mark), _STATUS) if width >= _ROOM_FOR_WORDS else fit(mark.glyph, 2)
        age = fit(ago(asked.requested_at, self.now).removesuffix(" ago") if self.now else "", _AGE)
        by = [(f"  {asked.decided_by}", DIM)] if asked.decided_by and width >= _ROOM_FOR_WORDS else []
        return spread([(status, mark.style), (age, DIM), what(asked)], by, width)
