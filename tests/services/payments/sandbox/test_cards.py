"""Tests of the test cards: what is known of a number, and what becomes of others."""

import pytest

from services.payments.sandbox import cards
from services.payments.sandbox.errors import ApiError


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4000000000006975", "card_declined", "card_velocity_exceeded"),
    ],
)
def test_each_documented_number_is_declined_as_documented(number: str, code: str, decline_code: str) -> None:
    card = cards.by_number(number)

    assert card.decline is not None
    error = card.decline.error()
    assert (error.status, error.type, error.code, error.decline_code) == (402, "card_error", code, decline_code)
    assert not card.attachable


def test_a_number_may_be_typed_in_groups() -> None:
    card = cards.by_number("4242 4242-4242 4242")

    assert (card.brand, card.last4, card.decline) == ("visa", "4242", None)
    assert cards.by_fingerprint(card.fingerprint) is card


@pytest.mark.parametrize(
    "number", ["4242424242424241", "4242", "4" * 40, "", "card", "４２４２４２４２４２４２４２４２"]
)
def test_what_is_no_card_number_is_incorrect(number: str) -> None:
    with pytest.raises(ApiError, match="Your card number is incorrect") as refusal:
        cards.by_number(number)

    assert (refusal.value.code, refusal.value.param) == ("incorrect_number", "number")


def test_a_number_that_could_be_somebodys_card_is_refused() -> None:
    with pytest.raises(ApiError, match="test mode") as refusal:
        cards.by_number("4111111111111111")

    assert refusal.value.decline_code == "test_mode_live_card"
