"""Webhooks as bytes, sent at a steady pace whoever is slow: `python -m tests.benchmarks.webhook_load`.

Reads a `Load` a line and tells of each. Each message is signed when it is sent, as Stripe does, and goes over whichever
connection is free; a message that finds none free waits, and its waiting counts.
"""

import asyncio
import hashlib
import hmac
import sys
import time
from collections.abc import Iterator
from time import perf_counter

import msgspec
import uvloop

_CONNECTIONS = 16
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_DONE = b" 200 "


class Load(msgspec.Struct, frozen=True):
    """What is to be sent: so many of the bodies a second, one after the other."""

    port: int
    secret: str
    a_second: float
    bodies: list[bytes]


class Told(msgspec.Struct, frozen=True):
    """What became of it: how long all of it took, and each message from when it was due to its acknowledgement."""

    took: float
    seconds: list[float]


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self) -> None:
        self._answer = b""
        self._heard: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as streams have it
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._heard is not None and not self._heard.done():
            self._heard.set_exception(exc or ConnectionResetError())

    async def send(self, message: bytes) -> None:
        """Send a message and wait for its acknowledgement."""
        self._answer = b""
        self._heard = asyncio.get_running_loop().create_future()
        self.transport.write(message)
        await self._heard

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(_HEAD_END)
        if not end or len(body) < int(head.partition(_LENGTH)[2].partition(b"\r\n")[0]) or self._heard is None:
            return
        if _DONE in head[:20]:
            self._heard.set_result(None)
        else:
            self._heard.set_exception(RuntimeError(self._answer.decode()))


async def _send(load: Load) -> Told:
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        _transport, connection = await loop.create_connection(_Connection, "127.0.0.1", load.port)
        free.put_nowait(connection)
    secret, seconds = load.secret.encode(), list[float]()

    async def one(body: bytes, due: float) -> None:
        connection = await free.get()
        await connection.send(_signed(body, secret))
        seconds.append(perf_counter() - due)
        free.put_nowait(connection)

    began = perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number, body in enumerate(load.bodies):
            due = began + number / load.a_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
            sending.create_task(one(body, due))
    took = perf_counter() - began
    while not free.empty():
        free.get_nowait().transport.close()
    return Told(took, seconds)


def _signed(body: bytes, secret: bytes) -> bytes:
    """Return a message as Stripe sends it."""
    moment = int(time.time())
    signature = hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"stripe-signature: t={moment},v1={signature}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main(lines: Iterator[bytes]) -> None:
    """Send every load that is told, and tell what became of it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in lines:
            told = runner.run(_send(msgspec.json.decode(line, type=Load)))
            sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(iter(sys.stdin.buffer))
