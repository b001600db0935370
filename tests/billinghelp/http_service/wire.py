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

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(raw)

    def answer(self) -> Answer:
        """Return one whole answer that says how long it is."""
        raw = bytearray()
        while b"\r\n\r\n" not in raw and (piece := self.socket.recv(65_536)):
            raw += piece
        answer = Answer(bytes(raw))
        while len(answer.body) < int(answer.headers.get("content-length", 0)):
            raw += self.socket.recv(65_536)
            answer = Answer(bytes(raw))
        return answer

    def is_closed(self) -> bool:
        """Wait for the next thing to come; return whether it is the connection's end."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    """Yield a connection to a server."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=_PATIENCE) as sock:
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
