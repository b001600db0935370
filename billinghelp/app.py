"""The Textual app: it opens the desk after the first frame, switches pages, and leaves in good order. Nothing else.

Before the first frame nothing is imported but Textual and light panes: the frame then takes about as long as that of
an empty Textual app. The store, the service layer, the chat and the dialogs follow in a thread.
"""

from billinghelp import quick_start

# isort: split
import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from billinghelp.commands import APP, AUDIT, BILLING, BILLING_HELP, BY_ID, CHANGE_REQUESTS
from billinghelp.crash import crash_sentence, log_path, write_crash_log
from billinghelp.desk_port import OpenDesk
from billinghelp.keymap import bindings_of, resolve_keys
from billinghelp.keys import key_label
from billinghelp.page import HEIGHTS, WIDTHS, Page
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.shell import pages_of
from billinghelp.state_pane import State
from billinghelp.terminal import terminal_is_there
from billinghelp.themes import THEMES, choose_theme
from billinghelp.workplace import Workplace
from services.contract.clock import system_clock
from services.contract.errors import Refused
from widgets.keys_in_order import KeysInOrder
from widgets.line_filter import CleanLineFilter

if TYPE_CHECKING:
    from services.contract.clock import Clock
    from services.contract.ids import NewId

LEAVE_WITHIN = 2.0
"""Seconds within which ctrl+c must be pressed again to leave."""

TERMINAL_CHECK = 2.0
"""Seconds between looks at whether the terminal is still there; without one the app would spin for ever."""


class BillingHelpApp(KeysInOrder[None], inherit_bindings=False):
    """The operator's desk.

    Args:
        open_desk: opens the desk; called in a thread after the first frame, and again when a person tries again.
        customer_id: who is selected at the start; nobody unless named.
        keys: other keys for commands, by command id.
        theme: the theme's name; null follows the terminal.
        demo: whether the store is thrown away on leaving.
        secrets: what must never appear in a crash report.
        log_folder: where a crash report goes; null: the user's log folder.
        folder: where exports are written.

    Raises:
        Refused: `CONFIG_INVALID`, when `keys` do not fit.
    """

    TITLE = "Billing Help"
    DEFAULT_MODE = BILLING_HELP
    CSS_PATH = Path(__file__).parent / "pages" / "billing_help.tcss"  # on the page it would cost a second parse of all
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(APP)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    ENABLE_COMMAND_PALETTE = False  # the registry binds the palette's key, so that it can be remapped like any other
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        open_desk: OpenDesk,
        *,
        customer_id: str | None = None,
        keys: Mapping[str, str] | None = None,
        theme: str | None = None,
        demo: bool = False,
        secrets: Iterable[str] = (),
        log_folder: Path | None = None,
        folder: Path | None = None,
        clock: "Clock" = system_clock,
        new_id: "NewId | None" = None,
    ) -> None:
        resolved = resolve_keys(keys or {})
        super().__init__()
        self.place = Workplace(
            open_desk=open_desk,
            keys=resolved,
            clock=clock,
            new_id=new_id or _new_id,
            folder=folder or Path.cwd(),
            demo=demo,
        )
        for each in THEMES:
            self.register_theme(each)
        self.set_reactive(App.theme, choose_theme(theme, os.environ))
        self.stylesheet.set_variables(self.get_css_variables())  # before the first parse, which saves a second one
        self.set_keymap({command_id: key for command_id, key in resolved.items() if key})
        self.use_command_palette = True
        self._secrets = tuple(secrets)
        self._log_folder = log_folder
        self._clean_lines = CleanLineFilter()
        self._leave_armed = False
        self._leaving = False
        self._first_customer = self.place.customer_id = customer_id

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def page(self) -> Page | None:
        """The page that is shown, also when a dialog lies over it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Page)), None)

    def get_default_screen(self) -> Screen[None]:
        """Return the first page."""
        return BillingHelpPage(self.place, self._first_customer)

    async def on_ready(self) -> None:
        """Go on once the first frame is on the terminal."""
        # The first page is the default screen and becomes a mode only now: as a mode it would have had all styles
        # parsed a second time, which is a tenth of the first frame.
        self.add_mode(BILLING_HELP, self.get_default_screen)
        self.add_mode(BILLING, self._billing_page)
        self.add_mode(CHANGE_REQUESTS, self._change_requests_page)
        self.add_mode(AUDIT, self._audit_page)
        self.run_worker(self._open_desk(), group="desk", exclusive=True)
        if not self.is_headless and not self.is_web:
            self.set_interval(TERMINAL_CHECK, self._leave_without_terminal)

    async def action_turn_to(self, page: str) -> None:
        """Show another page, or the page itself instead of a screen that lies over it."""
        await self.switch_mode(page)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        if self.page is not None:
            await self.page.show_place()

    def _billing_page(self) -> Screen[None]:
        from billinghelp.pages.billing import BillingPage

        return BillingPage(self.place)

    def _change_requests_page(self) -> Screen[None]:
        identity = self.place.identity
        if identity is not None and identity.customer_id is not None:  # who belongs to a tenant decides nothing
            from billinghelp.pages.tenant_requests import TenantRequestsPage

            return TenantRequestsPage(self.place, identity.customer_id)
        from billinghelp.pages.change_requests import ChangeRequestsPage

        return ChangeRequestsPage(self.place)

    def _audit_page(self) -> Screen[None]:
        from billinghelp.pages.audit import AuditPage

        return AuditPage(self.place)

    # ── the desk ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def action_open_desk(self) -> None:
        """Open the desk, or try again."""
        self.place.trouble = None
        if self.page is not None:
            await self.page.show_place()
        self.run_worker(self._open_desk(), group="desk", exclusive=True)

    async def _open_desk(self) -> None:
        page = self.page
        assert page is not None  # noqa: S101  (the first page stands, and others need an open desk)
        try:
            with quick_start.undisturbed():
                opening = asyncio.create_task(self.place.open())
                await page.furnish()  # while the store's libraries are being imported
                await opening
        except Refused as refusal:
            self.place.trouble = self._trouble(refusal)
            await page.show_place()
            return
        await page.show_place()
        if page.is_offered:
            await page.desk_opened()
        elif offered := pages_of(page.situation()):
            await self.run_action(offered[0][0].run)

    async def on_unmount(self) -> None:
        """Give the store back; a throw-away one is thrown away."""
        await self.place.close()

    def _trouble(self, refusal: Refused) -> State:
        again, leave = key_label(self.place.keys["billing_help.refresh"]), key_label(self.place.keys["app.quit"])
        text = refusal.message
        if refusal.code == "unauthenticated" and refusal.reason != "TOKEN_MISSING":
            text += " It is the one in BILLINGHELP_TOKEN, else in config.toml, else in the keyring."
        return State(
            title="The desk could not be opened",
            text=text,
            keys=((again, "try again"), (leave, "quit")),
        )

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def action_command(self, command_id: str) -> None:
        """Run a command of the app, or let the page say why it cannot be used now."""
        if self.page is not None and not BY_ID[command_id].priority:
            await self.page.action_command(command_id)
        else:
            await self.run_action(BY_ID[command_id].run)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers: the registry's commands of the page, each with its key or why not now."""
        if not isinstance(screen, Page):
            return
        situation = screen.situation()
        for command in screen.commands():
            key = key_label(self.place.keys[command.id])
            why_not = command.available(situation)
            title = f"{command.title}  {key}" if key else command.title
            about = f"Not now: {why_not}" if why_not else command.help
            yield SystemCommand(title, about, self._runner(screen, command.id))

    def _runner(self, page: Page, command_id: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(page.action_command, command_id)

        return run

    def action_help(self) -> None:
        """Show every key of the page."""
        from billinghelp.pages.help import HelpScreen

        if self.page is not None:
            self.push_screen(HelpScreen(list(self.page.commands()), self.place.keys, self.page.situation()))

    def action_change_theme(self) -> None:
        """Choose among the themes."""
        self.search_commands([(theme.name, self._theme_setter(theme.name)) for theme in THEMES], "Choose a theme")

    def _theme_setter(self, name: str) -> Callable[[], None]:
        def set_theme() -> None:
            self.theme = name

        return set_theme

    # ── leaving ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_leave(self) -> None:
        """Copy what is selected; with nothing selected leave when pressed twice."""
        if (selected := self._selected_text()) is not None:
            self.copy_to_clipboard(selected)
        elif self._leave_armed:
            self.call_later(self.run_action, "quit")
        else:
            self._leave_armed = True
            self.set_timer(LEAVE_WITHIN, self._disarm)
            self._say("Press ctrl+c again to leave.")

    def _disarm(self) -> None:
        self._leave_armed = False

    def _selected_text(self) -> str | None:
        focused = self.screen.focused
        return self.screen.get_selected_text() or getattr(focused, "selected_text", None) or None

    async def action_quit(self) -> None:
        """Leave. An action that is being recorded is finished first; asked a second time, leave at once."""
        pending = self.place.runner.titles_in_flight if self.place.runner else []
        if not pending:
            self.exit()
        elif self._leaving:
            self.exit(message=f"Left while {', '.join(pending)} was being recorded: look at the audit trail.")
        else:
            self._leaving = True
            self._say(f"Finishing {', '.join(pending)}, then leaving.")
            self.run_worker(self._finish_and_leave(), group="leaving")

    async def _finish_and_leave(self) -> None:
        failures = await self.place.runner.finish() if self.place.runner is not None else []
        self.exit(message="\n".join(failures) or None)

    def _leave_without_terminal(self) -> None:
        if not terminal_is_there(sys.__stdin__.fileno() if sys.__stdin__ else 0):
            self.run_worker(self._finish_and_leave(), group="leaving", exclusive=True)

    def _say(self, text: str) -> None:
        from billinghelp.notices import note  # after the first frame

        bar = self.page.notice_bar() if self.page is not None and self.page is self.screen else None
        if bar is not None:
            note(bar, text)
        else:
            self.notify(text, markup=False)

    # ── the terminal ──────────────────────────────────────────────────────────────────────────────────────────────────

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters and the one that lets no control character through."""
        return [*super().get_line_filters(), self._clean_lines]

    def _fatal_error(self) -> None:
        """Leave after a fault with one sentence. Textual's own report would print every local variable, secrets too."""
        error = sys.exc_info()[1] or self._exception or RuntimeError("unknown")
        log = write_crash_log(error, self._log_folder or log_path(), self.place.clock(), self._secrets)
        self._exit_renderables.append(crash_sentence(error, log))
        self._close_messages_no_wait()


def _new_id(prefix: str) -> str:
    from services.contract.ids import new_id  # its `secrets` takes 3 ms, which the first frame need not wait for

    return new_id(prefix)


quick_start.settle()  # all that the first frame needs has been imported
