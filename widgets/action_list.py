"""`ActionList`: the audited actions with their keys; what is not allowed stays visible and says why (PRODUCT.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message
from textual.reactive import reactive

from services.contract.types import ACTION_TITLES, Action
from widgets.format import ACCENT, DIM
from widgets.line_block import Line, LineBlock, line, paragraph, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contract.views import ActionStateView, CustomerBillingView

ALWAYS_SHOWN = (Action.MARK_INVOICE_VERIFIED, Action.APPROVE_TRIAL, Action.APPLY_SUPPORT_CREDIT)


def state_of(view: CustomerBillingView, action: Action) -> ActionStateView | None:
    """Return whether `action` is allowed in `view`, None when the view does not speak of it."""
    return next((state for state in view.actions if state.action is action), None)


class ActionList(LineBlock):
    """Three actions always, the others when they can serve.

    Args:
        keys: the key that starts each action.
    """

    DEFAULT_CSS = """
    ActionList { padding: 0; }
    """

    class Chosen(Message):
        """An action was clicked, allowed or not: the page opens it or says why not."""

        def __init__(self, actions: ActionList, action: Action) -> None:
            super().__init__()
            self.actions = actions
            self.action = action

        @property
        def control(self) -> ActionList:
            """The list that was clicked."""
            return self.actions

    view: reactive[CustomerBillingView | None] = reactive(None, layout=True)
    """The customer to act on, or None."""

    locked: reactive[str] = reactive("", layout=True)
    """Why no action at all is possible (a read-only desk), or empty."""

    compact: reactive[bool] = reactive(default=False, layout=True, toggle_class="-compact")
    """One line an action, its reason cut, for narrow terminals."""

    def __init__(self, keys: Mapping[Action, str], *, id: str | None = None) -> None:  # noqa: A002  (Textual's word)
        super().__init__(id=id)
        self._keys = keys

    def lines(self, width: int) -> list[Line]:
        """Return each action, and beneath one that is not allowed its reason."""
        view = self.view
        if view is None or self.locked:
            lines = [line((self._lead(action), DIM), (ACTION_TITLES[action], DIM)) for action in ALWAYS_SHOWN]
            return [*lines, *paragraph(self.locked, width, DIM)] if self.locked else lines
        shown = [state for state in view.actions if state.allowed or state.action in ALWAYS_SHOWN]
        return [row for state in shown for row in self._action_lines(state, width)]

    def _action_lines(self, state: ActionStateView, width: int) -> list[Line]:
        lead, action = self._lead(state.action), state.action
        if state.allowed:
            return [line((lead, ACCENT), state.title, target=action)]
        why = state.message or ""
        if self.compact:
            return [spread([(lead, DIM), (f"{state.title}: {why}", DIM)], [], width, action)]
        title = line((lead, DIM), (state.title, DIM), target=action)
        return [title, *paragraph(why, width, DIM, indent=cell_len(lead), target=action)]

    def _lead(self, action: Action) -> str:
        return f"{self._keys.get(action, ''):<2} "

    def choose(self, target: object) -> None:
        """Post the clicked action."""
        if isinstance(target, Action):
            self.post_message(self.Chosen(self, target))
