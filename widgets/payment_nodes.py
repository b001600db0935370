"""`NodeTable`: a customer's nodes: how each stands, what it runs and uses, and whether it has taken up the plan."""

from __future__ import annotations

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

from textual.reactive import reactive

from services.contract.wording import size
from widgets.column_choice import columns_within
from widgets.format import BAD, DIM, GOOD, WARNING, Mark, ago, column_need, ellipsis_middle, fit, fit_right
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from services.contract.views import NodeView

_STATES: dict[str, tuple[Mark, Role]] = {
    "current": (Mark("✓", "current", GOOD), "good"),
    "updating": (Mark("…", "updating", DIM), "text"),
    "lagging": (Mark("▲", "lagging", WARNING), "warning"),
    "silent": (Mark("✗", "silent", BAD), "bad"),
    "never_seen": (Mark("○", "never seen", DIM), "muted"),
    "retired": (Mark("–", "retired", DIM), "muted"),
}
_NEVER = "–"
_NAME, _MOST = 21, 14
"""Cells that no other column takes from the names that need them, and at most those of another column."""

_TEXTS: dict[str, Callable[[NodeView], str]] = {
    "Node id": lambda node: node.node_id,
    "State": lambda node: str(node_mark(node)),
    "Version": lambda node: node.version or _NEVER,
    "Users": lambda node: _NEVER if node.last_seen_at is None else f"{node.users:,}",
    "Storage": lambda node: _NEVER if node.last_seen_at is None else size(node.storage_bytes),
    "Generation": lambda node: f"{_applied(node)} of {node.wanted_generation}",
}
_SEEN, _SEEN_CELLS = "Last seen", 13
_BY_WORTH = ("State", "Version", "Users", "Storage", "Generation", "Node id", _SEEN)
"""The columns beside the name, the one that is given up last first."""

_ON_SCREEN = ("Node id", "State", "Version", "Users", "Storage", "Generation", _SEEN)
_TO_THE_RIGHT = frozenset({"Users", "Storage", "Generation", _SEEN})


def node_mark(node: NodeView) -> Mark:
    """Return how a node stands."""
    return _STATES[node.state][0]


def no_node(customer_id: str) -> str:
    """Return how a customer without a node comes by one."""
    create = f"billinghelp tokens create --role service --customer {quote(customer_id)} --node NODE --name NAME"
    return f"No node is registered: one appears here with its token, which a platform administrator creates: {create}"


class NodeTable(RowList):
    """The name, and beside it as many columns as there is room for.

    They are id, state, version, users, storage, which generation of the entitlements a node runs «of» the one that is
    wanted, and when it was last heard of.
    """

    nodes: Sequence[NodeView] = ()
    """The nodes, from the top."""

    wanted_since: datetime | None = None
    """Since when the generation is wanted that is wanted; null: from the first."""

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._names: list[str] = []
        self._needs: dict[str, int] = {}

    def show(self, nodes: Sequence[NodeView], wanted_since: datetime | None = None) -> None:
        """Show these nodes; the cursor stays where it is."""
        self.nodes, self.wanted_since = nodes, wanted_since
        self._names = _names(nodes)
        needs = {column: column_need(column, map(text, nodes)) for column, text in _TEXTS.items()}
        self._needs = {column: min(need, _MOST) for column, need in needs.items()} | {_SEEN: _SEEN_CELLS}
        self.set_row_count(len(nodes), keep_cursor=True)

    @property
    def selected(self) -> NodeView | None:
        """The node under the cursor, None while there is none."""
        return self.nodes[self.cursor] if self.nodes else None

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        if not self.nodes:
            return ()
        columns = self._columns(width)
        name = fit("Node", _rest(columns, width))
        return ((name + "".join(_fitted(column, column, cells) for column, cells in columns.items()), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a node's columns."""
        columns = self._columns(width)
        cells = _rest(columns, width)
        name = ellipsis_middle(self._names[index], cells - 1)  # names of one site begin alike
        return [(fit(name, cells), "strong"), *self._pieces(self.nodes[index], columns)]

    def _pieces(self, node: NodeView, columns: dict[str, int]) -> Iterator[Piece]:
        for column, cells in columns.items():
            if column == _SEEN:
                seen = _NEVER if node.last_seen_at is None or self.now is None else ago(node.last_seen_at, self.now)
                yield fit_right(seen, cells), "muted"
            else:
                yield _fitted(column, _TEXTS[column](node), cells), _role(column, node)

    def _columns(self, width: int) -> dict[str, int]:
        """Return the cells of the columns that leave the names their room."""
        room = width - min(column_need("Node", self._names), _NAME)
        return columns_within(self._needs, _BY_WORTH, _ON_SCREEN, room)


def _rest(columns: dict[str, int], width: int) -> int:
    return max(width - sum(columns.values()), 2)


def _fitted(column: str, text: str, cells: int) -> str:
    return fit_right(text, cells) if column in _TO_THE_RIGHT else fit(text, cells - 1) + " "


def _role(column: str, node: NodeView) -> Role:
    if column == "State":
        return _STATES[node.state][1]
    if column == "Generation" and node.applied_generation != node.wanted_generation and node.state != "retired":
        return "warning"
    return "text" if column in ("Users", "Storage") else "muted"


def _applied(node: NodeView) -> str:
    return _NEVER if node.applied_generation is None else f"{node.applied_generation}"


def _names(nodes: Sequence[NodeView]) -> list[str]:
    """Return what the nodes are called: the names of their tokens, with the id where that tells two apart."""
    bearers = Counter(node.name for node in nodes)
    return [
        (node.name if bearers[node.name] == 1 else f"{node.name} · {node.node_id}") if node.name else node.node_id
        for node in nodes
    ]
