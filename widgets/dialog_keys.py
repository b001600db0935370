"""`KeysInOrder`: the fields of a dialog answer to keys in the order in which they were typed, however fast that was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key, Paste

if TYPE_CHECKING:
    from textual.message import Message
    from textual.widget import Widget
else:
    Widget = object  # as a widget it would take the place of the one it is mixed into, whose styles would be lost


class KeysInOrder(Widget):
    """Mixed into a widget: what a bound key does is done before anything sees what was typed after it.

    Textual carries a bound key out only when it has gone from the widget up to the app, and the app hands later keys to
    what has the focus until then: typed after enter or tab, they would land in the field that was left. Here they are
    held until that key is done, and then go to what has the focus. Focus and held keys change hands in one step: no
    key that the app hands on meanwhile can overtake.
    """

    _held: list[Key | Paste] | None = None
    """What was typed after a bound key that is not done yet; None while there is none."""

    def post_message(self, message: Message) -> bool:
        """Take a message; hold what was typed after a bound key."""
        if isinstance(message, Key | Paste) and self._held is not None:
            self._held.append(message)
            return True
        if isinstance(message, Key) and not self._writes(message):
            self._held = []
        return super().post_message(message)

    def _writes(self, key: Key) -> bool:
        return self.check_consume_key(key.key, key.character)

    async def on_key(self, event: Key) -> None:
        """Do what a bound key says, then hand on what was typed after it."""
        if self._writes(event):
            return
        try:
            bound = self.screen.active_bindings.get(event.key) if self.screen.focused is self else None
            if bound is not None and await self.app.run_action(bound.binding.action, bound.node):
                event.stop()
                event.prevent_default()
        finally:
            held, self._held = self._held or [], None
            for later in held:
                (self.app.focused or self.app.screen).post_message(later)
