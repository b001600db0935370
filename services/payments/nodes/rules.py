"""Who may send which heartbeat, what it entitles to, and how far a node is with a change of plan. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from services.billing.rules import NODES_LAG_AFTER
from services.contract.errors import Code, Refused, precondition
from services.contract.plans import PlanCatalogue
from services.contract.types import Resource
from services.payments.nodes.model import NO_SUBSCRIPTION, Entitlements, Limits, Sender, Standing

SILENT_AFTER = timedelta(minutes=5)
"""A node that was not heard of for so long is silent: of five heartbeats not one arrived."""

SIGNED_ANEW = timedelta(hours=1)
"""How long one signed text serves all of a customer's nodes."""

NodeState = Literal["current", "updating", "lagging", "silent", "never_seen", "retired"]


def standing_of(sender: Sender, node_id: str) -> Standing:
    """Return where the customer stands whose node has sent a heartbeat, if that is the node that it says it is.

    Somebody else's node and one that does not exist are answered alike.

    Raises:
        Refused: `NOT_A_NODE`, `NODE_NOT_FOUND`.
    """
    if sender.token.node_id is None:
        raise Refused(
            Code.PERMISSION_DENIED,
            "NOT_A_NODE",
            "This is no node's token: issue one with billinghelp tokens create --role service --customer … --node ….",
        )
    if sender.standing is None or sender.token.node_id != node_id:
        raise Refused(
            Code.NOT_FOUND, "NODE_NOT_FOUND", "This token is not that node's: check the node id in the address."
        )
    return sender.standing


def require_known_generation(applied: int | None, wanted: int) -> None:
    """Refuse a generation that there has not been: what a node then works with did not come from here.

    Raises:
        Refused: `GENERATION_UNKNOWN`.
    """
    if applied is not None and applied > wanted:
        raise precondition(
            "GENERATION_UNKNOWN",
            f"There is no generation {applied} yet: send applied_generation as null to take up the one that holds.",
            generation=wanted,
        )


def entitlements_of(standing: Standing, plans: PlanCatalogue, now: datetime) -> Entitlements:
    """Return what holds for the customer's nodes, and until when without hearing anything.

    The same is handed out until the next full hour, so that its validity is counted from there: whoever is told of it
    last has the whole of the grace (`grace_hours`), and whoever is told first an hour more at most.
    """
    plan = plans.find(standing.usage_tier)
    return Entitlements(
        customer_id=standing.customer_id,
        plan=None if plan is None else plan.slug,
        plan_name=None if plan is None else plan.name,
        generation=standing.generation,
        limits=Limits(
            nodes=None if plan is None else plan.limit(Resource.NODES),
            users=None if plan is None else plan.limit(Resource.USERS),
            storage_bytes=None if plan is None else plan.limit(Resource.STORAGE),
        ),
        features=() if plan is None else plan.features,
        status=NO_SUBSCRIPTION if standing.subscription is None else standing.subscription.value,
        issued_at=now,
        valid_until=hour_of(now) + SIGNED_ANEW + timedelta(hours=plans.grace_hours),
    )


def hour_of(now: datetime) -> datetime:
    """Return the full hour in which a moment lies, of UTC."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def node_state(
    *,
    registered: bool,
    registered_at: datetime,
    last_seen_at: datetime | None,
    applied: int | None,
    wanted: int,
    changed_at: datetime | None,
    now: datetime,
) -> NodeState:
    """Return how far a node is with the entitlements that it is to work with.

    Args:
        registered: whether a token of its own serves.
        applied: the generation that it works with; null: it has not said.
        changed_at: when the wanted generation came to be; null: it is the first.
    """
    if not registered:
        return "retired"
    if last_seen_at is None:
        return "never_seen"
    if now - last_seen_at > SILENT_AFTER:
        return "silent"
    if applied is not None and applied >= wanted:
        return "current"
    since = registered_at if changed_at is None else max(changed_at, registered_at)
    return "lagging" if now > since + NODES_LAG_AFTER else "updating"
