"""Small pieces that dialogs are made of: the customer's line, a hint, a labelled field, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, Label

from widgets.format import ACCENT, BRIGHT, DIM, ellipsis_middle
from widgets.line_block import Line, LineBlock, line, paragraph, spread

if TYPE_CHECKING:
    from textual.app import ComposeResult


class CustomerLine(LineBlock):
    """The customer an action is for: the name, and flush right the id."""

    def __init__(self, legal_name: str, customer_id: str) -> None:
        super().__init__()
        self._legal_name = legal_name
        self._customer_id = customer_id

    def lines(self, width: int) -> list[Line]:
        """Return the one line; the id takes half of it at most."""
        customer_id = ellipsis_middle(self._customer_id, width // 2)
        return [spread([(self._legal_name, BRIGHT)], [(customer_id, DIM)], width)]


class Hint(LineBlock):
    """A quiet line beneath a field; it keeps its place when it has nothing to say."""

    text: reactive[str] = reactive("", layout=True)
    """What it says."""

    def lines(self, width: int) -> list[Line]:
        """Return the text wrapped, one empty line for none."""
        return paragraph(self.text, width, DIM)


class Field(Input):
    """One line to write in. Enter is the dialog's `move_on`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.move_on", "Move on", show=False),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]


def labelled_field(label: str, name: str, placeholder: str, value: str = "") -> ComposeResult:
    """Yield a label and its one-line input, whose id is `name`."""
    with Horizontal(classes="field"):
        yield Label(Content(label))
        field = Field(value, placeholder=placeholder, id=name, compact=True, select_on_focus=False)
        field.cursor_blink = False
        yield field


class DialogKeys(LineBlock):
    """The keys a dialog answers to, on one line."""

    def __init__(self, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  (a line that is too long is cut)
        """Return the one line."""
        return [line(*(part for key, word in self._keys for part in ((key, ACCENT), (f" {word}   ", DIM))))]
