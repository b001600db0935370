"""Help: every key of the page, straight from the command registry, with why one cannot be used now."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll

from billinghelp.command import Command, Situation
from billinghelp.commands import APP
from billinghelp.keys import key_label
from widgets.dialog import Dialog
from widgets.dialog_parts import DialogKeys
from widgets.format import ACCENT, DIM, WARNING
from widgets.line_block import Line, LineBlock, line, paragraph

_KEY_CELLS = 6
_LEGEND = (
    "▲ changes records: it shows before → after and asks for a reason first. Letters act outside text inputs only."
)


class HelpScreen(Dialog[None]):
    """Lists the commands of the page, then those of the app. The keys are the user's own where they are remapped."""

    BINDINGS = [Binding("question_mark,q,enter", "leave", "Close", show=False)]

    DEFAULT_CSS = """
    HelpScreen {
        .dialog-box { width: 90; max-height: 96%; }
        #commands { height: auto; max-height: 100%; scrollbar-size-vertical: 1; margin-bottom: 1; }
        DialogKeys { dock: bottom; }
    }
    """

    def __init__(self, commands: Sequence[Command], keys: Mapping[str, str], situation: Situation) -> None:
        super().__init__()
        self._commands = commands
        self._keys = keys
        self._situation = situation

    def compose(self) -> ComposeResult:
        """The commands in a scroll, and how to leave."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Help"
            with VerticalScroll(id="commands"):
                yield CommandLines(self._commands, self._keys, self._situation)
            yield DialogKeys([("↑ ↓", "scroll"), ("esc", "close")])

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one(VerticalScroll).focus()


class CommandLines(LineBlock):
    """A paragraph a command: key, title, what it does, and why not now."""

    def __init__(self, commands: Sequence[Command], keys: Mapping[str, str], situation: Situation) -> None:
        super().__init__()
        here = [command for command in commands if command.page != APP]
        everywhere = [command for command in commands if command.page == APP]
        self._groups = [group for group in (("On this page", here), ("Everywhere", everywhere)) if group[1]]
        self._keys = keys
        self._situation = situation

    def lines(self, width: int) -> list[Line]:
        """Return the groups with their commands."""
        lines = paragraph(_LEGEND, width, DIM)
        for heading, commands in self._groups:
            lines += [line(""), line((heading, ACCENT))]
            lines += [row for command in commands for row in self._command(command, width)]
        return lines

    def _command(self, command: Command, width: int) -> list[Line]:
        key = key_label(self._keys[command.id])
        mark = ("▲ ", WARNING) if command.dangerous else ("  ", "")
        title = line((f"{key:<{_KEY_CELLS}}", ACCENT), mark, (command.title, "bold"))
        rows = [title, *paragraph(command.help, width, DIM, indent=_KEY_CELLS + 2)]
        if (why_not := command.available(self._situation)) is not None:
            rows += paragraph(f"Not now: {why_not}", width, WARNING, indent=_KEY_CELLS + 2)
        return rows
