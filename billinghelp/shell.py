"""What every page has around it: header bar, sidebar with the pages of the role, footer with the keys."""

from collections.abc import Mapping

from rich.cells import cell_len
from textual import events
from textual.reactive import reactive

from billinghelp.availability import NO_DESK
from billinghelp.command import Command, Situation
from billinghelp.commands import BY_ID, on_page
from billinghelp.keys import key_label
from widgets.format import ACCENT, DIM, WARNING
from widgets.line_block import Line, LineBlock, Part, line, paragraph, spread, wrap

BRAND = "BILLING HELP"
_GAP = "   "

PAGES = (
    ("app.billing_help", "💳", "Billing Help"),
    ("app.billing", "$ ", "Billing"),
    ("app.change_requests", "⇄ ", "Change Requests"),
    ("app.audit", "≡ ", "Audit"),
)
"""The pages: the command that turns to each, its glyph (two cells) and its name."""


def pages_of(situation: Situation) -> list[tuple[Command, str, str]]:
    """Return the pages this role has; while nobody is known yet, none is ruled out."""
    offered = [(BY_ID[command_id], glyph, name) for command_id, glyph, name in PAGES]
    return [page for page in offered if page[0].available(situation) in (None, NO_DESK)]


class HeaderBar(LineBlock):
    """The top line: what this is, on which store, who is signed in; narrow: the customer and which pane is shown."""

    DEFAULT_CSS = """
    HeaderBar { height: 1; padding: 0 1; background: $panel; }
    """

    store: reactive[str] = reactive("")
    who: reactive[str] = reactive("")
    read_only: reactive[bool] = reactive(False)
    lost: reactive[bool] = reactive(False)
    """Whether the server that `store` names does not answer."""
    customer: reactive[str] = reactive("")
    pane: reactive[str] = reactive("")
    """In a narrow terminal: which pane is shown, as in `1/3 summary ⇥`."""

    def __init__(self, store: str, who: str, *, demo: bool) -> None:
        super().__init__()
        self.set_reactive(HeaderBar.store, store)
        self.set_reactive(HeaderBar.who, who)
        self._demo = demo

    def lines(self, width: int) -> list[Line]:
        """Return the one line."""
        brand: Part = (BRAND, ACCENT)
        if self.pane:
            states = (("▲ no connection", self.lost), ("▲ demo", self._demo), ("▲ read-only", self.read_only))
            marks = [mark for mark, holds in states if holds]
            right: list[Part] = [(f"{mark}  ", WARNING) for mark in marks]
            return [spread([brand, "  ", self.customer or "nobody selected"], [*right, (self.pane, DIM)], width)]
        store: list[Part] = [("▲ " if self._demo else "● ", WARNING if self._demo else DIM), self.store]
        if self.lost:
            store = [("▲ ", WARNING), (f"connection to {self.store} lost — trying again", WARNING)]
        read_only: list[Part] = ["   ", ("▲ read-only", WARNING)] if self.read_only else []
        who: list[Part] = ["   ", self.who] if self.who else []
        full = spread([brand], [*store, *read_only, *who], width)
        return [full if BRAND in full.content.plain else spread([brand], [*store, *read_only], width)]


class Sidebar(LineBlock):
    """The pages of the role, what waits or is blocked, and who is signed in, as what, on which store."""

    DEFAULT_CSS = """
    Sidebar { width: 22; height: 1fr; padding: 1 1 0 1; background: $surface; }
    """

    blocked: reactive[str] = reactive("")
    waiting: reactive[str] = reactive("")
    """How many change requests wait, beneath their page."""
    situation: reactive[Situation] = reactive(Situation())

    def __init__(self, page: str, keys: Mapping[str, str], *, store: str) -> None:
        super().__init__()
        self._page = page
        self._keys = keys
        self._store = store

    def lines(self, width: int) -> list[Line]:
        """Return the pages on top and who is signed in at the bottom."""
        top = [each for page in pages_of(self.situation) for each in self._page_lines(*page, width)]
        bottom = [line((self.blocked, DIM if self.blocked.startswith("none") else WARNING))] if self.blocked else []
        if identity := self.situation.identity:
            bottom += [line(""), line((identity.actor, "bold"))]
            bottom += [line((identity.role, DIM)), *paragraph(self._store or identity.store, width, DIM)]
        gap = max(self.size.height - len(top) - len(bottom), 1)
        return [*top, *[line("")] * gap, *bottom]

    def _page_lines(self, command: Command, glyph: str, name: str, width: int) -> list[Line]:
        here = command.id == f"app.{self._page}"
        style = "bold" if here else ""
        bar: Part = ("▌" if here else " ", ACCENT)
        key = key_label(self._keys[command.id])
        first, *others = wrap(name, width - cell_len(glyph) - cell_len(key) - 3)
        beneath: list[Part] = [(other, style) for other in others]
        if command.id == "app.change_requests" and self.waiting:
            beneath.append((self.waiting, WARNING))
        indent = " " * (cell_len(glyph) + 1)
        lines = [spread([bar, (f"{glyph} {first}", style)], [(key, DIM)], width, target=command.id)]
        return [*lines, *(line(bar, indent, each, target=command.id) for each in beneath)]

    def choose(self, target: object) -> None:
        """Turn to the page that was clicked."""
        self.app.call_later(self.screen.run_action, f"command('{target}')")


class KeyBar(LineBlock):
    """The footer: what can be done here and with which key, as much as fits; what cannot be done now is dim."""

    DEFAULT_CSS = """
    KeyBar { height: 1; padding: 0 1; background: $panel; }
    """

    situation: reactive[Situation] = reactive(Situation())

    def __init__(self, page: str, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keys
        self._page = page

    def shown(self, width: int) -> list[Command]:
        """Return the commands that fit; when space is short, those that cannot be used go first, and help stays."""
        shown = [command for command in on_page(self._page) if command.label and _is_in_footer(command, self.situation)]
        if sum(map(self._cells, shown)) > width:
            shown = [command for command in shown if command.available(self.situation) is None]
        while len(shown) > 1 and sum(map(self._cells, shown)) > width:
            shown.remove([command for command in shown if command.id != "app.help"][-1])
        return shown

    def _cells(self, command: Command) -> int:
        return sum(cell_len(text) for text, _ in self._entry(command))

    def _entry(self, command: Command) -> tuple[tuple[str, str], ...]:
        usable = command.available(self.situation) is None
        key, label = key_label(self._keys[command.id]), f" {command.label}{_GAP}"
        return ((key, ACCENT), (label, "")) if usable else ((key, DIM), (label, DIM))

    def lines(self, width: int) -> list[Line]:
        """Return the one line."""
        return [line(*(part for command in self.shown(width) for part in self._entry(command)))]

    def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        event.stop()
        where, end = event.get_content_offset(self), 0
        for command in self.shown(self.size.width):
            end += self._cells(command)
            if where is not None and where.x < end:
                self.app.call_later(self.screen.run_action, f"command('{command.id}')")
                return


def _is_in_footer(command: Command, situation: Situation) -> bool:
    return command.there(situation) and command.in_footer(situation)
