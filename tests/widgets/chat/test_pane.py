"""The chat pane: scoped to one customer, clear about where questions go, and quiet about what is for somebody else."""

import asyncio

import pytest
from textual.events import Key

from services.contract.text import is_clean
from services.contract.types import Starter
from services.contract.views import ChatError
from tests.keyboard import type_text
from tests.widgets.chat.talk import ENGINE, ERROR, answer, chatting, guide, question, thread
from tests.widgets.harness import HOSTILE_NAMES, Host, running, screen_text, sent, until
from widgets.chat.commands import ChatCommand
from widgets.chat.composer import AskComposer
from widgets.chat.editor import QuestionEditor
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript

SIZES = ((140, 44), (60, 20), (20, 5))


def open_pane() -> tuple[Host, ChatPane]:
    pane = ChatPane()
    return Host(pane), pane


async def test_nobody_selected_says_what_to_do_and_takes_no_question() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        assert "Find a customer first" in screen_text(app)
        pane.ask_starter(Starter.UNBLOCK_BILLING)
        pane.focus_composer()
        await type_text(pilot, "hello")
        await pilot.press("enter")
        assert not sent(app, ChatPane.Asked)
        assert not pane.stop()
        assert not pane.copy_answer()
        assert not pane.show_facts()


async def test_an_empty_thread_shows_the_three_starters_and_what_each_does() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread())
        await pilot.pause()
        text = screen_text(app)
        assert "Guidance for Acme GmbH" in text
        assert ENGINE in text
        for number, title in enumerate(("Unblock billing", "Invoice exception", "Summarize report"), start=1):
            assert f"{number}  {title}" in text
        assert "what blocks platform use, and the way out" in text


async def test_a_starter_is_asked_by_click_or_by_name() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pilot.pause()
        await pilot.click("ChatStarters", offset=(6, 3))
        pane.ask_starter(Starter.SUMMARIZE_REPORT)
        await pilot.pause()
        asked = [(m.customer_id, m.question, m.starter) for m in sent(app, ChatPane.Asked)]
        assert asked == [
            ("acme-eu", None, Starter.INVOICE_EXCEPTION),
            ("acme-eu", None, Starter.SUMMARIZE_REPORT),
        ]


async def test_enter_sends_and_ctrl_j_or_shift_enter_begins_a_line() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        pane.focus_composer()
        await type_text(pilot, "one")
        await pilot.press("ctrl+j")
        await type_text(pilot, "two")
        await pilot.press("shift+enter")
        await type_text(pilot, "three")
        editor = app.query_one(QuestionEditor)
        assert editor.size.height == 3
        await pilot.press("enter")
        assert [message.question for message in sent(app, ChatPane.Asked)] == ["one\ntwo\nthree"]
        assert editor.text == ""
        await pilot.press("space", "enter")
        assert len(sent(app, ChatPane.Asked)) == 1


async def test_a_question_typed_faster_than_it_is_drawn_is_sent_whole() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        pane.focus_composer()
        await pilot.pause()
        for key in (*"why", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else "\r"))
        await until(pilot, lambda: sent(app, ChatPane.Asked))
        assert [message.question for message in sent(app, ChatPane.Asked)] == ["why"]


async def test_the_composer_grows_to_four_lines_and_no_further() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        pane.focus_composer()
        await pilot.press(*["ctrl+j"] * 9)
        await pilot.pause()
        assert app.query_one(QuestionEditor).size.height == 4


async def test_a_focus_wanted_before_the_text_area_is_there_is_kept() -> None:
    pane = ChatPane()
    app = Host(pane)
    async with app.run_test() as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        pane.focus_composer()
        await until(pilot, lambda: isinstance(app.focused, QuestionEditor))


async def test_each_customer_keeps_a_draft() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        pane.focus_composer()
        await type_text(pilot, "for acme")
        pane.set_customer("globex", "Globex")
        assert app.query_one(QuestionEditor).text == ""
        pane.focus_composer()
        await type_text(pilot, "for globex")
        assert pane.draft == "for globex"
        pane.set_customer("acme-eu", "Acme GmbH")
        assert app.query_one(QuestionEditor).text == "for acme"
        pane.set_customer(None)
        assert app.query_one(QuestionEditor).disabled


async def test_words_for_another_customer_are_dropped() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "About Acme")
        await pane.add_delta("acme-eu", "acme words")
        pane.set_customer("globex", "Globex")
        assert not pane.answering
        await pane.add_delta("acme-eu", "late acme words")
        await pane.finish("acme-eu", answer("late acme answer"))
        await pane.fail("acme-eu", ERROR)
        await pane.begin_answer("acme-eu", "late question")
        await pane.show_thread(thread(question("acme thread")))
        await pane.show_thread(thread(question("globex thread"), guide(), customer_id="globex"))
        await pilot.pause()
        text = screen_text(app)
        assert "acme" not in text.lower()
        assert "globex thread" in text


async def test_a_thread_that_comes_while_another_customer_is_selected_leaves_nothing_behind() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        showing = asyncio.ensure_future(pane.show_thread(thread(*[question("acme thread"), guide()] * 5)))
        transcript = app.query_one(Transcript)
        await until(pilot, lambda: transcript.entries or showing.done())
        pane.set_customer("globex", "Globex")
        await showing
        await pane.show_thread(thread(question("globex thread"), customer_id="globex"))
        await pilot.pause()
        assert "acme thread" not in screen_text(app)
        assert len(transcript.entries) == 1


async def test_a_stored_starter_reads_as_its_title() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(question("unblock_billing", Starter.UNBLOCK_BILLING)))
        await pilot.pause()
        assert "You    Unblock billing" in screen_text(app)
        assert "unblock_billing" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_texts_and_small_terminals_do_no_harm(name: str, size: tuple[int, int]) -> None:
    pane = ChatPane()
    app = Host(pane)
    async with running(app, size) as pilot:
        pane.set_customer("acme-eu", name)
        said = guide(name, engine=name, notice=name, customer_reply=name, host=name)
        await pane.show_thread(thread(question(name), said, guide(f"- {name}\n\n> {name}", "b", stale=True), host=name))
        await pane.begin_answer("acme-eu", name)
        await pane.add_delta("acme-eu", name, restart="drop", notice=name)
        await pane.fail("acme-eu", ChatError(code="internal", reason="X", message=name, details={}))
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert all(char == "\n" or is_clean(char) for char in screen_text(app))


@pytest.mark.parametrize(
    ("host", "width", "said"),
    [
        (None, 140, "nothing leaves this machine"),
        (None, 60, "nothing leaves this machine"),
        (None, 28, "stays on this machine"),
        (None, 20, "stays here"),
        ("127.0.0.1:8080", 140, "questions go to 127.0.0.1:8080"),
        ("127.0.0.1:8080", 60, "questions go to 127.0.0.1:8080"),
        ("127.0.0.1:8080", 24, "to 127.0.0.1:8080"),
        ("127.0.0.1:8080", 20, "127.0.0.1:8080"),
        ("a-long-name.models.example.com", 28, "a-long-name…xample.com"),
    ],
)
async def test_where_questions_go_is_said_at_every_width(host: str | None, width: int, said: str) -> None:
    async with chatting((width, 20)) as chat:
        await chat.pane.show_thread(thread(host=host))
        await chat.pilot.pause()
        assert f" {said} " in screen_text(chat.app).splitlines()[-1]


async def test_where_questions_go_follows_the_width_and_is_no_markup() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(host="[/x]"))
        await chat.pilot.resize_terminal(24, 20)
        await until(chat.pilot, lambda: "to [/x]" in screen_text(chat.app).splitlines()[-1])
        assert chat.app.query_one(AskComposer).border_subtitle


@pytest.mark.parametrize(("width", "shown"), [(140, True), (60, True), (40, False), (20, False)])
async def test_the_header_names_the_engine_where_the_customers_name_has_room(width: int, shown: bool) -> None:
    async with chatting((width, 20)) as chat:
        await chat.pane.show_thread(thread())
        await chat.pilot.pause()
        first = screen_text(chat.app).splitlines()[0]
        assert "Acme GmbH" in first
        assert (ENGINE in first) is shown


async def test_starters_and_answers_show_the_keys_that_the_page_has() -> None:
    keys = {ChatCommand.UNBLOCK_BILLING: "F1", ChatCommand.COPY: "C", ChatCommand.STOP: "^x", ChatCommand.ASK: "a"}
    async with chatting(key=lambda command: keys.get(command, "?")) as chat:
        assert "F1  Unblock billing" in screen_text(chat.app)
        await chat.pane.show_thread(thread(question(), guide()))
        await chat.pane.begin_answer("acme-eu", "And now?")
        await chat.pilot.pause()
        assert "F1 Unblock billing  ? Invoice exception" in screen_text(chat.app)
        assert "? facts  C copy  ? again" in screen_text(chat.app)
        assert "thinking…  ^x stops" in screen_text(chat.app)
        await chat.pane.fail("acme-eu", ChatError(code="internal", reason="X", message="Broken.", details={}))
        await chat.pilot.pause()
        assert "press a to change it" in screen_text(chat.app)


async def test_the_last_question_is_edited_with_up_where_nothing_is_written() -> None:
    async with chatting() as chat:
        assert not chat.pane.edit_last_question()
        await chat.pane.show_thread(thread(question("first", message_id="1"), question("second", message_id="2")))
        chat.pane.focus_composer()
        await chat.pilot.press("up")
        await chat.pilot.pause()
        editor = chat.app.query_one(QuestionEditor)
        assert editor.text == "second"
        await type_text(chat.pilot, "!")
        await chat.pilot.press("up")
        await chat.pilot.pause()
        assert editor.text == "second!"
        assert not chat.pane.edit_last_question()


@pytest.mark.parametrize("when", ["before it is there", "while it comes and goes", "after it has gone"])
async def test_it_may_be_turned_to_a_customer_whether_or_not_it_is_on_the_screen(when: str) -> None:
    async with chatting() as chat:
        pane = ChatPane(id="other")
        if when == "while it comes and goes":
            coming, going = chat.app.mount(pane), pane.remove()
            pane.set_customer("bolt", "Bolt Works")
            await coming
            await going
        elif when == "after it has gone":
            await chat.app.mount(pane)
            await pane.remove()
        pane.answered_by("Rules", None)
        pane.set_customer("acme-eu", "Acme GmbH")
        assert (pane.customer_id, pane.engine) == ("acme-eu", "Rules")


async def test_what_it_was_told_before_it_was_there_is_shown_when_it_is() -> None:
    async with chatting() as chat:
        pane = ChatPane(id="other")
        pane.answered_by("Rules", None)
        pane.set_customer("bolt", "Bolt Works")
        await chat.app.mount(pane)
        await until(chat.pilot, lambda: "Guidance for Bolt Works" in screen_text(chat.app))
