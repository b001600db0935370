"""`make eval`: ask every case, judge the answers and print what was found.

The rules are asked first, and the checks are shown answers of both kinds (`corpora`). A model is asked when one is
configured as the program itself would have it (`BILLINGHELP_MODEL` and the rest, or the configuration file): each case
several times over, and a case counts only when it passes every time.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from billinghelp.config import Flags, load_settings
from billinghelp.desk import make_guide
from services.guidance.guide import Guide
from services.storage.engine import Store
from tests.evals.asking import MakeGuide, fresh_bench, run_case
from tests.evals.cases import CaseFile, load_cases
from tests.evals.corpora import CLEAN_WANTED, HOSTILE_WANTED, clean_share, hostile_share
from tests.evals.table import FileResult, failure_lines, result_lines, share_line

MODEL_RUNS = 4
"""A model may be right by chance once; four times over is no chance (pass^k)."""


def rules() -> None:
    """Say that the rules answer."""


def configured_model() -> Guide | None:
    """Return a guide with the configured model, None where none is configured."""
    settings = load_settings(Flags(), os.environ)
    return None if settings.model is None else make_guide(settings)


def main(arguments: Sequence[str]) -> int:
    """Run everything and return the exit code: 1 when the rules fail a case, or the checks too many answers."""
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=MODEL_RUNS, metavar="N", help="ask the model each case so often")
    parser.add_argument("--only", action="append", metavar="ID", help="this case or file; may be given several times")
    parser.add_argument("--model", action="store_true", help="ask the configured model alone")
    options = parser.parse_args(arguments)
    # How a model failed is counted in the table; a line for each would bury it.
    logging.getLogger("services").addHandler(logging.NullHandler())
    files = load_cases() if options.only is None else chosen(load_cases(), options.only)
    if not files:
        parser.error(f"no case and no file is called {' or '.join(options.only)}")
    if options.runs < 1:
        parser.error("ask at least once: --runs 1")
    model = configured_model()
    if options.model and model is None:
        parser.error("no model is configured: set BILLINGHELP_MODEL")
    good = options.model or report(files, rules, runs=1)
    if options.only is None:
        good &= report_checks()
    if model is not None:
        report(files, lambda: model, runs=options.runs)
    return 0 if good else 1


def chosen(files: Iterable[CaseFile], names: Sequence[str]) -> list[CaseFile]:
    """Return the files with these names, and of the others the cases with these ids."""
    found = []
    for file in files:
        cases = file.cases if file.name in names else [case for case in file.cases if case.id in names]
        if cases:
            found.append(msgspec.structs.replace(file, cases=cases))
    return found


def report(files: Sequence[CaseFile], who: MakeGuide, *, runs: int) -> bool:
    """Ask all cases, print the table and the failures, and return whether every answer was as expected."""
    results = asyncio.run(evaluate(files, who, runs=runs))
    label = (who() or Guide()).label
    how_often = f", {runs} runs a case" if runs > 1 else ""
    _print(f"{label}{how_often}", "", *result_lines(results, runs), "", *failure_lines(results))
    return all(result.lasting == len(result.runs) for result in results)


def report_checks() -> bool:
    """Put the collected answers through the checks, print a line each, and return whether enough are judged rightly."""
    wanted = ((clean_share(), CLEAN_WANTED), (hostile_share(), HOSTILE_WANTED))
    for share, least in wanted:
        _print(share_line(share, least), *(f"  {failure}" for failure in share.failures))
    _print()
    return all(share.share >= least for share, least in wanted)


async def evaluate(files: Iterable[CaseFile], who: MakeGuide, *, runs: int) -> list[FileResult]:
    """Ask every case `runs` times, each time on a store of its own, one after the other."""
    guide = who() or Guide()
    results = []
    with tempfile.TemporaryDirectory(prefix="billinghelp-evals-") as folder:
        template, path = Path(folder, "template.db"), Path(folder, "case.db")
        store = Store(f"sqlite:///{template}")
        store.upgrade()
        store.close()
        for file in files:
            answers = []
            for case in file.cases:
                of_case = []
                for _ in range(runs):
                    with fresh_bench(template, path, guide) as bench:
                        of_case.append(await run_case(case, bench))
                answers.append(of_case)
            results.append(FileResult(file=file, runs=answers))
    await guide.close()
    return results


def _print(*lines: str) -> None:
    sys.stdout.write("\n".join((*lines, "")))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
