"""`NodeDialog`: one node in full: what it is, what it runs and uses, and how far it is with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from services.contract.text import clean
from services.contract.wording import minute, size
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, DialogKeys
from widgets.format import BRIGHT, ago
from widgets.labelled_lines import EMPTY, Labelled, labelled_lines
from widgets.line_block import Line, LineBlock
from widgets.payment_nodes import node_mark

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult

    from services.contract.views import NodeView

_MEANINGS = {
    "current": "It works with what the plan includes now.",
    "updating": "It was told of the plan's last change, or will be with its next report.",
    "lagging": "It reports, but has not taken up the plan's last change in the time that this should take.",
    "silent": "It has stopped reporting. What stands here is what it said last.",
    "never_seen": "It has not reported yet.",
    "retired": "None of its tokens serves any more. It counts for nothing, and stays listed.",
}


class NodeDialog(Dialog[None]):
    """Shows all that is known of a node.

    Args:
        wanted_since: since when its generation of the entitlements is wanted; null: from the first.
        now: from when ages are counted.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,q", "leave", "Close", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
    ]

    DEFAULT_CSS = """
    NodeDialog {
        .dialog-box { width: 84; }
        CustomerLine { margin-bottom: 1; }
        #detail { height: auto; max-height: 100%; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
        NodeLines { margin-bottom: 1; }
        DialogKeys { dock: bottom; }
        &.-low CustomerLine, &.-low NodeLines { margin-bottom: 0; }
    }
    """

    def __init__(
        self, node: NodeView, legal_name: str, customer_id: str, now: datetime, wanted_since: datetime | None
    ) -> None:
        super().__init__()
        self.node = node
        self._customer = (legal_name, customer_id)
        self._now = now
        self._wanted_since = wanted_since

    def compose(self) -> ComposeResult:
        """Customer and node in a scroll, the keys."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(f"Node {self.node.name or self.node.node_id}"))
            with VerticalScroll(id="detail", can_focus=False):
                yield CustomerLine(*self._customer)
                yield NodeLines(self.node, self._now, self._wanted_since)
            yield DialogKeys([("esc", "close")])

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#detail", VerticalScroll).scroll_relative(y=lines, animate=False)


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
