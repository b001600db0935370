"""What a command line, or the file it names, asks for: kind, desired values, reason."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from billinghelp.cli.text import quoted
from services.contract.errors import Refused, invalid
from services.contract.requests import CreateTenantChangeRequest, PreviewTenantChangeRequest, Request
from services.contract.types import CARRIED_OUT_BY, ChangeRequestKind
from services.feeding import json_text
from services.feeding.problems import UnreadableError

Word = TypeVar("Word", bound=StrEnum)

ASKABLE = tuple(kind for kind in ChangeRequestKind if kind not in CARRIED_OUT_BY)
"""The kinds that a tenant asks for; the others come about where an action needs a second person."""


def word(
    words: type[Word],
    text: str | None,
    called: str,
    among: Iterable[Word] | None = None,
    shown: Mapping[Word, str] | None = None,
) -> Word | None:
    """Return the word of a closed set that an option names, or None where it was not given.

    Args:
        called: what the words are, for the sentence.
        among: those that can be meant; all, unless given.
        shown: how people read them, which is taken too.

    Raises:
        Refused: `USAGE`, with those there are.
    """
    known = list(words if among is None else among)
    if text is None:
        return None
    names = {each: each.value if shown is None else shown[each] for each in known}
    for each, name in names.items():
        if text in (each.value, name):
            return each
    raise invalid("USAGE", f"There is no {called} {text!r}: choose one of {', '.join(map(quoted, names.values()))}.")


def preview_request(options: argparse.Namespace) -> PreviewTenantChangeRequest:
    """Return the preview that the options ask for.

    Raises:
        Refused: `USAGE`; `INVALID_REQUEST`, where the file holds no such request.
    """
    if options.body is not None:
        _require_nothing_beside(options, options.change_request)
        return _decoded(PreviewTenantChangeRequest, _read_object(options.body))
    customer_id = _customer(options)
    if options.change_request is not None:
        if options.kind is not None or options.reason is not None:
            raise invalid("USAGE", "A request has its own kind, values and reason: give --request and nothing else.")
        return PreviewTenantChangeRequest(customer_id=customer_id, change_request_id=options.change_request)
    return PreviewTenantChangeRequest(
        customer_id=customer_id, kind=_kind(options), desired=_desired(options), reason=options.reason or ""
    )


def create_request(options: argparse.Namespace, request_id: str) -> CreateTenantChangeRequest:
    """Return what the options ask for; its digest is empty where none was given.

    Args:
        request_id: the one to use where none was given.

    Raises:
        Refused: as `preview_request`.
    """
    given = {"request_id": options.request_id, "digest": options.digest}
    flags = {name: value for name, value in given.items() if value is not None}
    filled: dict[str, Any] = {"request_id": request_id, "digest": ""}
    if options.body is not None:
        _require_nothing_beside(options)
        return _decoded(CreateTenantChangeRequest, filled | _read_object(options.body) | flags)
    if options.reason is None:
        raise invalid("USAGE", "Say why with --reason: which application it is, what it needs, and by when.")
    asked = {"customer_id": _customer(options), "kind": _kind(options), "desired": _desired(options)}
    return CreateTenantChangeRequest(**filled | asked | flags, reason=options.reason)


def _customer(options: argparse.Namespace) -> str:
    if options.customer is None:
        raise invalid("USAGE", "Name a customer, or a file that holds the request with --in.")
    return str(options.customer)


def _kind(options: argparse.Namespace) -> ChangeRequestKind:
    kind = word(ChangeRequestKind, options.kind, "kind of change", ASKABLE)
    if kind is None:
        raise invalid("USAGE", f"Name what is to change: one of {', '.join(ASKABLE)}.")
    return kind


def _desired(options: argparse.Namespace) -> dict[str, str]:
    desired: dict[str, str] = {}
    for text in options.values:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise invalid("USAGE", f"Write every value as FIELD=VALUE, like storage=200Gi, not {text!r}.")
        if name in desired:
            raise invalid("USAGE", f"The field {name!r} is given twice: give it once.")
        desired[name] = value
    return desired


def _require_nothing_beside(options: argparse.Namespace, *more: str | None) -> None:
    if options.customer is not None or options.reason is not None or any(each is not None for each in more):
        raise invalid("USAGE", "With --in, customer, kind, values and reason stand in the file.")


def _read_object(file: str) -> dict[str, Any]:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        found = json_text.decode(raw.decode())
    except OSError as error:
        raise invalid("FILE_NOT_READABLE", f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _unreadable("it is not UTF-8 text") from error
    except UnreadableError as error:
        raise _unreadable(str(error)) from error
    if not isinstance(found, dict):
        raise _unreadable("it is not a JSON object")
    return found


def _unreadable(problem: str) -> Refused:
    return invalid("INVALID_REQUEST", f"The request cannot be read: {problem}.")


Asked = TypeVar("Asked", CreateTenantChangeRequest, PreviewTenantChangeRequest)

_WANTED = 'customer_id, kind, desired (like {"storage": "200Gi"}) and reason'
_TAKES: Mapping[type[Request], str] = {
    PreviewTenantChangeRequest: f"a preview takes {_WANTED}, or customer_id and change_request_id",
    CreateTenantChangeRequest: f"asking takes {_WANTED}, and where wanted digest and request_id",
}


def _decoded(method: type[Asked], fields: dict[str, Any]) -> Asked:
    try:
        return msgspec.convert(fields, method)
    except msgspec.ValidationError as error:
        raise invalid("INVALID_REQUEST", f"{_misfit(str(error))}: {_TAKES[method]}.") from error


def _misfit(problem: str) -> str:
    """Return in words what msgspec says, «Expected `str`, got `int` - at `$.desired[...]`», without an end."""
    said, _, where = problem.partition(" - at `$.")
    if said.startswith("Object contains unknown field"):
        return f"There is no field “{said.split('`')[1]}”"
    if said.startswith("Object missing required field"):
        return f"The field “{said.split('`')[1]}” is missing"
    name = where.rstrip("`").partition("[")[0]
    if name == "kind":
        return f"The field “kind” is none of {', '.join(ASKABLE)}"
    return f"The field “{name}” cannot be used ({said[:1].lower()}{said[1:].replace('`', '')})"
