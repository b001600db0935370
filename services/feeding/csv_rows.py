"""CSV: one customer a row under a header line of field names flattened with dots; a cell of a list field holds JSON."""

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from typing import Any

from services.feeding.json_text import decode
from services.feeding.model import BadLine, ParsedLine
from services.feeding.problems import UnreadableError, shown
from services.feeding.record import read_customer

TEXT_COLUMNS = (
    "customer_id",
    "legal_name",
    "ownership",
    "parent_customer_id",
    "billing.state",
    "billing.review_reference",
    "billing.payment_rail",
    "billing.usage_tier",
    "billing.commercial_reference",
    "billing.trial_ends_at",
    "stripe_customer_id",
    "use.cpu",
    "use.memory",
    "use.storage",
)
FLAG_COLUMNS = ("billing.invoice_rail_approved", "payment_method_on_file", "automatic_collection")
LIST_COLUMNS = ("checklist", "credit_grants", "usage", "invoices", "levels")
COLUMNS = TEXT_COLUMNS + FLAG_COLUMNS + LIST_COLUMNS
REQUIRED_COLUMNS = ("customer_id", "legal_name")

_FLAGS = {"true": True, "false": False}
_LONE_BYTES = range(0xDC80, 0xDD00)  # what the decoder makes of bytes that are not UTF-8

# The module's own limit (128 KiB a cell) is too small for a list of years of usage. It is set for the whole process,
# in which nothing else reads CSV.
csv.field_size_limit(64 * 1024 * 1024)


def parse_csv(content: bytes) -> Iterator[ParsedLine]:
    """Yield each row's number (that of its first line) and the customer on it, or why there is none.

    Holds one row at a time. A cell may hold line breaks, so rows and lines are counted apart.
    """
    text = TextIOWrapper(BytesIO(content), encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, strict=True)
    header: list[str] | None = None
    number = 1
    while True:
        try:
            row = next(reader, None)
            if row is None:
                return
            if header is None:
                header = _read_header(row)
            elif any(row):
                yield number, read_customer(_record(header, row))
        except csv.Error as error:
            yield number, BadLine(number, f"the quotes or separators of this row are broken ({error})")
        except UnreadableError as problem:
            yield number, BadLine(number, str(problem))
        if header is None:
            return  # without its header no row can be read
        number = reader.line_num + 1


def _read_header(row: Sequence[str]) -> list[str]:
    header = [name.strip() for name in row]
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    if missing:
        raise UnreadableError(f"the header line has no column {' and no column '.join(missing)}: name the fields there")
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        raise UnreadableError(f"the header line names a column that is not a field of an import: {shown(unknown[0])}")
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise UnreadableError(f"the header line names {twice} twice")
    return header


def _record(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    if len(row) != len(header):
        raise UnreadableError(f"this row has {len(row)} cells, the header line has {len(header)}")
    record: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if not cell:
            continue
        if any(ord(char) in _LONE_BYTES for char in cell):
            raise UnreadableError("this row is not UTF-8 text: save the file as UTF-8")
        group, dot, field = name.rpartition(".")
        (record.setdefault(group, {}) if dot else record)[field] = _value(name, cell)
    return record


def _value(name: str, cell: str) -> Any:
    if name in FLAG_COLUMNS:
        return _FLAGS.get(cell.strip().lower(), cell)  # spreadsheets write TRUE; anything else is refused as it stands
    if name in LIST_COLUMNS:
        try:
            return decode(cell)
        except UnreadableError as problem:
            raise UnreadableError(f"{name}: {problem}") from problem
    return cell
