"""The list that is drawn line by line."""

from collections.abc import Sequence

import pytest
from textual import events

from tests.widgets.harness import Host, running, screen_text, sent
from widgets.row_list import Piece, RowList

# where, how far, which button, and no modifier
WHEEL = (0, 0, 0, 0, 0, False, False, False)


class Numbers(RowList):
    """Rows that say their number."""

    drawn = 0

    def heading(self, width: int) -> Sequence[Piece]:
        return (("Number"[:width], "muted"),)

    def row(self, index: int, width: int) -> Sequence[Piece]:
        self.drawn += 1
        return ((f"row {index}"[:width], "text"),)


@pytest.fixture
def numbers() -> Numbers:
    rows = Numbers()
    rows.set_row_count(100_000)
    return rows


async def test_only_visible_rows_are_drawn(numbers: Numbers) -> None:
    app = Host(numbers)
    async with running(app, (40, 11)):
        assert screen_text(app).splitlines() == ["Number", *(f"row {index}" for index in range(10))]
        assert numbers.drawn < 100


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["j", "j", "k"], 1),
        (["down", "down", "up"], 1),
        (["up"], 0),
        (["pagedown"], 10),
        (["pagedown", "pagedown", "pageup"], 10),
        (["G"], 99_999),
        (["end", "g"], 0),
        (["end", "home"], 0),
        (["end", "j"], 99_999),
    ],
)
async def test_the_keys_of_lists_move_the_cursor_and_the_view_follows(
    numbers: Numbers, keys: list[str], row: int
) -> None:
    app = Host(numbers)
    async with running(app, (40, 11)) as pilot:
        numbers.focus()
        await pilot.press(*keys)
        assert numbers.cursor == row
        assert f"row {row}" in screen_text(app).splitlines()


async def test_a_page_is_what_is_visible_and_a_resize_keeps_the_cursor_in_view(numbers: Numbers) -> None:
    app = Host(numbers)
    async with running(app, (40, 31)) as pilot:
        numbers.focus()
        await pilot.press("pagedown")
        assert numbers.cursor == 30
        await pilot.resize_terminal(20, 5)
        await pilot.pause()
        assert "row 30" in screen_text(app)


async def test_enter_and_a_click_choose_a_row(numbers: Numbers) -> None:
    app = Host(numbers)
    async with running(app, (40, 11)) as pilot:
        numbers.focus()
        await pilot.press("j", "enter")
        await pilot.click(numbers, offset=(2, 5))
        await pilot.click(numbers, offset=(2, 0))  # the heading is no row
        assert [message.index for message in sent(app, RowList.Chosen)] == [1, 4]


async def test_the_wheel_moves_the_cursor(numbers: Numbers) -> None:
    async with running(Host(numbers), (40, 11)) as pilot:
        numbers.post_message(events.MouseScrollDown(numbers, *WHEEL))
        await pilot.pause()
        assert numbers.cursor == 3
        numbers.post_message(events.MouseScrollUp(numbers, *WHEEL))
        await pilot.pause()
        assert numbers.cursor == 0


async def test_the_last_row_asks_for_more_each_time_it_is_reached(numbers: Numbers) -> None:
    numbers.set_row_count(3)
    app = Host(numbers)
    async with running(app, (40, 11)) as pilot:
        numbers.focus()
        await pilot.press("j")
        assert not sent(app, RowList.EndReached)
        await pilot.press("j")
        assert len(sent(app, RowList.EndReached)) == 1


async def test_more_rows_keep_the_cursor_and_fewer_rows_keep_it_on_a_row(numbers: Numbers) -> None:
    async with running(Host(numbers), (40, 11)) as pilot:
        numbers.focus()
        await pilot.press("G")
        numbers.set_row_count(100_050, keep_cursor=True)
        assert numbers.cursor == 99_999
        numbers.set_row_count(5, keep_cursor=True)
        assert numbers.cursor == 4
        numbers.set_row_count(5)
        assert numbers.cursor == 0


async def test_an_empty_list_answers_no_key(numbers: Numbers) -> None:
    numbers.set_row_count(0)
    app = Host(numbers)
    async with running(app, (40, 11)) as pilot:
        numbers.focus()
        await pilot.press("j", "k", "G", "g", "pagedown", "enter")
        assert not sent(app, RowList.Chosen)
        assert not sent(app, RowList.EndReached)


async def test_a_theme_change_repaints_in_the_new_colours(numbers: Numbers) -> None:
    app = Host(numbers)
    async with running(app, (40, 11)) as pilot:
        before = numbers.render_line(1)
        app.theme = "textual-light"
        await pilot.pause()
        assert numbers.render_line(1) != before
