"""How operations and pages are declared and found, and the envelope in which objects are listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from starlette.responses import Response

from services.payments.sandbox.errors import invalid_request
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


class ListParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of every list; a list's own come beside them in a type made from this one."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: int | CreatedRange | None = None


def paged(world: World, params: ListParams, objects: Sequence[Object]) -> Object:
    """Return one page of objects, which come newest first, in Stripe's list envelope.

    Raises:
        ApiError: where the cursor is none of these objects.
    """
    found = [obj for obj in objects if _is_within(obj, params.created)]
    if params.ending_before is not None:
        before = found[: _position(objects, found, params.ending_before, "ending_before")]
        page, has_more = before[-params.limit :], len(before) > params.limit
    else:
        after = found
        if params.starting_after is not None:
            after = found[_position(objects, found, params.starting_after, "starting_after") + 1 :]
        page, has_more = after[: params.limit], len(after) > params.limit
    return {"object": "list", "url": world.path, "has_more": has_more, "data": page}


def whole_list(url: str, objects: Sequence[Object]) -> Object:
    """Return all of a few objects in the list envelope, as lists inside objects are."""
    return {"object": "list", "url": url, "has_more": False, "data": list(objects)}


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
    raise invalid_request(f"No such {kind}: '{cursor}'", param=param, code="resource_missing")


def _is_within(obj: Object, created: int | CreatedRange | None) -> bool:
    if created is None:
        return True
    moment: int = obj["created"]
    if isinstance(created, int):
        return moment == created
    return (
        (created.gt is None or moment > created.gt)
        and (created.gte is None or moment >= created.gte)
        and (created.lt is None or moment < created.lt)
        and (created.lte is None or moment <= created.lte)
    )
