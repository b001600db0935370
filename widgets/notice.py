"""`NoticeBar`: how the last thing went, in plain words, until the next one is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message
from textual.reactive import reactive

from widgets.format import BAD, DIM, GOOD, Mark
from widgets.line_block import Line, LineBlock, hanging, paragraph

if TYPE_CHECKING:
    from textual.timer import Timer

NOTHING_RECORDED = "Nothing was recorded."

SHOWN_FOR = 20.0
"""Seconds for which it is said that something is done: long enough to be read, too short to become a lie."""

_DONE = Mark("✓", "Done", GOOD)
_REFUSED = Mark("✗", "Not done", BAD)
_RUNNING = Mark("…", "Working", DIM)


class Notice(NamedTuple):
    """What happened, as a mark and a sentence or two."""

    mark: Mark
    text: str


class NoticeBar(LineBlock):
    """A success, an error or work in progress; with none of them the quiet status line, or nothing at all.

    All of what is over goes with the next thing that is begun (`move_on`). A success goes by itself as well, after
    `SHOWN_FOR`; an error stays until then, as it says what is still to be done.
    """

    DEFAULT_CSS = """
    NoticeBar {
        &.-error { background: $error 12%; }
        &.-success { background: $success 10%; }
    }
    """

    class Dismissed(Message):
        """The person has read the notice."""

        def __init__(self, bar: NoticeBar) -> None:
            super().__init__()
            self.bar = bar

        @property
        def control(self) -> NoticeBar:
            """The bar whose notice went."""
            return self.bar

    notice: reactive[Notice | None] = reactive(None, layout=True)
    """What is shown now, or None."""

    quiet: reactive[str] = reactive("", layout=True)
    """What stands here when there is no notice."""

    _fading: Timer | None = None

    @property
    def is_error(self) -> bool:
        """Whether it says why something was not done."""
        return self.notice is not None and self.notice.mark is _REFUSED

    def show_success(self, text: str) -> None:
        """Say that it is done, and what follows from it."""
        self.notice = Notice(_DONE, text)

    def show_error(self, text: str, *, nothing_recorded: bool = True) -> None:
        """Say why it was not done, and that nothing was recorded where that is known."""
        self.notice = Notice(_REFUSED, f"{text} {NOTHING_RECORDED}" if nothing_recorded else text)

    def show_progress(self, text: str) -> None:
        """Say what is under way."""
        self.notice = Notice(_RUNNING, text)

    def dismiss(self) -> bool:
        """Take the notice away; return whether there was one."""
        if self.notice is None:
            return False
        self.notice = None
        self.post_message(self.Dismissed(self))
        return True

    def move_on(self) -> None:
        """Take away how the last thing went, as another one is begun; what is still under way stays."""
        if self.notice is not None and self.notice.mark is not _RUNNING:
            self.dismiss()

    def watch_notice(self, notice: Notice | None) -> None:
        """Tint the bar, as the mark already says in a word, and let what needs nobody go by itself."""
        if self._fading is not None:
            self._fading.stop()
            self._fading = None
        if notice is not None and notice.mark not in (_REFUSED, _RUNNING):
            self._fading = self.set_timer(SHOWN_FOR, self.move_on)
        self.set_class(self.is_error, "-error")
        self.set_class(notice is not None and notice.mark is _DONE, "-success")

    def lines(self, width: int) -> list[Line]:
        """Return the mark and the text wrapped behind it."""
        if self.notice is None:
            return paragraph(self.quiet, width, DIM) if self.quiet else []
        mark, text = self.notice
        return hanging((f"{mark}  ", f"bold {mark.style}"), text, width, target=self.notice)

    def choose(self, target: object) -> None:  # noqa: ARG002  (the whole bar is one target)
        """A click dismisses."""
        self.dismiss()
