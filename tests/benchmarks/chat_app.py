"""Our chat pane under measurement: `stream` writes an answer at its pace, `thread` loads all of a long thread."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from textual.app import App, ComposeResult

from services.contract.views import ChatFact, ChatMessage, ChatThread
from tests.benchmarks.chat_stream import feed, tell, tell_stream, tokens
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript

MESSAGES, PAGE = 500, 40

_CUSTOMER = "c7-000035"
_BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
_WORDS = 250  # pieces of an answer in the thread: a thousand characters
_FACTS = 12


class ChatApp(App[None]):
    """The pane alone, with somebody selected."""

    CSS = "ChatPane { padding: 1 2 0 2; }"

    def compose(self) -> ComposeResult:
        """The pane."""
        yield ChatPane()

    def on_mount(self) -> None:
        """Begin once the screen has been painted and the composer is there."""
        pane = self.query_one(ChatPane)
        pane.set_customer(_CUSTOMER, "AvalonBay Communities")
        pane.focus_composer()
        work = {"stream": self._stream, "thread": self._thread}[sys.argv[2]]
        self.set_timer(1, lambda: self.run_worker(work(pane)))

    async def _stream(self, pane: ChatPane) -> None:
        await pane.begin_answer(_CUSTOMER, "What exactly is blocking them?")
        tell_stream(await feed(lambda token: pane.add_delta(_CUSTOMER, token)))

    async def _thread(self, pane: ChatPane) -> None:
        messages = [_message(number) for number in range(MESSAGES)]
        before = _resident()
        began = perf_counter()
        await pane.show_thread(_page(messages, MESSAGES))
        await self._painted()
        opened = perf_counter() - began
        slowest = 0.0
        for end in range(MESSAGES - PAGE, 0, -PAGE):
            began = perf_counter()
            await pane.show_older(_page(messages, end))
            await self._painted()
            slowest = max(slowest, perf_counter() - began)
        transcript = self.query_one(Transcript)
        for row in range(0, transcript.height, transcript.size.height):  # memory is taken by what has been looked at
            transcript.scroll_to(y=row, animate=False)
            await self._painted()
        shown = len(transcript.entries)
        tell({"opened": opened, "older": slowest, "memory": _resident() - before, "shown": shown})

    async def _painted(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()


def _page(messages: list[ChatMessage], end: int) -> ChatThread:
    start = max(end - PAGE, 0)
    token = str(start) if start else None
    return ChatThread(
        customer_id=_CUSTOMER, thread_id="t", engine="model", messages=messages[start:end], next_page_token=token
    )


def _message(number: int) -> ChatMessage:
    when = _BEGAN + timedelta(minutes=number)
    if number % 2 == 0:
        text = f"What exactly is blocking them, and since when? ({number})"
        return ChatMessage(message_id=f"{number}", author="operator", text=text, created_at=when, actor="dana")
    text = "".join(tokens()[number : number + _WORDS])
    facts = [
        ChatFact(key=f"fact.{n}", label=f"Fact {n} of {number}", value=f"value {n}", source="billing record")
        for n in range(_FACTS)
    ]
    return ChatMessage(
        message_id=f"{number}", author="guide", text=text, created_at=when, actor="guide", engine="model", facts=facts
    )


def _resident() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


if __name__ == "__main__":
    ChatApp().run()
