"""Amounts are exact on the way in and round toward zero on the way out (PRODUCT.md §3, «Units»)."""

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.errors import Code, Refused
from services.contract.types import Unit
from services.credits.units import MAX_AMOUNT, format_amount, parse_amount

INNER = {Unit.WORKSPACE_HOURS: 3_600, Unit.AI_CENTS: 10_000}
PLACES = {Unit.WORKSPACE_HOURS: 2, Unit.AI_CENTS: 4}
units = st.sampled_from(Unit)


@st.composite
def typed_amounts(draw: st.DrawFn) -> tuple[Unit, str]:
    unit = draw(units)
    whole = draw(st.integers(0, MAX_AMOUNT - 1))
    places = draw(st.integers(0, PLACES[unit]))
    fraction = draw(st.text("0123456789", min_size=places, max_size=places))
    return unit, f"{'0' * draw(st.integers(0, 3))}{whole}{'.' if places else ''}{fraction}"


@given(typed_amounts())
def test_every_well_typed_amount_is_read_exactly(typed: tuple[Unit, str]) -> None:
    unit, text = typed
    assert parse_amount(unit, text) == Decimal(text) * INNER[unit]


@given(typed_amounts())
def test_what_was_typed_comes_out_as_it_went_in(typed: tuple[Unit, str]) -> None:
    unit, text = typed
    assert Decimal(format_amount(unit, parse_amount(unit, text))) == Decimal(text)


@given(units, st.integers(-(2**63), 2**63 - 1))
def test_formatting_never_shows_more_than_there_is(unit: Unit, value: int) -> None:
    places = Decimal(1).scaleb(-PLACES[unit])
    shown = Decimal(format_amount(unit, value))
    assert shown == (Decimal(value) / INNER[unit]).quantize(places, rounding=ROUND_DOWN)


@given(st.integers(0, MAX_AMOUNT * 10_000))
def test_cents_survive_being_shown_and_typed_again(micros: int) -> None:
    assert parse_amount(Unit.AI_CENTS, format_amount(Unit.AI_CENTS, micros)) == micros


@given(st.integers(0, MAX_AMOUNT * 100))
def test_hours_survive_to_the_hundredth(hundredths: int) -> None:
    seconds = hundredths * 36
    assert parse_amount(Unit.WORKSPACE_HOURS, format_amount(Unit.WORKSPACE_HOURS, seconds + 35)) == seconds


@pytest.mark.parametrize(
    ("unit", "text", "inner"),
    [
        (Unit.WORKSPACE_HOURS, "0.01", 36),
        (Unit.WORKSPACE_HOURS, "12.5", 45_000),
        (Unit.WORKSPACE_HOURS, "007", 25_200),
        (Unit.WORKSPACE_HOURS, "0", 0),
        (Unit.AI_CENTS, "1", 10_000),
        (Unit.AI_CENTS, "0.0001", 1),
        (Unit.AI_CENTS, f"{MAX_AMOUNT}.0000", MAX_AMOUNT * 10_000),
    ],
)
def test_amounts_become_integers_of_the_inner_unit(unit: Unit, text: str, inner: int) -> None:
    assert parse_amount(unit, text) == inner


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "1e3",
        "-1",
        "+1",
        "NaN",
        "Infinity",
        " 1",
        "1 ",
        "1\n",
        "1.",
        ".5",
        ".",
        "1.2.3",
        "1,5",
        "1_000",
        "0x10",
        "1.00000",
        "1\u200b",
        "\u00b2",
        "\u00bd",
        "\u0663",
        "\uff11",
        "\u0967.\u096b",  # digits of other scripts: Arabic, full-width, Devanagari
    ],
)
def test_anything_else_is_refused_with_what_to_type(unit: Unit, text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_amount(unit, text)
    assert (refused.value.code, refused.value.reason) == (Code.INVALID_ARGUMENT, "INVALID_AMOUNT")
    assert refused.value.message.startswith("Type ")


def test_a_third_decimal_is_refused_for_hours_even_when_it_is_zero() -> None:
    with pytest.raises(Refused, match="two decimal places"):
        parse_amount(Unit.WORKSPACE_HOURS, "1.250")


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("text", [f"{MAX_AMOUNT}.01", str(MAX_AMOUNT + 1), str(10**30), "9" * 100_000])
def test_amounts_beyond_the_bound_are_refused_with_the_bound(unit: Unit, text: str) -> None:
    with pytest.raises(Refused, match=f"at most {MAX_AMOUNT}") as refused:
        parse_amount(unit, text)
    assert refused.value.reason == "INVALID_AMOUNT"


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        (Unit.WORKSPACE_HOURS, 45_000, "12.50"),
        (Unit.WORKSPACE_HOURS, 35, "0.00"),
        (Unit.WORKSPACE_HOURS, -35, "0.00"),
        (Unit.WORKSPACE_HOURS, -45_035, "-12.50"),
        (Unit.AI_CENTS, 12_340_000, "1234"),
        (Unit.AI_CENTS, 2_500, "0.25"),
        (Unit.AI_CENTS, -1, "-0.0001"),
        (Unit.AI_CENTS, 1_000_000, "100"),
        (Unit.AI_CENTS, 0, "0"),
    ],
)
def test_amounts_are_shown_as_the_contract_writes_them(unit: Unit, value: int, shown: str) -> None:
    assert format_amount(unit, value) == shown
