"""`StatePane`: what stands in place of a page that cannot be shown: why, and what to press."""

from typing import NamedTuple

from widgets.format import ACCENT, WARNING
from widgets.line_block import Line, LineBlock, line, paragraph


class State(NamedTuple):
    """A headline, one sentence, and the keys that lead on."""

    title: str
    text: str
    keys: tuple[tuple[str, str], ...]


class StatePane(LineBlock):
    """Shows a `State` in the middle of the page."""

    DEFAULT_CSS = """
    StatePane { width: 1fr; height: 1fr; padding: 0 4; }
    """

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def lines(self, width: int) -> list[Line]:
        """Return the state, set a third of the way down, as wide as a sentence reads well."""
        rows = [line(("▲ ", WARNING), (self._state.title, "bold")), line("")]
        rows += paragraph(self._state.text, min(width, 72), indent=2)
        rows += [line(""), line("  ", *(part for key in self._state.keys for part in _key(*key)))]
        return [*[line("")] * max((self.size.height - len(rows)) // 3, 0), *rows]


def _key(key: str, label: str) -> tuple[tuple[str, str], str]:
    return (key, ACCENT), f" {label}   "
