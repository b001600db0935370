"""A benchmark's verdict: what a ratio is, when it breaks a bound, and that somebody hears of it."""

import pytest

from tests.benchmarks import __main__ as program
from tests.benchmarks.figures import Bound, Figure, Group, compare, milliseconds, percentile
from tests.benchmarks.table import lines


def test_a_ratio_is_the_median_over_the_rounds_and_a_disturbed_round_moves_it_little() -> None:
    figure = compare("a key", [0.02, 0.02, 0.02, 0.9], [0.01, 0.01, 0.01, 0.01], Bound(2.5), milliseconds)
    assert (figure.ours, figure.floor, figure.ratio) == ("20.00 ms", "10.00 ms", 2)
    assert not figure.broken


@pytest.mark.parametrize(
    ("bound", "kept", "broken"),
    [(Bound(2), 2.0, 2.01), (Bound(0.25, at_least=True), 0.25, 0.24)],
)
def test_a_bound_is_kept_up_to_its_limit(bound: Bound, kept: float, broken: float) -> None:
    assert not Figure("", "", "", kept, bound=bound).broken
    assert Figure("", "", "", broken, bound=bound).broken


def test_a_percentile_is_taken_between_the_values_beside_it() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([1, 2], 95) == pytest.approx(1.95)
    assert percentile([7], 95) == 7


def test_the_table_names_what_is_broken() -> None:
    figures = [
        Figure("fast", "1 ms", "1 ms", 1, (0.9, 1.1), Bound(2)),
        Figure("slow", "3 ms", "1 ms", 3, None, Bound(2)),
    ]
    _, _, fast, slow = lines("group", Group("about", figures))
    assert fast.split() == ["fast", "1", "ms", "1", "ms", "1.00", "0.90–1.10", "≤", "2", "within"]
    assert slow.split() == ["slow", "3", "ms", "1", "ms", "3.00", "≤", "2", "BROKEN"]


def test_what_else_is_worth_knowing_stands_below_the_table() -> None:
    *_, last = lines("group", Group("about", [Figure("fast", "1 ms", "1 ms", 1)], ["the server binds"]))
    assert last.strip() == "the server binds"


@pytest.mark.parametrize(("ratio", "code"), [(1.9, 0), (2.1, 1)])
def test_a_broken_bound_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ratio: float, code: int
) -> None:
    group = Group("about", [Figure("a key", "", "", ratio, bound=Bound(2))])
    monkeypatch.setitem(program.BENCHMARKS, "keys", program.Benchmark(lambda _rounds: group, rounds=1, quick=1))
    assert program.main(["--only", "keys"]) == code
    assert ("BROKEN" in capsys.readouterr().out) == bool(code)
