"""`Transcript`: the messages of a thread, oldest first, following its tail until somebody scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll

from services.contract.types import STARTER_TITLES
from widgets.chat.messages import Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from services.contract.views import ChatMessage

# A page of the thread and as many again: older messages leave the screen, not the store.
_MOST_MESSAGES = 100


class Transcript(VerticalScroll):
    """Questions and answers under one another. Its methods are coroutines: they return when the change is mounted."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        padding-right: 1;
        scrollbar-size-vertical: 1;
        /* An anchored scroll sets a short thread at its foot; filling the height keeps it at the top. */
        #messages { height: auto; min-height: 100%; }
    }
    """

    def compose(self) -> ComposeResult:
        """Nothing yet."""
        yield Vertical(id="messages")

    _beginning: Widget | None = None
    following = True
    """Whether the tail is followed: until somebody scrolls away, and again from the next question on."""

    def on_mount(self) -> None:
        """Follow the tail."""
        self.anchor()
        self.watch(self, "virtual_size", self._show_beginning, init=False)

    def anchor(self, anchor: bool = True) -> None:
        """Follow the tail, or no longer."""
        self.following = anchor
        self._beginning = None
        super().anchor(anchor)

    def release_anchor(self) -> None:
        """Leave the tail: Textual calls this when somebody scrolls."""
        self.following = False
        super().release_anchor()

    @property
    def _messages(self) -> Vertical:
        return self.query_one("#messages", Vertical)

    @property
    def shown(self) -> list[Widget]:
        """What is shown, oldest first."""
        return list(self._messages.children)

    @property
    def latest_answer(self) -> ChatMessage | None:
        """The latest answer that is finished."""
        messages = (getattr(widget, "message", None) for widget in reversed(self.shown))
        return next((message for message in messages if message is not None), None)

    @property
    def latest_question(self) -> str | None:
        """The latest question."""
        return next((widget.text for widget in reversed(self.shown) if isinstance(widget, Question)), None)

    def clear(self) -> None:
        """Remove everything."""
        self._messages.remove_children()

    async def show(self, stored: Iterable[ChatMessage], keep: int) -> None:
        """Show stored messages in place of what is shown, but for the last `keep` widgets, which stay beneath them."""
        shown = self.shown
        await self._messages.remove_children(shown[: len(shown) - keep])
        await self._messages.mount_all([_widget(message) for message in stored], before=0 if keep else None)

    def read_from(self, exchange: Widget) -> None:
        """Show an answered question from its beginning, where the whole of it does not fit."""
        self._beginning = exchange
        self._show_beginning()

    def _show_beginning(self) -> None:
        # Called again with each layout: a long answer gets its height some time after its text.
        exchange, shown = self._beginning, self.shown
        if exchange is None or exchange not in shown:
            return
        rows = sum(widget.outer_size.height for widget in shown[shown.index(exchange) :])
        if rows > self.size.height:
            self.anchor(
                False
            )  # merely released, it would take hold again at the next layout; the next question sets it
            # after the layout that is under way, which may still follow the tail
            self.call_after_refresh(self.scroll_to_widget, exchange, top=True, animate=False, immediate=True)

    async def append(self, *widgets: Widget) -> None:
        """Add widgets at the end, and let the oldest go where there are too many."""
        await self._messages.mount_all(widgets)
        if len(shown := self.shown) > _MOST_MESSAGES:
            await self._messages.remove_children(shown[: len(shown) - _MOST_MESSAGES])


def _widget(message: ChatMessage) -> Widget:
    # Imported here: it brings Markdown, which the first frame does without. The pane has imported it in a thread.
    from widgets.chat.answer import Answer

    if message.author == "guide":
        return Answer(message)
    return Question(STARTER_TITLES[message.starter] if message.starter else message.text)
