"""Bars of what is used of what is allowed, and of the bounds of the policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from services.contract.views import BoundBar
from tests.widgets.harness import HOSTILE_NAMES, Host, running, screen_text
from widgets.bound_bar import BoundBars

AMOUNTS = st.integers(0, 200)
BOUNDS = st.tuples(AMOUNTS, AMOUNTS, AMOUNTS)


def make_bar(label: str, used: int | None, allowed: int, *bounds: int, unit: str = "") -> BoundBar:
    """Return a bar whose texts are its numbers."""
    self_service, auto_approve, review = bounds
    return BoundBar(
        label=label,
        used=used,
        allowed=allowed,
        self_service=self_service,
        auto_approve=auto_approve,
        review=review,
        used_text="" if used is None else f"{used}{unit}",
        allowed_text=f"{allowed}{unit}",
        self_service_text=f"{self_service}{unit}",
        auto_approve_text=f"{auto_approve}{unit}",
        review_text=f"{review}{unit}",
    )


def drawn(width: int, *bars: BoundBar) -> list[str]:
    """Return the lines of the bars."""
    block = BoundBars()
    block.set_reactive(BoundBars.bars, bars)
    return [line.content.plain for line in block.lines(width)]


BARS = (make_bar("CPU", 3, 12, 8, 16, 64), make_bar("Memory", 20, 64, 16, 64, 256, unit="Gi"))


def test_a_wide_block_has_the_bounds_in_numbers_too_and_its_marks_beneath_each_other() -> None:
    assert drawn(110, *BARS) == [
        "        no request     at once        review           used  allowed               bounds",
        "CPU     █████░░░░░░░░░│░░░░░░░·······│··············│     3       12     8 │   16 │    64",
        "Memory  ██████████████│█░░░░░░░░░░░░░│··············│  20Gi     64Gi  16Gi │ 64Gi │ 256Gi",
    ]


def test_a_narrow_block_has_each_bar_beneath_its_numbers() -> None:
    assert drawn(26, *BARS) == [
        "CPU                3 of 12",
        "███░░░░│░░░░···│·······│",
        "Memory        20Gi of 64Gi",
        "███████│█░░░░░░│·······│",
    ]


def test_more_used_than_allowed_is_marked_and_so_is_what_lies_beyond_the_last_bound() -> None:
    over, beyond = drawn(60, make_bar("CPU", 14, 12, 8, 16, 64), make_bar("Names", None, 70, 8, 16, 64))[1:]
    assert "▲ 14" in over
    assert "▲" not in beyond
    assert beyond.count("▶") == 1
    assert "·" not in beyond


def test_use_that_nobody_measured_is_drawn_as_none() -> None:
    [bar] = drawn(60, make_bar("CPU", None, 8, 8, 16, 64))[1:]
    assert "█" not in bar
    assert bar.split()[-2:] == ["–", "8"]


def test_between_two_bounds_that_are_the_same_there_is_nothing() -> None:
    (_heading, bar) = drawn(60, make_bar("CPU", 1, 2, 2, 2, 64))
    zones = bar.removeprefix("CPU  ").split("│")
    assert set(zones[0]) == {"█", "░"}
    assert set(zones[1]) == {" "}


@given(
    used=st.none() | AMOUNTS, allowed=AMOUNTS, bounds=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), width=st.integers(34, 120)
)
def test_any_amounts_fit_their_width_and_have_three_marks(
    used: int | None, allowed: int, bounds: tuple[int, int, int], width: int
) -> None:
    bar = make_bar("Egress targets", used, allowed, *sorted(bounds))
    lines = drawn(width, bar)
    assert all(cell_len(line) <= width for line in lines)
    scale = next(line for line in lines if "│" in line)
    assert scale.count("│") + scale.count("▶") in (3, 5)  # with the bounds in numbers two more
    assert ("▶" in scale) is (max(used or 0, allowed) > bar.review)


@given(amount=AMOUNTS, bounds=BOUNDS)
def test_a_zone_is_full_only_from_its_bound_on_and_empty_only_without_any_of_it(
    amount: int, bounds: tuple[int, int, int]
) -> None:
    low, middle, high = sorted(bounds)
    zones = drawn(90, make_bar("CPU", amount, amount, low, middle, high))[1].removeprefix("CPU  ").split("│")
    for zone, (floor, bound) in zip(zones, ((0, low), (low, middle), (middle, high)), strict=False):
        if bound > floor:
            assert ("·" not in zone) is (amount >= bound)
            assert ("█" in zone) is (amount > floor)


@pytest.mark.parametrize("width", [120, 60, 34, 10])
async def test_hostile_labels_are_shown_as_text(width: int) -> None:
    block = BoundBars()
    app = Host(block)
    async with running(app, (width, 30)) as pilot:
        block.bars = [make_bar(name, 1, 2, 4, 8, 16, unit=name) for name in HOSTILE_NAMES]
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        assert "\u202e" not in screen_text(app)


def test_nothing_to_show_takes_no_line() -> None:
    assert drawn(80) == []
