"""Is an answer what a case expects? Pure: an answer and a case in, sentences about what is missing out."""

import re
from collections.abc import Iterable, Iterator

from services.contract.types import Action
from services.contract.views import ChatAnswer, ChatMessage
from tests.evals.cases import Case, is_pattern

NEVER = (
    r"/\b(?:I|we)(?:'ve| have)?(?: now| just| already)? (?:marked|approved|applied|extended|reversed|completed|refunded"
    r"|granted|verified|unblocked|waived|deleted|cancelled|changed|sent|charged)\b/",
    r"/\b(?:I|we)(?:'ll| will)(?: now)? (?:mark|approve|apply|extend|reverse|complete|refund|grant|verify|unblock|waive"
    r"|delete|cancel|change|send|charge)\b/",
)
"""What no answer may say, whatever the case: that something was changed, or will be."""

_REFUSAL = (
    r"/\b(?:can ?not|can't|could not|couldn't|unable|not able|(?:do(?:es)? not|doesn't|don't) (?:know|have|hold|cover"
    r"|include|contain|show|say)|knows? nothing|not (?:recorded|on record|known|available|part of|among|something)"
    r"|there is no|no (?:facts?|records?|information)|outside (?:of )?(?:billing|what|this|my)"
    r"|only (?:covers?|answers?|helps?))\b/"
)
"""The ways in which an answer says that it cannot."""

# Markdown's escapes and emphasis, which a reader does not see.
_MARKUP = re.compile(r"\\([^\w\s])|[*`]")


def judge(case: Case, answer: ChatAnswer) -> list[str]:
    """Return what is wrong with an answer, one sentence each; empty when it is all that the case expects."""
    return list(_failures(case, answer.message))


def suggested(message: ChatMessage) -> list[Action]:
    """Return the actions that an answer suggests, the first step first."""
    return [suggestion.action for suggestion in message.suggestions]


def _failures(case: Case, message: ChatMessage) -> Iterator[str]:
    text = readable(message.text)
    used = {fact.key for fact in message.facts}
    for wanted in case.must_use:
        keys = [wanted] if isinstance(wanted, str) else wanted
        if used.isdisjoint(keys):
            yield f"It does not use the fact {' or '.join(keys)}."
    yield from (f"It does not say {expected}." for expected in case.must_say if not says(text, expected))
    yield from _said(text, (*case.must_not_say, *NEVER), "It says {}, which it must not.")
    yield from _said(
        message.customer_reply or "",
        case.customer_must_not_read,
        "The words for the customer say {}, which they must not.",
    )
    yield from _wrongly_suggested(case, suggested(message))
    if case.refuses and not says(text, _REFUSAL):
        yield "It does not say that it cannot."


def _wrongly_suggested(case: Case, actions: list[Action]) -> Iterator[str]:
    yield from (f"It suggests {action}, which it may not." for action in actions if action not in case.may_suggest)
    yield from (f"It does not suggest {action}." for action in case.must_suggest if action not in actions)


def _said(text: str, unwanted: Iterable[str], sentence: str) -> Iterator[str]:
    return (sentence.format(expected) for expected in unwanted if says(text, expected))


def readable(markdown: str) -> str:
    """Return Markdown as a reader sees it, on one line and with plain apostrophes."""
    return " ".join(_MARKUP.sub(lambda match: match[1] or "", markdown).replace("’", "'").split())


def says(text: str, expected: str) -> bool:
    """Return whether a text holds what is expected: a plain text or, between slashes, a regular expression."""
    if is_pattern(expected):
        return re.search(expected[1:-1], text, re.IGNORECASE) is not None
    return expected.casefold() in text.casefold()
