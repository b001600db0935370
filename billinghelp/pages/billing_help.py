"""The Billing Help page as the first frame shows it; its workbench takes the sketch's place right afterwards.

This file is imported before the first frame and imports nothing of what the workbench needs.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from billinghelp.command import Situation
from billinghelp.commands import BILLING_HELP
from billinghelp.keymap import bindings_of
from billinghelp.keys import key_label
from billinghelp.page import Page
from billinghelp.shell import HeaderBar
from billinghelp.sketch import CHAT, RAIL, Sketch
from billinghelp.workplace import Workplace

if TYPE_CHECKING:
    from billinghelp.pages.workbench import Workbench
    from widgets.notice import NoticeBar

PANES = ("summary", "actions", "chat")
"""The panes of a narrow terminal, one at a time."""


class BillingHelpPage(Page):
    """One customer's billing at a glance, what blocks them, the actions, and the chat about them."""

    PAGE = BILLING_HELP
    IN_SIDEBAR = BILLING_HELP
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(BILLING_HELP)

    def __init__(self, place: Workplace, customer_id: str | None) -> None:
        super().__init__(place, classes=f"-{PANES[0]}")
        self._first_customer = customer_id
        self._pane = PANES[0]
        self.bench: Workbench | None = None
        """Rail and chat with all that they do; there is none before the first frame."""

    def compose_body(self) -> ComposeResult:
        """The sketch of rail and chat."""
        with Horizontal(id="desk", classes="page-body"):
            yield Sketch(RAIL, id="rail")
            yield Sketch(CHAT, id="chat")

    async def furnish(self) -> None:
        """Put the workbench in the sketch's place."""
        if self.bench is not None:
            return
        # 40 ms with what it leads to; in a thread, beside the store's own imports
        await asyncio.to_thread(import_module, "billinghelp.pages.workbench")
        from billinghelp.pages.workbench import Workbench

        bench = Workbench(self.place)
        with self.app.batch_update():
            await self.query_one("#desk").remove()
            await self.query_one("#frame").mount(bench)
        self.bench = bench

    async def desk_opened(self) -> None:
        """Let the workbench read the customer that was named at the start."""
        await self.furnish()
        if self.bench is not None:
            self.bench.start(self._first_customer)
        self.show_situation()

    async def select(self, customer_id: str, legal_name: str) -> None:
        """Turn to a customer, from another page."""
        await self.furnish()
        if self.bench is not None:
            self.bench.select(customer_id, legal_name)

    def on_screen_resume(self) -> None:
        """Follow the customer who was selected on another page."""
        customer_id = self.place.customer_id
        if self.bench is not None and customer_id not in (None, self.bench.session.customer_id):
            self.bench.select(customer_id)

    def situation(self) -> Situation:
        """Return what the availability of commands depends on."""
        return self.bench.situation() if self.bench is not None else super().situation()

    def notice_bar(self) -> "NoticeBar | None":
        """Return the rail's notice; there is none before the first frame."""
        return self.bench.notice if self.bench is not None else None

    async def run_command(self, run: str) -> None:
        """Let the workbench do what concerns the customer."""
        at_bench = self.bench is not None and hasattr(self.bench, f"action_{run.partition('(')[0]}")
        await self.app.run_action(run, self.bench if at_bench else self)

    def on_customer_bench_situation_changed(self) -> None:
        """Show what can be done now."""
        self.show_situation()

    def on_customer_bench_chat_wanted(self) -> None:
        """Show the chat, where only one pane fits."""
        self.show_pane("chat")

    # ── one pane at a time ────────────────────────────────────────────────────────────────────────────────────────────

    def show_situation(self) -> None:
        """Bring header, sidebar and footer up to date; a narrow header names customer and pane."""
        super().show_situation()
        header = self.query_one(HeaderBar)
        view = self.situation().view
        header.customer = view.customer.legal_name if view else ""
        turn = self.place.keys["billing_help.turn_pane"]
        key = "⇥" if turn == "tab" else key_label(turn)
        place = f"{PANES.index(self._pane) + 1}/{len(PANES)} {self._pane} {key}"
        header.pane = place if self.is_narrow else ""

    def show_pane(self, pane: str) -> None:
        """Show one of the panes where only one fits."""
        self.remove_class(f"-{self._pane}")
        self.add_class(f"-{pane}")
        self._pane = pane
        self.show_situation()

    def action_turn_pane(self) -> None:
        """Turn to the next pane; where all are shown, move the focus on."""
        if not self.is_narrow:
            self.focus_next()
            return
        self.set_focus(None)
        self.show_pane(PANES[(PANES.index(self._pane) + 1) % len(PANES)])
