"""`NodeTable`: a customer's nodes: how each stands, what it runs and uses, and whether it has taken up the plan."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from services.contract.wording import size
from widgets.format import BAD, DIM, GOOD, WARNING, Mark, ago, fit, fit_right
from widgets.row_list import Piece, Role, RowList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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


class _Cells(NamedTuple):
    """The cells of each column, 0 for one that is left out; the name has the rest."""

    state: int
    version: int
    users: int
    storage: int
    generation: int
    seen: int


_WIDTHS = (
    (80, _Cells(state=14, version=10, users=7, storage=11, generation=8, seen=13)),
    (62, _Cells(state=13, version=0, users=6, storage=9, generation=7, seen=12)),
    (52, _Cells(state=13, version=0, users=0, storage=9, generation=7, seen=12)),
    (36, _Cells(state=14, version=0, users=0, storage=0, generation=0, seen=12)),
    (0, _Cells(state=14, version=0, users=0, storage=0, generation=0, seen=0)),
)


def no_node(customer_id: str) -> str:
    """Return how a customer without a node comes by one."""
    create = f"billinghelp tokens create --role service --customer {quote(customer_id)} --node NODE --name NAME"
    return f"No node is registered: one appears here with its token, which a platform administrator creates: {create}"


class NodeTable(RowList):
    """Name, state, version, users, storage, generation of the entitlements, and when it was last heard of."""

    nodes: Sequence[NodeView] = ()
    """The nodes, from the top."""

    now: reactive[datetime | None] = reactive(None)
    """From when ages are counted."""

    def show(self, nodes: Sequence[NodeView]) -> None:
        """Show these nodes; the cursor stays where it is."""
        self.nodes = nodes
        self.set_row_count(len(nodes), keep_cursor=True)

    @property
    def selected(self) -> NodeView | None:
        """The node under the cursor, None while there is none."""
        return self.nodes[self.cursor] if self.nodes else None

    def heading(self, width: int) -> Sequence[Piece]:
        """Return the columns' names."""
        if not self.nodes:
            return ()
        cells = _cells(width)
        names = fit("Node", _rest(cells, width)) + fit("State", cells.state)
        names += _some("Version", cells.version, fit) + _some("Users", cells.users, fit_right)
        names += _some("Storage", cells.storage, fit_right) + _some("Plan", cells.generation, fit_right)
        return ((names + _some("Last seen", cells.seen, fit_right), "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        """Return a node's columns."""
        node, cells = self.nodes[index], _cells(width)
        mark, role = _STATES[node.state]
        seen = _NEVER if node.last_seen_at is None or self.now is None else ago(node.last_seen_at, self.now)
        pieces: list[Piece] = [
            (fit(node.name or node.node_id, _rest(cells, width) - 1) + " ", "strong"),
            (fit(str(mark), cells.state), role),
            (_some(node.version or _NEVER, cells.version, fit), "muted"),
            (_some(f"{node.users:,}", cells.users, fit_right), "text"),
            (_some(size(node.storage_bytes), cells.storage, fit_right), "text"),
            (_some(_generation(node), cells.generation, fit_right), "warning" if _is_behind(node) else "muted"),
            (_some(seen, cells.seen, fit_right), "muted"),
        ]
        return [piece for piece in pieces if piece[0]]


def _is_behind(node: NodeView) -> bool:
    return node.applied_generation != node.wanted_generation and node.state != "retired"


def _generation(node: NodeView) -> str:
    """Return the generation a node works with, and where that is another one, the one it should: «3 → 4»."""
    if node.applied_generation == node.wanted_generation:
        return f"{node.wanted_generation}"
    applied = _NEVER if node.applied_generation is None else f"{node.applied_generation}"
    return f"{applied} → {node.wanted_generation}"


def _some(text: str, cells: int, fitted: Callable[[str, int], str]) -> str:
    return fitted(text, cells) if cells else ""


def _cells(width: int) -> _Cells:
    return next(cells for least, cells in _WIDTHS if width >= least)


def _rest(cells: _Cells, width: int) -> int:
    return max(width - sum(cells), 2)
