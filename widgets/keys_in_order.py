"""`KeysInOrder`: an app that answers to keys in the order in which they were typed, however fast that was."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual.app import App, ReturnType
from textual.events import Event, Key, Paste

if TYPE_CHECKING:
    from textual.dom import DOMNode


class KeysInOrder(App[ReturnType]):
    """What a key does is done, and what it opens stands and has its focus, before anything sees what was typed next.

    Textual hands a key at once to what has the focus, and carries it out only when it has come back from there, up to
    the app. What came in the same burst would be handed to what the key is about to leave: the letters of a reason to
    the page that opens the dialog, an amount to the field before. Here it is held until the key has come to rest:

    - A mark follows the key through the queue of every widget on its way up: behind it, the key is done.
    - Marks then follow what the key has set going, from what has the focus now, until one finds the focus where it
      was. A screen that was opened passes the first mark on when it is mounted, and a move of the focus that waits in
      the app's own queue is ahead of it.

    Nothing depends on what a key is for: one that opens nothing, or is refused, comes to rest like any other. Nor is
    anything held for what goes on in a worker, so that no slow server holds the keyboard: what is typed while a dialog
    is not opened yet, because something is read for it first, is for the screen that is seen. A widget that goes away
    passes the mark on or refuses it, and a key with priority waits for none: one can always leave.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[Key | Paste] = deque()
        """What was typed and has not been handed on yet."""
        self._at_work = False
        """Whether a key has not come to rest yet."""

    async def on_event(self, event: Event) -> None:
        """Hand a key or a paste on when it is its turn."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, Paste) or not self._at_work or not await self._check_bindings(event.key, priority=True):
            self._typed.append(event)
            await self._hand_on()

    async def _hand_on(self) -> None:
        while self._typed and not self._at_work:
            event, taker = self._typed.popleft(), self._taker
            # What is written moves no focus, and queues up where it goes: nothing need wait for it.
            written = isinstance(event, Paste) or taker.check_consume_key(event.key, event.character)
            self._at_work = not written
            await super().on_event(event)
            if not written:
                self._follow(taker, focus_was=None)

    @property
    def _taker(self) -> DOMNode:
        """What gets a key now."""
        return self.focused or self.screen

    def _follow(self, node: DOMNode | None, focus_was: DOMNode | None) -> None:
        """Let the mark wait its turn at a widget, then at what that stands in, and last at the app."""
        while node is not None and node is not self:
            if node.call_later(self._follow, node.parent, focus_was):
                return
            node = node.parent
        self.call_later(self._arrive, focus_was)

    async def _arrive(self, focus_was: DOMNode | None) -> None:
        """Go on with what was typed since, unless the focus has moved after the mark set out."""
        if (taker := self._taker) is not focus_was:
            self._follow(taker, focus_was=taker)
        else:
            self._at_work = False
            await self._hand_on()
