"""All that is checked of a sentence, in one place."""

import re
from collections.abc import Collection, Iterator

from services.contract.types import Action, BlockerCode, FlagKind, PaymentRail, Unit
from services.guidance.checking.action_claims import ActionClaims
from services.guidance.checking.customer_part import CustomerPart, is_visible
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.language import check_language
from services.guidance.checking.literals import Literals
from services.guidance.checking.markup import Markup
from services.guidance.checking.names import check_names
from services.guidance.checking.promises import Promises
from services.guidance.checking.sentence import PLACE, Sentence
from services.guidance.model import Advice, FactKind, Facts

_CODES = frozenset(word.value for words in (Action, BlockerCode, PaymentRail, Unit) for word in words)


class Rules:
    """Checks sentences of answers that rest on these facts and this advice."""

    def __init__(self, facts: Facts, advice: Advice, pseudonyms: Collection[str]) -> None:
        counts = _counts(advice)
        steps = max(len(advice.steps) + 1, len(advice.blockers))
        self._markup = Markup(facts, _CODES | frozenset(fact.value for fact in facts if not fact.is_private))
        self._literals = Literals(facts, counts, steps)
        self._visible_literals = Literals((fact for fact in facts if is_visible(fact.key)), counts, steps)
        self._known = _known(facts, pseudonyms)
        self._actions = ActionClaims(advice.allowed_actions)
        self._promises = Promises(facts)
        self._customer_part = CustomerPart(facts)

    def check(self, sentence: Sentence) -> Iterator[Flag]:
        """Yield everything that is wrong with a sentence."""
        yield from self._markup.check(sentence)
        words = self._known.sub(PLACE, sentence.words)
        yield from check_language(words)
        wrong = dict.fromkeys(self._literals.check(words, sentence.counted))
        yield from wrong
        yield from check_names(words, is_heading=sentence.is_heading)
        yield from self._actions.check(sentence)
        yield from self._promises.check(sentence)
        if sentence.for_customer:
            yield from self._customer_part.check(sentence)
            for flag in self._visible_literals.check(words, sentence.counted):
                if flag not in wrong:  # a fact, but none that the customer may see
                    yield make_flag(FlagKind.INTERNAL, flag.excerpt)


def _counts(advice: Advice) -> frozenset[int]:
    """Return the numbers that an answer may count up to by itself."""
    allowed = len(advice.allowed_actions)
    return frozenset(
        (len(advice.blockers), len(advice.steps), len(advice.steps) + 1, allowed, len(advice.actions) - allowed)
    )


def _known(facts: Facts, pseudonyms: Collection[str]) -> re.Pattern[str]:
    """Return the pattern of values that may be written out as they are: names, references, pseudonyms.

    What somebody typed is known only as a name: a value that is in itself a figure or an amount is not among them.
    """
    nothing = Literals(())
    typed = {fact.value for fact in facts if fact.kind in (FactKind.TEXT, FactKind.WORD)}
    names = {value for value in typed if any(map(str.isalpha, value)) and not _is_claim(value, nothing)}
    longest_first = sorted(names | set(pseudonyms), key=len, reverse=True)
    values = "|".join(map(re.escape, longest_first)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{values})(?!\w)")


def _is_claim(value: str, nothing: Literals) -> bool:
    return any(flag.kind is not FlagKind.IDENTIFIER for flag in nothing.check(value))
