"""Claims and promises that a change was, is being or will be made: the chat can make none, so none may be told."""

import re
from collections.abc import Iterator

from services.contract.types import FlagKind
from services.guidance.checking.clauses import Clause, clauses
from services.guidance.checking.customer_promises import FREED, IS_CONDITION, PROMISED
from services.guidance.checking.flag import Flag, make_flag
from services.guidance.checking.own_claims import OFFER, OWN_CLAIMS
from services.guidance.checking.phrases import any_of, pattern_of
from services.guidance.checking.record_claims import (
    BOOKED,
    BY_OTHERS,
    FRAGMENT,
    GIVES,
    HAPPENED,
    IDIOMS,
    PAYMENTS,
    STANDS,
    STARTS,
    UNDER_WAY,
    WILL,
)
from services.guidance.checking.sentence import Sentence
from services.guidance.model import Facts

_ASIDE = re.compile(r"[()\"]")
_BY_THEMSELVES = re.compile(
    r"by (?:the customer|finance|an operator|you|it|that|this|(?:the|this|that) (?:same )?(?:action|step)|§)(?!\w)"
)
# An action's own effect, as its description tells it: `the item is completed along with it`.
_EFFECT = pattern_of("along with, in the same (?:step|go), with it, thereby, by that, in one go, together with")
_REPORTED = re.compile(
    r"\b(?:customer|they|he|she|caller|somebody|someone|message|§)(?: \w+)? "
    r"(?:claims?|says?|said|insists?|believes?|thinks?|writes?|reports?|tells? us|told us)\b"
)
# What comes after somebody's own step is no promise of ours.
_AFTER_A_STEP = re.compile(
    r"\b(?:once|after|when|as soon as|if|until)\b(?:,? (?!will\b)[\w§'-]+){0,8}? "
    + any_of(
        r"""paid, pays?, paying, payment, appl(?:y|ie[sd]|ying), approv\w+, verif\w+, mark\w*, confirm\w*,
        add(?:s|ed|ing)?, top(?:s|ped|ping)?[ -]up, complet\w+, clear\w*, exten[ds]\w*, settl\w+, record\w*, choos\w+,
        chosen, arriv\w+, retr(?:y|ie[sd]), expir\w+, ends?, ended, r[ua]ns? out, book\w*, grant\w*, resolv\w*, done,
        gone, happen\w*, over, establish\w*, decid\w+, set, on file, met, reads, shows,
        (?:that|this|it|both)(?! (?:is|was|has|have))"""
    )
    + r"(?!\w)|\b(?:applying|approving|extending|verifying|completing|marking|each of|would)\b|\bif not\b"
)


class Promises:
    """Checks what is said to have been done, against what the facts say stands."""

    def __init__(self, facts: Facts) -> None:
        values = {fact.key: fact.value.lower() for fact in facts}
        item = values.get("checklist.billing", "")
        verified = values.get("billing.state") == "verified"
        rail_approved = values.get("billing.invoice_rail_approved") == "yes"
        self._is_blocked = values.get("blockers.count", "0") != "0"
        self._on_trial = "trial.left" in values
        self._owes = values.get("invoices.open.count", "0") != "0"
        self._stated = {
            "verified": verified,
            "marked": verified,
            "extended": values.get("trial.extended") == "yes",
            "completed": item == "complete",
            "done": item == "complete",
            "closed": item in ("complete", "waived"),
            "waived": item == "waived",
            "started": "trial.ends_at" in values,
            **dict.fromkeys(("activated", "enabled", "on"), values.get("billing.automatic_collection") == "yes"),
        }
        self._approved = {
            "trial": values.get("billing.state") == "trial approved" or "trial.ends_at" in values,
            **dict.fromkeys(("finance", "rail", "commercial"), rail_approved),
        }

    def check(self, sentence: Sentence) -> Iterator[Flag]:
        """Yield every claim and promise in a sentence."""
        books = any(key.startswith(("adjustment.", "activity.", "audit.")) for key in sentence.keys)
        said = " ".join(_ASIDE.sub(" , ", sentence.said).split())
        after_a_step = not sentence.for_customer and _AFTER_A_STEP.search(said) is not None
        for clause in clauses(said, denied=sentence.under_refusal):
            if clause.question:
                yield from (make_flag(FlagKind.PROMISE, match.group()) for match in OFFER.finditer(clause.text))
                continue
            found = [*self._own(clause), *self._of_the_record(clause, books=books), *self._in_other_words(clause)]
            found += [
                match
                for match in WILL.finditer(clause.text)
                if not (after_a_step and not GIVES.search(match.group())) and not clause.negates(*match.span())
            ]
            found += self._to_the_customer(clause, for_customer=sentence.for_customer)
            for match in found:
                yield make_flag(FlagKind.PROMISE, match.group())

    def _own(self, clause: Clause) -> Iterator[re.Match[str]]:
        """Yield what «I» and «we» claim; only «we» may put it under a condition (`once we have confirmed it`)."""
        for form in OWN_CLAIMS:
            for match in form.finditer(clause.text):
                if not (match.group().startswith("we") and clause.is_conditional(match.start())):
                    yield match

    def _of_the_record(self, clause: Clause, *, books: bool) -> Iterator[re.Match[str]]:
        for form in (HAPPENED, STANDS, BY_OTHERS, PAYMENTS, *(() if clause.is_label else (FRAGMENT,))):
            for match in form.finditer(clause.text):
                part = clause.text.rfind(", ", 0, match.start()) + 1
                excused = clause.negates(*match.span()) or clause.is_conditional(match.start())
                excused = excused or _REPORTED.search(clause.text, part, match.start()) is not None
                excused = excused or _BY_THEMSELVES.match(clause.text, match.end() + 1) is not None
                excused = excused or (form is STANDS and _EFFECT.search(clause.text) is not None)
                if not excused and not self._is_true(clause.text, match.group(), books=books):
                    yield match

    def _in_other_words(self, clause: Clause) -> Iterator[re.Match[str]]:
        for form in (UNDER_WAY, IDIOMS, STARTS):
            for match in form.finditer(clause.text):
                unblocked = match.group().startswith(("no longer", "all clear"))
                if self._is_blocked if unblocked else form is STARTS or not clause.negates(*match.span()):
                    yield match

    def _to_the_customer(self, clause: Clause, *, for_customer: bool) -> Iterator[re.Match[str]]:
        """Yield what the customer must not be told; that nothing is to be paid, nobody, where something is open."""
        forms = [FREED] if self._owes or for_customer else []
        for form in [*forms, PROMISED] if for_customer else forms:
            for match in form.finditer(clause.text):
                told = self._on_trial and match.group().startswith("your trial ")
                if not (told or IS_CONDITION.search(clause.text, 0, match.start())):
                    yield match

    def _is_true(self, text: str, claim: str, *, books: bool) -> bool:
        """Return whether the facts say so themselves; what was booked has to refer to the booking."""
        last = claim.split()[-1].strip("'.!").removeprefix("invoice-")
        if last == "approved":
            named = [holds for word, holds in self._approved.items() if word in text]
            return bool(named) and all(named)
        return self._stated.get(last, books and re.fullmatch(BOOKED, last) is not None)
