"""The chat on the page, on a real store, with a model that says what the test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, TextArea
from textual.worker import WorkerCancelled

from billinghelp.app import BillingHelpApp
from billinghelp.pages.billing_help import BillingHelpPage
from billinghelp.pages.customer_chat import CustomerChat
from billinghelp.pages.reading_dialog import ReadingDialog
from services.contract.requests import GetBillingChatThread, MarkInvoiceVerified
from services.contract.types import FailureKind, Starter
from services.contract.views import ChatMessage, ChatUsage
from services.guidance.guide import Guide
from services.guidance.provider.failures import ModelFailed
from tests.billinghelp.real_desk import real_app
from tests.keyboard import type_text
from tests.services.guidance.scripted import Script, ScriptedModel
from tests.surface import Workbench, customer
from widgets.action_dialog import ActionDialog
from widgets.choice_dialog import ChoiceDialog

AVALON, CLEAR_SKIES, EMPTY = "c7-000035", "c7-000037", "c7-000040"
WORDS = (
    "**{{blockers.count}} blockers stop {{customer.name}}.**\n\nPress `v`: {{action.MarkInvoiceVerified.title}}.\n\n"
)
REPLY = "**Customer-safe next steps**\n\n> Hello {{customer.name}}, please wait a little.\n"


class Desk:
    """The running app, its pilot, and the bench behind it."""

    def __init__(self, app: BillingHelpApp, pilot: Pilot[None], bench: Workbench) -> None:
        self.app = app
        self.pilot = pilot
        self.bench = bench

    @property
    def chat(self) -> CustomerChat:
        page = self.app.screen_stack[0]
        assert isinstance(page, BillingHelpPage)
        assert page.bench is not None
        assert page.bench.chat is not None
        return page.bench.chat

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def notice(self) -> str:
        bar = self.app.page.notice_bar() if self.app.page else None
        return bar.notice.text if bar and bar.notice else ""

    def stored(self, customer_id: str = AVALON) -> list[ChatMessage]:
        messages: list[ChatMessage] = self.bench.call(GetBillingChatThread(customer_id=customer_id)).messages
        return messages

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await self.pilot.pause()

    async def settled(self) -> None:
        """Wait until no worker is under way."""
        while busy := [worker for worker in self.app.workers if not worker.is_finished]:
            for worker in busy:
                with suppress(WorkerCancelled):
                    await worker.wait()
            await self.pilot.pause()
        await self.pilot.pause()

    async def ask(self, question: str = "What blocks them?") -> None:
        await self.press("i")
        await self.until(lambda: isinstance(self.app.focused, TextArea))
        await type_text(self.pilot, question)
        await self.press("enter")


@asynccontextmanager
async def desk(
    folder: Path,
    *scripts: Script,
    customer_id: str = AVALON,
    size: tuple[int, int] = (140, 44),
    read_only: bool = False,
) -> AsyncIterator[Desk]:
    guide = Guide(ScriptedModel(*scripts)) if scripts else None
    with real_app(folder, guide, customer_id=customer_id, read_only=read_only) as (app, bench):
        bench.feed(
            customer(EMPTY, legal_name="Hollow Oak Ltd", billing={"state": "verified", "payment_rail": "prepaid"})
        )
        async with app.run_test(size=size) as pilot:
            running = Desk(app, pilot, bench)
            await running.settled()
            yield running


async def test_an_answer_says_who_wrote_it_where_the_facts_went_and_what_it_cost(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY, ChatUsage(input_tokens=1204, output_tokens=312)]) as running:
        await running.press("1")
        await running.settled()
        text = " ".join(running.text.split())
        assert "2 blockers stop AvalonBay Communities." in text
        assert "scripted-model" in text
        assert "127.0.0.1:9" in text
        assert "1 204 + 312 tokens" in text


async def test_the_host_is_on_the_screen_at_any_width(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS], size=(60, 20)) as running:
        await running.press("i")
        await running.until(lambda: "127.0.0.1:9" in running.text)


async def test_without_a_model_the_screen_says_that_nothing_leaves(tmp_path: Path) -> None:
    async with desk(tmp_path) as running:
        assert "nothing leaves this machine" in running.text
        await running.press("w")
        await running.settled()
        assert isinstance(running.app.screen, ReadingDialog)
        assert "Nothing is sent" in running.text


async def test_stopping_keeps_what_was_written_on_the_screen_and_in_the_store(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, asyncio.Event()]) as running:
        await running.press("1")
        await running.until(lambda: "blockers stop AvalonBay" in running.text)
        await running.press("escape")
        await running.settled()
        assert "stopped: a partial answer, kept" in running.text
        question, partial = running.stored()
        assert (partial.partial, partial.question_id) == ("stopped", question.message_id)
        assert running.chat.latest_answer == partial
        await running.press("Y")
        await running.settled()
        assert "no words for the customer" in running.notice


async def test_stopped_before_the_first_word_the_chat_says_so_and_what_was_sent_can_be_read(tmp_path: Path) -> None:
    async with desk(tmp_path, [asyncio.Event()]) as running:
        await running.ask("Why?")
        await running.until(lambda: running.chat.answering)
        await running.press("escape")
        await running.settled()
        assert "stopped before the first word" in running.text
        await running.press("escape", "w")
        await running.settled()
        assert "was sent to 127.0.0.1:9" in running.text


async def test_two_starters_in_one_breath_ask_once(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        running.chat.ask_starter(Starter.UNBLOCK_BILLING)
        running.chat.ask_starter(Starter.INVOICE_EXCEPTION)
        await running.settled()
        assert [m.text for m in running.stored() if m.author == "operator"] == ["Unblock billing"]
        assert "An answer is being written" in running.notice


async def test_an_old_answer_far_up_is_checked_before_it_is_copied(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        for _ in range(3):
            await running.press("1")
            await running.settled()
        first = running.chat.shown_answers[0]
        running.bench.act(running.bench.request(MarkInvoiceVerified, AVALON))
        running.chat.post_message(running.chat.ReplyWanted(running.chat, first, first.customer_reply or ""))
        await running.settled()
        assert "The facts have changed since that answer" in running.notice
        assert running.app.clipboard == ""
        assert all(answer.stale for answer in running.chat.shown_answers)


async def test_an_answer_that_is_not_on_the_screen_any_more_serves_for_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        await running.press("1")
        await running.settled()
        gone = replace(running.chat.shown_answers[0], message_id="message_gone")
        running.chat.post_message(running.chat.ReplyWanted(running.chat, gone, "Hello"))
        await running.settled()
        assert running.app.clipboard == ""


async def test_in_a_read_only_desk_an_answer_is_stale_once_the_view_has_changed(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY], read_only=True) as running:
        await running.press("1")
        await running.settled()
        await running.press("Y")
        await running.settled()
        assert running.app.clipboard.startswith("Hello AvalonBay")
        await running.press("g")
        await running.settled()
        assert len(running.chat.shown_answers) == 2
        running.app.copy_to_clipboard("")
        running.bench.act(running.bench.request(MarkInvoiceVerified, AVALON))
        await running.press("Y")
        await running.settled()
        assert running.app.clipboard == ""
        assert "The facts have changed since that answer" in running.notice


async def test_clearing_stops_the_answer_first(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, asyncio.Event()]) as running:
        await running.press("1")
        await running.until(lambda: "blockers stop AvalonBay" in running.text)
        running.chat.clear_thread(AVALON)
        await running.settled()
        assert running.stored() == []
        assert running.chat.shown_answers == []


async def test_asking_again_keeps_the_old_answer(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        await running.press("1")
        await running.settled()
        await running.press("g")
        await running.settled()
        question, first, second = running.stored()
        assert first.question_id == second.question_id == question.message_id
        assert running.chat.latest_answer == second


async def test_the_last_question_can_be_edited(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        await running.ask("What blocks them?")
        await running.settled()
        await running.press("escape", "m")
        assert running.app.screen.query_one(TextArea).text == "What blocks them?"
        await running.press(*"Really", "enter")
        await running.settled()
        assert [m.text for m in running.stored() if m.author == "operator"] == [
            "What blocks them?",
            "What blocks them?Really",
        ]


async def test_turning_to_another_customer_stops_the_answer_and_no_late_word_lands_there(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with desk(tmp_path, [WORDS, gate, "Late words. "]) as running:
        await running.press("1")
        await running.until(lambda: "blockers stop AvalonBay" in running.text)
        bench = running.app.screen_stack[0].bench  # type: ignore[attr-defined]
        bench.select(CLEAR_SKIES)
        await running.settled()
        gate.set()
        await running.settled()
        assert "AvalonBay" not in running.text.split("Guidance for", 1)[1]
        assert "Late words" not in running.text
        assert running.stored(CLEAR_SKIES) == []
        assert [m.partial for m in running.stored()] == [None, "stopped"]
        bench.select(AVALON)
        await running.settled()
        assert "stopped: a partial answer, kept" in running.text


async def test_a_failure_stands_in_the_conversation_with_a_remedy_and_the_rules_answer(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, ModelFailed(FailureKind.DROPPED)]) as running:
        await running.press("1")
        await running.settled()
        await running.press("home")
        _, partial, answer = running.stored()
        assert (partial.partial, answer.engine) == ("broken_off", "Rule-based guidance (no model)")
        running.chat.query_one("Transcript").scroll_home(animate=False)
        await running.pilot.pause()
        assert "broken off: a partial answer" in running.text


async def test_a_suggested_action_opens_the_ordinary_confirmation_filled_in_from_the_facts(tmp_path: Path) -> None:
    script = ["Press `c`: {{action.ApplySupportCredit.title}} would help with {{credits.needed.workspace_hours}}.\n"]
    async with desk(tmp_path, script, customer_id=EMPTY) as running:
        await running.press("1")
        await running.settled()
        await running.press("s")
        await running.settled()
        dialog = running.app.screen
        assert isinstance(dialog, ActionDialog)
        assert dialog.query_one("#workspace_hours", Input).value == "2.00"
        assert dialog.query_one("#ai_cents", Input).value == "200"
        assert dialog.query_one("#reason", Input).value == ""


async def test_of_several_suggestions_one_is_chosen(tmp_path: Path) -> None:
    script = ["Press `v` {{action.MarkInvoiceVerified.title}} or `t` {{action.ApproveTrial.title}}.\n"]
    async with desk(tmp_path, script) as running:
        await running.press("1")
        await running.settled()
        await running.press("s")
        assert isinstance(running.app.screen, ChoiceDialog)
        await running.press("down", "enter")
        await running.settled()
        assert isinstance(running.app.screen, ActionDialog)
        assert "Approve trial" in running.text


async def test_an_answer_whose_facts_have_changed_can_neither_be_copied_nor_fill_in_an_action(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        await running.press("1")
        await running.settled()
        await running.press("Y")
        await running.settled()
        assert running.app.clipboard == "Hello AvalonBay Communities, please wait a little."
        running.bench.act(running.bench.request(MarkInvoiceVerified, AVALON))
        for key in "yYs":  # nobody has told the screen yet
            await running.press(key)
            await running.settled()
            assert "The facts have changed since that answer" in running.notice
        assert running.app.clipboard == "Hello AvalonBay Communities, please wait a little."
        assert "the facts have changed since" in running.text


async def test_what_is_sent_can_be_read_before_and_after(tmp_path: Path) -> None:
    async with desk(tmp_path, [WORDS, REPLY]) as running:
        await running.press("i")
        await running.until(lambda: isinstance(running.app.focused, TextArea))
        await running.press(*"Why?", "escape", "w")
        await running.settled()
        assert "What this question sends" in running.text
        await running.press("escape", "i", "enter")
        await running.settled()
        await running.press("escape", "w")
        await running.settled()
        assert "What was sent for this answer" in running.text
        assert "was sent to 127.0.0.1:9" in running.text
