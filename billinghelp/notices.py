"""A word in passing: neither a success nor a refusal."""

from widgets.format import DIM, Mark
from widgets.notice import Notice, NoticeBar

_NOTE = Mark("·", "Note", DIM)


def note(bar: NoticeBar, text: str) -> None:
    """Say something that only informs."""
    bar.notice = Notice(_NOTE, text)
