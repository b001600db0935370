"""What feeding and reporting answer with."""

from services.contract.views.base import View


class ImportResult(View, frozen=True, kw_only=True):
    """How many customers an import created, updated and left as they were. `dry_run`: nothing was written."""

    created: int
    updated: int
    unchanged: int
    dry_run: bool


class UsageResult(View, frozen=True, kw_only=True):
    """How many usage events were recorded now and how many had been before; `levels`: how many levels were taken.

    A level that was measured before the one that is known is not.
    """

    recorded: int
    replayed: int
    levels: int = 0


class ReportFile(View, frozen=True, kw_only=True):
    """A finished report: `content` is base64 on the wire."""

    filename: str
    media_type: str
    content: bytes
