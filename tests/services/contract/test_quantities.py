"""Amounts are written in the field's notation and read exactly; whatever else is written is refused in words."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.quantities import MAX_QUANTITY, format_bytes, format_cpu, parse_bytes, parse_cpu

FACTORS: dict[str, int] = {"": 1}
FACTORS |= {suffix: 1024**power for power, suffix in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], start=1)}
FACTORS |= {suffix: 1000**power for power, suffix in enumerate(["k", "M", "G", "T", "P", "E"], start=1)}

amounts = st.integers(0, MAX_QUANTITY) | st.builds(
    lambda count, suffix: min(count * FACTORS[suffix], MAX_QUANTITY), st.integers(0, 5000), st.sampled_from([*FACTORS])
)
numbers = st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,20})?", fullmatch=True)
parsers = pytest.mark.parametrize("parse", [parse_cpu, parse_bytes])

Parse = Callable[[str], int]


@given(amounts)
def test_every_amount_survives_being_shown_and_written_again(amount: int) -> None:
    assert parse_bytes(format_bytes(amount)) == amount
    assert parse_cpu(format_cpu(amount)) == amount


def _exactly(text: str, factor: int) -> int | None:
    """What `text` times `factor` is, reckoned in decimals of more places than it can have; null: no whole number."""
    with localcontext() as context:
        context.prec = 200
        product = Decimal(text) * factor
        return int(product) if product == product.to_integral_value() and product <= MAX_QUANTITY else None


def _read(parse: Parse, text: str) -> int | None:
    try:
        return parse(text)
    except ValueError as error:
        sentence = str(error)
    assert sentence.startswith("Write ")
    assert sentence.endswith(".")
    assert len(sentence) < 120
    return None


@given(numbers, st.sampled_from([*FACTORS]), st.sampled_from(["", " "]))
def test_bytes_are_read_exactly_or_refused(number: str, suffix: str, blank: str) -> None:
    assert _read(parse_bytes, f" {number}{blank if suffix else ''}{suffix}\n") == _exactly(number, FACTORS[suffix])


@given(numbers, st.sampled_from([("", 1000), ("m", 1)]))
def test_processors_are_read_exactly_or_refused(number: str, suffix: tuple[str, int]) -> None:
    assert _read(parse_cpu, number + suffix[0]) == _exactly(number, suffix[1])


@parsers
@given(text=st.text() | st.text("0123456789.,+-eE mKMGTPikn\u0661\u00b2"))
def test_any_text_is_an_amount_or_refused_in_one_sentence(parse: Parse, text: str) -> None:
    amount = _read(parse, text)
    assert amount is None or 0 <= amount <= MAX_QUANTITY


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("200Gi", 200 * 2**30),
        ("200 Gi", 200 * 2**30),
        ("1.5Gi", 1536 * 2**20),
        ("2G", 2_000_000_000),
        ("1024", 1024),
        ("007Ki", 7168),
        ("4Ei", MAX_QUANTITY),
        ("0", 0),
        (f"0.{5**60:060d}Ei", 1),
    ],
)
def test_bytes_are_read(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize(
    ("text", "millis"), [("500m", 500), ("2", 2000), ("0.5", 500), ("1.5", 1500), ("1.0m", 1), ("0.001000", 1)]
)
def test_processors_are_read(text: str, millis: int) -> None:
    assert parse_cpu(text) == millis


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        (format_cpu(500), "500m"),
        (format_cpu(2000), "2"),
        (format_cpu(1500), "1500m"),
        (format_cpu(0), "0"),
        (format_bytes(200 * 2**30), "200Gi"),
        (format_bytes(1536 * 2**20), "1536Mi"),
        (format_bytes(2**60), "1Ei"),
        (format_bytes(1000), "1000"),
        (format_bytes(0), "0"),
    ],
)
def test_amounts_are_shown_short_and_exact(shown: str, written: str) -> None:
    assert shown == written


@parsers
@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "apples", "nan", "inf", "1e3", "-1", "+1", "1.", ".5", "1,5", "1_000", "0x10", "1\n2"],
        *["1\u00a0Gi", "1  Gi", "١", "²", "½", "1kk", "1gi", "1GB", "1K", "1mi", "1Gi Gi", "Gi", "1\x00", "\ud800"],
    ],
)
def test_what_only_looks_like_an_amount_is_refused(parse: Parse, text: str) -> None:
    with pytest.raises(ValueError, match=r"^Write .+ like .+\.$"):
        parse(text)


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (parse_bytes, "200 apples", "Write an amount like 200Gi or 512Mi, not “200 apples”."),
        (parse_bytes, "\x1b[31m\u202e", "Write an amount like 200Gi or 512Mi, not “[31m”."),
        (parse_bytes, "", "Write an amount like 200Gi or 512Mi."),
        (parse_bytes, "0.3Ki", "Write an amount like 200Gi or 512Mi: a byte is the smallest part there is."),
        (parse_bytes, "5Ei", "Write an amount like 200Gi or 512Mi: this is more than anything could hold."),
        (parse_cpu, "2Gi", "Write a number of processors like 2 or 500m, not “2Gi”."),
        (
            parse_cpu,
            "0.5m",
            "Write a number of processors like 2 or 500m: a thousandth of a processor is the smallest part there is.",
        ),
    ],
)
def test_a_refusal_says_what_to_write(parse: Parse, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        parse(text)
    assert str(refused.value) == sentence


@parsers
@pytest.mark.parametrize("piece", ["9", " ", "0", "1.", "\u202e", "Gi", "\ud800", "1 "])
def test_a_text_of_megabytes_is_refused_at_once(parse: Parse, piece: str) -> None:
    text = piece * (10_000_000 // len(piece)) + "!"
    begun = perf_counter()
    with pytest.raises(ValueError, match=r"^Write "):
        parse(text)
    assert perf_counter() - begun < 1  # seconds; it takes some milliseconds
