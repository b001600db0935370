"""Actions that an answer recommends, or says are allowed: only the audited ones, and only those allowed now."""

import re
from collections.abc import Collection, Iterator

from services.contract.types import ACTION_TITLES, Action, FlagKind
from services.guidance.checking.action_phrases import CUSTOMER_CHOOSES, FINANCE_DECIDES, NEVER, PHRASES
from services.guidance.checking.clauses import Clause, clauses
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.phrases import pattern_of
from services.guidance.checking.sentence import Sentence

_SUGGESTS = re.compile(r"(?:and )?why (?:not|don't)")
# What no action here does has its owner: finance decides refunds, the customer chooses how to pay.
_FINANCE = pattern_of("finance, hand(?:s|ed|ing)?, for engineering")
_CUSTOMER = pattern_of(
    r"""customers? (?:\w+ )?(?:can|could|may|might|must|should|has to|have to|wants?|wishes|needs?|chooses?|decides?
    |would|prefers?|asks?|is (?:free|able) to|to), (?:for|by|up to|ask(?:s|ed|ing)?|let|until|if) the customer,
    ask(?:s|ed|ing)?,
    they (?:can|could|may|might|must|should|have to|want|need|would)"""
)
_FINANCE_IS_TO = re.compile(r"\b(?:finance|engineering)(?: team)? (?:to|can|has to|must|should) (?:\w+ )?$")
_STATE = re.compile(r"trial|verification|invoice|(?:support )?credit|item")


class ActionClaims:
    """Checks what is said of actions against those allowed now."""

    def __init__(self, allowed: Collection[Action]) -> None:
        refused = [action for action in Action if action not in allowed]
        phrases = [re.escape(ACTION_TITLES[action].lower()) for action in refused]
        phrases += [phrase for action in refused for phrase in PHRASES[action]]
        self._refused = re.compile(rf"\b(?:{'|'.join(phrases)})(?!\w)" if phrases else r"(?!)")

    def check(self, sentence: Sentence) -> Iterator[Flag]:
        """Yield every mention of an action that is neither allowed nor denied."""
        for clause in clauses(sentence.said, denied=sentence.under_refusal):
            if clause.question and not _SUGGESTS.match(clause.text):
                continue
            for match in self._found(clause):
                if not (clause.negates(*match.span()) or _is_asked_about(clause, match)):
                    yield make_flag(FlagKind.ACTION, match.group())

    def _found(self, clause: Clause) -> Iterator[re.Match[str]]:
        for match in self._refused.finditer(clause.text):
            if not (match.group().startswith("verify") and _FINANCE_IS_TO.search(clause.text[: match.start()])):
                yield match
        if not _FINANCE.search(clause.text):
            yield from FINANCE_DECIDES.finditer(clause.text)
            if not _CUSTOMER.search(clause.text):
                yield from CUSTOMER_CHOOSES.finditer(clause.text)
        yield from NEVER.finditer(clause.text)


def _is_asked_about(clause: Clause, match: re.Match[str]) -> bool:
    """Return whether the words state a condition: `before verification is possible`, `if the trial can be extended`."""
    return _STATE.match(match.group()) is not None and clause.is_conditional(match.start())
