"""What a question is about, by keywords: simple, honest rules in English, for when no model reads the question.

A question is searched for each topic's words, in the order below; what one topic has matched is taken out before the
next one looks, so that "overdue invoice" is about payment and not about invoice verification. A question about another
customer is refused as a whole; one that matches nothing is told what can be answered. A name of another customer is not
recognised, which is why every answer names the customer it is about.
"""

import re

from services.contract.types import Starter
from services.guidance.model import Question, Topic

MOST_TOPICS = 3
"""Beyond three topics an answer is longer than a question deserves; the first ones are the most urgent."""

_STARTERS = {
    Starter.UNBLOCK_BILLING: Topic.UNBLOCK,
    Starter.INVOICE_EXCEPTION: Topic.INVOICE,
    Starter.SUMMARIZE_REPORT: Topic.SUMMARY,
}

_WORDS = {
    Topic.UNBLOCK: r"(?:un)?block\w*|stuck|stop(?:s|ped|ping)|prevent\w*|way out|resolve\w*|what(?:'s| is) wrong",
    Topic.SUMMARY: r"summar\w*|report\w*|recap\w*|overview|activity|history|happened|recent\w*",
    Topic.PAYMENT: r"overdue(?: invoices?)?|past due|late|unpaid(?: invoices?)?|open invoices?|owes?|pay|pays|paid"
    r"|payments?(?: (?:rail|method|setup)s?)?|cards?|collect\w*|dun(?:ning|ned)",
    Topic.TRIAL: r"(?:expired )?trials?(?: (?:has |is )?(?:expir\w*|end\w*|over))?",
    Topic.CREDITS: r"credits?|balances?|hours?|cents?|lots?|prepaid|overage|usage|burn\w*|expir\w*|adjust\w*",
    Topic.INVOICE: r"invoic\w*|verif\w*|exceptions?|commercial\w*|purchase orders?|platform[- ]owned",
    Topic.READINESS: r"read(?:y|iness)|provision\w*|managed ai|workspaces?|can they use|checklist",
    Topic.ACTIONS: r"actions?|allowed|permitted|(?:what|which) (?:can|should|may) (?:i|we)|next steps?|options?|keys?",
}
# Words that say little: they count only where nothing else was recognised.
_FAINT = r"why|who|fix\w*|problems?|issues?|state|status|billing|help|how do i|what can (?:i|we)|what should (?:i|we)"

_COVERED = {Topic.UNBLOCK: Topic.READINESS, Topic.SUMMARY: Topic.CREDITS}
"""The answer to the first says all that the answer to the second would."""

_OTHER_CUSTOMER = (
    r"(?:another|other|different|every|each|which) (?:customer|client|tenant|account)s?"
    r"|(?:all|list|compare|most|many|our) (?:the |of the |of our |our )?(?:customer|client|tenant|account)s"
)

_TO_DO = "mark|approve|apply|grant|give|extend|reverse|void|complete|waive|refund|verify|clear|cancel|delete|set|change"
_ASKED = rf"(?:^|[.!?;,:]\s*|\b(?:please|just|now|you|you to|must|go ahead and) )(?:{_TO_DO})\b|\bdo it\b"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


_RULES = {topic: _pattern(words) for topic, words in _WORDS.items()}
_FAINT_RULE = _pattern(_FAINT)
_OTHER_CUSTOMER_RULE = _pattern(_OTHER_CUSTOMER)
_ASKED_RULE = re.compile(_ASKED.replace(" ", r"\s+"), re.IGNORECASE)


def topics(question: Question, own_id: str, known: frozenset[str]) -> tuple[Topic, ...]:
    """Return what the question is about, most urgent first; never empty.

    Args:
        own_id: the customer's id; a word that differs from it in its digits alone is another customer's.
        known: the values of the customer's facts; no word among them is another customer's id.
    """
    if question.starter is not None:
        return (_STARTERS[question.starter],)
    if _OTHER_CUSTOMER_RULE.search(question.text) or _names_another(question.text, own_id, known):
        return (Topic.OTHER_CUSTOMER,)
    found: list[Topic] = []
    rest = question.text
    for topic, words in _RULES.items():
        if words.search(rest):
            found.append(topic)
            rest = words.sub(" ", rest)
    if not found:
        return (Topic.UNBLOCK,) if _FAINT_RULE.search(rest) else (Topic.UNRECOGNISED,)
    covered = {_COVERED[topic] for topic in found if topic in _COVERED}
    return tuple(topic for topic in found if topic not in covered)[:MOST_TOPICS]


def asks_to_act(question: Question) -> bool:
    """Return whether the question asks the chat to carry something out, which it cannot."""
    return question.starter is None and _ASKED_RULE.search(question.text) is not None


def _names_another(text: str, own_id: str, known: frozenset[str]) -> bool:
    shape = _shape(own_id)
    if shape == own_id:  # no digits in it: its shape says nothing
        return False
    words = {word.strip(".,;:!?()'\"") for word in text.split()}
    return any(word != own_id and _shape(word) == shape and word not in known for word in words)


def _shape(word: str) -> str:
    return re.sub(r"[0-9]+", "9", word)
