"""Labels beside values: one column for a block, as wide as its longest label needs and there is room for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from services.contract.views import Change
from tests.widgets.harness import HOSTILE_NAMES
from widgets.labelled_lines import Changed, Labelled, Row, change_rows, label_cells, labelled_lines

TEXTS = st.sampled_from(["CPU", "Operator capabilities", "Default protection", "x" * 40, *HOSTILE_NAMES])
ROWS = st.lists(st.builds(Labelled, TEXTS, TEXTS) | st.builds(Changed, TEXTS, TEXTS, TEXTS), min_size=1, max_size=5)


def drawn(rows: list[Row], width: int, beside: tuple[str, ...] = ()) -> list[str]:
    """Return the lines of a block."""
    return [line.content.plain for line in labelled_lines(rows, width, beside)]


def test_a_long_label_moves_all_values_of_its_block() -> None:
    rows: list[Row] = [
        Labelled("Asked by", "tina"),
        Changed("Operator capabilities", "redis", "kafka, redis"),
        Labelled("Costs", "kafka"),
    ]
    assert drawn(rows, 80) == [
        "Asked by               tina",
        "Operator capabilities  redis  →  kafka, redis",
        "Costs                  kafka",
    ]


def test_short_labels_keep_the_column_of_a_dialog_s_fields() -> None:
    assert drawn([Labelled("CPU", "8")], 80) == [f"CPU{' ' * 14}8"]


def test_blocks_that_stand_beside_each_other_share_a_column() -> None:
    assert drawn([Labelled("CPU", "8")], 80, ("Default protection",)) == [f"CPU{' ' * 17}8"]


def test_what_does_not_fit_beside_its_label_stands_beneath_in_the_same_column() -> None:
    rows: list[Row] = [
        Labelled("Operator capabilities", "postgres"),
        Changed("Operator capabilities", "none", "kafka"),
        Labelled("CPU", "8"),
    ]
    assert drawn(rows, 40) == [
        "Operator capabilities",
        f"{' ' * 18}postgres",
        "Operator capabilities",
        f"{' ' * 18}none  →  kafka",
        f"CPU{' ' * 15}8",
    ]


def test_a_change_that_is_too_long_for_a_line_is_stacked() -> None:
    assert drawn([Changed("Host names", "a.example, b.example", "a.example, c.example")], 40) == [
        "Host names       a.example, b.example",
        "               → a.example, c.example",
    ]


def test_what_a_change_costs_is_a_row_of_its_block_and_nothing_is_none() -> None:
    changes = [Change(label="CPU", before="8", after="24")]
    assert change_rows(changes, "+16 CPU") == [Changed("CPU", "8", "24"), Labelled("Costs", "+16 CPU")]
    assert change_rows(changes, "") == [Changed("CPU", "8", "24")]


@given(ROWS, st.integers(20, 140))
def test_no_line_is_wider_than_its_room_and_a_label_is_two_blanks_from_its_value(rows: list[Row], width: int) -> None:
    assert all(cell_len(line) <= width for line in drawn(rows, width))
    cells = label_cells([row.label for row in rows], width)
    assert cells <= width * 45 // 100
    assert cells >= 17 or cells == width * 45 // 100


@pytest.mark.parametrize("width", range(20, 140, 7))
def test_values_stand_in_one_column_at_every_width(width: int) -> None:
    rows: list[Row] = [Labelled(label, "VALUE") for label in ("CPU", "Operator capabilities", "The policy says")]
    assert {line.index("VALUE") for line in drawn(rows, width) if "VALUE" in line} == {
        label_cells([row.label for row in rows], width)
    }
