"""`/v1/events`: what happened, newest first."""

from services.payments.sandbox.routing import ListParams, Route, page_of
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
    return page_of(world, params, "event", wanted=lambda event: _is_wanted(event, params))


def _is_wanted(event: Object, params: EventList) -> bool:
    types = params.types if params.type is None else [params.type]
    if types is not None and not any(_is_of(event["type"], each) for each in types):
        return False
    return params.delivery_success in (None, event["pending_webhooks"] == 0)


def _is_of(event_type: str, wanted: str) -> bool:
    return event_type.startswith(wanted[:-1]) if wanted.endswith("*") else event_type == wanted


ROUTES = (
    Route("GET", "/v1/events", list_all, EventList),
    Route("GET", "/v1/events/{event}", retrieve),
)
