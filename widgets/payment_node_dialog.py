"""`NodeDialog`: one node in full: what it is, what it runs and uses, and how far it is with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contract.wording import minute, size
from widgets.detail_dialog import DetailDialog
from widgets.format import BRIGHT, ago
from widgets.labelled_lines import EMPTY, Labelled, labelled_lines
from widgets.line_block import Line, LineBlock
from widgets.payment_nodes import node_mark

if TYPE_CHECKING:
    from datetime import datetime

    from services.contract.views import NodeView

_MEANINGS = {
    "current": "It works with what the plan includes now.",
    "updating": "It was told of the plan's last change, or will be with its next report.",
    "lagging": "It reports, but has not taken up the plan's last change in the time that this should take.",
    "silent": "It has stopped reporting. What stands here is what it said last.",
    "never_seen": "It has not reported yet.",
    "retired": "None of its tokens serves any more. It counts for nothing, and stays listed.",
}


class NodeDialog(DetailDialog):
    """Shows all that is known of a node.

    Args:
        wanted_since: since when its generation of the entitlements is wanted; null: from the first.
        now: from when ages are counted.
    """

    def __init__(
        self, node: NodeView, legal_name: str, customer_id: str, now: datetime, wanted_since: datetime | None
    ) -> None:
        super().__init__(f"Node {node.name or node.node_id}", (legal_name, customer_id))
        self.node = node
        self._now = now
        self._wanted_since = wanted_since

    def body(self) -> NodeLines:
        """Return the node."""
        return NodeLines(self.node, self._now, self._wanted_since)


class NodeLines(LineBlock):
    """A node's own data, in words where a number alone says little."""

    def __init__(self, node: NodeView, now: datetime, wanted_since: datetime | None) -> None:
        super().__init__()
        self._node = node
        self._now = now
        self._wanted_since = wanted_since

    def lines(self, width: int) -> list[Line]:
        """Return a line a fact, and beneath the state and the generation what they mean."""
        node, mark = self._node, node_mark(self._node)
        seen = node.last_seen_at
        has_told = seen is not None
        rows = [
            Labelled("Node id", node.node_id, BRIGHT),
            Labelled("Name", node.name or "–"),
            Labelled("State", str(mark), f"bold {mark.style}"),
            Labelled("", _MEANINGS[node.state]),
            EMPTY,
            Labelled("Version", node.version or "not known"),
            Labelled("Users", f"{node.users:,}" if has_told else "not known"),
            Labelled("Storage", size(node.storage_bytes) if has_told else "not known"),
            Labelled("Entitlements", entitlements_words(node, self._wanted_since)),
            EMPTY,
            Labelled("Registered", minute(node.registered_at)),
            Labelled("Last seen", f"{minute(seen)}, {ago(seen, self._now)}" if seen is not None else "never"),
        ]
        return labelled_lines(rows, width)


def entitlements_words(node: NodeView, wanted_since: datetime | None) -> str:
    """Return which generation of the plan's entitlements a node runs, and which one it is to, since when."""
    applied, wanted = node.applied_generation, node.wanted_generation
    since = f" since {minute(wanted_since)}" if wanted_since is not None else ""
    if applied == wanted:
        return f"It runs generation {applied} of the plan's entitlements, the one that is wanted{since}."
    runs = "It has not said which generation of the plan's entitlements it runs"
    if applied is not None:
        runs = f"It runs generation {applied} of the plan's entitlements"
    return f"{runs}." if node.state == "retired" else f"{runs}; {wanted} is wanted{since}."
