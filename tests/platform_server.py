"""A platform that answers as it is told, over real sockets, in threads: `running_platform()`."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "platform-secret"


@dataclass(frozen=True)
class Told:
    """One order as it arrived."""

    path: str
    headers: dict[str, str]
    document: dict[str, Any]

    @property
    def key(self) -> str:
        """The key under which the order is carried out once."""
        return self.headers["idempotency-key"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        with suppress(ConnectionError):  # whoever asked may have gone
            self.server.platform.take(Told(self.path, headers, json.loads(body)))(self)

    def do_GET(self) -> None:
        self.server.platform.strayed.append(self.path)
        self.send_error(404)

    def log_message(self, *_what: object) -> None:
        """Say nothing: what was asked is recorded."""


class _Server(ThreadingHTTPServer):
    platform: "PlatformServer"


Answering = Callable[[_Handler], None]
"""Writes one answer."""


class PlatformServer:
    """Attributes:
    told: the orders, in the order in which they came.
    applied: by their keys, what was carried out; an order whose key is there is carried out no second time.
    strayed: paths that were asked for and are none of the platform's.
    closing: set when the platform goes away; what waits is to end then.
    """

    def __init__(self, port: int) -> None:
        self._answers: deque[Answering] = deque()
        self.url = f"http://127.0.0.1:{port}/changes"
        self.host = f"127.0.0.1:{port}"
        self.told: list[Told] = []
        self.applied: dict[str, dict[str, Any]] = {}
        self.strayed: list[str] = []
        self.closing = threading.Event()

    def forget(self) -> None:
        """Begin anew: nothing was told, and orders are carried out."""
        self._answers.clear()
        self.told.clear()
        self.applied.clear()
        self.strayed.clear()

    def answers(self, *answers: Answering) -> None:
        """Give these answers next, one an order; when there are none left, orders are carried out."""
        self._answers.extend(answers)

    def take(self, told: Told) -> Answering:
        """Take an order, and return how it is answered."""
        self.told.append(told)
        if self._answers:
            return self._answers.popleft()
        self.applied.setdefault(told.key, told.document)
        return applied


def replies(status: int, document: Any = None, *, body: bytes | None = None, **headers: str) -> Answering:
    """Return what answers with a status and a document, or with bytes as they are."""
    content = json.dumps(document).encode() if body is None else body

    def write(handler: _Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return write


applied = replies(200, {"status": "applied"})
accepted = replies(200, {"status": "accepted"})


def silence(handler: _Handler) -> None:
    """Take the order, and answer never."""
    handler.server.platform.closing.wait()


def hang_up(_handler: _Handler) -> None:
    """Take the order, and close the connection."""


def break_off(handler: _Handler) -> None:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"status"')


def drip(handler: _Handler) -> None:
    """Send a byte now and then, without end."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.platform.closing.wait(0.01):
        handler.wfile.write(b" ")


def flood(handler: _Handler) -> None:
    """Send without end, as fast as it is taken."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.platform.closing.is_set():
        handler.wfile.write(b" " * 65_536)


def babble(handler: _Handler) -> None:
    """Speak no HTTP."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@contextmanager
def running_platform() -> Iterator[PlatformServer]:
    """Yield a platform on a loopback port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        platform = server.platform = PlatformServer(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="platform")
        thread.start()
        try:
            yield platform
        finally:
            platform.closing.set()
            server.shutdown()
            thread.join()
