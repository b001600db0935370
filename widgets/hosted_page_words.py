"""`PageWords`: what a page of the payment provider's is for, its address, and what has come of it, in words."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import chop_cells
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style

from widgets.format import BAD, BRIGHT, DIM, GOOD, WARNING
from widgets.line_block import Line, LineBlock, hanging, line, paragraph
from widgets.payment_format import SANDBOX

ASKING = "Asking Stripe for the page"
SILENT = "The server does not answer: it is asked again"
WAITING = "Waiting for what is done there."
NO_ROOM = "There is no room for a QR code here: enlarge the terminal, or copy the address."


class PageState(NamedTuple):
    """How the page stands: its address and until when it is there, or why it is not, and what has come of it.

    `openable`: whether the address is one that a browser is ever pointed at from here. `declined`: why the last attempt
    to pay there failed, as Stripe says it. `exceeded`: that more is in use than what is chosen there includes.
    `silent`: whether our own server, which asks for the page, gives no answer. `again`: whether asking once more helps.
    """

    purpose: str
    notice: str = ""
    url: str = ""
    until: str = ""
    openable: bool = True
    failure: str = ""
    declined: str = ""
    arrived: str = ""
    exceeded: str = ""
    silent: bool = False
    again: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to open any more: something has come of the page, or there is none."""
        return bool(self.arrived or self.failure)


class PageWords(LineBlock):
    """What the page is for, its address, until when it is there, and what is awaited or has come."""

    state: reactive[PageState] = reactive(PageState(""), layout=True)
    """How it stands."""

    no_room: reactive[bool] = reactive(default=False, layout=True)
    """Whether there is no room for its code."""

    elsewhere: reactive[bool] = reactive(default=False, layout=True)
    """Whether the address stands in a `PageAddress`."""

    def __init__(self, state: PageState, *, sandbox: bool) -> None:
        super().__init__()
        self.set_reactive(PageWords.state, state)
        self._sandbox = sandbox

    def lines(self, width: int) -> list[Line]:
        """Return the parts, each after an empty line; once something has come of the page, that alone."""
        state = self.state
        if state.arrived:
            return hanging(("✓ ", GOOD), state.arrived, width, f"bold {GOOD}")
        lines = paragraph(state.purpose, width, BRIGHT)
        if state.notice:
            lines += paragraph(state.notice, width)
        if state.exceeded:
            lines += hanging(("▲ ", WARNING), state.exceeded, width)
        if self._sandbox:
            lines += hanging(("▲ ", WARNING), SANDBOX, width, WARNING)
        lines += [line(), *self._address(width)]
        if self.no_room:
            lines += [line(), *paragraph(NO_ROOM, width, DIM)]
        if state.declined:
            lines += [line(), *hanging(("✗ ", BAD), _declined(state.declined), width)]
        return [*lines, *([line(), *hanging(("… ", DIM), WAITING, width, DIM)] if state.url else [])]

    def _address(self, width: int) -> list[Line]:
        state = self.state
        if state.failure:
            return hanging(("✗ ", BAD), state.failure, width)
        if not state.url:
            return hanging(("… ", DIM), SILENT if state.silent else ASKING, width, DIM)
        lines = [] if self.elsewhere else address_lines(state, width)
        if not state.openable:
            lines += hanging(("▲ ", WARNING), "This is no https address: it is not opened from here.", width)
        return [*lines, *(paragraph(f"open until {state.until}", width, DIM) if state.until else [])]


class PageAddress(LineBlock):
    """The address alone, where it stands whole across the dialog and would not beside the code."""

    state: reactive[PageState] = reactive(PageState(""), layout=True)
    """How the page stands."""

    def lines(self, width: int) -> list[Line]:
        """Return the address."""
        return address_lines(self.state, width)


def address_lines(state: PageState, width: int) -> list[Line]:
    """Return a page's address in as many lines as it takes.

    Each is a link of the terminal's (OSC 8) to the whole of it, as a terminal takes what is broken over lines for
    as many addresses; none is where no browser may be pointed at it.
    """
    style: str | Style = Style(link=state.url) if state.openable else ""
    return [Line(Content.assemble((part, style))) for part in chop_cells(state.url, max(width, 2))]


def _declined(problem: str) -> str:
    """Return why an attempt failed; Stripe's sentences often begin with that it did."""
    return problem if "declined" in problem.casefold() else f"The card was declined: {problem}"
