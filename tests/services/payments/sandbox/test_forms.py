"""Parameters: what the real library sends is what an operation gets, and what is wrong is said in Stripe's words."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from services.payments.sandbox.errors import ApiError
from services.payments.sandbox.forms import convert, decode, take_expand

names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
values = st.recursive(
    texts, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3)
)


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: str
    quantity: Annotated[int, msgspec.Meta(ge=1)] = 1


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: list[Item] = []
    mode: Literal["setup", "subscription"] | None = None
    prorate: bool = False
    metadata: dict[str, str | None] = {}
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    address: dict[str, str] | None = None


@settings(max_examples=20)
@given(st.dictionaries(names, values, max_size=3))
def test_what_the_library_encodes_is_decoded_as_it_was(params: dict[str, Any]) -> None:
    assert decode(urlencode(list(_api_encode(params)))) == params


def test_texts_become_what_the_operation_takes() -> None:
    given = decode("items[0][price]=price_x&items[0][quantity]=3&items[1][price]=price_y&prorate=true&metadata[a]=1")
    assert convert(given, Request) == Request([Item("price_x", 3), Item("price_y")], prorate=True, metadata={"a": "1"})


def test_an_empty_text_unsets_and_what_is_absent_does_not() -> None:
    assert convert(decode("name=&metadata[a]="), Request) == Request(name=None, metadata={"a": None})
    assert convert(decode(""), Request).name is msgspec.UNSET


def test_metadata_whose_keys_are_numbers_stays_an_object() -> None:
    decoded = decode("metadata[0]=a&metadata[12]=b&items[0][metadata][7]=c")
    assert decoded == {"metadata": {"0": "a", "12": "b"}, "items": [{"metadata": {"7": "c"}}]}


def test_lists_keep_their_order_beyond_ten_and_may_leave_out_their_numbers() -> None:
    assert decode("&".join(f"a[{n}]=v{n}" for n in reversed(range(12))))["a"] == [f"v{n}" for n in range(12)]
    assert decode("expand[]=a&expand[]=b") == {"expand": ["a", "b"]}


@pytest.mark.parametrize(
    ("form", "param", "code", "message"),
    [
        ("colour=red", "colour", "parameter_unknown", "Received unknown parameter: colour"),
        ("items[0][price]=p&items[0][x]=1", "items[0][x]", "parameter_unknown", "Received unknown parameter"),
        ("items[0][quantity]=1", "items[0][price]", "parameter_missing", "Missing required param: items[0][price]."),
        ("items[0][price]=p&items[0][quantity]=two", "items[0][quantity]", "parameter_invalid_integer", "integer: two"),
        ("items[0][price]=p&items[0][quantity]=0", "items[0][quantity]", "parameter_invalid_integer", "or equal to 1"),
        ("items[0][price]=", "items[0][price]", "parameter_invalid_empty", "cannot be unset"),
        ("prorate=perhaps", "prorate", None, "Invalid boolean: perhaps"),
        ("mode=payment", "mode", None, "Invalid mode: payment"),
        ("items=x", "items", None, "Invalid array: x"),
        ("address=x", "address", None, "Invalid object: x"),
        ("name[first]=x", "name", None, "Invalid string"),
        ("a=1&a[b]=2", "a", None, "as a value and as an object"),
        ("a[b]=2&a=1", "a", None, "as a value and as an object"),
        ("a[=1", "a[", "parameter_unknown", "unknown parameter"),
        ("[a]=1", "[a]", "parameter_unknown", "unknown parameter"),
        ("a" + "[b]" * 20 + "=1", "a" + "[b]" * 20, "parameter_unknown", "unknown parameter"),
    ],
)
def test_what_is_wrong_is_named(form: str, param: str, code: str | None, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        convert(decode(form), Request)
    error = caught.value
    assert (error.status, error.type, error.param, error.code) == (400, "invalid_request_error", param, code)
    assert message in error.message


def test_a_flood_of_parameters_is_refused() -> None:
    with pytest.raises(ApiError, match="More than 2000"):
        decode("&".join(f"k{n}=" for n in range(2_001)))


def test_what_is_to_be_expanded_is_no_parameter_of_the_operation() -> None:
    params = decode("expand[0]=a.b&name=x")
    assert (take_expand(params), params) == (["a.b"], {"name": "x"})
    assert take_expand({}) == []
    with pytest.raises(ApiError, match="Invalid array"):
        take_expand({"expand": "a"})
