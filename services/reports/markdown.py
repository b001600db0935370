"""The report as Markdown: tables that read well in source, too. Untrusted text renders literally."""

from collections.abc import Iterator, Sequence

from services.contract.markdown import escape
from services.reports.model import Align, BillingReport, Section, Table
from services.reports.outline import outline


def to_markdown(report: BillingReport) -> bytes:
    """Return the report as a Markdown document in UTF-8."""
    document = outline(report)
    blocks = [f"# {document.title}: {escape(document.subject)}", escape(document.subtitle)]
    for section in document.sections:
        blocks += _section(section)
    return ("\n\n".join(blocks) + "\n").encode()


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    if section.pairs:
        yield _table(("", ""), (Align.LEFT, Align.LEFT), section.pairs)
    if section.table is not None:
        yield _records(section.table)
    yield from (escape(note) for note in section.notes)


def _records(table: Table) -> str:
    return _table([column.title for column in table.columns], [column.align for column in table.columns], table.rows)


def _table(titles: Sequence[str], aligns: Sequence[Align], rows: Sequence[Sequence[str]]) -> str:
    marks = ["---:" if align is Align.RIGHT else "---" for align in aligns]
    lines = [titles, marks, *([escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
