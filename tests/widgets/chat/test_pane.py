"""The chat pane: scoped to one customer, streamed, and quiet about what is for somebody else."""

import asyncio

import pytest
from textual.events import Key
from textual.widgets import Markdown

from services.contract.types import Starter
from services.contract.views import ChatAnswer, ChatError, ChatFact, ChatMessage, ChatThread
from tests.builders import NOW
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent, until, write
from widgets.chat.answer import Answer, AnswerLabel
from widgets.chat.editor import QuestionEditor
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript

ENGINE = "Rule-based guidance (no model)"
FACTS = [ChatFact(key="state", label="Billing state", value="needs review", source="billing record")]


def question(text: str = "What blocks them?", starter: Starter | None = None) -> ChatMessage:
    return ChatMessage(message_id="q", author="operator", text=text, created_at=NOW, actor="dana", starter=starter)


def guide(text: str = "**Two things** block them.") -> ChatMessage:
    return ChatMessage(
        message_id="a", author="guide", text=text, created_at=NOW, actor="guide", engine=ENGINE, facts=FACTS
    )


def answer(text: str = "**Two things** block them.") -> ChatAnswer:
    return ChatAnswer(thread_id="t", question=question(), message=guide(text))


def thread(*messages: ChatMessage, customer_id: str = "acme-eu") -> ChatThread:
    return ChatThread(
        customer_id=customer_id, thread_id="t", engine=ENGINE, messages=list(messages), next_page_token=None
    )


ERROR = ChatError(code="unavailable", reason="X", message="The guide does not answer.", details={})


def open_pane(name: str = "Acme GmbH") -> tuple[Host, ChatPane]:
    pane = ChatPane()
    return Host(pane), pane


async def test_nobody_selected_says_what_to_do_and_takes_no_question() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        assert "Find a customer first" in screen_text(app)
        pane.ask_starter(Starter.UNBLOCK_BILLING)
        pane.focus_composer()
        await write(pilot, "hello")
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
        await write(pilot, "one")
        await pilot.press("ctrl+j")
        await write(pilot, "two")
        await pilot.press("shift+enter")
        await write(pilot, "three")
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
        await write(pilot, "for acme")
        pane.set_customer("globex", "Globex")
        assert app.query_one(QuestionEditor).text == ""
        pane.focus_composer()
        await write(pilot, "for globex")
        pane.set_customer("acme-eu", "Acme GmbH")
        assert app.query_one(QuestionEditor).text == "for acme"
        pane.set_customer(None)
        assert app.query_one(QuestionEditor).disabled


async def test_an_answer_is_streamed_then_frozen_as_it_is_stored_with_engine_and_facts() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "What [b]blocks[/b] them?\n[/x]")
        assert pane.answering
        await pane.add_delta("acme-eu", "**Two ")
        await pane.add_delta("acme-eu", "things")
        await until(pilot, lambda: "writing…" in screen_text(app))
        await pane.finish("acme-eu", answer("**Two things** block them: `v`."))
        await pilot.pause()
        assert not pane.answering
        text = screen_text(app)
        assert "You    What [b]blocks[/b] them?" in text
        assert "[/x]" in text
        assert "Two things block them: v." in text
        assert f"{ENGINE} · 1 fact · " in text
        assert "f facts  y copy" in text
        assert "writing" not in text


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
        await until(pilot, lambda: transcript.shown or showing.done())
        pane.set_customer("globex", "Globex")
        await showing
        await pane.show_thread(thread(question("globex thread"), customer_id="globex"))
        await pilot.pause()
        assert "acme thread" not in screen_text(app)
        assert len(transcript.shown) == 1


async def test_a_thread_that_comes_late_stands_above_the_exchange_under_way() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "new question")
        await pane.show_thread(thread(question("old question"), guide("old answer")))
        await pane.add_delta("acme-eu", "new answer")
        await pane.finish("acme-eu", answer("new answer"))
        await pilot.pause()
        text = screen_text(app)
        positions = [text.index(words) for words in ("old question", "old answer", "new question", "new answer")]
        assert positions == sorted(positions)


async def test_a_stored_starter_reads_as_its_title() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(question("unblock_billing", Starter.UNBLOCK_BILLING)))
        await pilot.pause()
        assert "You    Unblock billing" in screen_text(app)
        assert "unblock_billing" not in screen_text(app)


async def test_while_an_answer_is_written_a_question_stays_in_the_composer() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "first")
        pane.focus_composer()
        await write(pilot, "second")
        await pilot.press("enter")
        pane.ask_starter(Starter.UNBLOCK_BILLING)
        await pilot.pause()
        assert not sent(app, ChatPane.Asked)
        assert app.query_one(QuestionEditor).text == "second"


async def test_stopping_says_so_and_later_words_are_dropped() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "first")
        await pane.add_delta("acme-eu", "half an")
        assert pane.stop()
        await until(pilot, lambda: not pane.answering)
        await pane.add_delta("acme-eu", " answer")
        await pilot.pause()
        assert [message.customer_id for message in sent(app, ChatPane.Stopped)] == ["acme-eu"]
        assert "half an" in screen_text(app)
        assert "half an answer" not in screen_text(app)
        assert "stopped" in screen_text(app)


async def test_a_failure_stands_in_the_conversation_with_a_remedy_and_gives_the_question_back() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "What blocks them?")
        await pane.fail("acme-eu", ERROR)
        await pilot.pause()
        text = screen_text(app)
        assert "✗ No answer. The guide does not answer." in text
        assert "Try again in a moment" in text
        assert app.query_one(QuestionEditor).text == "What blocks them?"
        assert not app.query(Answer)


async def test_a_failure_keeps_what_was_written_and_a_new_draft() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "old")
        await pane.add_delta("acme-eu", "half an answer")
        pane.focus_composer()
        await write(pilot, "new")
        await pane.fail("acme-eu", ChatError(code="internal", reason="X", message="Broken.", details={}))
        await pilot.pause()
        assert "half an answer" in screen_text(app)
        assert app.query_one(QuestionEditor).text == "new"


async def test_the_latest_answer_can_be_copied_and_its_facts_shown() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(question(), guide("first"), question(), guide("second")))
        assert pane.copy_answer()
        assert pane.show_facts()
        await pilot.pause()
        assert [message.text for message in sent(app, ChatPane.CopyWanted)] == ["second"]
        assert [message.message.text for message in sent(app, ChatPane.FactsWanted)] == ["second"]


async def test_a_click_on_the_label_of_an_answer_is_for_that_answer() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(question(), guide("first"), question(), guide("second")))
        await pilot.pause()
        label = app.query(AnswerLabel).first()
        rows = label.lines(label.size.width)
        end = len(rows[-1].content.plain)
        await pilot.click(label, offset=(end - 1, len(rows) - 1))
        await pilot.click(label, offset=(0, 0))
        await pilot.pause()
        assert [message.text for message in sent(app, ChatPane.CopyWanted)] == ["first"]
        assert [message.message.text for message in sent(app, ChatPane.FactsWanted)] == ["first"]


@pytest.mark.parametrize(
    ("href", "passed"),
    [
        ("https://example.com/x", True),
        ("http://example.com", False),
        ("file:///etc/passwd", False),
        ("javascript:x", False),
    ],
)
async def test_only_https_links_are_passed_on(href: str, passed: bool) -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(guide(f"[link]({href})")))
        markdown = app.query_one(Markdown)
        markdown.post_message(Markdown.LinkClicked(markdown, href))
        await pilot.pause()
        assert [message.href for message in sent(app, ChatPane.LinkWanted)] == ([href] if passed else [])


async def test_a_long_conversation_sheds_its_oldest_messages() -> None:
    app, pane = open_pane()
    async with running(app):
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(*[question(f"question {number}") for number in range(100)]))
        await pane.begin_answer("acme-eu", "newest")
        transcript = app.query_one(Transcript)
        assert len(transcript.shown) == 100
        assert transcript.latest_question == "newest"


async def test_a_short_thread_stands_at_the_top_and_a_long_one_follows_its_tail() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.show_thread(thread(question("only question")))
        await pilot.pause()
        assert "only question" in "\n".join(screen_text(app).splitlines()[:6])
        await pane.show_thread(thread(*[question(f"question {number}") for number in range(60)]))
        await pilot.pause()
        assert "question 59" in screen_text(app)
        assert "question 0\n" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_texts_and_small_terminals_do_no_harm(name: str, size: tuple[int, int]) -> None:
    pane = ChatPane()
    app = Host(pane)
    async with running(app, size) as pilot:
        pane.set_customer("acme-eu", name)
        await pane.show_thread(thread(question(name), guide(name)))
        await pane.begin_answer("acme-eu", name)
        await pane.add_delta("acme-eu", name)
        await pane.fail("acme-eu", ChatError(code="internal", reason="X", message=name, details={}))
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "\u202e" not in screen_text(app)


async def test_an_answer_longer_than_the_pane_is_read_from_its_question() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "What blocks them?")
        await pane.finish("acme-eu", answer("\n\n".join(f"line {n}" for n in range(60))))
        await until(pilot, lambda: "You    What blocks them?" in screen_text(app))
        assert "line 0" in screen_text(app)
        assert "line 59" not in screen_text(app)
        await pane.begin_answer("acme-eu", "And now?")
        await pane.finish("acme-eu", answer("Nothing."))
        await until(pilot, lambda: "Nothing." in screen_text(app))
