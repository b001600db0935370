"""How values read, everywhere the same."""

import pytest

from services.contract.types import Unit
from services.contract.wording import action_name, credit, join, money
from services.surface.table import METHODS


@pytest.mark.parametrize(
    ("amount", "currency", "read"),
    [
        (129900, "usd", "1,299.00 USD"),
        (129900, "jpy", "129,900 JPY"),
        (129905, "KWD", "129.905 KWD"),
        (5, "eur", "0.05 EUR"),
        (-5, "eur", "-0.05 EUR"),
        (0, "krw", "0 KRW"),
    ],
)
def test_money_follows_the_currencys_minor_unit(amount: int, currency: str, read: str) -> None:
    assert money(amount, currency) == read


@pytest.mark.parametrize(
    ("unit", "amount", "read"),
    [
        (Unit.WORKSPACE_HOURS, "1240.50", "1,240.50 h"),
        (Unit.AI_CENTS, "1234", "$12.34"),
        (Unit.AI_CENTS, "0.25", "$0.0025"),
        (Unit.AI_CENTS, "-100", "-$1.00"),
    ],
)
def test_a_credit_is_read_in_hours_or_dollars(unit: Unit, amount: str, read: str) -> None:
    assert credit(unit, amount) == read


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [join(["a"]), join(["a", "b"]), join(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_every_audited_method_has_a_title_in_words() -> None:
    audited = [method.name for method in METHODS if method.audited]
    titles = [action_name(name) for name in audited]
    assert all(title != name and title == title.capitalize() for title, name in zip(titles, audited, strict=True))
    assert len(set(titles)) == len(audited)
