"""Compares objects with what the installed library says of their kinds, for the same version."""

import re
from typing import Any, ClassVar, get_origin

from stripe import StripeObject
from stripe._object_classes import OBJECT_CLASSES, get_object_class


def problems(obj: dict[str, Any], kind: type[StripeObject] | None = None, path: str = "") -> set[str]:
    """Return what an object has that its kind does not know, and what it lacks of what its kind always has."""
    kind = kind or get_object_class("V1", obj["object"])
    path = path or obj["object"]
    known = fields_of(kind)
    found = {f"{path}.{field} is unknown" for field in obj if field not in known}
    found |= {f"{path}.{field} is missing" for field, always in known.items() if always and obj.get(field) is None}
    for field, value in obj.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                found |= _inside(each, kind, field, path)
    return found


def fields_of(kind: type[StripeObject]) -> dict[str, bool]:
    """Return a kind's fields, and whether its objects always have a value there."""
    found: dict[str, bool] = {}
    for base in kind.__mro__[: kind.__mro__.index(StripeObject)]:
        for field, annotation in vars(base).get("__annotations__", {}).items():
            if not field.startswith("_") and get_origin(annotation) is not ClassVar:
                found.setdefault(field, not re.search(r"Optional\[|NoneType", str(annotation)))
    return found


def _inside(value: dict[str, Any], kind: type[StripeObject], field: str, path: str) -> set[str]:
    if value.get("object") == "list":
        return {problem for each in value["data"] for problem in problems(each)}
    if value.get("object") in list(OBJECT_CLASSES):
        return problems(value)
    inner: dict[str, type[StripeObject]] = vars(kind).get("_inner_class_types", {})
    return problems(value, inner[field], f"{path}.{field}") if field in inner else set()
