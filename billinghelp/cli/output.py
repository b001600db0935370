"""What a command prints: plain text to people, one JSON document to programs, errors to standard error."""

import json
import shutil
import sys
from typing import Any, TextIO

from services.contract.errors import Refused
from services.contract.text import clean_block


class Output:
    """Standard output and standard error of one command."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self.as_json = as_json
        self._in_line = False
        self._begun = False

    @property
    def interactive(self) -> bool:
        """Whether a person watches standard error, so that progress makes sense there."""
        return self._err.isatty()

    @property
    def width(self) -> int:
        """How many cells a line of text has room for: the terminal's, or a hundred where there is none."""
        return shutil.get_terminal_size((100, 24)).columns

    @property
    def err(self) -> TextIO:
        """Standard error, for a progress bar."""
        return self._err

    def text(self, *lines: str) -> None:
        """Print lines for a person; what a terminal would obey instead of showing is removed."""
        for line in lines:
            indent = line[: len(line) - len(line.lstrip(" "))]
            self._out.write(indent + clean_block(line) + "\n")

    def piece(self, text: str) -> None:
        """Print a piece of a text that is still being written."""
        if text:
            self._out.write(text)
            self._out.flush()
            self._in_line = not text.endswith("\n")
            self._begun = True

    def paragraph(self, text: str) -> None:
        """Print a paragraph of its own into a text that is being written in pieces."""
        if self._begun:
            self._out.write("\n\n" if self._in_line else "\n")
        self.text(text, "")
        self._in_line = False

    def aside(self, text: str) -> None:
        """Say something to whoever watches, beside what is printed."""
        self._err.write(clean_block(text) + "\n")
        self._err.flush()

    def ask(self, question: str) -> bool:
        """Return whether a person at the terminal says yes to a question; no answer is no."""
        self._out.flush()  # what it is about, before it
        self._err.write(clean_block(question) + " [y/N] ")
        self._err.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def json(self, answer: Any) -> None:
        """Print an answer as one JSON document on one line."""
        import msgspec

        self._out.write(msgspec.json.encode(answer).decode() + "\n")
        self._out.flush()

    def error(self, refused: Refused) -> None:
        """Print a refusal to standard error: a sentence, and each bad line if lines were bad."""
        if self._in_line:
            self._out.write("\n")
            self._out.flush()
        if self.as_json:
            self._err.write(json.dumps({"error": refused.as_dict()}, default=str) + "\n")
            return
        for bad in refused.details.get("lines", ()):
            self._err.write(clean_block(f"line {bad['line']}: {bad['reason']}") + "\n")
        self._err.write(clean_block(f"billinghelp: {refused.message}") + "\n")
