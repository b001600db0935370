"""The floor of every app on Textual: one Static, one Input, and nothing else."""

from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class BareApp(App[None]):
    """Shows that it is there, and takes text."""

    def compose(self) -> ComposeResult:
        """The two widgets."""
        yield Static("READY")
        yield Input(placeholder="Type here")


BareApp().run()
