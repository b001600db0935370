"""What the commands of the chat do, and what the chat asks of the page it stands on."""

from textual import on

from billinghelp.commands import ACTION_COMMANDS, BY_ID
from billinghelp.notices import note
from billinghelp.pages.customer_bench import CustomerBench
from billinghelp.pages.customer_chat import CustomerChat
from services.contract.types import ACTION_TITLES, Starter
from widgets.action_dialog import ActionDialog
from widgets.action_subject import action_subject
from widgets.choice_dialog import Choice, ChoiceDialog


class ChatBench(CustomerBench):
    """A bench on which the guide is asked about the selected customer."""

    async def action_ask(self) -> None:
        """Move to the composer; it stands when this returns, for what was typed next."""
        self.post_message(self.ChatWanted())
        chat = await self.bring_chat()
        await chat.bring_composer()
        chat.focus_composer()

    async def action_starter(self, starter: str) -> None:
        """Ask a starter prompt."""
        self.post_message(self.ChatWanted())
        (await self.bring_chat()).ask_starter(Starter(starter))

    async def action_turn_page(self, direction: int) -> None:
        """Scroll the conversation by a page."""
        (await self.bring_chat()).turn_page(direction)

    async def action_latest(self) -> None:
        """Go to the end of the conversation."""
        (await self.bring_chat()).follow()

    async def action_edit_question(self) -> None:
        """Bring the latest question back into the composer."""
        self.post_message(self.ChatWanted())
        if not (await self.bring_chat()).edit_last_question():
            note(self.notice, "Another question is in the composer: send it or empty it first.")

    async def action_ask_again(self) -> None:
        """Let the guide answer the latest question once more."""
        self.post_message(self.ChatWanted())
        if not (await self.bring_chat()).ask_again():
            note(self.notice, "An answer is being written: stop it first.")

    async def action_payload(self) -> None:
        """Show what asking sends to the model, or what was sent."""
        if (customer_id := self.session.customer_id) is not None:
            (await self.bring_chat()).show_payload(customer_id)

    async def action_take_suggestion(self) -> None:
        """Open the confirmation of a suggested action; with more than one, ask which."""
        chat = await self.bring_chat()
        answer = chat.latest_answer
        suggested = answer.suggestions if answer is not None else []
        if answer is None or len(suggested) < 2:
            chat.take_suggestion()
            return

        def take(chosen: str | None) -> None:
            # of the answer that was on the screen then: another one may have come meanwhile
            for suggestion in suggested:
                if suggestion.action == chosen:
                    chat.open_suggestion(answer, suggestion)

        choices = [Choice(s.action.value, ACTION_TITLES[s.action]) for s in suggested]
        self.app.push_screen(ChoiceDialog("Suggested actions", choices), take)

    @on(CustomerChat.ActionWanted)
    def open_suggested_action(self, event: CustomerChat.ActionWanted) -> None:
        """Open the ordinary confirmation, filled in from the facts; the reason is the operator's own."""
        event.stop()
        command = BY_ID[ACTION_COMMANDS[event.suggestion.action]]
        if (why_not := command.available(self.situation())) is not None:
            note(self.notice, why_not)
        elif self.session.view is not None:
            suggestion = event.suggestion
            subject = action_subject(self.session.view, suggestion.action, suggestion.params)
            self.app.push_screen(ActionDialog(subject, owner=self))

    async def action_copy_reply(self) -> None:
        """Copy what the latest answer says to the customer."""
        (await self.bring_chat()).copy_reply()

    async def action_copy_answer(self) -> None:
        """Copy the latest answer."""
        (await self.bring_chat()).copy_answer()

    async def action_answer_facts(self) -> None:
        """Show the latest answer's facts."""
        (await self.bring_chat()).show_facts()

    async def action_clear_chat(self) -> None:
        """Ask, then delete the conversation."""
        chat, customer_id = await self.bring_chat(), self.session.customer_id
        if customer_id is None:
            return

        def clear(chosen: str | None) -> None:
            if chosen == "clear":
                chat.clear_thread(customer_id)

        choices = (Choice("keep", "Keep it"), Choice("clear", "Clear it", "for everybody who helps this customer"))
        self.app.push_screen(ChoiceDialog("Clear the conversation?", choices), clear)

    @on(CustomerChat.Said)
    def say(self, event: CustomerChat.Said) -> None:
        """Say what the chat has to tell beside the conversation."""
        event.stop()
        if event.failed:
            self.notice.show_error(event.text, nothing_recorded=False)
        else:
            self.notice.show_success(event.text)

    @on(CustomerChat.Changed)
    def offer_what_is_possible(self, event: CustomerChat.Changed) -> None:
        """Bring the keys up to date."""
        event.stop()
        self.post_message(self.SituationChanged())
