"""`HostedPageDialog`: a page of the payment provider's: what it is for, its address, and what has come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message

from services.contract.text import clean
from widgets.dialog import Dialog
from widgets.dialog_parts import CustomerLine, DialogKeys
from widgets.hosted_page_words import PageAddress, PageState, PageWords
from widgets.notice import NoticeBar
from widgets.qr_code import Drawn, QrCode, draw_within

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message_pump import MessagePump

    from services.contract.views import HostedPage

_TEXT_CELLS, _MOST_TEXT = 38, 66
"""Cells of the words: at least beside a code, and at most, unless the address is longer."""
_ADDRESS = 2
"""Lines of an address that stands across the dialog, with an empty one."""
_FRAME = 4
"""Cells of border and padding."""
_AROUND = 4
"""Lines of the border and of the keys."""


class HostedPageDialog(Dialog[None]):
    """Stays while the customer is elsewhere; `o` opens the page in a browser, `y` copies its address.

    Stripe may take long to give the page, or not answer at all: until it is there, the keys of the owner's own page
    still serve (`KeyPassed`).

    Args:
        title: what is done on the page.
        purpose: what it is for, in a sentence.
        sandbox: whether the page is one of a sandbox.
        exceeded: that more is in use than what is chosen on the page includes, "" where it is not.
        owner: who gets the messages (see `Dialog`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o,enter", "open", "Open"),
        Binding("y", "copy", "Copy"),
        Binding("r", "again", "Try again", show=False),
        Binding("q", "leave", "Close", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
    ]

    DEFAULT_CSS = """
    HostedPageDialog {
        .dialog-box { padding: 0 1; }
        CustomerLine { margin-bottom: 1; }
        #beside { height: auto; max-height: 100%; width: 100%; margin-bottom: 1; }
        #words { width: 1fr; height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
        QrCode { margin-left: 2; display: none; }
        &.-coded QrCode { display: block; }
        PageAddress { margin-bottom: 1; display: none; }
        &.-across PageAddress { display: block; }
        NoticeBar { dock: top; }
        DialogKeys { dock: bottom; }
        DialogKeys { display: none; }
        &.-waiting .-waiting, &.-open .-open, &.-failed .-failed, &.-settled .-settled {
            display: block;
        }
        &.-low CustomerLine, &.-low #beside { margin: 0; }
    }
    """

    class _AboutPage(Message):
        """A message about the page."""

        def __init__(self, dialog: HostedPageDialog, url: str) -> None:
            super().__init__()
            self.dialog = dialog
            self.url = url

        @property
        def control(self) -> HostedPageDialog:
            """The dialog that shows it."""
            return self.dialog

    class OpenWanted(_AboutPage):
        """The page is to be opened in a browser."""

    class CopyWanted(_AboutPage):
        """Its address is to be copied."""

    class AgainWanted(_AboutPage):
        """It is to be asked for once more."""

    class KeyPassed(Message):
        """A key that is not the dialog's was pressed while there is no page: it is for what lies beneath."""

        def __init__(self, dialog: HostedPageDialog, key: str) -> None:
            super().__init__()
            self.dialog = dialog
            self.key = key

        @property
        def control(self) -> HostedPageDialog:
            """The dialog that let it pass."""
            return self.dialog

    def __init__(
        self,
        title: str,
        purpose: str,
        customer_id: str,
        legal_name: str,
        *,
        sandbox: bool = False,
        exceeded: str = "",
        owner: MessagePump | None = None,
    ) -> None:
        super().__init__(owner=owner)
        self._title_text = title
        self._customer = (legal_name, customer_id)
        self._sandbox = sandbox
        self._state = PageState(purpose, exceeded=exceeded)

    def compose(self) -> ComposeResult:
        """The customer, words beside the code, the keys."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(clean(self._title_text))
            yield NoticeBar()
            with Horizontal(id="beside"):
                with VerticalScroll(id="words", can_focus=False):
                    yield CustomerLine(*self._customer)
                    yield PageWords(self._state, sandbox=self._sandbox)
                yield QrCode()
            yield PageAddress()
            yield DialogKeys([("esc", "close")]).add_class("-waiting")
            yield DialogKeys([("o", "open"), ("y", "copy"), ("esc", "close")]).add_class("-open")
            yield DialogKeys([("r", "try again"), ("esc", "close")]).add_class("-failed")
            yield DialogKeys([("enter", "close")]).add_class("-settled")

    def on_mount(self) -> None:
        """Show how it stands so far."""
        self._show()

    @property
    def has_arrived(self) -> bool:
        """Whether something has come of the page."""
        return bool(self._state.arrived)

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def show_page(self, page: HostedPage, until: str, *, openable: bool) -> None:
        """Show the page's address.

        Args:
            until: until when it is there, ready to read; "" where that is not known.
            openable: whether a browser may be pointed at it from here.
        """
        self._state = self._state._replace(notice=page.notice, url=clean(page.url), until=until, openable=openable)
        self._show()

    def show_silence(self, *, silent: bool) -> None:
        """Say whether our own server gives no answer, while there is no page."""
        self._state = self._state._replace(silent=silent)
        self._show()

    def show_failure(self, message: str, *, again: bool) -> None:
        """Say why there is no page, and with `again` that it can be asked for once more."""
        self._state = self._state._replace(failure=message, again=again)
        self._show()

    def show_declined(self, problem: str) -> None:
        """Say why an attempt to pay there failed; another one is waited for."""
        self._state = self._state._replace(declined=problem)
        self._show()

    def show_arrival(self, text: str) -> None:
        """Say what has come of it."""
        self._state = self._state._replace(arrived=text)
        self._show()

    def say(self, text: str, *, failed: bool = False) -> None:
        """Say how opening or copying went, while that matters."""
        if self.has_left or self._state.is_settled:
            return
        bar = self.query_one(NoticeBar)
        if failed:
            bar.show_error(text, nothing_recorded=False)
        else:
            bar.show_success(text)

    @on(events.Resize)
    def _show(self) -> None:
        state = self._state
        if self.query_one_optional(PageWords) is None or self.has_left:  # before it stands, mounting shows the same
            return
        self.set_class(state.is_settled and not state.again, "-settled")
        self.set_class(state.is_settled and state.again, "-failed")
        self.set_class(not state.is_settled and bool(state.url), "-open")
        self.set_class(not state.is_settled and not state.url, "-waiting")
        if state.is_settled:  # how opening or copying went no longer matters
            self.query_one(NoticeBar).dismiss()
        address = "" if state.is_settled else state.url
        most, rows = self.app.size.width - _FRAME, self.app.size.height - _AROUND
        code = draw_within(address, most - _TEXT_CELLS - 2, rows) if address and state.openable else None
        coded = code.size[0] + 2 if code is not None else 0
        across = most - coded < cell_len(address) <= most and (code is None or code.size[1] + _ADDRESS <= rows)
        self._show_parts(code, across=across, no_room=bool(address) and state.openable and code is None)
        words = _MOST_TEXT if across else max(_MOST_TEXT, cell_len(address))
        width = max(min(words, most - coded) + coded, cell_len(address) if across else 0)
        self.query_one(".dialog-box").styles.width = width + _FRAME

    def _show_parts(self, code: Drawn | None, *, across: bool, no_room: bool) -> None:
        words = self.query_one(PageWords)
        words.state, words.no_room, words.elsewhere = self._state, no_room, across
        self.query_one(PageAddress).state = self._state
        self.query_one(QrCode).code = code
        self.set_class(code is not None, "-coded")
        self.set_class(across, "-across")

    def on_key(self, event: events.Key) -> None:
        """Let keys pass while there is no page: whoever waits for one, or has been told why not, is not held here."""
        if not self._state.url:
            self.tell(self.KeyPassed(self, event.key))

    # ── what its keys do ──────────────────────────────────────────────────────────────────────────────────────────────

    def action_open(self) -> None:
        """Have the page opened; once something has come of it, or where there is none, leave."""
        if self._state.is_settled:
            self.leave()
        elif self._state.url and self._state.openable:
            self.tell(self.OpenWanted(self, self._state.url))

    def action_again(self) -> None:
        """Have the page asked for once more, where there is none and that helps."""
        if self._state.again:
            self._state = self._state._replace(failure="", again=False)
            self._show()
            self.tell(self.AgainWanted(self, ""))

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#words", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Have the address copied."""
        if self._state.url and not self._state.is_settled:
            self.tell(self.CopyWanted(self, self._state.url))
