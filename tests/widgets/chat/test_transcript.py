"""The transcript: it follows the tail until somebody scrolls, shows older messages, and can be clicked and copied."""

import re
from functools import partial

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.geometry import Offset

from tests.widgets.chat.talk import CREDIT, CUSTOMER, VERIFY, Chat, answer, chatting, guide, numbered, question, thread
from tests.widgets.harness import screen_text, sent, until
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript


def where(chat: Chat, words: str, nth: int = 0) -> tuple[int, int]:
    """Return where the screen shows words, the first time or a later one."""
    lines = enumerate(screen_text(chat.app).splitlines())
    return [(cell_len(line[: line.index(words)]), y) for y, line in lines if words in line][nth]


async def click(chat: Chat, words: str, nth: int = 0) -> None:
    """Click the first cell of words."""
    await chat.pilot.click(offset=where(chat, words, nth))
    await chat.pilot.pause()


async def scroll(chat: Chat, row: int) -> None:
    """Scroll as a person does, at once."""
    await chat.pilot.pause()
    chat.transcript.scroll_to(y=row, animate=False)
    await chat.pilot.pause()


def without_scrollbar(chat: Chat) -> list[str]:
    return [line[:100].rstrip() for line in screen_text(chat.app).splitlines()]


async def test_a_short_thread_stands_at_the_top_and_a_long_one_follows_its_tail() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question("only question")))
        await chat.pilot.pause()
        assert "only question" in "\n".join(screen_text(chat.app).splitlines()[:6])
        await chat.pane.show_thread(thread(*numbered(60)))
        await chat.pilot.pause()
        assert "question 59" in screen_text(chat.app)
        assert "question 0\n" not in screen_text(chat.app)


@pytest.mark.parametrize(
    ("width", "shown"), [(120, "Olga Petrovna… What blocks"), (36, "Olga Petrovna-Ostrovskaya\nWhat blocks")]
)
async def test_a_colleague_s_question_stands_under_their_name_and_one_s_own_under_you(width: int, shown: str) -> None:
    async with chatting((width, 36)) as chat:
        chat.transcript.own_actor = "dana"
        asked = replace(question(), message_id="q0", actor="Olga Petrovna-\x1bOstrovskaya")
        await chat.pane.show_thread(thread(asked, guide(), question("And now?")))
        await chat.pilot.pause()
        lines = [" ".join(row.split()) for row in screen_text(chat.app).splitlines()]
        assert shown in "\n".join(lines)
        assert "You" in "\n".join(lines[lines.index(next(row for row in lines if "And now?" in row)) - 1 :])


async def test_the_tail_is_followed_until_somebody_scrolls_and_again_from_the_next_question_on() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(40)))
        await chat.pane.begin_answer(CUSTOMER, "first")
        await chat.pane.add_delta(CUSTOMER, "line\n\n" * 20 + "followed")
        await until(chat.pilot, lambda: "followed" in screen_text(chat.app))
        await scroll(chat, 10)
        read = without_scrollbar(chat)[:30]
        assert "new below" not in screen_text(chat.app)
        await chat.pane.add_delta(CUSTOMER, "\n\nmore " * 50)
        await until(chat.pilot, lambda: "↓ new below  end" in screen_text(chat.app))
        assert without_scrollbar(chat)[:30] == read
        await chat.pane.begin_answer(CUSTOMER, "second")
        await until(chat.pilot, lambda: "second" in screen_text(chat.app))
        assert "new below" not in screen_text(chat.app)


@pytest.mark.parametrize("way", ["click", "end", "G", "scroll", "page"])
async def test_new_below_leads_to_the_tail_which_is_followed_again(way: str) -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(40)))
        await chat.pane.begin_answer(CUSTOMER, "first")
        await scroll(chat, 0)
        await chat.pane.add_delta(CUSTOMER, "new words")
        await until(chat.pilot, lambda: "↓ new below" in screen_text(chat.app))
        chat.transcript.focus()
        if way == "click":
            await click(chat, "new below")
        elif way == "scroll":
            await scroll(chat, chat.transcript.max_scroll_y)
        elif way == "page":
            chat.pane.follow()
        else:
            await chat.pilot.press(way)
        await until(chat.pilot, lambda: "new words" in screen_text(chat.app))
        assert "new below" not in screen_text(chat.app)
        await chat.pane.add_delta(CUSTOMER, "\n\nlast" * 9)
        await until(chat.pilot, lambda: screen_text(chat.app).count("last") == 9)


async def test_an_answer_that_came_at_once_and_is_longer_than_the_pane_is_read_from_its_question() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.finish(CUSTOMER, answer("\n\n".join(f"line {n}" for n in range(60))))
        await until(chat.pilot, lambda: "You    What blocks them?" in screen_text(chat.app))
        assert "line 0" in screen_text(chat.app)
        assert "line 59" not in screen_text(chat.app)
        assert "↓ new below" in screen_text(chat.app)
        await chat.pane.begin_answer(CUSTOMER, "And now?")
        await chat.pane.finish(CUSTOMER, answer("Nothing.", message_id="b"))
        await until(chat.pilot, lambda: "Nothing." in screen_text(chat.app))


async def test_whoever_has_read_along_stays_at_the_end_of_a_long_answer() -> None:
    text = "\n\n".join(f"line {n}" for n in range(60))
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, text)
        chat.clock.move(20)
        await chat.pane.finish(CUSTOMER, answer(text))
        await until(chat.pilot, lambda: "f facts" in screen_text(chat.app))
        assert "line 59" in screen_text(chat.app)


async def test_older_messages_are_asked_for_at_the_top_and_come_without_moving_what_is_read() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(40, 40), older="page-2"))
        await chat.pilot.pause()
        assert not sent(chat.app, ChatPane.OlderWanted)
        await scroll(chat, 0)
        await until(chat.pilot, lambda: sent(chat.app, ChatPane.OlderWanted))
        wanted = sent(chat.app, ChatPane.OlderWanted)
        assert [(each.customer_id, each.page_token) for each in wanted] == [(CUSTOMER, "page-2")]
        read = without_scrollbar(chat)
        await chat.pane.show_older(thread(*numbered(40), older=None))
        await chat.pilot.pause()
        assert without_scrollbar(chat) == read
        assert len(chat.transcript.entries) == 80
        await scroll(chat, 0)
        assert "question 0" in screen_text(chat.app)
        assert len(sent(chat.app, ChatPane.OlderWanted)) == 1


async def test_a_page_that_does_not_fill_the_pane_asks_for_the_one_before_it_at_once() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), older="page-2"))
        await until(chat.pilot, lambda: sent(chat.app, ChatPane.OlderWanted))


def asked(chat: Chat, times: int) -> bool:
    return len(sent(chat.app, ChatPane.OlderWanted)) == times


async def test_an_older_page_that_never_came_is_asked_for_again_and_one_that_came_twice_is_shown_once() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(40, 40), older="page-2"))
        for times in (1, 2):
            await scroll(chat, 0)
            await until(chat.pilot, partial(asked, chat, times))
            await scroll(chat, 30)
        await chat.pane.show_older(thread(*numbered(40)))
        await chat.pane.show_older(thread(*numbered(40)))
        assert len(chat.transcript.entries) == 80


async def test_older_messages_of_another_customer_are_dropped() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(3)))
        await chat.pane.show_older(thread(*numbered(3, 10), customer_id="globex"))
        assert len(chat.transcript.entries) == 3


async def test_a_thread_of_500_messages_can_be_shown_whole() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(*numbered(40, 460), older="1"))
        for first in range(420, -1, -60):
            await chat.pane.show_older(thread(*numbered(min(60, 460 - first) or 40, first)))
        assert chat.transcript.latest_question is not None
        assert chat.transcript.latest_question.text == "question 499"


async def test_another_width_wraps_anew_and_keeps_about_what_is_read() -> None:
    async with chatting((140, 30)) as chat:
        said = "\n\n".join(f"part-{n} {'word ' * 30}" for n in range(60))
        await chat.pane.show_thread(thread(question(), guide(said)))
        await scroll(chat, 60)
        read = set(re.findall(r"part-\d+", screen_text(chat.app)))
        await chat.pilot.resize_terminal(60, 30)
        await chat.pilot.pause()
        assert read & set(re.findall(r"part-\d+", screen_text(chat.app)))
        await chat.pilot.resize_terminal(30, 30)
        await chat.pilot.pause()
        assert all(cell_len(line) <= 30 for line in screen_text(chat.app).splitlines())


async def test_in_few_cells_the_author_stands_above_the_text() -> None:
    async with chatting((30, 30)) as chat:
        await chat.pane.show_thread(thread(question("short"), guide("answer")))
        await chat.pilot.pause()
        lines = screen_text(chat.app).splitlines()
        assert lines[lines.index("You") + 1] == "short"
        assert lines[lines.index("Guide") + 1] == "answer"


async def test_another_theme_draws_what_is_shown_in_its_colours() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("press `v`")))
        await chat.pilot.pause()

        def colour() -> object:
            strips = [chat.transcript.render_line(y) for y in range(chat.transcript.size.height)]
            return next(s.style.color for strip in strips for s in strip if s.text == "v" and s.style is not None)

        dark = colour()
        chat.app.theme = "textual-light"
        await until(chat.pilot, lambda: colour() != dark)


async def test_what_is_unseen_is_laid_out_once_it_is_shown() -> None:
    async with chatting() as chat:
        chat.pane.display = False
        await chat.pilot.pause()
        await chat.pane.show_thread(thread(question("unseen")))
        await chat.pane.begin_answer(CUSTOMER, "asked unseen")
        await chat.pane.add_delta(CUSTOMER, "written unseen")
        chat.pane.display = True
        await until(chat.pilot, lambda: "written unseen" in screen_text(chat.app))


# ── clicks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_latest_answer_can_be_copied_and_its_facts_shown() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("first", "1"), question(), guide("second", "2")))
        assert chat.pane.copy_answer()
        assert chat.pane.show_facts()
        await chat.pilot.pause()
        assert [message.text for message in sent(chat.app, ChatPane.CopyWanted)] == ["second"]
        assert [message.message.text for message in sent(chat.app, ChatPane.FactsWanted)] == ["second"]


async def test_a_click_on_the_label_of_an_answer_is_for_that_answer() -> None:
    async with chatting() as chat:
        offers = {"suggestions": [VERIFY, CREDIT], "customer_reply": "Hello"}
        await chat.pane.show_thread(thread(guide("first", "1", **offers), question(), guide("second", "2", **offers)))
        await chat.pilot.pause()
        for words in ("facts  copy", "copy  reply", "reply", "Apply support"):
            await click(chat, words)
        for words in ("f facts", "again"):
            await click(chat, words)
        assert [each.message.text for each in sent(chat.app, ChatPane.FactsWanted)] == ["first", "second"]
        assert [each.text for each in sent(chat.app, ChatPane.CopyWanted)] == ["first"]
        assert [each.text for each in sent(chat.app, ChatPane.ReplyWanted)] == ["Hello"]
        assert [each.message.text for each in sent(chat.app, ChatPane.AgainWanted)] == ["second"]
        (taken,) = sent(chat.app, ChatPane.SuggestionWanted)
        assert (taken.message.text, taken.suggestion) == ("first", CREDIT)


async def test_a_click_on_plain_words_does_nothing() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("first")))
        await chat.pilot.pause()
        before = len(chat.app.seen)
        await click(chat, "first")
        kinds = {type(message).__module__ for message in chat.app.seen[before:]}
        assert not any(kind.startswith("widgets.chat.wanted") for kind in kinds)


async def test_a_click_stops_the_answer() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pilot.pause()
        await click(chat, "esc stops")
        assert not chat.pane.answering


@pytest.mark.parametrize(
    ("href", "passed"),
    [
        ("https://example.com/x", True),
        ("http://example.com", False),
        ("file:///etc/passwd", False),
        ("javascript:x", False),
        ("https:", True),
    ],
)
async def test_only_https_links_are_passed_on(href: str, passed: bool) -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(guide(f"[press]({href})")))
        await chat.pilot.pause()
        await click(chat, "press")
        assert [message.href for message in sent(chat.app, ChatPane.LinkWanted)] == ([href] if passed else [])


# ── selecting and copying ─────────────────────────────────────────────────────────────────────────────────────────────


async def drag(chat: Chat, start: tuple[int, int], end: tuple[int, int]) -> str | None:
    """Select with the mouse; return what is selected."""
    await chat.pilot.mouse_down(offset=start)
    await chat.pilot.hover(offset=end)
    await chat.pilot.mouse_up(offset=end)
    await chat.pilot.pause()
    return chat.app.screen.get_selected_text()


async def test_what_is_selected_is_copied_as_it_was_written() -> None:
    async with chatting((60, 30)) as chat:
        long = "one two three four five six seven eight nine ten eleven twelve thirteen"
        said = f"- {long}\n- second **item**\n\n> quoted\n>\n> more"
        await chat.pane.show_thread(thread(question("short"), guide(said)))
        await chat.pilot.pause()
        start, (x, y) = where(chat, "• one"), where(chat, "more")
        assert await drag(chat, start, (x + 3, y)) == f"• {long}\n• second item\n\nquoted\n\nmore"
        await chat.pilot.press("ctrl+c")
        assert chat.app.clipboard.endswith("quoted\n\nmore")


async def test_a_selection_reaches_over_messages_without_their_authors_and_is_seen() -> None:
    async with chatting((60, 30)) as chat:
        await chat.pane.show_thread(thread(question("日本 question"), guide("answer")))
        await chat.pilot.pause()
        (x, y), end = where(chat, "日本 question"), where(chat, "answer")
        assert await drag(chat, (x + 2, y), (end[0] + 2, end[1])) == "本 question\n\nans"
        row = chat.transcript.render_line(end[1] - chat.transcript.region.y)
        shown = {segment.text: segment.style and segment.style.bgcolor for segment in row}
        assert shown["ans"] != shown["wer"]


async def test_a_selection_is_gone_where_its_words_stand_elsewhere() -> None:
    async with chatting((60, 30)) as chat:
        await chat.pane.show_thread(thread(*numbered(40, 40), older="x"))
        await chat.pilot.pause()
        assert await drag(chat, where(chat, "question 79"), Offset(*where(chat, "79")))
        await chat.pane.show_older(thread(*numbered(3)))
        assert chat.app.screen.get_selected_text() is None


async def test_words_that_come_leave_the_selection_as_it_is() -> None:
    async with chatting((60, 30)) as chat:
        await chat.pane.show_thread(thread(question("selected")))
        await chat.pane.begin_answer(CUSTOMER, None)
        await chat.pilot.pause()
        x, y = where(chat, "selected")
        assert await drag(chat, (x, y), (x + 7, y)) == "selected"
        await chat.pane.add_delta(CUSTOMER, "words")
        await until(chat.pilot, lambda: "words" in screen_text(chat.app))
        assert chat.app.screen.get_selected_text() == "selected"


async def test_a_double_click_selects_a_paragraph() -> None:
    async with chatting((60, 30)) as chat:
        words = "one two three four five six seven eight nine ten eleven"
        await chat.pane.show_thread(thread(question("short"), guide(f"above\n\n{words}\n\nbelow")))
        await chat.pilot.pause()
        x, y = where(chat, "one two")
        await chat.pilot.click(Transcript, offset=(x, y - chat.transcript.region.y), times=2)
        await chat.pilot.pause()
        assert chat.app.screen.get_selected_text() == words
