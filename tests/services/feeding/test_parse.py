"""Files as people and programs really write them, and files that are none."""

import json
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contract.errors import Refused
from services.contract.text import is_clean
from services.feeding.csv_rows import COLUMNS, FLAG_COLUMNS, LIST_COLUMNS
from services.feeding.model import BadLine, ImportedCustomer
from services.feeding.parse import parse
from tests.services.feeding.samples import ACME, GROUPS, csv_file, customer, jsonl, parsed, reason, record

Format = Literal["jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv")

TWO = [record(customer_id="one"), record(customer_id="two")]


def _written(file_format: Format, *records: dict[str, Any]) -> bytes:
    return jsonl(*records) if file_format == "jsonl" else csv_file(*records)


# ── both formats ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_byte_order_mark_changes_nothing(file_format: Format) -> None:
    plain = _written(file_format, ACME)
    assert parsed(b"\xef\xbb\xbf" + plain, file_format) == parsed(plain, file_format)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_any_line_ends_and_blank_lines_are_taken(file_format: Format, line_end: bytes) -> None:
    lines = _written(file_format, *TWO).splitlines()
    content = (line_end * 2).join(lines) + line_end * 3
    first_line = 1 if file_format == "jsonl" else 3
    assert [number for number, _ in parse(content, file_format)] == [first_line, first_line + 2]
    assert parsed(content, file_format) == parsed(_written(file_format, *TWO), file_format)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_last_line_needs_no_line_end(file_format: Format) -> None:
    content = _written(file_format, *TWO)
    assert parsed(content.rstrip(), file_format) == parsed(content, file_format)


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_id_that_stands_twice_is_named_with_the_line_it_stood_on_first(file_format: Format) -> None:
    lines = list(parse(_written(file_format, *TWO, record(customer_id="one", legal_name="Other")), file_format))
    header = 0 if file_format == "jsonl" else 1
    number, found = lines[2]
    assert number == 3 + header
    assert found == BadLine(3 + header, f"customer_id one stands on line {1 + header} already")
    assert all(isinstance(found, ImportedCustomer) for _, found in lines[:2])


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    "content", [b"SQLite format 3\0\x10\0\x01", "name\r\n".encode("utf-16"), b'{"customer_id": "a\0"}']
)
def test_a_file_that_is_not_text_is_refused_as_a_whole(file_format: Format, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse(content, file_format)
    assert refused.value.reason == "NOT_A_TEXT_FILE"


@pytest.mark.parametrize("file_format", FORMATS)
def test_only_the_line_that_is_not_utf_8_is_bad(file_format: Format) -> None:
    content = _written(file_format, *TWO, record(customer_id="three")).replace(b"two", b"tw\xf6")
    one, two, three = parsed(content, file_format)
    assert isinstance(one, ImportedCustomer)
    assert isinstance(three, ImportedCustomer)
    assert isinstance(two, BadLine)
    assert "not UTF-8 text" in two.reason


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
def test_a_file_without_lines_holds_no_customers(file_format: Format, content: bytes) -> None:
    assert not [found for found in parsed(content, file_format) if isinstance(found, ImportedCustomer)]


# ── JSONL ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cut", [1, 20, 60, 200, *range(-30, -1)])
def test_a_truncated_last_line_is_named_as_cut_off(cut: int) -> None:
    whole, torn = jsonl(record(customer_id="one")), jsonl(ACME)[:cut]
    lines = list(parse(whole + torn, "jsonl"))
    assert isinstance(lines[0][1], ImportedCustomer)
    assert lines[1] == (2, BadLine(2, "this JSON ends too early: it is cut off"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[1, 2]", "this is not a JSON object"),
        (b'"acme"', "this is not a JSON object"),
        (b"null", "this is not a JSON object"),
        (b"{'customer_id': 1}", "this is not valid JSON (column 2: "),
        (b'{"customer_id": "a"} {"customer_id": "b"}', "this is not valid JSON (column 22: "),
        (b'{"customer_id": "a", "customer_id": "b"}', "the field “customer_id” stands twice in one object"),
        (b'{"billing": {"state": "verified", "state": "x"}}', "the field “state” stands twice in one object"),
        (b'{"invoices": [{"amount": NaN}]}', "NaN is not a JSON value"),
        (b'{"invoices": [{"amount": -Infinity}]}', "-Infinity is not a JSON value"),
        (b'{"invoices": ' + b"9" * 5_000 + b"}", "a number in this JSON is too long"),
        (b"[" * 100_000 + b"]" * 100_000, "this JSON is nested too deeply"),
        (b'{"a":' * 100_000, "this JSON is nested too deeply"),
        (b'{"legal_name": "a\x1b"}', "this is not valid JSON (column 18: "),
    ],
)
def test_a_line_that_is_not_a_json_object_is_named(line: bytes, said: str) -> None:
    assert reason(line).startswith(said)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scalars_are_flattened_with_dots_and_lists_are_json() -> None:
    assert customer(csv_file(ACME), "csv") == customer(jsonl(ACME))


def test_columns_may_be_few_and_in_any_order() -> None:
    content = b"legal_name , billing.payment_rail,customer_id\nAcme GmbH,card,acme-eu\n"
    assert customer(content, "csv") == customer(jsonl(record(billing={"payment_rail": "card"})))


@pytest.mark.parametrize(("cell", "kept"), [("true", True), ("FALSE", False), ("", None)])
def test_spreadsheets_may_shout_their_booleans(cell: str, kept: bool | None) -> None:
    content = f"customer_id,legal_name,payment_method_on_file\na,A,{cell}\n".encode()
    assert customer(content, "csv").billing.payment_method_on_file is kept


def test_a_row_is_numbered_by_its_first_line_even_when_cells_before_it_hold_line_breaks() -> None:
    content = b'customer_id,legal_name\r\na,"Two\r\nlines"\r\n\r\nb,\r\n'
    lines = list(parse(content, "csv"))
    assert isinstance(lines[0][1], ImportedCustomer)
    assert lines[0][1].customer.legal_name == "Two  lines"
    assert lines[1] == (5, BadLine(5, "legal_name is missing"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,Acme\n", "the header line has no column customer_id and no column legal_name"),
        (b"customer_id,name\na,Acme\n", "the header line has no column legal_name"),
        (b"customer_id,legal_name,vat_id\na,A,1\n", "the header line names a column that is not a field"),
        (b"customer_id;legal_name\na;A\n", "the header line has no column customer_id and no column legal_name"),
        (b"customer_id,legal_name,customer_id\na,A,b\n", "the header line names customer_id twice"),
        (b'customer_id,"legal_name\na,A\n', "the quotes or separators of this row are broken"),
    ],
)
def test_without_a_proper_header_line_that_line_alone_is_bad(content: bytes, said: str) -> None:
    assert next(parse(content, "csv"))[0] == 1
    assert reason(content, "csv").startswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b'b,"Broken', "the quotes or separators of this row are broken"),
        (b'b,"Bro"ken"', "the quotes or separators of this row are broken"),
        (b"b", "this row has 1 cells, the header line has 3"),
        (b"b,B,[],", "this row has 4 cells, the header line has 3"),
        (b'b,B,"[{""unit"": ]"', "usage: this is not valid JSON"),
        (b'b,B,"[{""unit"": 1, ""unit"": 2}]"', "usage: the field “unit” stands twice"),
        (b"b,B," + b"[" * 100_000, "usage: this JSON is nested too deeply"),
        (b"b,B,none", "usage: this is not valid JSON"),
        (b"b,B,{}", "usage must be a list"),
    ],
)
def test_a_broken_row_is_named_and_the_rows_before_it_are_read(row: bytes, said: str) -> None:
    lines = list(parse(b"customer_id,legal_name,usage\na,A,\n" + row + b"\n", "csv"))
    assert isinstance(lines[0][1], ImportedCustomer)
    number, found = lines[1]
    assert number == 3
    assert isinstance(found, BadLine)
    assert found.reason.startswith(said)


def test_a_list_cell_may_hold_years_of_usage() -> None:
    use = {"unit": "ai_cents", "amount": "1", "occurred_at": "2026-10-02T09:00:00Z"}
    assert len(customer(csv_file(record(usage=[use] * 5_000)), "csv").usage) == 5_000


# ── whatever comes ────────────────────────────────────────────────────────────────────────────────────────────────────

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
_NAMES = [
    *("customer_id", "legal_name", "ownership", "parent_customer_id", "billing", "checklist", "credit_grants", "usage"),
    *("payment_method_on_file", "automatic_collection", "invoices", "stripe_customer_id", "state", "payment_rail"),
    *(
        "item",
        "status",
        "unit",
        "amount",
        "category",
        "occurred_at",
        "effective_at",
        "expires_at",
        "number",
        "issued_at",
    ),
]
_TELLING = st.sampled_from(["open", "paid", "ai_cents", "1", "usd", "2026-10-02T09:00:00Z", "acme", "verified", "card"])
near_records = st.recursive(
    json_values | _TELLING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=6),
    max_leaves=30,
)


def _assert_documented(content: bytes, file_format: Format) -> None:
    if b"\0" in content:
        with pytest.raises(Refused, match="not a text file"):
            parse(content, file_format)
        return
    lines = list(parse(content, file_format))
    numbers = [number for number, _ in lines]
    assert numbers == sorted(set(numbers))
    for number, found in lines:
        if isinstance(found, BadLine):
            assert found.line == number
            assert found.reason
            assert is_clean(found.reason)
        else:
            assert isinstance(found, ImportedCustomer)


@pytest.mark.parametrize("file_format", FORMATS)
@given(content=st.binary())
def test_no_bytes_lead_to_anything_but_customers_bad_lines_and_the_refusal(file_format: Format, content: bytes) -> None:
    _assert_documented(content, file_format)


@given(text=st.text(alphabet=st.sampled_from('",\r\n[]{}: \t\x1ba0é\ufeff'), max_size=60))
def test_no_text_under_a_header_does_either(text: str) -> None:
    _assert_documented(b"customer_id,legal_name,usage\n" + text.encode(), "csv")


@given(value=near_records)
def test_no_json_value_does_either(value: Any) -> None:
    _assert_documented(json.dumps(value).encode(), "jsonl")


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_moments = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z")


@st.composite
def flat_records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record, good or bad, of which every scalar has the type that CSV gives it."""
    made: dict[str, Any] = {group: {} for group in GROUPS}
    for name in COLUMNS:
        values: st.SearchStrategy[Any] = _texts | _TELLING | _moments
        if name in FLAG_COLUMNS:
            values = st.booleans()
        elif name in LIST_COLUMNS:
            values = near_records
        value = draw(st.none() | values)
        group, dot, field = name.rpartition(".")
        (made[group] if dot else made)[field] = value
    made["customer_id"] = draw(st.text("abc:.-_7", min_size=1, max_size=5))
    return made


@given(made=flat_records())
@example(made=ACME)
def test_csv_and_jsonl_of_the_same_record_say_the_same(made: dict[str, Any]) -> None:
    (from_jsonl,), (from_csv,) = parsed(jsonl(made)), parsed(csv_file(made), "csv")
    if isinstance(from_jsonl, BadLine) and isinstance(from_csv, BadLine):
        assert from_csv.reason == from_jsonl.reason or from_csv.reason.startswith(LIST_COLUMNS)
    else:
        assert from_csv == from_jsonl
