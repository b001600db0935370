"""`/v1/subscription_schedules`: the requests about schedules. They begin from a subscription that is there."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox import periods
from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import cancellation, subscription_schedules
from services.payments.sandbox.resources.params import Metadata, Params, merged, named
from services.payments.sandbox.resources.subscription_changes import ProrationBehavior
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World

EndBehavior = Literal["cancel", "release"]


class PhaseItem(Params, frozen=True, kw_only=True):
    """One price of a phase."""

    price: str
    quantity: int = 1


class Duration(Params, frozen=True, kw_only=True):
    """How long a phase lasts."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: Annotated[int, msgspec.Meta(ge=1)] = 1


class Phase(Params, frozen=True, kw_only=True):
    """A phase as a request describes it; the first begins when the current one did, the others after one another."""

    items: Annotated[list[PhaseItem], msgspec.Meta(min_length=1)]
    duration: Duration | None = None
    end_date: int | Literal["now"] | None = None
    metadata: Metadata = UNSET
    proration_behavior: ProrationBehavior = "create_prorations"
    start_date: int | None = None


class NewSchedule(Params, frozen=True, kw_only=True):
    """The parameters of a schedule's creation."""

    from_subscription: str


class ScheduleUpdate(Params, frozen=True, kw_only=True):
    """The parameters of a schedule's update; `phases` takes the place of all phases from the current one on."""

    end_behavior: EndBehavior | UnsetType = UNSET
    metadata: Metadata = UNSET
    phases: Annotated[list[Phase], msgspec.Meta(min_length=1, max_length=10)] | UnsetType = UNSET
    proration_behavior: ProrationBehavior = "create_prorations"


class Release(Params, frozen=True, kw_only=True):
    """The parameters of a release."""

    preserve_cancel_date: bool = False


class Cancel(Params, frozen=True, kw_only=True):
    """The parameters of a schedule's cancellation, which is its subscription's too."""

    invoice_now: bool = True
    prorate: bool = True


class ScheduleList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of schedules."""

    customer: str | None = None


def create(world: World, params: NewSchedule) -> Object:
    """Put a subscription under a schedule, whose one phase is the current period."""
    subscription = named(world, "subscription", params.from_subscription, "from_subscription")
    return subscription_schedules.of_subscription(world, subscription)


def retrieve(world: World, params: None, schedule: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a schedule."""
    return world.get("subscription_schedule", schedule)


def update(world: World, params: ScheduleUpdate, schedule_id: str) -> Object:
    """Change a schedule's phases and what happens at their end; another current phase takes effect now."""
    before = _active(world, schedule_id, "update")
    schedule = before | {"metadata": merged(before["metadata"], params.metadata)}
    if not isinstance(params.end_behavior, UnsetType):
        schedule["end_behavior"] = params.end_behavior
    if isinstance(params.phases, UnsetType):
        return subscription_schedules.replace(world, before, schedule)
    number = subscription_schedules.current_number(before)
    phases = phases_from(world, before["current_phase"]["start_date"], before["phases"][0]["currency"], params.phases)
    current = phases[0]
    if current["end_date"] <= world.now:
        raise invalid_request("You can not end the current phase in the past.", param="phases[0][end_date]")
    schedule |= {
        "current_phase": {"start_date": current["start_date"], "end_date": current["end_date"]},
        "phases": [*before["phases"][:number], *phases],
    }
    subscription_schedules.replace(world, before, schedule)
    subscription = world.get("subscription", before["subscription"])
    subscription_schedules.carry_out_phase(world, subscription, current, proration=params.proration_behavior)
    return schedule


def release(world: World, params: Release, schedule_id: str) -> Object:  # noqa: ARG001 - no cancel date is touched
    """End a schedule and leave its subscription as it is."""
    return subscription_schedules.let_go(world, _active(world, schedule_id, "release"))


def cancel(world: World, params: Cancel, schedule_id: str) -> Object:
    """Cancel a schedule and its subscription now."""
    schedule = _active(world, schedule_id, "cancel")
    subscription = world.get("subscription", schedule["subscription"])
    cancellation.end_with(world, subscription, prorate=params.prorate, invoice_now=params.invoice_now)
    return world.get("subscription_schedule", schedule_id)


def list_all(world: World, params: ScheduleList) -> Object:
    """List schedules, newest first."""
    return page_of(world, params, "subscription_schedule", customer=params.customer)


def phases_from(world: World, start: int, currency: str, wanted: list[Phase], name: str = "phases") -> list[Object]:
    """Return phases as requests describe them, the first from `start` on, each other from the end of the one before.

    Args:
        name: the request's parameter, for errors.

    Raises:
        ApiError: 400, for dates that do not follow one another, and for prices that cannot be.
    """
    made: list[Object] = []
    for number, each in enumerate(wanted):
        param = f"{name}[{number}]"
        if number == 0 and each.start_date is None:
            raise invalid_request(f"Missing required param: {param}[start_date].", param=f"{param}[start_date]")
        if each.start_date not in (None, start):
            message = (
                "You can not modify the start date of the current phase."
                if number == 0
                else ("Each phase starts when the one before it ends.")
            )
            raise invalid_request(message, param=f"{param}[start_date]")
        if each.end_date is not None and each.duration is not None:
            raise invalid_request("You may only specify one of these parameters: duration, end_date.", param=param)
        end = _end(world, each, start)
        if end is None and number < len(wanted) - 1:
            raise invalid_request("Each phase but the last needs an end_date or a duration.", param=param)
        if end is not None and end <= start:
            raise invalid_request("The end date of a phase must be after its start.", param=f"{param}[end_date]")
        items = [(item.price, item.quantity) for item in each.items]
        particulars = {"metadata": merged({}, each.metadata), "proration_behavior": each.proration_behavior}
        made.append(subscription_schedules.phase(world, items, start, end, currency, **particulars))
        start = made[-1]["end_date"]
    return made


def _end(world: World, phase: Phase, start: int) -> int | None:
    if phase.duration is not None:
        return periods.boundary(start, phase.duration.interval, phase.duration.interval_count, 1)
    return world.now if phase.end_date == "now" else phase.end_date


def _active(world: World, schedule_id: str, verb: str) -> Object:
    schedule = world.get("subscription_schedule", schedule_id)
    if schedule["status"] != "active":
        raise invalid_request(
            f"You cannot {verb} a subscription schedule that is currently in the `{schedule['status']}` status."
        )
    return schedule


ROUTES = (
    Route("POST", "/v1/subscription_schedules", create, NewSchedule),
    Route("GET", "/v1/subscription_schedules", list_all, ScheduleList),
    Route("GET", "/v1/subscription_schedules/{schedule}", retrieve),
    Route("POST", "/v1/subscription_schedules/{schedule}", update, ScheduleUpdate),
    Route("POST", "/v1/subscription_schedules/{schedule}/release", release, Release),
    Route("POST", "/v1/subscription_schedules/{schedule}/cancel", cancel, Cancel),
)
