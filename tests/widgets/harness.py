"""What the widget tests share: a tiny app, a way to read the screen, and names that mean harm."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from services.contract.types import Action, BillingState, BlockerCode, PaymentRail
from services.contract.views import CustomerList, CustomerRow
from widgets.keys_in_order import KeysInOrder
from widgets.line_filter import CleanLineFilter

KEYS = {
    Action.MARK_INVOICE_VERIFIED: "v",
    Action.APPROVE_TRIAL: "t",
    Action.APPLY_SUPPORT_CREDIT: "c",
    Action.EXTEND_TRIAL: "x",
    Action.COMPLETE_BILLING_CHECKLIST: "k",
    Action.REVERSE_SUPPORT_CREDIT: "u",
}

HOSTILE_NAMES = (
    "[/x]",
    "[EU] Kontor [b]AG",
    "[@click=app.quit]press me[/]",
    "\x1b]52;c;ZXZpbA==\x07Clipboard \x1b[31mRed",
    "\u202egnp.exe\u2066 reversed",
    "日本語株式会社" * 29,
    "e\u0301" * 200,
    "Zażółć\nsecond line\tand a tab",
    "a" * 200,
)

Sent = TypeVar("Sent", bound=Message)

SIZES = ((120, 36), (60, 20), (60, 5), (20, 5))


class Host(KeysInOrder[object]):
    """An app of some widgets, or of none that opens one dialog; it keeps the messages that arrive.

    `filtered`: with the line filter of the product, for what stock inputs show of a paste.
    """

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *shown: Widget, dialog: Screen[Any] | None = None, filtered: bool = False) -> None:
        super().__init__()
        self._filtered = filtered
        self.shown = shown
        self.dialog = dialog
        self.results: list[object] = []
        self.seen: list[Message] = []

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        return [*filters, CleanLineFilter()] if self._filtered else filters

    def compose(self) -> ComposeResult:
        yield from self.shown

    def on_mount(self) -> None:
        if self.dialog is not None:
            self.push_screen(self.dialog, self.results.append)

    def record(self, message: Message) -> None:
        """Keep a message: the pilot's message hook."""
        self.seen.append(message)


def sent(app: Host, kind: type[Sent]) -> list[Sent]:
    """Return the messages of one class, each once, in the order in which they came."""
    unique = {id(message): message for message in app.seen if isinstance(message, kind)}
    return list(unique.values())


@asynccontextmanager
async def running(app: Host, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Pilot[object]]:
    """Run an app without a terminal."""
    async with app.run_test(size=size, message_hook=app.record) as pilot:
        await pilot.pause()
        yield pilot


async def until(pilot: Pilot[object], holds: Callable[[], object]) -> None:
    """Wait until something holds; a test that waits in vain fails."""

    async def wait() -> None:
        while not holds():
            await pilot.pause()

    await asyncio.wait_for(wait(), 10)


def screen_text(app: App[object]) -> str:
    """Return what the screen shows, a line a row."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips[:height] if width)


def make_row(
    customer_id: str = "acme-eu", legal_name: str = "Acme GmbH", blockers: Sequence[BlockerCode] = ()
) -> CustomerRow:
    """Return one line of the picker."""
    return CustomerRow(
        customer_id=customer_id,
        legal_name=legal_name,
        billing_state=BillingState.VERIFIED,
        payment_rail=PaymentRail.INVOICE,
        blockers=list(blockers),
        blocked_since=None,
    )


def make_list(
    *rows: CustomerRow, total: int | None = None, is_more: bool = False, token: str | None = None
) -> CustomerList:
    """Return a page of customers."""
    return CustomerList(
        customers=list(rows),
        next_page_token=token,
        total=len(rows) if total is None else total,
        total_is_more=is_more,
    )
