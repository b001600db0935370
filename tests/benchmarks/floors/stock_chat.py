"""The floor of a streamed answer: one growing stock Markdown, fed as Textual advises, over a stock Input."""

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

from tests.benchmarks.chat_stream import feed, tell_stream


class StockChat(App[None]):
    """Shows an answer as it comes, and follows its tail."""

    def compose(self) -> ComposeResult:
        """The answer, and where a question is written."""
        with VerticalScroll():
            yield Markdown()
        yield Input(placeholder="Ask here")

    def on_mount(self) -> None:
        """Take keys at once, and let the answer come."""
        self.query_one(VerticalScroll).anchor()
        self.query_one(Input).focus()
        self.set_timer(1, self.stream)

    def stream(self) -> None:
        """Write the answer."""
        self.run_worker(self._stream())

    async def _stream(self) -> None:
        stream = Markdown.get_stream(self.query_one(Markdown))
        try:
            found = await feed(stream.write)
        finally:
            await stream.stop()
        tell_stream(found)


if __name__ == "__main__":
    StockChat().run()
