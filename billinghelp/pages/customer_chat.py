"""The chat, bound to the desk: what can be done with an answer beside reading it."""

from textual import on, work
from textual.message import Message

from billinghelp.answer_papers import facts_text, payload_text
from billinghelp.desk_port import ask
from billinghelp.pages.customer_asking import CustomerAsking
from billinghelp.pages.reading_dialog import COPIED, ReadingDialog
from services.contract.errors import Refused
from services.contract.requests import PreviewBillingChatPayload
from services.contract.types import STARTER_TITLES, Starter
from services.contract.views import ChatMessage, ChatPayload, ChatSuggestion
from widgets.chat.pane import ChatPane

_NOT_KEPT = "That answer was not stored, so what was sent for it cannot be shown any more."
_STALE = "The facts have changed since that answer: ask again first."


class CustomerChat(CustomerAsking):
    """The conversation about the selected customer. An answer serves only as long as its facts hold."""

    class ActionWanted(Message):
        """The confirmation of a suggested action is to be opened."""

        def __init__(self, suggestion: ChatSuggestion) -> None:
            super().__init__()
            self.suggestion = suggestion

    def answered_by(self, engine: str, host: str | None) -> None:
        """Say who answers, and where questions go: to the server at least, where there is one."""
        identity = self._place.identity
        at_least = identity.store if identity is not None and self._place.is_remote else None
        super().answered_by(engine, host or at_least)

    @on(ChatPane.CopyWanted)
    @on(ChatPane.ReplyWanted)
    def copy_text(self, event: ChatPane.CopyWanted | ChatPane.ReplyWanted) -> None:
        """Copy an answer, or what it says to the customer, if its facts still hold."""
        event.stop()
        self._copy(event.message, event.text)

    @work(exclusive=True, group="freshness")
    async def _copy(self, message: ChatMessage, text: str) -> None:
        if await self._holds(message):
            self.app.copy_to_clipboard(text)
            self.post_message(self.Said(COPIED))

    @on(ChatPane.SuggestionWanted)
    def open_suggested_action(self, event: ChatPane.SuggestionWanted) -> None:
        """Ask for the confirmation of a suggested action, if the answer's facts still hold."""
        event.stop()
        self.open_suggestion(event.message, event.suggestion)

    @work(exclusive=True, group="freshness")
    async def open_suggestion(self, message: ChatMessage, suggestion: ChatSuggestion) -> None:
        """Ask for the confirmation of an action that this answer suggests, if its facts still hold."""
        if await self._holds(message):
            self.post_message(self.ActionWanted(suggestion))

    async def _holds(self, message: ChatMessage) -> bool:
        """Return whether the facts of an answer on the screen still hold, and say so where they do not."""
        if (customer_id := self.customer_id) is None:
            return False
        try:
            answers = await self._refresh_staleness(customer_id)
        except Refused as refusal:
            self.post_message(self.Said(refusal.message, failed=True))
            return False
        holds = any(answer.message_id == message.message_id and not answer.stale for answer in answers)
        if not holds:
            self.post_message(self.Said(_STALE, failed=True))
        return holds and customer_id == self.customer_id

    @on(ChatPane.FactsWanted)
    def show_answer_facts(self, event: ChatPane.FactsWanted) -> None:
        """Show what an answer rests on, and how it came about."""
        event.stop()
        title = f"Facts · {event.message.engine}"
        self.app.push_screen(ReadingDialog(title, facts_text(event.message), self._place.folder))

    @work(exclusive=True, group="payload")
    async def show_payload(self, customer_id: str) -> None:
        """Show what asking the draft sends; without a draft what was sent for the latest answer, or a starter sends."""
        draft, latest = self.draft, self.latest_answer
        request = PreviewBillingChatPayload(customer_id=customer_id, starter=Starter.UNBLOCK_BILLING)
        title = f"What «{STARTER_TITLES[Starter.UNBLOCK_BILLING]}» sends"
        if draft:
            request, title = (
                PreviewBillingChatPayload(customer_id=customer_id, question=draft),
                "What this question sends",
            )
        elif latest is not None:
            request = PreviewBillingChatPayload(customer_id=customer_id, message_id=latest.message_id)
            title = "What was sent for this answer"
        try:
            payload = await ask(self._desk, request, ChatPayload)
        except Refused as refusal:
            unkept = refusal.reason == "MESSAGE_NOT_FOUND"
            self.post_message(self.Said(_NOT_KEPT if unkept else refusal.message, failed=True))
            return
        text = payload_text(payload, sent=request.message_id is not None)
        self.app.push_screen(ReadingDialog(title, text, self._place.folder, filename="payload.txt"))

    @on(ChatPane.LinkWanted)
    def open_link(self, event: ChatPane.LinkWanted) -> None:
        """Open a link the person clicked."""
        event.stop()
        self.app.open_url(event.href)
