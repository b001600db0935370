"""The table that people read."""

from collections.abc import Iterator

from tests.benchmarks.figures import Figure, Group

_HEADINGS = ("", "ours", "floor", "ratio", "middle half", "bound", "")
_LEFT = 0  # the one column that is read from the left


def lines(name: str, group: Group) -> Iterator[str]:
    """Yield the lines of one group's table."""
    rows = [_HEADINGS, *map(_row, group.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    yield f"{name}: {group.about}"
    for row in rows:
        cells = [
            cell.ljust(width) if column == _LEFT else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()
    for note in group.notes:
        yield f"  {note}"


def _row(figure: Figure) -> tuple[str, ...]:
    spread = f"{figure.spread[0]:.2f}–{figure.spread[1]:.2f}" if figure.spread else ""
    verdict = "" if figure.bound is None else "BROKEN" if figure.broken else "within"
    bound = "" if figure.bound is None else str(figure.bound)
    return (figure.what, figure.ours, figure.floor, f"{figure.ratio:.2f}", spread, bound, verdict)
