"""Whether an object of the sandbox has the shape that Stripe's own library declares for it."""

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

from stripe import StripeObject


def assert_has_shape(obj: StripeObject, declared: type[StripeObject]) -> None:
    """Check that an object has every attribute that is not optional, and none that its type does not know."""
    problems = list(_problems(obj.to_dict(), declared, declared.__name__))
    assert not problems, problems


def _problems(value: dict[str, Any], declared: type[StripeObject], place: str) -> Iterator[str]:
    annotations = {name: kind for name, kind in declared.__annotations__.items() if name != "OBJECT_NAME"}
    for name in value.keys() - annotations.keys():
        yield f"{place} knows no {name}"
    for name, annotation in annotations.items():
        kinds = list(_kinds(annotation))
        if value.get(name) is None:
            if type(None) not in kinds:
                yield f"{place}.{name} is missing"
            continue
        for kind in kinds:
            inner = value[name]
            if isinstance(kind, type) and issubclass(kind, StripeObject) and isinstance(inner, dict):
                if kind.__annotations__ and "object" not in inner:
                    yield from _problems(inner, kind, f"{place}.{name}")
            elif get_origin(kind) is list and isinstance(inner, list):
                (element,) = get_args(kind)
                for each in inner if isinstance(element, type) and issubclass(element, StripeObject) else ():
                    yield from _problems(each, element, f"{place}.{name}[]")


def _kinds(annotation: Any) -> Iterator[Any]:
    """Return what an annotation allows, unions taken apart."""
    if get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _kinds(each)
    else:
        yield annotation
