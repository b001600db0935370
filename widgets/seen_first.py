"""`SeenFirst`: a dialog in which nothing is confirmed by a key that was typed before one could see what it confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import ScreenResultType
from textual.widgets import Button

from widgets.dialog import Dialog

if TYPE_CHECKING:
    from textual import events


class SeenFirst(Dialog[ScreenResultType]):
    """Calls `mark_as_shown` when there is something new to see; an enter typed before that presses no button.

    When a key was typed counts, not when its turn comes: in a burst, what is to be seen may come in between.
    """

    _shown_at = 0.0

    def mark_as_shown(self) -> None:
        """Let only what is typed from now on confirm what is shown."""
        self._shown_at = Message().time  # by the clock that keys carry

    def on_key(self, event: events.Key) -> None:
        """Drop an enter on a button that was typed too early."""
        if event.key == "enter" and event.time < self._shown_at and isinstance(self.focused, Button):
            event.stop()
