"""`FilterDialog`: which change requests to show, four things to choose on one small form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from services.contract.text import clean
from services.contract.types import CHANGE_REQUEST_TITLES, PolicyDecision
from widgets.change_requests_details import policy_words
from widgets.change_requests_wanted import SHOWN_WORDS, Wanted
from widgets.dialog import Dialog
from widgets.dialog_parts import DialogKeys
from widgets.format import ellipsis, fit
from widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from services.contract.views import ChangeRequestView

_DECISIONS = (PolicyDecision.REVIEW, PolicyDecision.AUTO_APPROVE, PolicyDecision.SELF_SERVICE)
"""What the policy says of a request that there is; what is never possible cannot be asked for."""


class Option(NamedTuple):
    """One value of a choice: its words, and the fields of `Wanted` that it sets."""

    words: str
    fields: Mapping[str, Any]


class FilterDialog(Dialog[Wanted | None]):
    """Dismisses with the filter that was put together, or None.

    Args:
        wanted: the filter that holds now.
        asked: the selected request, whose tenant's requests alone can be shown.
    """

    DEFAULT_CSS = """
    FilterDialog {
        .dialog-box { width: 60; padding: 1 2; }
        &.-low .dialog-box { padding: 0 1; }
        FilterRows { max-height: 100%; }
        DialogKeys { margin-top: 1; }
    }
    """

    def __init__(self, wanted: Wanted, asked: ChangeRequestView | None) -> None:
        super().__init__()
        self._choices = {
            "Status": [Option(words, {"shown": shown}) for shown, words in SHOWN_WORDS.items()],
            "Kind": [
                Option("every kind", {"kind": None}),
                *(Option(title, {"kind": kind}) for kind, title in CHANGE_REQUEST_TITLES.items()),
            ],
            "Policy": [
                Option("anything", {"policy_decision": None}),
                *(Option(policy_words(said), {"policy_decision": said}) for said in _DECISIONS),
            ],
            "Tenant": [Option("every tenant", {"customer_id": None, "legal_name": ""}), *_tenants(wanted, asked)],
        }
        self._wanted = wanted

    def compose(self) -> ComposeResult:
        """One row a choice."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Which requests?"
            yield FilterRows(self._choices, self._wanted)
            yield DialogKeys([("← →", "change"), ("↵", "show"), ("esc", "leave")])

    def on_mount(self) -> None:
        """Take the focus."""
        self.query_one(FilterRows).focus()

    @on(RowList.Chosen)
    def leave_with_filter(self, event: RowList.Chosen) -> None:
        """Dismiss with the filter as it stands."""
        event.stop()
        self.leave(self.query_one(FilterRows).wanted)


def _tenants(wanted: Wanted, asked: ChangeRequestView | None) -> list[Option]:
    found = {} if asked is None else {asked.customer_id: asked.legal_name}
    if wanted.customer_id is not None:
        found[wanted.customer_id] = wanted.legal_name
    return [
        Option(f"only {clean(name)}", {"customer_id": customer_id, "legal_name": name})
        for customer_id, name in found.items()
    ]


class FilterRows(RowList):
    """The choices, one a row; left and right go through the values of the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "change(1)", "Next value", show=False),
        Binding("left,h", "change(-1)", "Previous value", show=False),
    ]

    def __init__(self, choices: Mapping[str, Sequence[Option]], wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted
        """The filter as it stands."""
        self._choices = list(choices.items())
        self._label_cells = max(map(cell_len, choices)) + 3
        self.styles.height = len(choices)
        self.set_row_count(len(choices))

    def _chosen(self, options: Sequence[Option]) -> int:
        now = self.wanted._asdict()
        return next(at for at, option in enumerate(options) if option.fields.items() <= now.items())

    def action_change(self, by: int) -> None:
        """Go on to another value of the choice under the cursor, round and round."""
        _label, options = self._choices[self.cursor]
        option = options[(self._chosen(options) + by) % len(options)]
        self.wanted = self.wanted._replace(**option.fields)
        self.refresh()

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a choice and its value."""
        label, options = self._choices[index]
        cells = min(self._label_cells, width)
        room = max(width - cells, 0)
        words = ellipsis(options[self._chosen(options)].words, room - 4)
        left, right = ("◂ ", " ▸") if len(options) > 1 else ("  ", "")
        return ((fit(label, cells), "muted"), (left[:room], "muted"), (words, "strong"), (right, "muted"))
