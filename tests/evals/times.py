"""Moments in cases are told from the moment of the question: `in 3d`, `2h ago`, `now`."""

import re
from datetime import datetime, timedelta
from typing import Any

_SPAN = re.compile(r"in (?P<in>[0-9]+)(?P<in_unit>[dhm])|(?P<ago>[0-9]+)(?P<ago_unit>[dhm]) ago|now")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def moment(text: str, now: datetime) -> datetime:
    """Return the moment that a text names.

    Raises:
        ValueError: the text names none; the message is a sentence.
    """
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"«{text}» is no moment: write it like «in 3d», «2h ago» or «now».")
    if match["in"]:
        return now + int(match["in"]) * _UNITS[match["in_unit"]]
    if match["ago"]:
        return now - int(match["ago"]) * _UNITS[match["ago_unit"]]
    return now


def resolved(value: Any, now: datetime, name: str = "") -> Any:
    """Return an import line in which every field that ends in `_at` holds a moment as an import takes it.

    Raises:
        ValueError: such a field names no moment; the message is a sentence.
    """
    if isinstance(value, dict):
        return {key: resolved(inner, now, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, now) for inner in value]
    if name.endswith("_at") and value is not None:
        return moment(str(value), now).isoformat()
    return value
