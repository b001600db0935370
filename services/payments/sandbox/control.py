"""What steers the sandbox, beside Stripe's own API: a small page, and the same for programs, below `/sandbox`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from services.payments.sandbox.deliveries import Deliveries
from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.faults import Fault, Faults
from services.payments.sandbox.forms import convert, decode
from services.payments.sandbox.outgoing import posting
from services.payments.sandbox.pages.rendering import HEADERS, page
from services.payments.sandbox.settings import Switches
from services.payments.sandbox.timekeeping import advance
from services.payments.sandbox.wire import Asked, Reply, json_reply
from services.payments.sandbox.world import API_VERSION
from services.payments.sandbox.worlds import Worlds

PATH = "/sandbox"


class Advance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the clock goes: by seconds, or to a moment in unix seconds."""

    seconds: int | None = None
    to: int | None = None


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where webhooks go (see `Deliveries.add_endpoint`)."""

    url: str
    secret: str | None = None
    enabled_events: tuple[str, ...] = ("*",)


class NewFaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches of calls that fail, in the place of those that were set."""

    faults: list[Fault] = []


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class _Step(NamedTuple):
    request: type[msgspec.Struct]
    take: Callable[[Any], Awaitable[dict[str, Any]]]


class Control:
    """Answers whoever steers. It takes JSON, and forms, which it sends back to the page."""

    def __init__(self, worlds: Worlds, deliveries: Deliveries, faults: Faults) -> None:
        self._worlds = worlds
        self._deliveries = deliveries
        self._faults = faults
        self._steps = {
            f"{PATH}/clock/advance": _Step(Advance, self._advance),
            f"{PATH}/webhooks": _Step(NewEndpoint, self._add_endpoint),
            f"{PATH}/switches": _Step(Switches, self._switch),
            f"{PATH}/faults": _Step(NewFaults, self._set_faults),
            f"{PATH}/deliver": _Step(Nothing, self._deliver),
        }

    async def answer(self, asked: Asked) -> Reply:
        """Return the page, or what came of a step."""
        if asked.method == "GET" and asked.path == PATH:
            return self._page()
        if asked.method == "GET" and asked.path == f"{PATH}/status":
            return json_reply(200, self._status())
        step = self._steps.get(asked.path) if asked.method == "POST" else None
        if step is None:
            return json_reply(404, invalid_request(f"Unrecognized request URL ({asked.method}: {asked.path}).").body())
        is_form = asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        try:
            came_of_it = await step.take(convert(_given(asked.body, is_form=is_form), step.request))
        except ApiError as error:
            return json_reply(error.status, error.body())
        return Reply(303, b"", {"location": PATH}) if is_form else json_reply(200, self._status() | came_of_it)

    async def _advance(self, request: Advance) -> dict[str, Any]:
        return {"now": advance(self._worlds, seconds=request.seconds, to=request.to)}

    async def _add_endpoint(self, request: NewEndpoint) -> dict[str, Any]:
        return {"endpoint": self._deliveries.add_endpoint(request.url, request.secret, request.enabled_events)}

    async def _switch(self, request: Switches) -> dict[str, Any]:
        self._deliveries.switch(request)
        return {}

    async def _set_faults(self, request: NewFaults) -> dict[str, Any]:
        self._faults.replace(request.faults)
        return {}

    async def _deliver(self, _request: Nothing) -> dict[str, Any]:
        async with posting() as post:
            return {"delivered": await self._deliveries.deliver_due(post, everything=True)}

    def _status(self) -> dict[str, Any]:
        faults = self._faults.standing()
        with self._worlds.open(writes=False) as world:
            return {
                "now": world.now,
                "clock_offset": world.settings.clock_offset,
                "switches": msgspec.to_builtins(world.settings.switches),
                "faults": msgspec.to_builtins(faults),
                "waiting_deliveries": world.records.waiting_deliveries(),
                "webhooks": [each["url"] for each in world.all("webhook_endpoint")],
            }

    def _page(self) -> Reply:
        status = self._status()
        clock = datetime.fromtimestamp(status["now"], UTC).strftime("%Y-%m-%d %H:%M UTC")
        with self._worlds.open(writes=False) as world:
            shown = page(world, "control.html", clock=clock, base=world.base, version=API_VERSION, **status)
        return Reply(200, bytes(shown.body), HEADERS | {"content-type": "text/html; charset=utf-8"})


def _given(body: bytes, *, is_form: bool) -> dict[str, Any]:
    try:
        given = decode(body.decode("ascii")) if is_form else msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise invalid_request(f"The body is no JSON: {problem}.") from problem
    if not isinstance(given, dict):
        raise invalid_request("The body is no JSON object.")
    return given
