"""Dialogs that show a text, and that ask for one of a few things."""

import pytest
from textual.containers import VerticalScroll

from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent, until
from widgets.choice_dialog import Choice, ChoiceDialog
from widgets.text_dialog import TextDialog

CASE = "\n".join(f"line {number}" for number in range(200))
FORMATS = [Choice("md", "Markdown", "to paste"), Choice("json", "JSON", "for programs"), Choice("pdf", "PDF")]


@pytest.mark.parametrize("key", ["escape", "enter", "q"])
async def test_a_text_closes(key: str) -> None:
    app = Host(dialog=TextDialog("Case for finance", CASE))
    async with running(app) as pilot:
        assert "line 0" in screen_text(app)
        assert "Case for finance" in screen_text(app)
        await pilot.press(key)
        await until(pilot, lambda: app.results)


async def test_a_text_can_be_copied_and_saved() -> None:
    app = Host(dialog=TextDialog("Case", CASE, filename="case.txt"))
    async with running(app) as pilot:
        await pilot.press("y", "s")
        assert [message.text for message in sent(app, TextDialog.CopyWanted)] == [CASE]
        assert [(message.text, message.filename) for message in sent(app, TextDialog.SaveWanted)] == [
            (CASE, "case.txt")
        ]


async def test_a_text_without_a_file_name_cannot_be_saved() -> None:
    app = Host(dialog=TextDialog("Case", CASE))
    async with running(app) as pilot:
        await pilot.press("s")
        assert not sent(app, TextDialog.SaveWanted)
        assert "save" not in screen_text(app)


async def test_it_says_how_copying_went() -> None:
    dialog = TextDialog("Case", "short")
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        dialog.say("Copied.")
        await pilot.pause()
        assert "✓ Done  Copied." in screen_text(app)
        dialog.say("The folder is read-only.", failed=True)
        await pilot.pause()
        assert "✗ Not done  The folder is read-only." in screen_text(app)


async def test_a_text_scrolls_with_the_keys_of_readers() -> None:
    app = Host(dialog=TextDialog("Case", CASE))
    async with running(app) as pilot:
        scroll = app.screen.query_one("#text", VerticalScroll)
        await pilot.press("j", "j", "k")
        await until(pilot, lambda: scroll.scroll_y == 1)
        await pilot.press("pagedown")
        await until(pilot, lambda: scroll.scroll_y == scroll.size.height)
        await pilot.press("pageup")
        await until(pilot, lambda: scroll.scroll_y == 1)
        await pilot.press("G")
        await until(pilot, lambda: scroll.scroll_y == scroll.max_scroll_y)
        await pilot.press("g")
        await until(pilot, lambda: scroll.scroll_y == 0)


async def test_a_text_can_be_markdown() -> None:
    app = Host(dialog=TextDialog("Facts", "**Billing state**: needs review", markdown=True))
    async with running(app) as pilot:
        await until(pilot, lambda: "Billing state: needs review" in screen_text(app))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_texts_and_small_terminals_do_no_harm(name: str, size: tuple[int, int]) -> None:
    app = Host(dialog=TextDialog(name, f"{name}\n\n{name}"))
    async with running(app, size) as pilot:
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
        assert "\u202e" not in screen_text(app)


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [(["enter"], "md"), (["down", "enter"], "json"), (["j", "j", "k", "enter"], "json"), (["G", "enter"], "pdf")],
)
async def test_a_choice_is_made_with_the_keys_of_lists(keys: list[str], chosen: str) -> None:
    app = Host(dialog=ChoiceDialog("Export as", FORMATS))
    async with running(app) as pilot:
        await pilot.press(*keys)
        await until(pilot, lambda: app.results)
        assert app.results == [chosen]


async def test_a_choice_can_be_left_or_clicked() -> None:
    left = Host(dialog=ChoiceDialog("Export as", FORMATS))
    async with running(left) as pilot:
        await pilot.press("escape")
        await until(pilot, lambda: left.results)
        assert left.results == [None]
    clicked = Host(dialog=ChoiceDialog("Export as", FORMATS))
    async with running(clicked, (20, 5)) as pilot:
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        await pilot.click("ChoiceRows", offset=(2, 1))
        await until(pilot, lambda: clicked.results)
        assert clicked.results == ["json"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_choice_under_the_cursor_is_in_sight_at_any_size(size: tuple[int, int]) -> None:
    app = Host(dialog=ChoiceDialog("Export as", FORMATS))
    async with running(app, size) as pilot:
        for choice in FORMATS:
            assert choice.label in screen_text(app)
            await pilot.press("down")


async def test_what_is_done_beneath_another_screen_is_dismissed_when_that_one_goes() -> None:
    dialog = ChoiceDialog("Export as", FORMATS)
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        app.push_screen(TextDialog("On top", "text"))
        await pilot.pause()
        dialog.leave("pdf")
        dialog.leave("md")
        await pilot.pause()
        assert not app.results
        await pilot.press("escape")
        await until(pilot, lambda: app.results)
        assert app.results == ["pdf"]
