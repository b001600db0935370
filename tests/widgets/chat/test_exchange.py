"""An exchange: a question, and its answer while it is waited for, written, stopped, begun again, and stored."""

from typing import Any

import pytest
from msgspec.structs import replace

from services.contract.types import Action, Starter
from services.contract.views import ChatError, ChatUsage
from tests.keyboard import type_text
from tests.widgets.chat.talk import (
    CREDIT,
    CUSTOMER,
    ENGINE,
    ERROR,
    FLAG,
    VERIFY,
    Chat,
    answer,
    chatting,
    failure,
    guide,
    question,
    thread,
)
from tests.widgets.harness import Host, running, screen_text, sent, until
from widgets.chat.answer import Answer
from widgets.chat.editor import QuestionEditor
from widgets.chat.pane import ChatPane
from widgets.chat.transcript import Transcript


def open_pane() -> tuple[Host, ChatPane]:
    pane = ChatPane()
    return Host(pane), pane


async def seen(chat: Chat, *words: str) -> None:
    """Wait until the screen shows all of this, in this order."""

    def all_there() -> bool:
        text, place = screen_text(chat.app), 0
        for each in words:
            place = text.find(each, place) + 1
            if not place:
                return False
        return True

    await until(chat.pilot, all_there)


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


async def test_while_an_answer_is_written_a_question_stays_in_the_composer() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "first")
        pane.focus_composer()
        await type_text(pilot, "second")
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
        assert not any(isinstance(entry, Answer) for entry in app.query_one(Transcript).entries)


async def test_a_failure_keeps_what_was_written_and_a_new_draft() -> None:
    app, pane = open_pane()
    async with running(app) as pilot:
        pane.set_customer("acme-eu", "Acme GmbH")
        await pane.begin_answer("acme-eu", "old")
        await pane.add_delta("acme-eu", "half an answer")
        pane.focus_composer()
        await type_text(pilot, "new")
        await pane.fail("acme-eu", ChatError(code="internal", reason="X", message="Broken.", details={}))
        await pilot.pause()
        assert "half an answer" in screen_text(app)
        assert app.query_one(QuestionEditor).text == "new"


async def test_the_seconds_before_the_first_word_are_counted() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await seen(chat, "thinking…  esc stops")
        chat.clock.move(3.2)
        chat.transcript.keep_time()
        await seen(chat, "thinking… 3 s  esc stops")
        await chat.pane.add_delta(CUSTOMER, "Two")
        await seen(chat, "Two", "writing…  esc stops")


async def test_the_seconds_are_counted_without_anybodys_doing_and_only_while_they_matter() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        chat.clock.move(7)
        await seen(chat, "thinking… 7 s")
        await chat.pane.finish(CUSTOMER, answer())
        assert not any(entry.counts_seconds for entry in chat.transcript.entries)


async def test_an_answer_that_begins_again_drops_what_was_written_and_says_why() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "They owe $12")
        await chat.pane.add_delta(CUSTOMER, "", restart="drop", notice="The model wrote a figure that is no fact.")
        await seen(chat, "▲ The model wrote a figure", "thinking…")
        assert "$12" not in screen_text(chat.app)
        await chat.pane.add_delta(CUSTOMER, "Two things.")
        await seen(chat, "▲ The model wrote a figure", "Two things.", "writing…")
        await chat.pane.finish(CUSTOMER, answer("Two things.", notice="The rules answer."))
        await seen(chat, "▲ The rules answer.", "Two things.", ENGINE)
        assert len(chat.transcript.entries) == 2


async def test_an_answer_that_is_broken_off_stays_and_another_one_follows_it() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "Half an ans")
        await chat.pane.add_delta(CUSTOMER, "The rules", restart="keep", notice="The model was lost.")
        await seen(
            chat, "Half an ans", "broken off: a partial answer", "▲ The model was lost.", "The rules", "writing…"
        )
        stored = guide("Half an ans", "p", partial="broken_off", engine="qwen3", host="127.0.0.1:8080")
        done = answer("The rules say so.", notice="The model was lost.")
        await chat.pane.finish(CUSTOMER, replace(done, partial=stored))
        await seen(chat, "Half an ans", "broken off: a partial answer · qwen3 · 127.0.0.1:8080", "The rules say so.")
        assert len(chat.transcript.entries) == 3
        assert chat.pane.latest_answer == done.message


async def test_what_was_broken_off_unseen_is_shown_above_the_answer() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        done = replace(answer("The rules say so."), partial=guide("Half", "p", partial="broken_off"))
        await chat.pane.finish(CUSTOMER, done)
        await seen(chat, "Half", "broken off", "The rules say so.")


async def test_keeping_where_nothing_was_written_keeps_nothing() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "The rules", restart="keep", notice="The model was not reached.")
        await seen(chat, "▲ The model was not reached.", "The rules")
        assert len(chat.transcript.entries) == 2


async def test_an_answer_asked_for_again_stands_beneath_the_old_one_without_a_second_question() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("old answer")))
        assert chat.pane.ask_again()
        await chat.pilot.pause()
        assert [wanted.message.question_id for wanted in sent(chat.app, ChatPane.AgainWanted)] == ["q"]
        await chat.pane.begin_answer(CUSTOMER, None)
        assert not chat.pane.ask_again()
        await chat.pane.add_delta(CUSTOMER, "new answer")
        await chat.pane.finish(CUSTOMER, answer("new answer", message_id="b"))
        await seen(chat, "old answer", "new answer")
        assert screen_text(chat.app).count("What blocks them?") == 1
        assert screen_text(chat.app).count("f facts") == 1


async def test_stopped_before_the_first_word_the_question_stays_with_a_label() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        assert chat.pane.stop()
        await seen(chat, "You    What blocks them?", "stopped before the first word")
        assert [stopped.customer_id for stopped in sent(chat.app, ChatPane.Stopped)] == [CUSTOMER]
        await chat.pane.adopt_stopped(CUSTOMER, [question(), guide("", partial="stopped")])
        await seen(chat, "You    What blocks them?", "stopped before the first word")
        assert chat.pane.edit_last_question()
        assert chat.app.query_one(QuestionEditor).text == "What blocks them?"


async def test_while_an_answer_is_written_a_further_question_is_not_taken_and_it_says_so() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        chat.pane.ask_starter(Starter.UNBLOCK_BILLING)
        chat.pane.focus_composer()
        await type_text(chat.pilot, "and?")
        await chat.pilot.press("enter")
        await chat.pilot.pause()
        assert len(sent(chat.app, ChatPane.StillWriting)) == 2
        assert not sent(chat.app, ChatPane.Asked)
        assert chat.app.query_one(QuestionEditor).text == "and?"


async def test_stopped_before_the_first_word_a_new_draft_is_left_alone_and_the_question_stays() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        chat.pane.focus_composer()
        await type_text(chat.pilot, "new")
        assert chat.pane.stop()
        await chat.pilot.pause()
        assert chat.app.query_one(QuestionEditor).text == "new"
        assert "You    What blocks them?" in screen_text(chat.app)


async def test_an_answer_asked_for_again_and_stopped_before_a_word_stands_beneath_the_old_one() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("old answer")))
        await chat.pane.begin_answer(CUSTOMER, None)
        assert chat.pane.stop()
        await chat.pilot.pause()
        await seen(chat, "old answer", "stopped before the first word")
        assert chat.app.query_one(QuestionEditor).text == ""


async def test_what_is_stored_of_a_stopped_answer_takes_the_place_of_what_was_shown() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "Half an answer")
        assert chat.pane.stop()
        await seen(chat, "Half an answer", "stopped: a partial answer, kept")
        assert not chat.pane.show_facts()
        await chat.pane.begin_answer(CUSTOMER, "And now?")
        stored = guide("Half an answer", partial="stopped", usage=ChatUsage(input_tokens=9, output_tokens=3))
        await chat.pane.adopt_stopped(CUSTOMER, [question(), stored])
        await seen(chat, "What blocks", "Half an answer", "stopped: a partial answer, kept · ", "9 + 3", "And now?")
        assert chat.pane.latest_answer == stored
        assert len(chat.transcript.entries) == 4
        await chat.pane.adopt_stopped(CUSTOMER, [question(), stored])
        assert len(chat.transcript.entries) == 4


async def test_what_is_stored_of_a_stopped_answer_stays_above_an_exchange_that_has_ended_since() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "Half an answer")
        assert chat.pane.stop()
        await chat.pane.begin_answer(CUSTOMER, "And now?")
        await chat.pane.finish(CUSTOMER, answer("Nothing.", message_id="b"))
        await chat.pane.adopt_stopped(CUSTOMER, [question(message_id="p"), guide("Half an answer", partial="stopped")])
        await seen(chat, "What blocks them?", "Half an answer", "And now?", "Nothing.", "f facts")
        assert len(chat.transcript.entries) == 4


async def test_where_nothing_is_stored_of_a_stopped_answer_what_was_shown_stays() -> None:
    async with chatting() as chat:
        await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
        await chat.pane.add_delta(CUSTOMER, "Half an answer")
        chat.pane.stop()
        await chat.pane.adopt_stopped(CUSTOMER, [])
        await seen(chat, "Half an answer", "stopped: a partial answer, kept")


async def test_answers_whose_facts_have_changed_are_marked_and_those_whose_hold_again_are_not() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("first", "1"), guide("second", "2", suggestions=[VERIFY])))
        chat.pane.mark([guide("second", "2", suggestions=[VERIFY], stale=True), guide("unknown", "3", stale=True)])
        await seen(chat, "first", "▲ the facts have changed since: ask again (g)", "second")
        assert not chat.pane.copy_answer()
        assert not chat.pane.take_suggestion()
        assert chat.pane.show_facts()
        chat.pane.mark([guide("second", "2", suggestions=[VERIFY])])
        await until(chat.pilot, lambda: "have changed" not in screen_text(chat.app))
        assert chat.pane.copy_answer()


@pytest.mark.parametrize(
    ("state", "copied"),
    [({}, True), ({"partial": "stopped"}, False), ({"stale": True}, False), ({"flags": [FLAG]}, True)],
)
async def test_a_reply_is_copied_only_of_a_whole_unflagged_answer_whose_facts_hold(
    state: dict[str, Any], copied: bool
) -> None:
    async with chatting() as chat:
        assert not chat.pane.copy_reply()
        await chat.pane.show_thread(thread(question(), guide("**Hello**", customer_reply="Hello", **state)))
        assert chat.pane.copy_reply() is copied
        await chat.pilot.pause()
        assert [wanted.text for wanted in sent(chat.app, ChatPane.ReplyWanted)] == (["Hello"] if copied else [])


async def test_a_suggestion_is_taken_by_name_or_by_its_place() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide(suggestions=[VERIFY, CREDIT])))
        assert chat.pane.take_suggestion()
        assert chat.pane.take_suggestion(1)
        assert not chat.pane.take_suggestion(2)
        await chat.pilot.pause()
        taken = [wanted.suggestion.action for wanted in sent(chat.app, ChatPane.SuggestionWanted)]
        assert taken == [Action.MARK_INVOICE_VERIFIED, Action.APPLY_SUPPORT_CREDIT]


async def test_a_partial_answers_source_can_be_copied() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide("**Half", partial="broken_off")))
        assert chat.pane.copy_answer()


async def test_the_countdown_of_a_failure_goes_on_in_the_stored_answer() -> None:
    async with chatting() as chat:
        await chat.pane.show_thread(thread(question(), guide(notice="Too many questions.", failure=failure(12))))
        await seen(chat, "▲ Too many questions. · try again in 12 s")
        chat.clock.move(5)
        chat.transcript.keep_time()
        await seen(chat, "try again in 7 s")
        chat.clock.move(8)
        chat.transcript.keep_time()
        await until(chat.pilot, lambda: "try again" not in screen_text(chat.app))


async def test_in_any_pieces_an_answer_looks_as_it_does_when_it_is_stored() -> None:
    text = "**Two**\n\n1. one `v`\n2. two\n\n> Hello\n>\n> you\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n***\nlast [x](https://e.org)"
    pictures = set()
    for size in (1, 3, 7, len(text)):
        async with chatting() as chat:
            await chat.pane.begin_answer(CUSTOMER, "What blocks them?")
            for start in range(0, len(text), size):
                await chat.pane.add_delta(CUSTOMER, text[start : start + size])
            await chat.pane.finish(CUSTOMER, answer(text))
            await chat.pilot.pause()
            pictures.add(screen_text(chat.app))
    assert len(pictures) == 1
