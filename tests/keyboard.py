"""A text typed as a quick typist's terminal delivers it: every key at once, each an event of its own."""

from typing import Any

from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

_NAMED = {" ": "space", ",": "comma", "-": "minus", ".": "full_stop", "?": "question_mark"}


def send_text(app: App[Any], text: str) -> None:
    """Deliver the keys of a text, without waiting for any."""
    assert app._driver is not None
    for char in text:
        event = Key(_NAMED.get(char, char), char)
        event.set_sender(app)
        app._driver.send_message(event)


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text, and wait until the screen has taken it; `Pilot.press` would wait 40 ms for every letter."""
    send_text(pilot.app, text)
    await pilot.pause()
