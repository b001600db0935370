"""The table that people read: a line a file of cases, a line a corpus, and every failure in full."""

from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from tests.evals.asking import Run
from tests.evals.cases import CaseFile

_LEFT = 0  # the one column that is read from the left


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a number of answers are as they are to be; `failures` says of each of the others why not."""

    what: str
    good: int
    failures: list[str] = []

    @property
    def of(self) -> int:
        """How many answers there are."""
        return self.good + len(self.failures)

    @property
    def share(self) -> float:
        """The good ones among all."""
        return self.good / self.of if self.of else 1.0


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one file's cases: a list of runs for each case."""

    file: CaseFile
    runs: list[list[Run]]

    @property
    def lasting(self) -> int:
        """How many cases passed in every run: pass^k."""
        return sum(not any(run.failures for run in runs) for runs in self.runs)


def result_lines(results: Sequence[FileResult], k: int) -> Iterator[str]:
    """Yield the table of all files, with their sum."""
    rows: list[tuple[str, ...]] = [("", "cases", "passed", f"pass^{k}", "flagged", "failed", "fell back", "median s")]
    rows += [_row(result.file.name, [result]) for result in results]
    rows.append(_row("all", results))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if column == _LEFT else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells)


def share_line(share: Share, wanted: float) -> str:
    """Return the line of one corpus."""
    verdict = "" if share.share >= wanted else f", fewer than the {wanted:.0%} wanted"
    return f"{share.what}: {share.good} of {share.of} ({share.share:.1%}{verdict})"


def failure_lines(results: Sequence[FileResult]) -> Iterator[str]:
    """Yield every run that failed: the case, what it guards, what is wrong, and the answer."""
    for result in results:
        for case, runs in zip(result.file.cases, result.runs, strict=True):
            for number, run in enumerate(runs, 1):
                if run.failures:
                    which = f", run {number} of {len(runs)}" if len(runs) > 1 else ""
                    yield f"{result.file.name}: {case.id}{which}"
                    yield f"  guards: {case.why}"
                    yield f"  asked: {case.question or case.starter}"
                    yield from (f"  ✗ {failure}" for failure in run.failures)
                    yield from (f"  | {line}" for line in run.answer.message.text.splitlines())
                    yield ""


def _row(name: str, results: Sequence[FileResult]) -> tuple[str, ...]:
    runs = [run for result in results for case_runs in result.runs for run in case_runs]
    cases = sum(len(result.runs) for result in results)
    lasting = sum(result.lasting for result in results)
    return (
        name,
        str(cases),
        f"{sum(not run.failures for run in runs)}/{len(runs)}",
        f"{lasting / cases:.1%}" if cases else "–",
        str(sum(run.flagged for run in runs)),
        str(sum(run.failed for run in runs)),
        str(sum(run.fell_back for run in runs)),
        f"{median(run.seconds for run in runs):.3f}" if runs else "–",
    )
