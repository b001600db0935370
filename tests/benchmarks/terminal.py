"""A terminal for programs under measurement: it answers their questions, and knows when each byte came.

What a program wrote is kept with its time and looked at afterwards, so that the emulator costs nothing during a run.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

COLUMNS, ROWS = 120, 36

_TIMEOUT = 30.0
# Bytecode is to be there from the second start on; and what is measured is not to depend on anyone's configuration.
_NOT_PASSED_ON = ("PYTHONDONTWRITEBYTECODE", "BILLINGHELP_", "TEXTUAL_", "COLUMNS", "LINES", "NO_COLOR")
_READ_AT_ONCE = 65_536
# What programs ask a terminal at their start, and what a present-day one answers.
_ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",  # device attributes: VT220 with colour
    b"\x1b[6n": b"\x1b[1;1R",  # where is the cursor?
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronised output: known, off
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # in-band resize: unknown
    b"\x1b[?u": b"\x1b[?0u",  # keyboard protocol: known, plain
}
_QUESTION = re.compile(b"|".join(map(re.escape, _ANSWERS)))
_LONGEST_QUESTION = max(map(len, _ANSWERS))
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-Z\\-_=>])")


class ProgramEndedError(AssertionError):
    """The program ended, or did not show what was waited for."""


@dataclass(frozen=True)
class Chunk:
    """Bytes that came at once, and when."""

    at: float
    data: bytes


class Terminal:
    """A program that runs in a terminal of its own."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        self.chunks: list[Chunk] = []
        """All that the program wrote."""
        self.started = perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            _become(command, environ or {})
        self._unanswered = b""

    def write(self, keys: bytes) -> float:
        """Press keys; return when."""
        at = perf_counter()
        os.write(self._terminal, keys)
        return at

    def run_for(self, seconds: float) -> None:
        """Let the program run, reading what it writes."""
        until = perf_counter() + seconds
        while (left := until - perf_counter()) > 0:
            self._read(left)

    def wait_for(self, text: str, since: int = 0) -> float:
        """Wait until the program has written `text`; return when.

        Args:
            since: the number of chunks that were there before; the text is looked for behind them.

        Raises:
            ProgramEndedError: it never came.
        """
        sought, seen = text.encode(), b""
        until = perf_counter() + _TIMEOUT
        number = since
        while True:
            for chunk in self.chunks[number:]:
                number += 1
                seen += chunk.data
                if sought in _plain(seen):
                    return chunk.at
            if not self._read(until - perf_counter()):
                told = _plain(seen)[-400:].decode(errors="replace")
                raise ProgramEndedError(f"{text!r} was not shown; at last: {told}")

    def memory(self) -> dict[str, int]:
        """Return the program's resident memory in bytes: now (`VmRSS`) and at most (`VmHWM`)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        return {name: int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}

    def close(self) -> None:
        """End the program, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def _read(self, seconds: float) -> bool:
        """Read what comes within the time; return whether something may still come."""
        ready, _, _ = select.select([self._terminal], [], [], max(seconds, 0))
        if not ready:
            return seconds > 0
        try:
            data = os.read(self._terminal, _READ_AT_ONCE)
        except OSError:  # how Linux says that nobody holds the other end any more
            data = b""
        if not data:
            return False
        self.chunks.append(Chunk(perf_counter(), data))
        self._answer(data)
        return True

    def _answer(self, data: bytes) -> None:
        text = self._unanswered + data
        answered = 0
        for match in _QUESTION.finditer(text):
            os.write(self._terminal, _ANSWERS[match.group()])
            answered = match.end()
        self._unanswered = text[answered:][-_LONGEST_QUESTION:]


@contextmanager
def running(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Yield a program in a terminal; it is ended on leaving."""
    terminal = Terminal(command, environ)
    try:
        yield terminal
    finally:
        terminal.close()


def _become(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Become the program, in the new process."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
        words = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        os.execve(command[0], list(command), kept | words | dict(environ))
    finally:
        os._exit(127)


def _plain(written: bytes) -> bytes:
    return _ESCAPE.sub(b"", written)
