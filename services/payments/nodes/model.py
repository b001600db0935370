"""Frozen types of the room: a heartbeat, its answer, and what is known of who sent it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from services.access.model import AccessToken
from services.contract.types import SubscriptionStatus

HEARTBEAT_SECONDS = 60
"""How long a node waits before it sends the next one."""

NO_SUBSCRIPTION = "none"

# What one node can hold of each, far beyond any, so that the sum of a customer's nodes has room in the database.
_Users = Annotated[int, Meta(ge=0, le=10**9)]
_Bytes = Annotated[int, Meta(ge=0, le=2**50)]
_Generation = Annotated[int, Meta(ge=1, le=2**53 - 1)]
_Version = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_~-]{0,63}$")]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node tells of itself.

    Args:
        version: of the program that it runs, such as `4.2.1`.
        users: how many people have an account there.
        storage_bytes: how much is stored there.
        applied_generation: of the entitlements it works with; null for none.
    """

    version: _Version
    users: _Users
    storage_bytes: _Bytes
    applied_generation: _Generation | None = None


class HeartbeatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a node is told.

    Args:
        generation: of the entitlements: another one than the node works with is to be taken up.
        entitlements: an `Entitlements`, signed (JWS in its compact form, RFC 7515).
        heartbeat_seconds: after how long the next heartbeat is expected.
    """

    generation: int
    entitlements: str
    heartbeat_seconds: int = HEARTBEAT_SECONDS


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of each resource all of the customer's nodes may use together; null: as much as one likes."""

    nodes: int | None
    users: int | None
    storage_bytes: int | None


class Entitlements(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's nodes may do: the plan's limits and features.

    Args:
        plan: null: the customer has none; then nothing is limited, and no feature is included.
        generation: grows with every change of the plan.
        status: of the subscription, in Stripe's words; `none` where the plan comes without one.
        valid_until: until when a node may go by it without hearing anything further.
    """

    customer_id: str
    plan: str | None
    plan_name: str | None
    generation: int
    limits: Limits
    features: tuple[str, ...]
    status: str
    issued_at: datetime
    valid_until: datetime


class Standing(msgspec.Struct, frozen=True):
    """What of a customer decides on the entitlements of its nodes."""

    customer_id: str
    generation: int
    usage_tier: str | None
    subscription: SubscriptionStatus | None


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token came with a heartbeat.

    `standing`: null where it is no node's token, or the node's row is gone. `told`: what the node told last; null for a
    node that was never heard of.
    """

    token: AccessToken
    standing: Standing | None
    told: Heartbeat | None
