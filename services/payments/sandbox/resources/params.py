"""What the parameters of several resources have in common.

An empty text unsets (docs.stripe.com/api: it arrives as null), so that a field which can be unset has three states:
absent (`UNSET`), null and a value.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.forms import unknown
from services.payments.sandbox.routing import ListParams
from services.payments.sandbox.world import Object, World

Text = str | UnsetType
"""A text that may be absent."""
NullableText = str | UnsetType | None
"""A text that may be absent or unset."""
Metadata = dict[str, str | None] | UnsetType | None
"""Keys to set; a key with null is deleted, and null in the place of all of them deletes all."""


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of one operation."""


class Address(Params, frozen=True, kw_only=True):
    """A postal address."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


def given(params: msgspec.Struct, *left_out: str) -> Object:
    """Return the parameters that were sent, as they stand in an object, but for those handled elsewhere."""
    fields: Object = msgspec.to_builtins(params)
    return {name: value for name, value in fields.items() if name not in left_out}


def merged(metadata: dict[str, str], change: Metadata) -> dict[str, str]:
    """Return metadata after a change."""
    if isinstance(change, UnsetType):
        return metadata
    if change is None:
        return {}
    return {key: value for key, value in (metadata | change).items() if value is not None}


def named(world: World, kind: str, object_id: str, param: str) -> Object:
    """Return the object that a parameter names; a deleted one is none.

    Raises:
        ApiError: 400 `resource_missing`: Stripe answers 404 for ids in the path alone.
    """
    found = world.find(kind, object_id)
    if found is None or found.get("deleted"):
        raise invalid_request(f"No such {kind}: '{object_id}'", param=param, code="resource_missing")
    return found


def refuse_created(params: ListParams) -> None:
    """Refuse to list by `created` what has no such moment.

    Raises:
        ApiError: 400.
    """
    if params.created is not None:
        raise unknown("created")


def or_else(value: Any, default: Any) -> Any:
    """Return a parameter, or what holds where it was not sent."""
    return default if value is UNSET else value
