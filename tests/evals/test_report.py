"""What `make eval` counts and prints."""

import pytest

from services.contract.types import FailureKind, Starter
from services.guidance.guide import Guide
from services.guidance.provider.failures import ModelFailed
from tests.evals.__main__ import chosen, evaluate, rules
from tests.evals.cases import Case, CaseFile, load_cases
from tests.evals.corpora import CLEAN_WANTED, HOSTILE_WANTED, Sample, clean_share, hostile_share
from tests.evals.table import Share, failure_lines, result_lines, share_line
from tests.services.guidance.scripted import Script, ScriptedModel

ANSWERED = Case(
    id="answered",
    why="The state is told.",
    customer={"billing": {"state": "verified", "payment_rail": "invoice"}},
    starter=Starter.UNBLOCK_BILLING,
    must_use=["billing.state"],
)
FILE = CaseFile(name="small", about="One case.", cases=[ANSWERED])


def model(*scripts: Script) -> Guide:
    """Return a guide whose model answers by these scripts, one an answer."""
    return Guide(ScriptedModel(*scripts))


async def test_the_rules_are_asked_without_a_guide() -> None:
    (result,) = await evaluate([FILE], rules, runs=1)
    assert (result.lasting, len(result.runs), len(result.runs[0])) == (1, 1, 1)


async def test_a_case_counts_only_when_every_run_passes() -> None:
    guide = model(["The state is {{billing.state}}.\n"], ["The state is good.\n"])
    (result,) = await evaluate([FILE], lambda: guide, runs=2)
    assert [run.failures for run in result.runs[0]][1] == ["It does not use the fact billing.state."]
    heading, row, total = result_lines([result], 2)
    assert heading.split() == ["cases", "passed", "pass^2", "flagged", "failed", "fell", "back", "median", "s"]
    assert row.split()[:7] == ["small", "1", "1/2", "0.0%", "0", "0", "0"]
    assert total.split()[:4] == ["all", "1", "1/2", "0.0%"]


async def test_a_failure_is_printed_with_what_it_guards_and_the_answer() -> None:
    guide = model(["The state is good.\n"])
    lines = list(failure_lines(await evaluate([FILE], lambda: guide, runs=2)))
    assert lines[0] == "small: answered, run 1 of 2"
    assert "  guards: The state is told." in lines
    assert "  ✗ It does not use the fact billing.state." in lines
    assert "  | The state is good." in lines


async def test_a_draft_that_was_set_aside_is_counted_and_the_answer_of_the_rules_is_no_pass() -> None:
    guide = model(["I have refunded 500 EUR.\n"])
    (result,) = await evaluate([FILE], lambda: guide, runs=1)
    (run,) = result.runs[0]
    assert (run.flagged, run.failed, run.fell_back) == (True, False, True)
    assert [failure.partition(":")[0] for failure in run.failures] == ["the rules had to answer"]
    assert result.lasting == 0


async def test_a_model_that_fails_is_counted_and_passes_nothing() -> None:
    guide = model([ModelFailed(FailureKind.SERVER_ERROR)])
    (result,) = await evaluate([FILE], lambda: guide, runs=1)
    (run,) = result.runs[0]
    assert (run.flagged, run.failed, run.fell_back) == (False, True, True)
    assert result.lasting == 0


def test_cases_are_chosen_by_id_or_by_file() -> None:
    files = load_cases()
    assert [(file.name, len(file.cases)) for file in chosen(files, ["trial-running"])] == [("trial", 1)]
    (trial,) = chosen(files, ["trial"])
    assert trial in files
    assert chosen(files, ["no-such-case"]) == []


@pytest.mark.parametrize(
    ("good", "wrong", "line"),
    [
        (19, 1, "answers pass: 19 of 20 (95.0%)"),
        (18, 2, "answers pass: 18 of 20 (90.0%, fewer than the 95% wanted)"),
    ],
)
def test_a_corpus_is_one_line(good: int, wrong: int, line: str) -> None:
    assert share_line(Share(what="answers pass", good=good, failures=["why"] * wrong), 0.95) == line


def test_both_collections_of_answers_are_judged_rightly() -> None:
    clean, hostile = clean_share(), hostile_share()
    assert clean.of > 0
    assert clean.share >= CLEAN_WANTED, clean.failures
    assert hostile.of > 0
    assert hostile.share >= HOSTILE_WANTED, hostile.failures


def test_an_answer_that_is_not_seen_for_what_it_is_counts() -> None:
    assert Sample(customer="healthy", text="Nothing blocks {{customer.name}}.").found() == []
    assert Sample(customer="healthy", text="I have refunded 500 EUR.").found()
