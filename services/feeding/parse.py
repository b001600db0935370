"""An import file, whichever its format, as customers and bad lines in the file's order."""

from collections.abc import Iterator
from typing import Literal

from services.contract.errors import invalid
from services.feeding.csv_rows import parse_csv
from services.feeding.jsonl import parse_jsonl
from services.feeding.model import BadLine, ParsedLine

Format = Literal["jsonl", "csv"]

_PARSERS = {"jsonl": parse_jsonl, "csv": parse_csv}


def parse(content: bytes, file_format: Format) -> Iterator[ParsedLine]:
    """Yield each line's number and its customer or `BadLine`; a customer id that stood before is a bad line too.

    Raises:
        Refused: `NOT_A_TEXT_FILE`, before the first line.
    """
    if b"\0" in content:  # no text has one; UTF-16, spreadsheets, archives and databases have many
        raise invalid("NOT_A_TEXT_FILE", "This is not a text file: import JSONL or CSV, saved as UTF-8.")
    return _unique(_PARSERS[file_format](content))


def _unique(lines: Iterator[ParsedLine]) -> Iterator[ParsedLine]:
    first_lines: dict[str, int] = {}
    for number, found in lines:
        if isinstance(found, BadLine):
            yield number, found
            continue
        customer_id = found.customer.customer_id
        first = first_lines.setdefault(customer_id, number)
        if first == number:
            yield number, found
        else:
            yield number, BadLine(number, f"customer_id {customer_id} stands on line {first} already")
