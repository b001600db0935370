"""`ChatHeader`: whom the guidance is for, and who gives it."""

from __future__ import annotations

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.text import clean
from widgets.format import BRIGHT, DIM
from widgets.line_block import Line, LineBlock, rule, spread

_GUIDANCE_FOR = "Guidance for "
_NAME_CELLS = 20  # of the customer's name at least, before anything else gives way


class ChatHeader(LineBlock):
    """Whom the guidance is for and who gives it; in few cells, the name alone."""

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
        engine, name = clean(self.engine), clean(self.legal_name)
        room = width - cell_len(engine) - 1
        shown = [(engine, DIM)] if engine and room >= _NAME_CELLS else []
        room = room if shown else width
        before = [(_GUIDANCE_FOR, DIM)] if room >= len(_GUIDANCE_FOR) + min(cell_len(name), _NAME_CELLS) else []
        return [spread([*before, (name, BRIGHT)], shown, width), rule(width)]
