"""HTTP as bytes on a socket, for what no client would send."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 10.0


class Answer:
    """What came back: `status` 0 when the connection was closed without a word."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        self.status = int(lines[0].split()[1]) if raw else 0
        self.headers = {
            name.lower().decode(): value.strip().decode()
            for name, _, value in (line.partition(b":") for line in lines[1:])
        }


class Line:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._unread = bytearray()

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(raw)

    def answer(self) -> Answer:
        """Return the next answer, which says how long it is."""
        raw = self._unread
        while b"\r\n\r\n" not in raw and (piece := self.socket.recv(65_536)):
            raw += piece
        answer = Answer(bytes(raw))
        missing = int(answer.headers.get("content-length", 0)) - len(answer.body)
        while missing > 0:
            raw += (piece := self.socket.recv(65_536))
            missing -= len(piece)
        self._unread = raw[len(raw) + missing :]
        return Answer(bytes(raw[: len(raw) + missing]))

    def rest(self) -> list[Answer]:
        """Return all answers until the connection ends; each says how long it is."""
        answers = []
        while (answer := self.answer()).status:
            answers.append(answer)
        return answers

    def is_closed(self) -> bool:
        """Wait for the next thing to come; return whether it is the connection's end."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextmanager
def line_to(url: str, *, room: int | None = None) -> Iterator[Line]:
    """Yield a connection to a server.

    Args:
        room: about how many bytes it takes before they are read; null: as many as the system likes.
    """
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as sock:
        sock.settimeout(_PATIENCE)
        if room is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sock.connect((host, int(port)))
        yield Line(sock)


def head(path: str, token: str, *more: str, verb: str = "POST") -> bytes:
    """Return a request's head, up to the empty line."""
    lines = (
        f"{verb} {path} HTTP/1.1",
        "Host: server",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        *more,
    )
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n"
