"""JSON from outside, read strictly: no key twice, no NaN, no surprise but one `UnreadableError`."""

import json
from collections import Counter
from typing import Any, NoReturn

from services.feeding.problems import UnreadableError, shown


def decode(text: str) -> Any:
    """Return the JSON value that `text` holds.

    Raises:
        UnreadableError: malformed, nested too deeply, a key twice in one object, or a number that JSON does not have.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        if _is_cut_off(text, error):
            raise UnreadableError("this JSON ends too early: it is cut off") from error
        raise UnreadableError(f"this is not valid JSON (column {error.colno}: {error.msg})") from error
    except RecursionError as error:
        raise UnreadableError("this JSON is nested too deeply") from error
    except ValueError as error:  # Python refuses to convert integers of more than 4 300 digits
        raise UnreadableError("a number in this JSON is too long") from error


def _is_cut_off(text: str, error: json.JSONDecodeError) -> bool:
    rest = text[error.pos :].rstrip()
    if error.msg.startswith("Unterminated string") or not rest:
        return True
    # torn inside a word, a number or an escape, at which the decoder points from its beginning
    return error.pos > 0 and error.msg != "Extra data" and len(rest) <= _LONGEST_TORN and not rest.endswith(("}", "]"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise UnreadableError(f"the field {shown(name)} stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise UnreadableError(f"{name} is not a JSON value")


_LONGEST_TORN = len("\\u00e")
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
