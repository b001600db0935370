"""What all kinds ask of the desired values before they read them: that they are fields of theirs. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from services.change_requests.kinds.model import Field
from services.contract.errors import Refused, invalid, precondition
from services.contract.quoting import quoted, short
from services.contract.wording import join

MOST_AT_ONCE = 100
"""Of anything in one request: more is not read by anybody who is to decide it."""

_SEPARATOR = re.compile(r"[,\s]+")
_LONGEST = MOST_AT_ONCE * 256  # what a hundred of the longest host names take


def given(desired: Mapping[str, str], fields: Sequence[Field]) -> dict[str, str]:
    """Return the desired values that say something, in the order of `fields`: a form sends its empty ones too.

    Raises:
        Refused: `INVALID_DESIRED_VALUE`, where a field is not one of `fields`, or none of them says anything.
    """
    names = [field.name for field in fields]
    for name in desired:
        if name not in names:
            raise refused(name, f"There is no field {quoted(name)}: this takes {join(names)}.")
    filled = {name: desired[name] for name in names if desired.get(name, "").strip()}
    if not filled:
        raise refused(names[0], f"Give {'at least one of ' if len(names) > 1 else ''}{join(names)}.")
    return filled


def read_list(filled: Mapping[str, str], field: str, read: Callable[[str], str]) -> tuple[str, ...]:
    """Return what stands in a field, separated by commas or blanks: each once, in ascending order.

    Args:
        read: one of them in its one notation; raises `ValueError` with a sentence.

    Raises:
        Refused: `INVALID_DESIRED_VALUE`.
    """
    text = filled.get(field, "")
    words = [word for word in _SEPARATOR.split(text) if word] if len(text) <= _LONGEST else []
    if len(text) > _LONGEST or len(words) > MOST_AT_ONCE:
        raise refused(field, f"Give at most {MOST_AT_ONCE} at once, separated by commas.")
    try:
        return tuple(sorted({read(word) for word in words}))
    except ValueError as error:
        raise refused(field, str(error)) from error


def refused(field: str, sentence: str) -> Refused:
    """Return the refusal of a field's value."""
    return invalid("INVALID_DESIRED_VALUE", sentence, field=short(field))


def nothing_to_change(sentence: str) -> Refused:
    """Return the refusal of desired values that hold already."""
    return precondition("NOTHING_TO_CHANGE", sentence)
