"""What stands right beside a reference: filled in, the two would read as one value, which no fact holds."""

import re
from collections.abc import Iterator

from services.contract.types import FlagKind
from services.guidance.checking import currencies
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.phrases import any_of
from services.guidance.checking.sentence import REFERENCE
from services.guidance.model import Fact, FactKind, Facts

_NUMERIC = frozenset((FactKind.COUNT, FactKind.HOURS, FactKind.MONEY, FactKind.DAYS, FactKind.USAGE))
# Read together with what follows: signs, digits, letters, and what joins them (`2.{{…}}`, `PRE-{{…}}`, `{{…}}/{{…}}`).
_JOINED_BEFORE = re.compile(r"(?:\d|\}\})[-+.,:/'_·×=^~@\\]*\Z|[^\W\d_][-+./'_×^@\\]*\Z|(?:^|\W)[-+±@\\^]+\Z")
_MULTIPLIED = re.compile(r"(?<!\w)(?:half|twice|thrice|double|triple|(?:third|quarter|tenth)s? of) \Z", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(rf"({currencies.CURRENCY}) ?\Z")
_NUMBER_BEFORE = re.compile(r"(?:\}\}|(?<![.)\w])\d+) \Z")
_JOINED_AFTER = re.compile(r"(?!'?s(?!\w))[-+.,:/'_·×=^~@\\]*(?:\w|\{\{)")
_HYPHENED = re.compile(r"-[A-Za-z]{2,}")
_PERCENT = re.compile(
    r" ?(?:[%‰]|per ?cent|percent|basis points|k\b|hundred|thousand|million|billion|grand|dozen|times\b)"
)
_CURRENCY_AFTER = re.compile(rf"[ -]?({currencies.CURRENCY}|{currencies.HUNDREDTH})")
_SPAN_AFTER = re.compile(
    r"[ -]?(?:(?:more|full|further|extra|additional|whole|working|business|calendar|trial|workspace|AI) ){0,2}"
    + any_of(
        "(hours?|hrs?|h), (days?), weeks?, months?, years?, minutes?, mins?, seconds, secs?, quarters?, fortnights?"
    )
    + r"(?!\w)",
    re.IGNORECASE,
)
_LONGEST = 40
"""Characters beside a reference that are looked at."""


class Neighbours:
    """Checks what stands beside references."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def check(self, spelled: str) -> Iterator[Flag]:
        """Yield every reference that reads as another value together with what stands beside it."""
        for match in REFERENCE.finditer(spelled):
            before = spelled[max(0, match.start() - _LONGEST) : match.start()]
            after = spelled[match.end() : match.end() + _LONGEST]
            key = match.group(1)
            if key in self._facts and (
                _is_changed_before(self._facts[key], before) or _is_changed_after(self._facts[key], after)
            ):
                yield make_flag(FlagKind.FIGURE, f"{before[-10:]}{match.group()}{after[:20]}")


def _is_changed_before(fact: Fact, before: str) -> bool:
    if _JOINED_BEFORE.search(before) or _MULTIPLIED.search(before):
        return True
    currency = _CURRENCY_BEFORE.search(before)
    if currency and not _is_in(fact, currency.group(1)):
        return True
    return fact.kind in _NUMERIC and _NUMBER_BEFORE.search(before) is not None


def _is_changed_after(fact: Fact, after: str) -> bool:
    is_word = fact.kind is FactKind.WORD and _HYPHENED.match(after)
    if (_JOINED_AFTER.match(after) and not is_word) or _PERCENT.match(after):
        return True
    if span := _SPAN_AFTER.match(after):
        hours, days = span.groups()
        return not ((hours and fact.kind is FactKind.HOURS) or (days and fact.kind is FactKind.DAYS))
    currency = _CURRENCY_AFTER.match(after)
    return currency is not None and not _is_in(fact, currency.group(1))


def _is_in(fact: Fact, currency: str) -> bool:
    return (
        fact.kind is FactKind.MONEY
        and not re.fullmatch(currencies.HUNDREDTH, currency)
        and currencies.code(currency) == fact.unit
    )
