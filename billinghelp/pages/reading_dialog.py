"""A text to read, which can be copied and saved from where it is read."""

import asyncio
from pathlib import Path

from textual import on, work

from billinghelp.files import write_new_file
from services.contract.errors import Refused
from widgets.text_dialog import TextDialog

COPIED = "Copied, if your terminal lets programs write its clipboard."
"""Terminals may ignore the request and never say so."""


class ReadingDialog(TextDialog):
    """Shows a text. With a `filename` it can be saved into `folder`, beside a file of that name if there is one."""

    def __init__(self, title: str, text: str, folder: Path, *, filename: str = "", markdown: bool = False) -> None:
        super().__init__(title, text, filename=filename, markdown=markdown)
        self._folder = folder

    @on(TextDialog.CopyWanted)
    def copy_text(self, event: TextDialog.CopyWanted) -> None:
        """Copy the text."""
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.say(COPIED)

    @on(TextDialog.SaveWanted)
    def save_text(self, event: TextDialog.SaveWanted) -> None:
        """Save the text."""
        event.stop()
        self._save(event.filename, event.text)

    @work(exclusive=True)
    async def _save(self, filename: str, text: str) -> None:
        try:
            path = await asyncio.to_thread(write_new_file, filename, text.encode(), self._folder)
        except Refused as refusal:
            self.say(refusal.message, failed=True)
        else:
            self.say(f"Saved to {path}.")
