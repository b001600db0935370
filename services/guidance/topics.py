"""What a question is about, by keywords: simple, honest rules in English, for when no model reads the question.

A question about another customer, or about what stands in no billing record, is refused as a whole. Any other is
searched for each topic's words, in the order below; what one topic has matched is taken out before the next one looks,
so that "overdue invoice" is about payment and not about invoice verification. One that matches nothing is told what can
be answered. A bare name of another customer is not recognised, which is why every answer names whom it is about.
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

# An invoice as a document, which is owed and paid: all by itself, asked for, or said to be open. Not its rail, nor its
# verification, which are the operator's.
_INVOICES = (
    r"^(?:(?:the|their|all) )*invoices(?=\W*$)"
    r"|(?:which|what|list|show|see|about|how many|any|latest|last|recent|current|next|all)(?: \w+){0,2}? invoices?"
    r"(?! (?:rails?|verif\w*|exceptions?|readiness)\b)"
    r"|(?:unpaid|open|outstanding|due|pending) invoices?|invoices? (?:\w+ ){0,2}?(?:unpaid|open|outstanding|due)"
)
_PLAN, _CARD = "(?:plans?|subscriptions?)", "(?:cards?|payments?|charges?)"
_NOT_PAID = "(?:past due|overdue|unpaid|not paid|paused|at risk)"
_REFUSED = r"(?:declin\w+|fail(?:ed|s|ing)?|refused|rejected|bounced?)"
_WORDS = {
    Topic.UNBLOCK: r"(?:un)?block\w*|stuck|stop(?:s|ped|ping)|prevent\w*|way out|resolve\w*|what(?:'s| is) wrong",
    Topic.NOT_PAID: rf"{_PLAN}(?:['’]s)?(?: \w+){{0,3}}? {_NOT_PAID}|{_NOT_PAID} {_PLAN}"
    rf"|(?:at risk of )?los(?:e|ing)(?: \w+)? {_PLAN}",
    Topic.DECLINED: rf"{_CARD}(?: \w+){{0,3}}? {_REFUSED}|{_REFUSED} {_CARD}|declin\w+|(?:payment )?attempts?",
    Topic.SUMMARY: r"summar\w*|report\w*|recap\w*|overview|activity|history|happened|recent\w*",
    Topic.PAYMENT: rf"overdue(?: invoices?)?|past due|{_INVOICES}|late|unpaid|outstanding|owes?|pay|pays|paid"
    r"|payments?(?: (?:rail|method|setup|link)s?)?|setup(?: links?)?|cards?|collect\w*|dun(?:ning|ned)",
    Topic.PLAN: r"plans?|subscri\w+|renew\w*|upgrad\w*|downgrad\w*|usage tiers?|usage meters?|nodes?|users|storage"
    r"|(?:plan|usage|node|user|storage) limits?|(?:at|over|near|close to|reached) (?:the|their|its) limits?",
    Topic.TRIAL: r"(?:expired )?trials?(?: (?:has |is )?(?:expir\w*|end\w*|over))?",
    Topic.CREDITS: r"credits?|balances?|hours|cents?|lots?|prepaid|overage|usage|burn\w*|expir\w*|adjust\w*",
    Topic.INVOICE: r"invoic\w*|verif\w*|exceptions?|commercial\w*|purchase orders?|platform[- ]owned",
    Topic.READINESS: r"read(?:y|iness)|provision\w*|managed ai|workspaces?|can they use|checklist",
    Topic.ACTIONS: r"actions?|allowed|permitted|(?:what|which) (?:can|should|may) (?:i|we) do|next steps?|options?"
    r"|keys?",
}
# Words that say little: they count only where nothing else was recognised, in a question about the customer.
_FAINT = r"why|who|fix\w*|problems?|issues?|state|status|billing|help|how do i|what can (?:i|we)|what should (?:i|we)"
_THE_CUSTOMER = r"they|them|their|it|its|this|that|here|customers?|clients?|accounts?|billing"
_FEW_WORDS = 3
"""A question this short is about the customer without saying so: «Why?», «Who can help?»."""

_COVERED = {
    Topic.UNBLOCK: Topic.READINESS,
    Topic.SUMMARY: Topic.CREDITS,
    Topic.TRIAL: Topic.ACTIONS,
    Topic.CREDITS: Topic.ACTIONS,
    Topic.INVOICE: Topic.ACTIONS,
}
"""The answer to the first says all that the answer to the second would, or all of it that was meant."""

# What no record here holds, what the guide itself is made of, and other people's work.
_NOT_COVERED = (
    r"discounts?|rebates?|prices?|pricing|vat|tax(?:es)?|revenues?|forecasts?|phone numbers?|ibans?|card numbers?"
    r"|(?:the |your |system )+prompts?|your (?:\w+ )?(?:instructions|rules)|api keys?|passwords?|secrets?|tokens?"
    r"|python|scripts?|poems?|jokes?|recipes?|translate|sue|lawsuits?|lawyers?|courts?|legal advice"
)

_OTHER_CUSTOMER = (
    r"(?:another|other|different|every|each|which) (?:customer|client|tenant|account)s?"
    r"|(?:previous|last|next) (?:customer|client|tenant)s?"
    r"|(?:all|list|compare|most|many|our|their|its) (?:the |of the |of our |our )?(?:customer|client|tenant|account)s"
    r"|(?:the|their|its) (?:parent|msp|reseller)(?: (?:company|customer|account))?|subsidiar(?:y|ies)"
)
# Legal forms that are words in capital letters too (AS, SE) would find too much.
_LEGAL_FORM = r"GmbH|AG|KG|Ltd|Limited|LLC|LLP|PLC|Inc|Corp|Pty|Oy|ApS|SARL|SpA|B\.V\.|S\.A\."
# The lengths are bounded, so that a long question in capitals is read in no time.
_COMPANY = re.compile(rf"(?<!\w)(?:[A-Z][\w&.'-]{{0,60}} ){{1,6}}(?:{_LEGAL_FORM})(?!\w)")

_TO_DO = (
    r"mark|approve|apply|grant|extend|reverse|void|complete|waive|refund|verify|clear|cancel|delete|set|change|charge"
    r"|upgrade|downgrade|switch|move"
    r"|e-?mail|(?:give|send)(?! (?:me|us)\b)"
)
_ASKED = rf"(?:^|[.!?;,:]\s*|\b(?:please|just|now|you|you to|must|go ahead and) )(?:{_TO_DO})\b|\bdo it\b"


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


_RULES = {topic: _pattern(words) for topic, words in _WORDS.items()}
_FAINT_RULE = _pattern(_FAINT)
_THE_CUSTOMER_RULE = _pattern(_THE_CUSTOMER)
_NOT_COVERED_RULE = _pattern(_NOT_COVERED)
_OTHER_CUSTOMER_RULE = _pattern(_OTHER_CUSTOMER)
_ASKED_RULE = re.compile(_ASKED.replace(" ", r"\s+"), re.IGNORECASE)


def topics(question: Question, own_id: str, known: frozenset[str], *, names_plan: bool = False) -> tuple[Topic, ...]:
    """Return what the question is about, most urgent first; never empty.

    Args:
        own_id: the customer's id; a word that differs from it in its digits alone is another customer's.
        known: the values of the customer's facts; nothing among them names another customer.
        names_plan: it names a plan that is offered: it is about that one, unless it is about what failed on the way.
    """
    if question.starter is not None:
        return (_STARTERS[question.starter],)
    if question.names_another or _is_about_another(question.text, own_id, known):
        return (Topic.OTHER_CUSTOMER,)
    if _NOT_COVERED_RULE.search(question.text):
        return (Topic.UNRECOGNISED,)
    found: list[Topic] = []
    rest = question.text
    for topic, words in _RULES.items():
        if words.search(rest):
            found.append(topic)
            rest = words.sub(" ", rest)
    if names_plan and not {Topic.PLAN, Topic.DECLINED}.intersection(found):
        found.insert(0, Topic.PLAN)
    if not found:
        return (Topic.UNBLOCK if asks_to_act(question) or _is_faint(rest) else Topic.UNRECOGNISED,)
    covered = {_COVERED[topic] for topic in found if topic in _COVERED}
    return tuple(topic for topic in found if topic not in covered)[:MOST_TOPICS]


def asks_to_act(question: Question) -> bool:
    """Return whether the question asks the chat to carry something out, which it cannot."""
    return question.starter is None and _ASKED_RULE.search(question.text) is not None


def _is_faint(text: str) -> bool:
    if not _FAINT_RULE.search(text):
        return False
    return len(text.split()) <= _FEW_WORDS or _THE_CUSTOMER_RULE.search(text) is not None


def _is_about_another(text: str, own_id: str, known: frozenset[str]) -> bool:
    return bool(
        _OTHER_CUSTOMER_RULE.search(text) or _has_another_id(text, own_id, known) or _has_another_company(text, known)
    )


def _has_another_id(text: str, own_id: str, known: frozenset[str]) -> bool:
    shape = _shape(own_id)
    if shape == own_id.casefold():  # no digits in it: its shape says nothing
        return False
    own = {own_id.casefold(), *(value.casefold() for value in known)}
    words = {word.strip(".,;:!?()'\"").casefold() for word in text.split()}
    return any(_shape(word) == shape and word not in own for word in words)


def _has_another_company(text: str, known: frozenset[str]) -> bool:
    own = [value.casefold() for value in known]
    for match in _COMPANY.finditer(text):
        # The words before a name may begin with a capital too: «Is Acme GmbH».
        words = match.group().casefold().split()
        names = [" ".join(words[start:]) for start in range(len(words) - 1)]
        if not any(name in value for name in names for value in own):
            return True
    return False


def _shape(word: str) -> str:
    return re.sub(r"[0-9]+", "9", word.casefold())
