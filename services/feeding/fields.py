"""One object of an import, read field by field: each problem is one sentence that begins with its field's name."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from services.contract.errors import Refused
from services.contract.text import clean
from services.contract.types import Unit
from services.credits.units import parse_amount
from services.feeding.moments import FIRST_MOMENT, parse_moment
from services.feeding.places import MAX_PLACE, is_place
from services.feeding.problems import UnreadableError, shown

MAX_TEXT = 200
"""The longest legal name, reference or reason, in characters."""
MAX_WHOLE = 2**63 - 1  # what both databases keep in one column


Word = TypeVar("Word", bound=StrEnum)


class Fields:
    """Reads the fields of one object. Absent, null and blank mean the same; whatever is not asked for is unknown.

    After a problem has been noted a method returns a value of the right type that is not to be used: the caller
    reads on, so that one look at a line names everything that is wrong with it.
    """

    def __init__(self, values: Mapping[str, Any], problems: list[str], path: str = "") -> None:
        self._values = values
        self._problems = problems
        self._path = path
        self._asked: set[str] = set()

    def note(self, name: str, what: str) -> None:
        """Note what is wrong with a field: the rest of the sentence that its name begins."""
        self._problems.append(f"{self._path}{name} {what}")

    def finish(self) -> None:
        """Note every field that nobody asked for."""
        self._problems += [
            f"{shown(self._path + name)} is not a field of an import"
            for name in self._values
            if name not in self._asked
        ]

    def text(self, name: str) -> str | None:
        """Return a cleaned text, or None where there is none."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.note(name, "must be text")
            return None
        cleaned = clean(value)
        if not cleaned:
            self.note(name, "holds nothing that can be read")
        elif len(cleaned) > MAX_TEXT:
            self.note(name, f"is longer than {MAX_TEXT} characters")
        return cleaned

    def required_text(self, name: str) -> str:
        """Return a cleaned text that must be there."""
        self._require(name)
        return self.text(name) or ""

    def key(self, name: str, pattern: re.Pattern[str], wanted: str) -> str | None:
        """Return a text that matches `pattern` exactly as it stands: in a key nothing is cleaned away."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.note(name, f"must be {wanted}")
            return None
        return value

    def required_key(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        """Return a text that must be there and match `pattern`."""
        self._require(name)
        return self.key(name, pattern, wanted) or ""

    def place(self, name: str) -> str | None:
        """Return the name of a namespace or a resource exactly as it stands, or None where there is none."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str) or not is_place(value):
            self.note(name, f"must be text of 1 to {MAX_PLACE} visible characters")
            return None
        return value

    def word(self, name: str, kind: type[Word] | Sequence[Word], default: Word | None = None) -> Word:
        """Return a word of a closed set; without a default it must be there."""
        value = self._take(name)
        if value is None and default is not None:
            return default
        for word in kind:
            if value == word:
                return word
        self.note(name, f"{_missing_or_wrong(value)} one of {', '.join(kind)}")
        return next(iter(kind))

    def flag(self, name: str) -> bool | None:
        """Return true, false, or None where there is neither."""
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            self.note(name, "must be true or false")
            return None
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number within bounds; without a default it must be there."""
        value = self._take(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            bounds = f"of {low} or more" if high == MAX_WHOLE else f"from {low} to {high}"
            self.note(name, f"{_missing_or_wrong(value)} a whole number {bounds}")
            return low
        return value

    def amount(self, name: str, unit: Unit) -> int:
        """Return a credit amount above zero, in inner units."""
        value = self._take(name)
        if not isinstance(value, str):
            self.note(name, f'{_missing_or_wrong(value)} an amount written as text, like "12.50"')
            return 0
        try:
            amount = parse_amount(unit, value)
        except Refused as refusal:
            self.note(name, f"cannot be read: {refusal.message.rstrip('.')}")
            return 0
        if amount <= 0:
            self.note(name, "must be more than zero")
        return amount

    def quantity(self, name: str, read: Callable[[str], int]) -> int:
        """Return an amount in the field's notation that must be there; `read` raises `ValueError` with a sentence."""
        value = self._take(name)
        if not isinstance(value, str):
            self.note(name, f'{_missing_or_wrong(value)} an amount written as text, like "500m" or "12Gi"')
            return 0
        try:
            return read(value)
        except ValueError as problem:
            self.note(name, f"cannot be read: {str(problem).rstrip('.')}")
            return 0

    def moment(self, name: str) -> datetime | None:
        """Return a moment in UTC, or None where there is none."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.note(name, "must be a time like 2026-10-31T09:00:00Z, as text")
            return None
        try:
            return parse_moment(value)
        except UnreadableError as problem:
            self.note(name, str(problem))
            return None

    def required_moment(self, name: str) -> datetime:
        """Return a moment that must be there, in UTC."""
        self._require(name)
        return self.moment(name) or FIRST_MOMENT

    def group(self, name: str) -> "Fields":
        """Return the fields of an object within this one; an absent object has none."""
        value = self._take(name)
        if value is not None and not isinstance(value, dict):
            self.note(name, "must be an object, between { and }")
            value = None
        return Fields(value or {}, self._problems, f"{self._path}{name}.")

    def says_something(self) -> bool:
        """Return whether any field at all is there, known or not."""
        return any(self._value(name) is not None for name in self._values)

    def items(self, name: str) -> Iterator["Fields"]:
        """Yield the fields of each object in a list; an absent list has none."""
        value = self._take(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.note(name, "must be a list, between [ and ]")
            return
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield Fields(item, self._problems, f"{self._path}{name}[{index}].")
            else:
                self.note(f"{name}[{index}]", "must be an object, between { and }")

    def _require(self, name: str) -> None:
        if self._take(name) is None:
            self.note(name, "is missing")

    def _take(self, name: str) -> Any:
        self._asked.add(name)
        return self._value(name)

    def _value(self, name: str) -> Any:
        value = self._values.get(name)
        return None if isinstance(value, str) and (not value or value.isspace()) else value


def _missing_or_wrong(value: Any) -> str:
    return "is missing:" if value is None else "must be"
