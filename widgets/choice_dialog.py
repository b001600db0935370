"""`ChoiceDialog`: one of a few things, such as the format of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.containers import Vertical
from textual.content import Content

from services.contract.text import clean
from widgets.dialog import Dialog
from widgets.dialog_parts import DialogKeys
from widgets.format import fit
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.message_pump import MessagePump


class Choice(NamedTuple):
    """Something to choose: what is returned, its name, and what it is good for."""

    value: str
    label: str
    hint: str = ""


class ChoiceDialog(Dialog[str | None]):
    """Dismisses with the value of what was chosen, or None.

    Args:
        title: the question.
        choices: what there is, the first one under the cursor.
        owner: who gets the messages (see `Dialog`).
    """

    DEFAULT_CSS = """
    ChoiceDialog {
        .dialog-box { width: 56; padding: 1 2; }
        &.-low .dialog-box { padding: 0 1; }
        ChoiceRows { max-height: 100%; }
        DialogKeys { margin-top: 1; }
    }
    """

    def __init__(self, title: str, choices: Sequence[Choice], *, owner: MessagePump | None = None) -> None:
        super().__init__(owner=owner)
        self._question = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The choices, one a row."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(self._question))
            yield ChoiceRows(self._choices)
            yield DialogKeys([("↵", "choose"), ("esc", "leave")])

    def on_mount(self) -> None:
        """Take the focus."""
        self.query_one(ChoiceRows).focus()

    @on(RowList.Chosen)
    def leave_with_choice(self, event: RowList.Chosen) -> None:
        """Dismiss with what was chosen."""
        event.stop()
        self.leave(self._choices[event.index].value)


class ChoiceRows(RowList):
    """The choices with their hints."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = choices
        self._label_cells = max(cell_len(choice.label) for choice in choices) + 3
        self.styles.height = len(choices)
        self.set_row_count(len(choices))

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a choice and its hint."""
        choice = self._choices[index]
        label_cells = min(self._label_cells, width)
        return (
            (fit(choice.label, label_cells), "strong"),
            (fit(choice.hint, width - label_cells), "muted"),
        )
