"""Figures, dates, currencies and identifiers that are written out: each has to be a fact of the same kind."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import FlagKind
from services.guidance.checking.numbers import values
from services.guidance.checks import check
from tests.evals.answers.customers import CUSTOMERS


def kinds(text: str, customer: str) -> set[FlagKind]:
    known = CUSTOMERS[customer]
    return {flag.kind for flag in check(text, known.facts, known.advice)}


@pytest.mark.parametrize(
    ("customer", "text"),
    [
        ("overdue", "Over 1,299.00 USD."),
        ("overdue", "Over $1299."),
        ("overdue", "Over 1 299.00 dollars."),
        ("overdue", "Over USD 1.299,00."),
        ("overdue", "Over €450 as well."),
        ("overdue", "Overdue for twelve days."),
        ("overdue", "Overdue for 12 days, since 2026-10-03."),
        ("overdue", "Due on October 3rd, 2026."),
        ("overdue", "Due on 3 Oct."),
        ("overdue", "Due on 03.10.2026."),
        ("overdue", "Two open invoices, one overdue."),
        ("overdue", "Invoice INV-7 of Acme GmbH."),
        ("overdue", "It still has 12.50 hours."),
        ("overdue", "It still has 12.50h."),
        ("overdue", "It still has 1234 cents."),
        ("trial_ended", "It ended 8 days ago, in October."),
        ("rail_approved", "The reference is PO-2978."),
        ("rail_approved", "2 blockers: first this one, then both of the others at once."),
        ("rail_approved", "Step 1 and step 2 are the same."),
    ],
)
def test_a_fact_may_be_written_out_in_any_usual_spelling(customer: str, text: str) -> None:
    assert kinds(text, customer) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Over 12 USD.", FlagKind.FIGURE),  # twelve are the days
        ("Over 1,299.00 EUR.", FlagKind.FIGURE),  # the amount is in dollars
        ("Over 1,299.00 GBP.", FlagKind.CURRENCY),
        ("Overdue for 12 hours.", FlagKind.FIGURE),
        ("Overdue for 450 days.", FlagKind.FIGURE),
        ("There are 12 invoices.", FlagKind.FIGURE),
        ("There are 2 blockers.", FlagKind.FIGURE),
        ("A share of 12 %.", FlagKind.FIGURE),
        ("Due on 2026-10-04.", FlagKind.DATE),
        ("Due on 2026-10-03T09:30.", FlagKind.DATE),
        ("Due on the third of October.", FlagKind.DATE),
        ("Due in March.", FlagKind.DATE),
        ("Due at 5 pm.", FlagKind.DATE),
        ("It costs ½ of that.", FlagKind.FIGURE),
        ("It costs …７.", FlagKind.FIGURE),
        ("It costs twenty-five thousand.", FlagKind.FIGURE),
        ("The card is 4242-4242-4242-4242.", FlagKind.IDENTIFIER),
        ("See REV-4410.", FlagKind.IDENTIFIER),
        ("See deadbeefcafe.", FlagKind.IDENTIFIER),
        ("See INV-70.", FlagKind.IDENTIFIER),
    ],
)
def test_what_is_a_fact_of_another_kind_or_none_is_flagged(text: str, kind: FlagKind) -> None:
    assert kind in kinds(text, "overdue")


@given(st.integers(0, 10**7).filter(lambda number: number not in (0, 1, 2, 5, 12, 1234)))
def test_any_other_whole_number_is_flagged(number: int) -> None:
    for text in (f"It is {number} now.", f"Pay ${number:,} soon.", f"Left: {number} hours.", f"Late by {number} days."):
        if not (text.startswith("Pay") and number in (450, 1299)):
            assert kinds(text, "overdue"), text


@given(st.integers(13, 10**6), st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９"]))
def test_digits_of_any_script_are_digits(number: int, script: str) -> None:
    assert kinds("It is " + str(number).translate(str.maketrans("0123456789", script)) + " days.", "overdue")


@pytest.mark.parametrize(
    ("written", "number"),
    [("twelve", 12), ("twenty-five", 25), ("two hundred and five", 205), ("three thousand", 3000), ("a dozen", 12)],
)
def test_number_words_are_numbers(written: str, number: int) -> None:
    assert values(written.removeprefix("a ")) == {Decimal(number)}
