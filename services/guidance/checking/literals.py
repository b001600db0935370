"""Figures, amounts, dates, currencies and identifiers that are written out: each has to be a fact of the same kind."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from services.contract.types import FlagKind
from services.guidance.checking import currencies, dates, identifiers
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.numbers import AMOUNT, FIGURES, values
from services.guidance.model import Fact, FactKind

_SPAN = r"hours?|hrs?|h|days?|d|weeks?|months?|years?|minutes?|mins?|seconds?|secs?|quarters?|fortnights?"

_MONEY = re.compile(
    rf"(?P<before>{currencies.CURRENCY}) ?(?P<first>{FIGURES})"
    rf"|(?P<second>{AMOUNT})[ -]?(?:(?P<after>{currencies.CURRENCY})|(?P<hundredth>{currencies.HUNDREDTH}))"
)
_SHARE = re.compile(
    rf"{AMOUNT} ?(?:%|‰|per ?cent(?!\w)|percent(?:age)?s?(?!\w)|basis points)|\d+\u2044\d+", re.IGNORECASE
)
_QUANTITY = re.compile(
    rf"(?P<number>{AMOUNT})[ -]?(?:(?:workspace|calendar|business|working|more|full) )?(?P<unit>{_SPAN})(?!\w)",
    re.IGNORECASE,
)
_VAGUE_SPAN = re.compile(
    rf"(?<!\w)(?:half (?:an?|the|of)|(?:a couple of|several) (?:(?:more|full) )?(?:{_SPAN})"
    r"|(?:within|in) (?:an?|the next) (?:hour|day|week|month|minute)|a fortnight"
    r"|(?:about|around|roughly|nearly|almost|over|more than|another) an? (?:hour|day|week|month|quarter|year)"
    r"|an? (?:dozen|grand)|less than (?:an?|one) (?:hour|day|week))(?!\w)",
    re.IGNORECASE,
)
# The answer's own steps, and what is said of any customer: always two balances, and «one» as a mere article.
_EVERYDAY = re.compile(
    r"(?<!\w)(?:(?:the )?two (?:balances|units|areas|parts|things|ways|questions|options)|four[- ]eyes|one or two"
    rf"|one(?! (?:{_SPAN}|dollars?|euros?|cents?)\b))(?!\w)",
    re.IGNORECASE,
)
_STEPS = re.compile(r"(?<!\w)steps? #?\d{1,2}(?:(?:,| and| or| to|-) ?\d{1,2})*(?![.,]?\d)(?!\w)", re.IGNORECASE)
_ONLY_ONE = re.compile(
    r"(?<!\w)(?:only|just|exactly) one (?:open |overdue |unpaid )?(?P<noun>blocker|invoice|lot)(?!\w)", re.IGNORECASE
)
_COUNTED = re.compile(
    rf"(?P<number>{AMOUNT}) (?:(?:open|overdue|unpaid|active|further|more|other|remaining|billing) ){{0,2}}"
    r"(?P<noun>blocker|invoice|lot)s?(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?:[#№] ?)?(?P<number>{AMOUNT})", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")  # whatever stands so oddly that no form above has found it

_COUNTS = {"blocker": ("blockers.",), "invoice": ("invoices.", "invoice."), "lot": ("credits.active_lots", "lot.")}

Judge = Callable[[re.Match[str]], FlagKind | None]


class Literals:
    """The values that may be written out, by kind."""

    def __init__(self, facts: Iterable[Fact], counts: Iterable[int] = (), steps: int = 0) -> None:
        own = list(facts)
        self._money = {(abs(_decimal(f.value)), f.unit or "") for f in own if f.kind is FactKind.MONEY}
        self._currencies = {unit for _, unit in self._money}
        self._hours = {_decimal(f.value) for f in own if f.kind is FactKind.HOURS}
        self._days = {_decimal(f.value) for f in own if f.kind is FactKind.DAYS}
        tallies = [f for f in own if f.kind is FactKind.COUNT]
        self._tallies = {
            noun: {_decimal(f.value) for f in tallies if f.key.startswith(keys)} for noun, keys in _COUNTS.items()
        }
        # An invoice may be numbered by digits alone; no other figure is taken from what somebody typed.
        typed = {Decimal(f.value) for f in own if f.kind is FactKind.TEXT and re.fullmatch(r"[0-9]{1,12}", f.value)}
        plain = {_decimal(f.value) for f in tallies} | self._days | typed | {Decimal(count) for count in counts}
        self._plain = plain | self._hours
        self._steps = steps
        self._dates = dates.Known(frozenset(date.fromisoformat(f.value) for f in own if f.kind is FactKind.DATE))
        # What one form has found is taken out before the next one looks.
        self._forms: tuple[tuple[re.Pattern[str], Judge], ...] = (
            (identifiers.LONG, _always(FlagKind.IDENTIFIER)),
            (dates.FORMS, lambda match: None if self._dates.holds(match) else FlagKind.DATE),
            (dates.MONTHS, lambda match: None if self._dates.has_month(match.group()) else FlagKind.DATE),
            (_MONEY, self._judge_money),
            (_SHARE, _always(FlagKind.FIGURE)),
            (_QUANTITY, self._judge_quantity),
            (_VAGUE_SPAN, self._judge_vague),
            (identifiers.MIXED, _always(FlagKind.IDENTIFIER)),
            (_ONLY_ONE, lambda match: _unless(Decimal(1) in self._tallies[match["noun"].lower()])),
            (_EVERYDAY, lambda _: None),
            (_COUNTED, self._judge_counted),
            (_NUMBER, lambda match: _unless(self._plain & values(match["number"]))),
            (_DIGITS, _always(FlagKind.FIGURE)),
            (currencies.LEFT_OVER, self._judge_currency),
        )

    def check(self, words: str, counted: int = 0) -> Iterator[Flag]:
        """Yield what is written out in `words`, which holds no references and no values of facts, and is no fact.

        `counted`: up to which number the answer has counted its own steps.
        """
        for match in _STEPS.finditer(words):
            if max(map(int, _DIGITS.findall(match.group()))) > max(self._steps, counted):
                yield make_flag(FlagKind.FIGURE, match.group())
        rest = _STEPS.sub(" | ", words)
        for form, judge in self._forms:
            found = False
            for match in form.finditer(rest):
                found = True
                kind = judge(match)
                if kind is not None:
                    yield make_flag(kind, match.group())
            if found:
                rest = form.sub(" | ", rest)

    def _judge_money(self, match: re.Match[str]) -> FlagKind | None:
        amounts = values(match["first"] or match["second"])
        if match["hundredth"]:
            return _unless(
                any((abs(amount) / 100, unit) in self._money for amount in amounts for unit in ("USD", "EUR"))
            )
        unit = currencies.code(match["before"] or match["after"])
        if unit not in self._currencies:
            return FlagKind.CURRENCY
        return _unless(any((abs(amount), unit) in self._money for amount in amounts))

    def _judge_quantity(self, match: re.Match[str]) -> FlagKind | None:
        known = {"h": self._hours, "d": self._days}.get(match["unit"][0].lower(), set())
        return _unless(known & values(match["number"]))

    def _judge_vague(self, match: re.Match[str]) -> FlagKind | None:
        return _unless(match.group().lower() == "less than a day" and Decimal(0) in self._days)

    def _judge_counted(self, match: re.Match[str]) -> FlagKind | None:
        return _unless(self._tallies[match["noun"].lower()] & values(match["number"]))

    def _judge_currency(self, match: re.Match[str]) -> FlagKind | None:
        return None if currencies.code(match.group()) in self._currencies else FlagKind.CURRENCY


def _always(kind: FlagKind) -> Judge:
    return lambda _: kind


def _unless(known: object) -> FlagKind | None:
    return None if known else FlagKind.FIGURE


def _decimal(value: str) -> Decimal:
    """Return the number in a fact's value: `12.50 h`, `$0.0025`, `1,299.00 USD`, `12 days`; less than a day is none."""
    digits = re.search(r"-?[\d,]+(?:\.\d+)?", value)
    return Decimal(digits.group().replace(",", "")) if digits else Decimal(0)
