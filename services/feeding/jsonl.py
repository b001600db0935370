"""JSONL: one customer a line, UTF-8, with or without a byte order mark, any line ends, blank lines skipped."""

from collections.abc import Iterator
from io import BytesIO

from services.feeding.json_text import decode
from services.feeding.model import BadLine, ParsedLine
from services.feeding.problems import UnreadableError
from services.feeding.record import read_customer

_NOT_UTF_8 = "this line is not UTF-8 text: save the file as UTF-8"


def parse_jsonl(content: bytes) -> Iterator[ParsedLine]:
    """Yield each line's number and the customer on it, or why there is none. Holds one line at a time."""
    for number, raw in enumerate(BytesIO(content), start=1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            if line and not line.isspace():
                yield number, read_customer(decode(line))
        except UnicodeDecodeError:
            yield number, BadLine(number, _NOT_UTF_8)
        except UnreadableError as problem:
            yield number, BadLine(number, str(problem))
