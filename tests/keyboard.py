"""A text typed as a quick typist's terminal delivers it: every key at once, each an event of its own."""

from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.pilot import Pilot

_NAMED = {" ": "space", ",": "comma", "-": "minus", ".": "full_stop", "/": "slash", "?": "question_mark"}
_SIGNS = {"⏎": "enter", "⇥": "tab", "⌫": "backspace", "↑": "up", "⎋": "escape", "⌘": "ctrl+p"}


def events_of(*typed: str | Paste) -> Iterator[Key | Paste]:
    """Yield what a terminal sends for these texts and pastes; the signs ⏎ ⇥ ⌫ ↑ ⎋ ⌘ (the palette) are keys."""
    for piece in typed:
        if isinstance(piece, Paste):
            yield piece
            continue
        for char in piece:
            yield Key(_SIGNS[char], None) if char in _SIGNS else Key(_NAMED.get(char, char), char)


def send(app: App[Any], *typed: str | Paste) -> None:
    """Deliver keys and pastes, without waiting for any."""
    assert app._driver is not None
    for event in events_of(*typed):
        event.set_sender(app)
        app._driver.send_message(event)


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text, and wait until the screen has taken it; `Pilot.press` would wait 40 ms for every letter."""
    send(pilot.app, text)
    await pilot.pause()
