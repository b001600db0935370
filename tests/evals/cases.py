"""The cases, read from the YAML files beside this one: a customer's records, a question, and what is expected.

A customer is a line of an import file (PRODUCT.md §6) with moments told from the moment of the question (`times`);
without an id and a name it is the one of `CUSTOMER`. An expected text is looked for as it stands, case aside; between
slashes it is a regular expression.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from services.contract.types import Action, Starter
from tests.evals.at_stripe import AtStripe
from tests.evals.times import moment, resolved
from tests.surface import START

FOLDER = Path(__file__).parent

CUSTOMER = {"customer_id": "cust-0017", "legal_name": "Acme GmbH"}
"""Who a case is about, where it does not say otherwise."""


class BadCases(Exception):
    """A file of cases that cannot be used; the message is a sentence that names the file and what to mend."""


class Done(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An audited action that was carried out before the question; a reversal takes the oldest support credit."""

    action: Action
    reason: str = "agreed with finance"
    params: dict[str, str] = {}


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question about one customer, and what its answer must and must not be.

    Args:
        why: what the case guards.
        others: further customers in the same store.
        at_stripe: what Stripe has of the customer; nothing where it is left out.
        actions: audited actions carried out before, at the moment `acted`.
        must_use: keys of facts that the answer must refer to; of a list within it, one is enough.
        may_suggest: all actions that may be suggested; any other fails.
        customer_must_not_read: what must not stand in the part that may be sent to the customer.
        refuses: the answer says that it cannot, and suggests nothing.
    """

    id: str
    why: str
    customer: dict[str, Any] = {}
    others: list[dict[str, Any]] = []
    at_stripe: AtStripe | None = None
    actions: list[Done] = []
    acted: str = "now"
    question: str | None = None
    starter: Starter | None = None
    must_use: list[str | list[str]] = []
    must_say: list[str] = []
    must_not_say: list[str] = []
    customer_must_not_read: list[str] = []
    may_suggest: list[Action] = []
    must_suggest: list[Action] = []
    refuses: bool = False

    @property
    def customer_id(self) -> str:
        """The id of the customer that the question is about."""
        return str(self.customer.get("customer_id", CUSTOMER["customer_id"]))

    def import_lines(self) -> list[dict[str, Any]]:
        """Return the customers as an import takes them; the others first, since one may be the parent.

        Raises:
            ValueError: a moment cannot be read.
        """
        return [resolved(line, START) for line in (*self.others, CUSTOMER | self.customer)]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases of one file, which are about one subject; `name` is the file's, without its ending."""

    about: str
    cases: list[Case]
    name: str = ""


def load_cases(folder: Path = FOLDER) -> list[CaseFile]:
    """Return all files of cases, by name.

    Raises:
        BadCases: a file is no such file, a case contradicts itself, or two cases have one id.
    """
    files = [_load(path) for path in sorted(folder.glob("*.yaml"))]
    ids = Counter(case.id for file in files for case in file.cases)
    twice = [case_id for case_id, count in ids.items() if count > 1]
    if twice:
        raise BadCases(f"Give each case an id of its own; used more than once: {', '.join(twice)}.")
    return files


def is_pattern(expected: str) -> bool:
    """Return whether an expected text is a regular expression between slashes."""
    return len(expected) > 2 and expected.startswith("/") and expected.endswith("/")


def _load(path: Path) -> CaseFile:
    try:
        file = msgspec.yaml.decode(path.read_bytes(), type=CaseFile)
    except msgspec.DecodeError as error:
        raise BadCases(f"{path.name} cannot be read: {error}.") from error
    for case in file.cases:
        if problem := _problem(case):
            raise BadCases(f"{path.name}, {case.id}: {problem}")
    return msgspec.structs.replace(file, name=path.stem)


def _problem(case: Case) -> str | None:
    """Return what is wrong with a case in one sentence, None for nothing."""
    if (case.question is None) == (case.starter is None):
        return "Give either a question or a starter."
    if not set(case.must_suggest) <= set(case.may_suggest):
        return "What must be suggested has to stand under may_suggest too."
    if case.refuses and case.may_suggest:
        return "A refusal suggests nothing: leave may_suggest out."
    return _unreadable_moment(case) or _bad_pattern((*case.must_say, *case.must_not_say, *case.customer_must_not_read))


def _unreadable_moment(case: Case) -> str | None:
    try:
        moment(case.acted, START)
        case.import_lines()
        for invoice in () if case.at_stripe is None else case.at_stripe.invoices:
            invoice.as_kept()
    except ValueError as error:
        return str(error)
    return None


def _bad_pattern(texts: Iterable[str]) -> str | None:
    for text in filter(is_pattern, texts):
        try:
            re.compile(text[1:-1])
        except re.error as error:
            return f"{text} is no regular expression: {error}."
    return None
