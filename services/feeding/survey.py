"""The first reading of an import file: everything that is wrong with it, before anything is locked or written."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.contract.errors import Refused, invalid
from services.contract.progress import Progress
from services.contract.requests import ImportCustomers
from services.feeding.model import BadLine
from services.feeding.parse import parse
from services.feeding.usage import CLOCK_TOLERANCE

_LINES_A_TICK = 500


class Survey(msgspec.Struct, frozen=True):
    """What a file holds, no line of which is bad.

    `lines_by_parent`: the lines that name each parent that is not itself in the file.
    """

    customers: int
    lines_by_parent: dict[str, list[int]]


def survey(request: ImportCustomers, now: datetime, progress: Progress) -> Survey:
    """Read the whole file, keeping of it only ids.

    Raises:
        Refused: `NOT_A_TEXT_FILE`, `IMPORT_EMPTY`, `IMPORT_REJECTED`.
    """
    bad: list[BadLine] = []
    ids: set[str] = set()
    lines_by_parent: dict[str, list[int]] = {}
    lines = request.content.count(b"\n") + 1
    next_tick = 0
    for number, found in parse(request.content, request.format):
        if isinstance(found, BadLine):
            bad.append(found)
        elif any(use.occurred_at > now + CLOCK_TOLERANCE for use in found.usage):
            bad.append(
                BadLine(number, "usage.occurred_at lies in the future: use that has not happened cannot be billed")
            )
        elif any(level.measured_at > now + CLOCK_TOLERANCE for level in found.levels):
            bad.append(BadLine(number, "levels.measured_at lies in the future: check the clock that stamped it"))
        else:
            ids.add(found.customer.customer_id)
            if (parent := found.customer.parent_customer_id) is not None:
                lines_by_parent.setdefault(parent, []).append(number)
        if number >= next_tick:
            progress("reading", min(number, lines), lines)
            next_tick = number + _LINES_A_TICK
    if bad:
        raise rejected(bad)
    if not ids:
        raise invalid("IMPORT_EMPTY", "This file holds no customers: import one with at least one customer in it.")
    progress("reading", lines, lines)
    return Survey(len(ids), {parent: named for parent, named in lines_by_parent.items() if parent not in ids})


def rejected(bad: Iterable[BadLine]) -> Refused:
    """Return the refusal that names every bad line, in the file's order."""
    lines = [{"line": b.line, "reason": b.reason} for b in sorted(bad, key=lambda b: b.line)]
    which = "the line named" if len(lines) == 1 else f"the {len(lines)} lines named"
    message = f"Nothing was imported: mend {which}, then import the file again."
    return invalid("IMPORT_REJECTED", message, lines=lines, rejected=len(lines))
