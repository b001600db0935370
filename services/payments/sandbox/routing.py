"""How operations and pages are declared and found, and the envelope in which objects are listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from starlette.responses import Response

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.state import ANY_TIME
from services.payments.sandbox.world import Object, World

Expander = Callable[[World, Object], Any]
"""Returns what lies behind a field of an object that is not there unless it is asked for."""

Tick = Callable[[World], None]
"""Does what time brings, up to the world's `now`."""


class Route(NamedTuple):
    """One operation of Stripe's API.

    Args:
        method: "GET", "POST" or "DELETE".
        template: the path, as in "/v1/customers/{id}"; each `{…}` is one segment.
        handle: called as `handle(world, params, *path_ids)`, with `params` of the type `request`; returns the answer.
        request: the msgspec Struct of its parameters, which forbids unknown fields; null: it takes none. `expand` is
            the core's.
    """

    method: str
    template: str
    handle: Callable[..., Object]
    request: type[msgspec.Struct] | None = None


class PageRequest(NamedTuple):
    """What a browser asked a page for.

    Args:
        query: the query's fields.
        form: the fields of a posted form.
    """

    query: Mapping[str, str]
    form: Mapping[str, str]


class PageRoute(NamedTuple):
    """One hosted page.

    Args:
        method: "GET" or "POST"; either may record, in one transaction.
        template: the path, as in "/c/pay/{session}".
        handle: called as `handle(world, asked, *path_ids)`; what it raises undoes what it did.
    """

    method: str
    template: str
    handle: Callable[..., Response]


class CreatedRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of `created`, in unix seconds."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None

    @property
    def seconds(self) -> tuple[int, int]:
        """The first and the last second within."""
        firsts = [each for each in (self.gte, None if self.gt is None else self.gt + 1) if each is not None]
        lasts = [each for each in (self.lte, None if self.lt is None else self.lt - 1) if each is not None]
        earliest, latest = ANY_TIME
        return min(max([earliest, *firsts]), latest), max(min([latest, *lasts]), earliest - 1)


class ListParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of every list; a list's own come beside them in a type made from this one."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: int | CreatedRange | None = None


def _is_any(_obj: Object) -> bool:
    return True


def page_of(
    world: World, params: ListParams, kind: str, *, wanted: Callable[[Object], bool] = _is_any, **equal: Any
) -> Object:
    """Return one page of a kind's objects, newest first, in Stripe's list envelope; no more of them is read.

    Args:
        wanted: whether an object belongs to the list.
        equal: values of top-level fields; null: it may have any.

    Raises:
        ApiError: where the cursor is no object of the kind.
    """
    backwards = params.ending_before is not None
    beyond = params.ending_before or params.starting_after
    if beyond is not None and world.find(kind, beyond) is None:
        raise _no_such(kind, beyond, "ending_before" if backwards else "starting_after")
    fields = {field: value for field, value in equal.items() if value is not None}
    found = world.records.each(kind, fields, created=_seconds(params.created), beyond=beyond, oldest_first=backwards)
    with closing(found):
        page = list(islice((obj for obj in found if wanted(obj)), params.limit + 1))
    data = page[: params.limit]
    return _envelope(world, data[::-1] if backwards else data, has_more=len(page) > params.limit)


def paged(world: World, params: ListParams, objects: Sequence[Object]) -> Object:
    """Return one page of the objects inside another one, which come newest first, in Stripe's list envelope.

    Raises:
        ApiError: where the cursor is none of these objects.
    """
    first, last = _seconds(params.created)
    found = [obj for obj in objects if first <= obj.get("created", first) <= last]
    if params.ending_before is not None:
        before = found[: _position(objects, found, params.ending_before, "ending_before")]
        page, has_more = before[-params.limit :], len(before) > params.limit
    else:
        after = found
        if params.starting_after is not None:
            after = found[_position(objects, found, params.starting_after, "starting_after") + 1 :]
        page, has_more = after[: params.limit], len(after) > params.limit
    return _envelope(world, page, has_more=has_more)


def whole_list(url: str, objects: Sequence[Object]) -> Object:
    """Return all of a few objects in the list envelope, as lists inside objects are."""
    return {"object": "list", "url": url, "has_more": False, "data": list(objects)}


def _envelope(world: World, page: Sequence[Object], *, has_more: bool) -> Object:
    return {"object": "list", "url": world.path, "has_more": has_more, "data": page}


Declared = TypeVar("Declared", Route, PageRoute)


class Router(Generic[Declared]):
    """Finds what is declared for a method and a path; a plain segment goes before one that stands for any."""

    def __init__(self, declared: Iterable[Declared]) -> None:
        self._root: dict[str, Any] = {}
        for each in declared:
            node = self._root
            for segment in each.template.strip("/").split("/"):
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            if each.method in node.setdefault("", {}):
                raise ValueError(f"Two operations for {each.method} {each.template}")
            node[""][each.method] = each

    def find(self, method: str, path: str) -> tuple[Declared, tuple[str, ...]] | None:
        """Return what is declared, and the segments that its template leaves open."""
        return _find(self._root, method, path.strip("/").split("/"))


def _find(node: dict[str, Any], method: str, segments: Sequence[str]) -> tuple[Any, tuple[str, ...]] | None:
    if not segments:
        declared = node.get("", {}).get(method)
        return None if declared is None else (declared, ())
    first, rest = segments[0], segments[1:]
    if not first:
        return None
    if first in node and (found := _find(node[first], method, rest)):
        return found
    if "{}" in node and (found := _find(node["{}"], method, rest)):
        return found[0], (first, *found[1])
    return None


def _position(objects: Sequence[Object], found: Sequence[Object], cursor: str, param: str) -> int:
    for position, obj in enumerate(found):
        if obj["id"] == cursor:
            return position
    kind = objects[0]["object"] if objects else "object"
    raise _no_such(kind, cursor, param)


def _no_such(kind: str, cursor: str, param: str) -> ApiError:
    return invalid_request(f"No such {kind}: '{cursor}'", param=param, code="resource_missing")


def _seconds(created: int | CreatedRange | None) -> tuple[int, int]:
    """Return the first and the last second of a list's bounds."""
    if created is None:
        return ANY_TIME
    return (CreatedRange(gte=created, lte=created) if isinstance(created, int) else created).seconds
