"""`TenantHeading`: whose limits and requests a page shows, on which tier, by which policy; or why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.reactive import reactive

from services.contract.text import clean
from widgets.format import BAD, BRIGHT, DIM
from widgets.line_block import Line, LineBlock, hanging, spread

if TYPE_CHECKING:
    from services.contract.views import ChangeRequestWorkspace


class TenantHeading(LineBlock):
    """The tenant's name, tier and policy version; beneath them what is wrong."""

    tenant: reactive[str] = reactive("")
    """What the tenant is called before its workspace is there."""

    workspace: reactive[ChangeRequestWorkspace | None] = reactive(None)
    """What is shown, or None while it is read."""

    problem: reactive[str] = reactive("", layout=True)
    """Why it could not be read, or empty."""

    def lines(self, width: int) -> list[Line]:
        """Return one line, and the problem beneath it."""
        found = self.workspace
        if found is None:
            lines = [spread([("Change requests  ", "bold"), (self.tenant, DIM)], [], width)]
        else:
            tier = f"{clean(found.usage_tier)} tier" if found.usage_tier else "no usage tier"
            right = f"{tier} · policy {clean(found.policy_version)}"
            name, room = clean(found.legal_name), width - cell_len(right) - 1
            title = [("Change requests  ", "bold")] if cell_len(f"Change requests  {name}") <= room else []
            lines = [spread([*title, (name, BRIGHT)], [(right, DIM)], width)]
        return [*lines, *hanging(("✗ ", BAD), self.problem, width)] if self.problem else lines
