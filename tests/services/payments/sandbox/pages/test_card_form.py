"""Reading a card as people type it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.sandbox import cards
from services.payments.sandbox.pages.card_form import TEST_CARDS, UnreadableForm, kept_values, read_card
from services.payments.sandbox.resources.payment_methods import BillingDetails

NOW = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
FORM = {"number": "4242424242424242", "expiry": "11/26", "cvc": "123", "name": "Ada Example"}


def problems(**typed: str) -> dict[str, str]:
    """Return what is wrong with a form that differs from a good one in these fields."""
    with pytest.raises(UnreadableForm) as raised:
        read_card(FORM | typed, NOW)
    return dict(raised.value.problems)


@given(
    month=st.integers(1, 12),
    year=st.integers(2027, 2099),
    short=st.booleans(),
    padded=st.booleans(),
    between=st.sampled_from(["/", " / ", "-", " ", "."]),
)
def test_an_expiry_is_read_however_it_is_written(
    month: int, year: int, short: bool, padded: bool, between: str
) -> None:
    typed = f"{month:02}" if padded else f"{month}"
    card = read_card(FORM | {"expiry": f"{typed}{between}{year % 100 if short else year}"}, NOW).card
    assert (card.exp_month, card.exp_year) == (month, year)


@given(places=st.sets(st.integers(1, 15)), mark=st.sampled_from([" ", "-"]))
def test_spaces_and_hyphens_in_a_number_do_not_matter(places: set[int], mark: str) -> None:
    typed = "".join(mark + digit if place in places else digit for place, digit in enumerate(FORM["number"]))
    assert read_card(FORM | {"number": typed}, NOW).card.number == FORM["number"]


def test_a_card_is_good_through_the_last_day_of_its_month() -> None:
    assert read_card(FORM, NOW).card.exp_month == 11
    assert problems(expiry="10/26") == {"expiry": "This date has passed."}


@pytest.mark.parametrize("expiry", ["", "13/30", "0/30", "04", "4/3", "04/203", "٠٤/٣٠", "April 2030"])
def test_what_is_no_month_and_year_is_asked_for_again(expiry: str) -> None:
    assert problems(expiry=expiry) == {"expiry": "Type month and year, like 04 / 30."}


@pytest.mark.parametrize(
    ("field", "typed"),
    [("number", "4242"), ("number", "4" * 20), ("number", "٤" * 16), ("cvc", "12"), ("cvc", "12345"), ("name", " ")],
)
def test_each_wrong_field_is_told_alone(field: str, typed: str) -> None:
    assert list(problems(**{field: typed})) == [field]


def test_an_empty_form_tells_every_field() -> None:
    with pytest.raises(UnreadableForm) as raised:
        read_card({}, NOW, asks_email=True)
    assert list(raised.value.problems) == ["email", "number", "expiry", "cvc", "name"]


def test_control_characters_do_not_get_into_a_name() -> None:
    details = read_card(FORM | {"name": "Ada\u202e \x1bExample"}, NOW).billing_details
    assert details == BillingDetails(name="Ada Example", email=None)


def test_a_form_shows_neither_number_nor_cvc_again() -> None:
    assert kept_values(FORM) == {"expiry": "11/26", "name": "Ada Example"}


@pytest.mark.parametrize("number", [number for number, _ in TEST_CARDS])
def test_every_card_that_a_form_offers_is_a_test_card(number: str) -> None:
    assert cards.by_number(number)
