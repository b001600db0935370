"""A crowd of operators over HTTP: `python -m tests.benchmarks.service_load` reads a `Load` a line and tells of each.

It is a process of its own and does as little as it can, because it takes from the machine what the servers could use.
Every operator has a connection and a token, and asks anew as soon as they are answered.
"""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter, process_time

import msgspec
import uvloop

FIRST_ETAG = "b1"
"""As the import leaves a record."""

ANY_ETAG = "etag-as-last-seen"
"""Stands in a request for the etag that its operator has seen last."""

_PLACE = ANY_ETAG.encode()
_ETAG = re.compile(rb'"etag":"(b\d+)"')  # the billing record's, in a receipt and in a stale action's fresh preview
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n")
_HEAD_END = b"\r\n\r\n"
_DONE, _CONFLICT = 200, 409


class Load(msgspec.Struct, frozen=True):
    """What a crowd is to do.

    Args:
        ports: of the servers on this machine, which the operators take in turn.
        tokens: one an operator.
        bodies: of the requests, each of which whoever is free takes next and repeats until it is done.
    """

    ports: list[int]
    tokens: list[str]
    method: str
    bodies: list[bytes]


class Told(msgspec.Struct, frozen=True):
    """What became of it. `seconds`: each request from its first attempt until it was done. `stale`: other attempts."""

    took: float
    cpu: float
    seconds: list[float]
    stale: int


class _Operator(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, load: Load, token: str, bodies: Iterator[bytes]) -> None:
        self._bodies = bodies
        self._head = (
            f"POST /rpc/{load.method} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode()
        self._etag = FIRST_ETAG.encode()
        self._body = b""
        self._began = 0.0
        self._answer = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seconds: list[float] = []
        self.stale = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as streams have it
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if (end := self._answer.find(_HEAD_END)) < 0:
            return
        found = _LENGTH.search(self._answer, 0, end + len(_HEAD_END))
        if found is not None and len(self._answer) >= end + len(_HEAD_END) + int(found[1]):
            answer, self._answer = bytes(self._answer), bytearray()
            self._answered(int(answer[9:12]), answer)

    def take(self) -> None:
        """Begin with the next request, if there is one."""
        body = next(self._bodies, None)
        if body is None:
            self.done.set_result(None)
            return
        self._body = body
        self._began = perf_counter()
        self._attempt()

    def _attempt(self) -> None:
        body = self._body.replace(_PLACE, self._etag)
        self.transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def _answered(self, status: int, answer: bytes) -> None:
        if found := _ETAG.search(answer):
            self._etag = found[1]
        if status == _DONE:
            self.seconds.append(perf_counter() - self._began)
            self.take()
        elif status == _CONFLICT and found and b'"STALE_ETAG"' in answer:
            self.stale += 1
            self._attempt()
        else:
            self.done.set_exception(RuntimeError(answer.decode()))


async def _act(load: Load) -> Told:
    loop = asyncio.get_running_loop()
    bodies = iter(load.bodies)
    crowd = [_Operator(load, token, bodies) for token in load.tokens]
    for number, operator in enumerate(crowd):
        port = load.ports[number % len(load.ports)]
        await loop.create_connection(lambda operator=operator: operator, "127.0.0.1", port)  # type: ignore[misc]
    began, cpu = perf_counter(), process_time()
    for operator in crowd:
        operator.take()
    await asyncio.gather(*(operator.done for operator in crowd))
    took, cpu = perf_counter() - began, process_time() - cpu
    for operator in crowd:
        operator.transport.close()
    seconds = [each for operator in crowd for each in operator.seconds]
    return Told(took, cpu, seconds, sum(operator.stale for operator in crowd))


def main(lines: Sequence[bytes] | Iterator[bytes]) -> None:
    """Act for every load that is told, and tell what became of it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in lines:
            told = runner.run(_act(msgspec.json.decode(line, type=Load)))
            sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer)
