"""Requests as bytes, by connections that each wait for their answer: `python -m tests.benchmarks.raw_load`.

Reads a `Load` a line and tells of each. It is a process of its own and does as little as it can, because it takes from
the machine what the server could use.
"""

import asyncio
import sys
from collections.abc import Iterator
from itertools import chain, repeat
from time import perf_counter

import msgspec
import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_DONE = b" 200 "


class Load(msgspec.Struct, frozen=True):
    """What is to be sent: every request so many times, by whichever connection is free."""

    port: int
    connections: int
    times: int
    requests: list[bytes]


class Told(msgspec.Struct, frozen=True):
    """What became of it: how long all of it took, and each request from its first byte to the answer's last."""

    took: float
    seconds: list[float]


class _Sender(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._began = 0.0
        self._answer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seconds: list[float] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as streams have it
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())

    def send(self) -> None:
        """Send the next request, if there is one."""
        if (request := next(self._requests, None)) is None:
            self.done.set_result(None)
            return
        self._began = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(_HEAD_END)
        if not end or len(body) < int(head.partition(_LENGTH)[2].partition(b"\r\n")[0]):
            return
        self.seconds.append(perf_counter() - self._began)
        if _DONE not in head[:20]:
            self.done.set_exception(RuntimeError(self._answer.decode()))
            return
        self._answer = b""
        self.send()


async def _send(load: Load) -> Told:
    loop = asyncio.get_running_loop()
    requests = iter(chain.from_iterable(repeat(load.requests, load.times)))
    senders = [_Sender(requests) for _ in range(load.connections)]
    for sender in senders:
        await loop.create_connection(lambda sender=sender: sender, "127.0.0.1", load.port)  # type: ignore[misc]
    began = perf_counter()
    for sender in senders:
        sender.send()
    await asyncio.gather(*(sender.done for sender in senders))
    took = perf_counter() - began
    for sender in senders:
        sender.transport.close()
    return Told(took, [each for sender in senders for each in sender.seconds])


def main(lines: Iterator[bytes]) -> None:
    """Send every load that is told, and tell what became of it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in lines:
            told = runner.run(_send(msgspec.json.decode(line, type=Load)))
            sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(iter(sys.stdin.buffer))
