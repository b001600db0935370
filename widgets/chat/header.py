"""`ChatHeader`: whom the guidance is for, and who gives it."""

from __future__ import annotations

from textual.reactive import reactive

from widgets.format import BRIGHT, DIM
from widgets.line_block import Line, LineBlock, rule, spread

_WIDE_ENOUGH_FOR_ENGINE = 60


class ChatHeader(LineBlock):
    """Whom the guidance is for, and where there is room who gives it."""

    DEFAULT_CSS = """
    ChatHeader { padding: 0; }
    """

    legal_name: reactive[str | None] = reactive(None)
    """The customer's name, None for nobody."""

    engine: reactive[str] = reactive("")
    """Who answers."""

    def lines(self, width: int) -> list[Line]:
        """Return the name and the engine over a thin line."""
        if self.legal_name is None:
            return [spread([("Guidance", BRIGHT)], [], width), rule(width)]
        engine = [(self.engine, DIM)] if width >= _WIDE_ENOUGH_FOR_ENGINE else []
        return [spread([("Guidance for ", DIM), (self.legal_name, BRIGHT)], engine, width), rule(width)]
