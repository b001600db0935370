"""`ChatStarters`: the three starter prompts (PRODUCT.md §7): in full while the thread is empty, one line afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import reactive

from services.contract.types import STARTER_TITLES, Starter
from widgets.chat.commands import ChatCommand
from widgets.format import ACCENT, DIM
from widgets.line_block import Line, LineBlock, line, paragraph, spread

if TYPE_CHECKING:
    from widgets.chat.commands import KeyOf

_HINTS = {
    Starter.UNBLOCK_BILLING: "what blocks platform use, and the way out",
    Starter.INVOICE_EXCEPTION: "can this customer be marked invoice verified, and why",
    Starter.SUMMARIZE_REPORT: "recent credits, adjustments, next steps to share",
}


class ChatStarters(LineBlock):
    """The prompts with their keys, which the page binds.

    Args:
        key: how keys are shown.
    """

    DEFAULT_CSS = """
    ChatStarters { padding: 0 1; }
    """

    class Chosen(Message):
        """A starter was clicked."""

        def __init__(self, starters: ChatStarters, starter: Starter) -> None:
            super().__init__()
            self.starters = starters
            self.starter = starter

        @property
        def control(self) -> ChatStarters:
            """The prompts."""
            return self.starters

    ready: reactive[bool] = reactive(default=False, layout=True)
    """Whether a customer is selected: without one there is nothing to ask about."""

    brief: reactive[bool] = reactive(default=False, layout=True)
    """One line in all, once the thread has messages."""

    def __init__(self, key: KeyOf) -> None:
        super().__init__()
        self._key = key

    def lines(self, width: int) -> list[Line]:
        """Return the prompts with what each does."""
        if not self.ready:
            return [line(), *paragraph("Find a customer first: the guide answers from their facts.", width, DIM)]
        keys = {starter: self._key(ChatCommand(starter.value)) for starter in Starter}
        if self.brief:
            prompts = [((f"{key} ", ACCENT), (STARTER_TITLES[starter], DIM)) for starter, key in keys.items()]
            cells = sum(len(text) for prompt in prompts for text, _ in prompt)
            gap = "  " if cells + 2 * (len(prompts) - 1) <= width else " "
            spaced = [part for prompt in prompts for part in (gap, *prompt)]
            return [line(*spaced[1:])]
        lines = [line()]
        for starter, key in keys.items():
            lines.append(line(("  " + key, ACCENT), "  ", STARTER_TITLES[starter], target=starter))
            lines.append(spread(["     ", (_HINTS[starter], DIM)], [], width, starter))
        return lines

    def choose(self, target: object) -> None:
        """Post the clicked starter."""
        if isinstance(target, Starter):
            self.post_message(self.Chosen(self, target))
