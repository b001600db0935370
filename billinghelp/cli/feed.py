"""The command `import`: progress on the way, every bad line by its number, all or nothing."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from billinghelp.cli.output import Output
from billinghelp.cli.session import opened
from services.contract.errors import invalid
from services.contract.progress import Progress, no_progress
from services.contract.requests import ImportCustomers
from services.contract.views import ImportResult


def run(options: argparse.Namespace, output: Output) -> int:
    """Import customers from a file."""
    content = _read(options.file)
    request = ImportCustomers(
        source="standard input" if options.file == "-" else Path(options.file).name,
        format=options.format or _format_of(options.file),
        content=content,
        dry_run=options.dry_run,
    )
    with opened(options) as session, _progress(output) as progress:
        result = session.call(request, progress=progress)
    if output.as_json:
        output.json(result)
    else:
        output.text(_told(result))
    return 0


def _told(result: ImportResult) -> str:
    updated = f"{result.updated} updated" + (" (name, parent, Stripe id and use alone)" if result.updated else "")
    counts = f"{result.created} created, {updated}, {result.unchanged} left as they were."
    return f"Dry run, nothing was written. It would be: {counts}" if result.dry_run else f"Imported: {counts}"


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise invalid("FILE_NOT_READABLE", f"{file} cannot be read: {error.strerror}.") from error


def _format_of(file: str) -> Literal["jsonl", "csv"]:
    return "csv" if file.lower().endswith(".csv") else "jsonl"


@contextmanager
def _progress(output: Output) -> Iterator[Progress]:
    if not output.interactive or output.as_json:
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns: tuple[Any, ...] = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(file=output.err), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield tell
