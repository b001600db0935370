"""`Page`: a screen with the shell around it, whose keys all come from the command registry."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from billinghelp.command import Command, Situation
from billinghelp.commands import APP, BY_ID, of_page, on_page
from billinghelp.shell import PAGES, HeaderBar, KeyBar, Sidebar, pages_of
from billinghelp.state_pane import State, StatePane
from billinghelp.workplace import Workplace
from widgets.notice import NoticeBar

WIDTHS = [(0, "-narrow"), (80, "-medium"), (110, "-wide")]
"""From which width on a screen has which class (PRODUCT.md §7)."""

HEIGHTS = [(0, "-tiny"), (10, "-low"), (30, "-tall")]
"""From which height on a screen has which class."""

NO_PAGE = State(
    title="Nothing here for this role",
    text="You are signed in with a role that has no page on this desk. Ask a platform administrator for another role.",
    keys=(("^q", "quit"),),
)


class Page(Screen[None]):
    """A page of the desk or a screen over one. Subclasses compose a body and give `PAGE`, their part of the registry.

    A command runs through `action_command`: where it cannot be used now, the notice bar says why.
    """

    PAGE: ClassVar[str]
    IN_SIDEBAR: ClassVar[str]
    """The page that the sidebar marks while this screen is shown."""

    AUTO_FOCUS = ""  # letters are commands until a text input is asked for

    DEFAULT_CSS = """
    Page {
        layout: vertical;
        background: $background;
        color: $foreground;
        #frame { height: 1fr; }
        &.-trouble .page-body, &.-trouble KeyBar { display: none; }
        Sidebar { display: none; }
        &.-wide Sidebar { display: block; }
    }
    """

    def __init__(self, place: Workplace, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.place = place

    def compose(self) -> ComposeResult:
        """Lay the shell around the page's body."""
        # Textual sets these classes with the first resize; set before, they change no frame that was laid out.
        size = self.app.size
        self.add_class(*(_reached(*which) for which in ((WIDTHS, size.width), (HEIGHTS, size.height))))
        yield HeaderBar(self.place.store_label(), self.place.who(), demo=self.place.demo)
        with Horizontal(id="frame"):
            yield Sidebar(self.IN_SIDEBAR, self.place.keys, store="demo store" if self.place.demo else "")
            yield from self.compose_body()
        yield KeyBar(self.PAGE, self.place.keys)

    def compose_body(self) -> ComposeResult:
        """Yield what this page shows: one widget with the class `page-body`."""
        raise NotImplementedError

    async def desk_opened(self) -> None:
        """Start reading: the store has answered who is signed in."""

    def situation(self) -> Situation:
        """Return what the availability of commands depends on."""
        return Situation(identity=self.place.identity)

    def notice_bar(self) -> NoticeBar | None:
        """Return where this page says how things went; null before it stands."""
        raise NotImplementedError

    async def furnish(self) -> None:
        """Bring what the first frame did not need."""

    async def run_command(self, run: str) -> None:
        """Carry out a command's action."""
        await self.app.run_action(run, self)

    async def on_mount(self) -> None:
        """Start at once when the desk is open already."""
        self._stop_watching = self.place.link.watch(self._link_changed)
        if self.place.desk is not None or self.place.trouble is not None:
            await self.show_place()
        if self.place.identity is not None and self.is_offered:
            await self.desk_opened()

    def _link_changed(self) -> None:
        self.call_later(self.show_place)

    def on_unmount(self) -> None:
        """Watch the way to the desk no longer."""
        self._stop_watching()

    @property
    def is_narrow(self) -> bool:
        """Whether only one pane fits."""
        return _reached(WIDTHS, self.app.size.width) == WIDTHS[0][1]

    def on_resize(self, event: events.Resize) -> None:
        """Drop a size that is no longer the terminal's, else show what the new one has room for.

        Textual lays a screen out for every size it hears of, and each layout tells the screen its size again: two sizes
        with any message between them would follow each other for ever.
        """
        if event.size != self.app.size:
            event.prevent_default()
            return
        self.show_situation()

    async def show_place(self) -> None:
        """Show the store, who is signed in, and in place of the page why it cannot be shown."""
        identity = self.place.identity
        header = self.query_one(HeaderBar)
        header.store, header.who = self.place.store_label(), self.place.who()
        header.read_only = bool(identity and identity.read_only)
        header.lost = self.place.link.lost and identity is not None
        self.show_situation()
        trouble = self.place.trouble or (None if self.is_offered else NO_PAGE)
        self.set_class(trouble is not None, "-trouble")
        await self.query(StatePane).remove()
        if trouble is not None:
            await self.query_one("#frame").mount(StatePane(trouble))

    @property
    def is_offered(self) -> bool:
        """Whether the role has this page; while nobody is known yet it is not ruled out."""
        return any(command.id == f"app.{self.IN_SIDEBAR}" for command, _, _ in pages_of(self.situation()))

    def show_situation(self) -> None:
        """Bring sidebar and footer up to date with what can be done now."""
        sidebar = self.query_one(Sidebar)
        sidebar.blocked, sidebar.waiting = self.place.blocked, self.place.waiting
        sidebar.situation = self.query_one(KeyBar).situation = self.situation()

    def commands(self) -> Iterator[Command]:
        """Yield what can be done here; what the role never has is absent, as are pages that are not the role's."""
        situation = self.situation()
        offered = {command.id for command, _, _ in pages_of(situation)}
        absent = {command_id for command_id, _, _ in PAGES} - offered
        commands = on_page(self.PAGE) if self.is_offered else of_page(APP)
        return (command for command in commands if command.id not in absent and command.there(situation))

    async def action_command(self, command_id: str) -> None:
        """Run a command of the registry, or say why it cannot be used now; how the last one went is no longer said."""
        command, bar = BY_ID[command_id], self.notice_bar()
        if bar is not None and command.run != "back":  # which puts the notice away, and then does nothing else
            bar.move_on()
        if self.place.trouble is not None and command.page != APP:
            if command.run == "refresh":
                await self.run_action("app.open_desk")
        elif command.page != APP and not self.is_offered:
            self.app.bell()
        elif (why_not := command.available(self.situation())) is None:
            await self.run_command(command.run)
        elif bar is not None:
            bar.show_error(why_not, nothing_recorded=False)


def _reached(steps: list[tuple[int, str]], cells: int) -> str:
    return next(name for least, name in reversed(steps) if cells >= least)
