"""`expand[]`: objects in the place of their ids, and fields that are left out unless they are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.routing import Expander
from services.payments.sandbox.world import Object, World

_DEEPEST = 4  # levels, as at Stripe


def expand(world: World, answer: Object, paths: Sequence[str], expanders: Mapping[tuple[str, str], Expander]) -> None:
    """Put into an answer what its `expand` asks for.

    Args:
        paths: as in "data.latest_invoice.payments": fields, from the answer downwards.
        expanders: what lies behind fields that are no ids, by the object's kind and the field.

    Raises:
        ApiError: 400, for a field that cannot be expanded, and for paths that are too deep.
    """
    for path in paths:
        fields = path.split(".")
        if len(fields) > _DEEPEST:
            message = f"You cannot expand more than {_DEEPEST} levels of a property, as in {path}."
            raise invalid_request(message, param="expand")
        _descend(world, answer, fields, path, expanders)


def _descend(
    world: World, value: Any, fields: Sequence[str], path: str, expanders: Mapping[tuple[str, str], Expander]
) -> None:
    if isinstance(value, list):
        for each in value:
            _descend(world, each, fields, path, expanders)
    elif isinstance(value, dict) and fields:
        field = fields[0]
        value[field] = _expanded(world, value, field, path, expanders)
        _descend(world, value[field], fields[1:], path, expanders)
    elif fields and value is not None:
        raise _not_expandable(path)


def _expanded(world: World, obj: Object, field: str, path: str, expanders: Mapping[tuple[str, str], Expander]) -> Any:
    expander = expanders.get((obj.get("object", ""), field))
    if expander is not None and not isinstance(obj.get(field), dict):
        return expander(world, obj)
    if field not in obj:
        raise _not_expandable(path)
    value = obj[field]
    if isinstance(value, str):
        found = world.records.find(value)
        if found is None:
            raise _not_expandable(path)
        return found
    if isinstance(value, list):  # a list of ids, as `discounts` is
        return [world.records.find(each) or each if isinstance(each, str) else each for each in value]
    return value


def _not_expandable(path: str) -> ApiError:
    return invalid_request(f"This property cannot be expanded ({path}).", param="expand")
