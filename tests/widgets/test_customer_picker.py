"""The picker: find a customer by typing."""

from typing import ClassVar

import pytest
from textual import on
from textual.events import Key
from textual.widgets import Static

from services.contract.types import BlockerCode
from tests.keyboard import type_text
from tests.widgets.harness import (
    HOSTILE_NAMES,
    SIZES,
    Host,
    make_list,
    make_row,
    running,
    screen_text,
    sent,
    until,
)
from widgets.customer_picker import CustomerPicker

AVALON = make_row(
    "c7-000035", "AvalonBay Communities", [BlockerCode.UNVERIFIED_BILLING, BlockerCode.OPEN_CHECKLIST_ITEM]
)
AVALO = make_row("c7-000412", "Avalo Therapeutics, Inc.")
GLOBO = make_row("c7-001203", "Avalon GloboCare Corp.", [BlockerCode.OVERDUE_INVOICE])


def open_picker(*, blocked_only: bool = False) -> tuple[Host, CustomerPicker]:
    picker = CustomerPicker(blocked_only=blocked_only)
    return Host(dialog=picker), picker


def latest(app: Host) -> CustomerPicker.QueryChanged:
    return sent(app, CustomerPicker.QueryChanged)[-1]


async def test_it_asks_at_once_and_on_every_key_each_with_a_new_serial() -> None:
    app, _ = open_picker()
    async with running(app) as pilot:
        await type_text(pilot, "av")
        assert [(m.query, m.serial) for m in sent(app, CustomerPicker.QueryChanged)] == [("", 1), ("a", 2), ("av", 3)]


async def test_results_show_state_name_id_and_number_of_blockers() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO, GLOBO))
        await pilot.pause()
        text = screen_text(app)
        lines = [line for line in text.splitlines() if "c7-" in line]
        assert [line.strip(" │").split() for line in lines] == [
            ["▲", "AvalonBay", "Communities", "c7-000035", "2", "blockers"],
            ["✓", "Avalo", "Therapeutics,", "Inc.", "c7-000412"],
            ["▲", "Avalon", "GloboCare", "Corp.", "c7-001203", "1", "blocker"],
        ]
        assert "1 of 3" in text


async def test_equal_names_are_told_apart_by_their_ids_even_when_these_are_long() -> None:
    app, picker = open_picker()
    async with running(app, (60, 20)) as pilot:
        rows = [make_row("tenant:" + "x" * 50 + f":{end}", "Same Name Ltd") for end in ("east", "west")]
        picker.show_results(1, make_list(*rows))
        await pilot.pause()
        shown = [line for line in screen_text(app).splitlines() if "Same Name" in line]
        assert len(set(shown)) == 2


async def test_totals_beyond_what_is_counted_say_so() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, total=1000, is_more=True))
        await pilot.pause()
        assert "1 of 1 000+" in screen_text(app)


async def test_a_stale_answer_is_dropped() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        await type_text(pilot, "a")
        picker.show_results(2, make_list(AVALON))
        picker.show_results(1, make_list(GLOBO))
        picker.show_failure(1, "late")
        await pilot.pause()
        assert "AvalonBay" in screen_text(app)
        assert "GloboCare" not in screen_text(app)


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["enter"], "c7-000035"),
        (["down", "enter"], "c7-000412"),
        (["down", "down", "up", "enter"], "c7-000412"),
        (["ctrl+n", "ctrl+n", "ctrl+p", "enter"], "c7-000412"),
        (["pagedown", "enter"], "c7-001203"),
        (["pagedown", "pageup", "enter"], "c7-000035"),
        (["escape"], None),
    ],
)
async def test_keys_choose_a_customer_or_leave(keys: list[str], chosen: str | None) -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO, GLOBO))
        await pilot.press(*keys)
        await until(pilot, lambda: app.results)
        assert app.results == [chosen]


async def test_letters_type_and_never_move_the_cursor() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO))
        await pilot.press("j", "k")
        assert latest(app).query == "jk"


async def test_enter_before_the_answer_waits_for_the_right_list() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(GLOBO, AVALON))
        await type_text(pilot, "avalonbay")
        await pilot.press("enter")
        assert not app.results
        picker.show_results(latest(app).serial, make_list(AVALON))
        await until(pilot, lambda: app.results)
        assert app.results == ["c7-000035"]


async def test_a_name_and_enter_typed_faster_than_they_are_drawn_wait_for_the_whole_name() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(GLOBO))
        for key in (*"ava", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: latest(app).query == "ava")
        await pilot.pause()
        picker.show_results(latest(app).serial, make_list(AVALON))
        await until(pilot, lambda: app.results)
        assert app.results == ["c7-000035"]


async def test_typing_on_takes_back_an_enter_that_waits() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(GLOBO))
        await pilot.press("a", "enter", "v")
        picker.show_results(latest(app).serial, make_list(AVALON))
        await pilot.pause()
        assert not app.results


async def test_a_click_chooses() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO))
        await pilot.click("CustomerResults", offset=(5, 1))
        await until(pilot, lambda: app.results)
        assert app.results == ["c7-000412"]


async def test_filters_and_order_have_keys_and_each_asks_again() -> None:
    app, _ = open_picker(blocked_only=True)
    async with running(app) as pilot:
        assert latest(app).blocked_only
        await pilot.press("ctrl+b")
        assert not latest(app).blocked_only
        await pilot.press("ctrl+o")
        assert latest(app).order == "blocked_longest"
        await pilot.press("ctrl+o")
        assert latest(app).order == "name"


async def test_the_cause_filter_goes_through_every_blocker_and_back_to_any() -> None:
    app, _ = open_picker()
    async with running(app) as pilot:
        causes = []
        for _code in range(len(BlockerCode) + 1):
            await pilot.press("ctrl+t")
            causes.append(latest(app).blocker)
        assert causes == [*BlockerCode, None]


async def test_the_end_of_the_list_brings_the_next_page_once_and_keeps_the_cursor() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO, total=3, token="page-2"))
        await pilot.press("down", "down", "down")
        assert [(m.token, m.serial) for m in sent(app, CustomerPicker.PageWanted)] == [("page-2", 1)]
        picker.show_results(1, make_list(GLOBO, total=3))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.results)
        assert app.results == ["c7-001203"]


async def test_a_page_that_fails_leaves_the_rows_and_can_be_asked_for_again() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list(AVALON, AVALO, total=3, token="page-2"))
        await pilot.press("down")
        picker.show_failure(1, "The store does not answer.")
        await pilot.pause()
        assert "AvalonBay" in screen_text(app)
        assert "✗ The store does not answer." in screen_text(app)
        await pilot.press("down")
        assert len(sent(app, CustomerPicker.PageWanted)) == 2


async def test_a_failed_list_says_why_and_enter_tries_again() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_failure(1, "The store does not answer.")
        await pilot.pause()
        text = screen_text(app)
        assert "No customers available" in text
        assert "The store does not answer." in text
        assert "Press enter to try again" in text
        await pilot.press("enter")
        assert latest(app).serial == 2
        assert not app.results


async def test_an_empty_list_says_why_and_what_to_press() -> None:
    app, picker = open_picker()
    async with running(app) as pilot:
        picker.show_results(1, make_list())
        await pilot.pause()
        assert "No customers available" in screen_text(app)
        assert "billinghelp import" in screen_text(app)
        await type_text(pilot, "zzz")
        await pilot.press("ctrl+b", "ctrl+t")
        picker.show_results(latest(app).serial, make_list())
        await pilot.press("enter")
        text = screen_text(app)
        assert "Nothing matches «zzz»." in text
        assert "ctrl+u" in text
        assert "ctrl+b" in text
        assert "ctrl+t" in text
        assert not app.results


class Page(Static):
    """Somebody who opens pickers."""

    asked: ClassVar[list[int]] = []

    @on(CustomerPicker.QueryChanged)
    def remember(self, event: CustomerPicker.QueryChanged) -> None:
        event.stop()
        self.asked.append(event.serial)


async def test_messages_go_to_the_owner_where_there_is_one() -> None:
    page = Page()
    app = Host(page)
    async with running(app) as pilot:
        app.push_screen(CustomerPicker(owner=page))
        await until(pilot, lambda: page.asked)
        assert page.asked == [1]


@pytest.mark.parametrize("size", SIZES)
async def test_the_search_and_the_row_under_the_cursor_are_in_sight_at_any_size(size: tuple[int, int]) -> None:
    app, picker = open_picker()
    async with running(app, size) as pilot:
        await type_text(pilot, "ava")
        picker.show_results(latest(app).serial, make_list(AVALON, AVALO, GLOBO))
        for row in ("035", "412", "203"):
            assert "ava" in screen_text(app)
            assert row in screen_text(app)
            await pilot.press("down")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_and_a_resize_do_no_harm(size: tuple[int, int]) -> None:
    app, picker = open_picker()
    async with running(app, size) as pilot:
        picker.show_results(1, make_list(*(make_row(f"id-{n}", name) for n, name in enumerate(HOSTILE_NAMES))))
        await pilot.pause()
        for new_size in ((60, 20), (20, 5), (120, 36)):
            await pilot.resize_terminal(*new_size)
            await pilot.press("down")
        await pilot.pause()
        assert "[EU] Kontor [b]AG" in screen_text(app)
        assert "\x1b" not in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
