"""`/v1/events`: what happened, newest first."""

from services.payments.sandbox.routing import ListParams, Route, paged
from services.payments.sandbox.world import Object, World


class EventList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of events; in `type`, a `*` at the end stands for any."""

    delivery_success: bool | None = None
    type: str | None = None
    types: list[str] | None = None


def retrieve(world: World, params: None, event: str) -> Object:  # noqa: ARG001 - it takes none
    """Return an event."""
    return world.get("event", event)


def list_all(world: World, params: EventList) -> Object:
    """List events, newest first."""
    wanted = params.types if params.type is None else [params.type]
    found = [event for event in world.all("event") if wanted is None or _is_one(event["type"], wanted)]
    if params.delivery_success is not None:
        found = [event for event in found if (event["pending_webhooks"] == 0) == params.delivery_success]
    return paged(world, params, found)


def _is_one(event_type: str, wanted: list[str]) -> bool:
    return any(event_type.startswith(each[:-1]) if each.endswith("*") else event_type == each for each in wanted)


ROUTES = (
    Route("GET", "/v1/events", list_all, EventList),
    Route("GET", "/v1/events/{event}", retrieve),
)
