"""The part of an answer that may be sent to the customer: nothing in it is for the desk alone."""

import re
from collections.abc import Iterator

from services.contract.types import FlagKind
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.phrases import pattern_of
from services.guidance.checking.sentence import Sentence
from services.guidance.model import FactKind, Facts
from services.guidance.reply import HEADING

_HEADING = re.compile(rf"[\s>#*_]*{re.escape(HEADING.strip('*'))}[\s*_:.]*", re.IGNORECASE)
_VISIBLE = re.compile(
    r"customer\.name|invoice\.\w+(?:\.\w+)?|invoices\..*|trial\..*|credits\.(?:workspace_hours|ai_cents|next_expiry\..*)"
    r"|readiness\.\w+\.status|billing\.(?:payment_rail|payment_method_on_file|automatic_collection)|blockers\.count"
    r"|blocker\.\w+\.title|plan\.\w+|offer\.\d+\.name|usage\..*|payment\.setup(?:_open_until)?"
)
_DESK_WORDS = pattern_of(
    r"""operators?, audit\w*, ledger, internal(?:ly)?, (?:credit|operator|our) limits?, support credits?, review
    reference, commercial ownership, platform-owned, four[- ]eyes, etag, request id, this chat, the panel, rules?
    engine, fraud\w*, confidential\w*, risk(?:y)?, between us, case text, policy, policies"""
)
_SHORTEST_GIVEAWAY = 4


def opens_customer_part(line: str) -> bool:
    """Return whether a line is the heading after which all is for the customer, or holds it as it is written."""
    return HEADING in line or _HEADING.fullmatch(line) is not None


def is_visible(key: str) -> bool:
    """Return whether the customer may see a fact."""
    return _VISIBLE.fullmatch(key) is not None


class CustomerPart:
    """Checks a sentence that may be sent to the customer."""

    def __init__(self, facts: Facts) -> None:
        shown = {fact.value.lower() for fact in facts if is_visible(fact.key)}
        hidden = {
            fact.value.lower()
            for fact in facts
            if fact.kind is FactKind.TEXT and not is_visible(fact.key) and len(fact.value) >= _SHORTEST_GIVEAWAY
        }
        values = sorted(map(re.escape, hidden - shown), key=len, reverse=True)
        self._hidden = re.compile(rf"(?<!\w)(?:{'|'.join(values)})(?!\w)") if values else None

    def check(self, sentence: Sentence) -> Iterator[Flag]:
        """Yield what the customer may not see; literal figures are checked elsewhere."""
        for key in sentence.keys:
            if not is_visible(key):
                yield make_flag(FlagKind.INTERNAL, "{{" + key + "}}")
        for code in sentence.codes:
            yield make_flag(FlagKind.INTERNAL, code)
        for form in (_DESK_WORDS, self._hidden):
            if form is not None and (match := form.search(sentence.words.lower())):
                yield make_flag(FlagKind.INTERNAL, match.group())
