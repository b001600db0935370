"""What is asked: a question is checked, an earlier one is found again, and the case of it is read."""

import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from services.contract.errors import Code, Refused, invalid
from services.contract.requests import AskBillingChat, PreviewBillingChatPayload
from services.contract.text import clean_block
from services.contract.types import STARTER_TITLES
from services.contract.views import ChatMessage, CustomerView
from services.guidance import names_store, store
from services.guidance.case import MOST_TURNS, Case, Turn
from services.guidance.facts import build_facts
from services.guidance.guide import Guide
from services.guidance.model import GuidanceInput, Question
from services.guidance.redaction.legal_names import core_of
from services.guidance.redaction.mentions import mentioned, mentioned_ids
from services.guidance.redaction.page import folded
from services.guidance.redaction.typed import actors, typed_texts
from services.guidance.rules import advise
from services.storage.connection import Connection

MAX_QUESTION = 4_000
"""A question is a few sentences; longer texts are pasted material that no rule reads."""

_WORDS = re.compile(r"\w+")

_OTHER_NAMES = 20
"""Other customers' names that are looked for in a question."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is about to be answered: the case, and the question's own message where it is an earlier one."""

    case: Case
    earlier: ChatMessage | None = None


def read_question(
    conn: Connection,
    request: AskBillingChat | PreviewBillingChatPayload,
    known: GuidanceInput,
    guide: Guide,
    actor: str,
) -> Asked:
    """Return the case of a question that `actor` asks: a new one, a starter, or an earlier one to be answered anew.

    Raises:
        Refused: `INVALID_QUESTION`, `MESSAGE_NOT_FOUND`, `THREAD_NOT_FOUND`.
    """
    customer_id = request.customer_id
    earlier, thread_id = None, None
    if isinstance(request, AskBillingChat):
        if request.question_id is not None:
            earlier = _earlier_question(conn, request)
        thread_id = find_thread(conn, customer_id, request.thread_id)
    else:
        thread_id = find_thread(conn, customer_id, None)
    question = Question(earlier.text, earlier.starter) if earlier is not None else check_question(request)
    if question.starter is None:
        question = replace(question, names_another=_names_another(conn, known.view.customer, question.text))
    turns, omitted = _turns(conn, customer_id, thread_id, earlier) if guide.host and thread_id else ([], 0)
    facts = build_facts(known)
    said = [question.text, *(turn.question for turn in turns)] if guide.host else []  # nothing is sent otherwise
    case = Case(
        customer_id=customer_id,
        question=question,
        facts=facts,
        advice=advise(known.view, facts, question, known.policy),
        turns=turns,
        omitted_turns=omitted,
        other_names=_other_names(conn, customer_id, said),
        other_ids=_other_ids(conn, customer_id, said),
        typed=typed_texts(known) if guide.host else (),
        people=[*actors(known), actor] if guide.host else (),
    )
    return Asked(case=case, earlier=earlier)


def check_question(request: AskBillingChat | PreviewBillingChatPayload) -> Question:
    """Return the question, cleaned.

    Raises:
        Refused: `INVALID_QUESTION`.
    """
    if (request.question is None) == (request.starter is None):
        raise _ask_one_thing()
    if request.starter is not None:
        return Question(STARTER_TITLES[request.starter], request.starter)
    text = clean_block(request.question or "")
    if not text:
        raise invalid("INVALID_QUESTION", "The question is empty: write what you want to know.")
    if len(text) > MAX_QUESTION:
        raise invalid("INVALID_QUESTION", f"The question is too long: write at most {MAX_QUESTION:,} characters.")
    return Question(text)


def _ask_one_thing() -> Refused:
    return invalid(
        "INVALID_QUESTION", "Ask one thing: a question of your own, one of the starters, or an earlier question anew."
    )


def _earlier_question(conn: Connection, request: AskBillingChat) -> ChatMessage:
    if request.question is not None or request.starter is not None:
        raise _ask_one_thing()
    thread_id, stored = read_stored(conn, request.customer_id, request.question_id or "")
    if stored.message.author != "operator" or thread_id != find_thread(conn, request.customer_id, request.thread_id):
        raise message_not_found()
    return stored.message


def read_stored(conn: Connection, customer_id: str, message_id: str) -> tuple[str, store.StoredMessage]:
    """Return one of the customer's messages, with the thread it stands in.

    Raises:
        Refused: `MESSAGE_NOT_FOUND`.
    """
    found = store.read_message(conn, customer_id, message_id)
    if found is None:
        raise message_not_found()
    return found


def message_not_found() -> Refused:
    """Return the one answer for a message that is not there, or is another customer's."""
    return Refused(
        Code.NOT_FOUND, "MESSAGE_NOT_FOUND", "No such message in this customer's thread: read the thread again."
    )


def _turns(
    conn: Connection, customer_id: str, thread_id: str, asked_again: ChatMessage | None
) -> tuple[list[Turn], int]:
    """Return the latest whole exchanges, the oldest first, and how many are left out before them."""
    newest = store.read_templates(conn, customer_id, thread_id, limit=4 * MOST_TURNS)
    questions = {s.message.message_id: s.message for s in newest if s.message.author == "operator"}
    answers = {
        s.message.question_id: s.template
        for s in newest
        if s.template is not None and s.message.partial is None and s.message.question_id is not None
    }
    again = asked_again.message_id if asked_again is not None else None
    turns = [
        Turn(question.text, answers[message_id])
        for message_id, question in questions.items()
        if message_id in answers and message_id != again
    ][-MOST_TURNS:]
    asked = store.count_questions(conn, customer_id, thread_id) - (1 if again in questions else 0)
    return turns, asked - len(turns)


def _names_another(conn: Connection, customer: CustomerView, text: str) -> bool:
    """Return whether the whole name of another customer, its legal form apart, or another's id stands in a question."""
    own, words = core_of(customer.legal_name), f" {' '.join(_WORDS.findall(folded(text)))} "
    cores = {" ".join(_WORDS.findall(core_of(name))) for name in _other_names(conn, customer.customer_id, [text])}
    named = any(f" {core} " in words for core in cores if core and core not in own)
    return named or bool(_other_ids(conn, customer.customer_id, [text]))


def _other_names(conn: Connection, customer_id: str, said: Sequence[str]) -> list[str]:
    words = list(dict.fromkeys(word for text in said for word in mentioned(text)))
    return names_store.names_like(conn, words, customer_id, _OTHER_NAMES)


def _other_ids(conn: Connection, customer_id: str, said: Sequence[str]) -> list[str]:
    tokens = list(dict.fromkeys(token for text in said for token in mentioned_ids(text)))
    return names_store.ids_among(conn, tokens, customer_id)


def find_thread(conn: Connection, customer_id: str, thread_id: str | None) -> str | None:
    """Return the thread asked for (without an id: the customer's latest), null where there is none yet.

    Raises:
        Refused: `THREAD_NOT_FOUND`, also when the thread is another customer's.
    """
    if not thread_id:
        return store.latest_thread(conn, customer_id)
    if not store.has_thread(conn, customer_id, thread_id):
        raise Refused(
            Code.NOT_FOUND, "THREAD_NOT_FOUND", "No such thread for this customer: leave it out to get the latest one."
        )
    return thread_id
