"""What is written at one moment leaves in one piece, and nothing of it is lost or sent to nobody."""

import asyncio

from billinghelp.http_service.gathering import Gathering


class Line(asyncio.Transport):
    """Notes what is sent, and when it closes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def gathering(line: Line) -> Gathering:
    return Gathering(line, asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_leaves_together_at_its_end() -> None:
    line = Line()
    transport = gathering(line)
    transport.write(b"head ")
    transport.write(b"body")
    assert line.sent == []
    await asyncio.sleep(0)
    assert line.sent == [b"head body"]
    transport.write(b"next")
    await asyncio.sleep(0)
    assert line.sent == [b"head body", b"next"]


async def test_closing_sends_first_what_was_written() -> None:
    line = Line()
    transport = gathering(line)
    transport.write(b"last words")
    transport.close()
    assert (line.sent, line.closed) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert line.sent == [b"last words"]


async def test_nothing_is_sent_once_the_caller_has_left() -> None:
    line = Line()
    gathering(line).write(b"too late")
    line.close()
    await asyncio.sleep(0)
    assert line.sent == []
