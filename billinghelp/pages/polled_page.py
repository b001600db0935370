"""`PolledPage`: a page that reads when its desk opens, and again by itself for as long as it is shown."""

from datetime import datetime

from textual.timer import Timer
from textual.worker import Worker

from billinghelp.desk_port import DeskPort
from billinghelp.page import Page
from billinghelp.workplace import Workplace

POLL_EVERY = 5.0
"""Seconds between looks at whether records changed elsewhere: it is to show within 10 s."""


class PolledPage(Page):
    """Subclasses say how reading begins, and how it is done again; no look cuts off a read that is under way."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._reading: Worker[None] | None = None
        self._polling: Timer | None = None

    # ── what a subclass says ──────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Read for the first time, and put the keyboard where it serves."""
        raise NotImplementedError

    def read_again(self) -> None:
        """Read what is shown once more; whoever reads keeps the worker in `_reading`."""
        raise NotImplementedError

    def keep_time(self, now: datetime) -> None:
        """Count the ages that are shown from this moment on."""
        raise NotImplementedError

    # ── keeping it true ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def desk(self) -> DeskPort:
        """The open desk: commands run only on one."""
        assert self.place.desk is not None  # noqa: S101
        return self.place.desk

    @property
    def has_begun(self) -> bool:
        """Whether it has read for the first time."""
        return self._polling is not None

    async def desk_opened(self) -> None:
        """Begin, and keep it true without a key; on a desk that was opened again it goes on as it was."""
        if not self.has_begun:
            self._polling = self.set_interval(POLL_EVERY, self.poll)
            self.begin()

    def on_screen_resume(self) -> None:
        """Show at once what changed while another page or a dialog was looked at."""
        if self.has_begun:
            self.poll()

    def poll(self) -> None:
        """Show what changed elsewhere, and how old everything is."""
        self.keep_time(self.place.clock())
        under_way = self._reading is not None and not self._reading.is_finished
        if self in self.app.screen_stack and self.place.trouble is None and not under_way:
            self.read_again()
