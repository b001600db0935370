"""Parameters as they travel, `items[0][price]=price_x`, and as an operation takes them: a typed struct."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from services.payments.sandbox.errors import ApiError, invalid_request

_MOST_FIELDS = 2_000
_DEEPEST = 10  # levels; the deepest that the API has is six
_KEY = re.compile(r"[^\[\]]+|\[([^\[\]]*)\]")
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?\Z", re.DOTALL)
_FIELD = re.compile(r"Object (?P<how>contains unknown|missing required) field `(?P<field>.*)`\Z")
_TYPE = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`\Z")

Params = TypeVar("Params", bound=msgspec.Struct)


def decode(text: str) -> dict[str, Any]:
    """Return the nested parameters of a form or query. An empty text stands for null: it unsets.

    Raises:
        ApiError: 400, for keys that cannot be read, and for too many of them.
    """
    nested: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise invalid_request(f"More than {_MOST_FIELDS} parameters were sent.") from None
    for position, (key, value) in enumerate(pairs):
        _place(nested, _segments(key, position), value or None, key)
    return _with_lists(nested)


def take_expand(params: dict[str, Any]) -> list[str]:
    """Take `expand` out of the parameters, and return its paths.

    Raises:
        ApiError: 400, where it is no list of texts.
    """
    paths = params.pop("expand", None) or []
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise invalid_request("Invalid array", param="expand")
    return paths


def convert(params: dict[str, Any], wanted: type[Params]) -> Params:
    """Return parameters as an operation's struct.

    Raises:
        ApiError: 400 with the parameter and what is wrong with it, in Stripe's words.
    """
    try:
        return msgspec.convert(params, wanted, strict=False)
    except msgspec.ValidationError as problem:
        raise _refusal(str(problem), params) from problem


def _segments(key: str, position: int) -> list[str]:
    """Return the parts of `a[b][0]`; an empty part, as in `expand[]`, is a new place in a list."""
    parts = list(_KEY.finditer(key))
    whole = "".join(part[0] for part in parts)
    if not parts or whole != key or parts[0][1] is not None or len(parts) > _DEEPEST:
        raise unknown(key)
    if any(part[1] is None for part in parts[1:]):
        raise unknown(key)
    return [parts[0][0], *(part[1] or str(position) for part in parts[1:])]


def _place(nested: dict[str, Any], segments: list[str], value: str | None, key: str) -> None:
    for segment in segments[:-1]:
        nested = nested.setdefault(segment, {})
        if not isinstance(nested, dict):
            raise invalid_request(f"Invalid object: {key} is given as a value and as an object.", param=segments[0])
    if isinstance(nested.get(segments[-1]), dict):
        raise invalid_request(f"Invalid object: {key} is given as a value and as an object.", param=segments[0])
    nested[segments[-1]] = value


def _with_lists(nested: dict[str, Any]) -> dict[str, Any]:
    """Return the same with every object whose keys are all numbers as the list that it stands for.

    Metadata holds no lists: its keys are anybody's choice.
    """
    return {
        key: _list_or_object(_with_lists(value)) if isinstance(value, dict) and key != "metadata" else value
        for key, value in nested.items()
    }


def _list_or_object(inner: dict[str, Any]) -> dict[str, Any] | list[Any]:
    if all(key.isascii() and key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def unknown(param: str) -> ApiError:
    """Return the refusal of a parameter that the operation does not have."""
    return invalid_request(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")


def _refusal(problem: str, params: dict[str, Any]) -> ApiError:
    """Return Stripe's error for what msgspec says is wrong."""
    place = _PLACE.match(problem)
    what, path = (place["what"], place["path"] or "") if place else (problem, "")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    param = _param([name or index for name, index in steps])
    value = _value(params, [name or int(index) for name, index in steps])
    if field := _FIELD.match(what):
        param = _param([*(name or index for name, index in steps), field["field"]])
        if field["how"] == "contains unknown":
            return unknown(param)
        return invalid_request(f"Missing required param: {param}.", param=param, code="parameter_missing")
    if (kinds := _TYPE.match(what)) is None:
        return _out_of_bounds(what, param, value)
    if value is None:
        return invalid_request(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty "
            "value.",
            param=param,
            code="parameter_invalid_empty",
        )
    for kind, word in (("int", "integer"), ("bool", "boolean"), ("array", "array"), ("object", "object")):
        if kind in kinds["wanted"]:
            code = "parameter_invalid_integer" if kind == "int" else None
            shown = f": {value}" if isinstance(value, str) else ""
            return invalid_request(f"Invalid {word}{shown}", param=param, code=code)
    return invalid_request("Invalid string", param=param)


def _out_of_bounds(what: str, param: str, value: Any) -> ApiError:
    """Return the error for a value of the right type that is none of those allowed."""
    if bound := re.match(r"Expected `int` (>=|<=) (-?\d+)", what):
        than = "greater than or equal to" if bound[1] == ">=" else "less than or equal to"
        return invalid_request(f"This value must be {than} {bound[2]}.", param=param, code="parameter_invalid_integer")
    return invalid_request(f"Invalid {param}: {value} is not possible here.", param=param)


def _param(steps: list[str]) -> str:
    return "".join(step if number == 0 else f"[{step}]" for number, step in enumerate(steps))


def _value(params: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            params = params[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return params
