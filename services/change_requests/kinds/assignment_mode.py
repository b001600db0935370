"""Assignment mode: how a tenant's workspaces get their nodes. Pure."""

from collections.abc import Mapping

import msgspec

from services.change_requests.kinds.choices import parse_name, place_names
from services.change_requests.kinds.desired import given, nothing_to_change, refused
from services.change_requests.kinds.model import Field, Kind, Placement
from services.change_requests.policy.bounds import TierPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.types import ChangeRequestKind

_FIELDS = (Field(name="mode", label="Mode", example="dedicated", hint="How workspaces get their nodes."),)


def _parse(desired: Mapping[str, str], tenant: Tenant) -> str:
    try:
        mode = parse_name(given(desired, _FIELDS)["mode"].strip(), _FIELDS[0].example)
    except ValueError as error:
        raise refused("mode", str(error)) from error
    if mode == tenant.allowance.assignment_mode:
        raise nothing_to_change("This is how the tenant's workspaces get their nodes already: choose another mode.")
    return mode


def _after(mode: str, tenant: Tenant) -> Allowance:
    return msgspec.structs.replace(tenant.allowance, assignment_mode=mode)


def _place(mode: str, _tenant: Tenant, policy: TierPolicy) -> Placement:
    return place_names([mode], policy.assignment_mode)


KIND = Kind(
    kind=ChangeRequestKind.ASSIGNMENT_MODE,
    fields=_FIELDS,
    example="Nightly model training slows 12 other workspaces down and needs nodes of its own until March.",
    parse=_parse,
    canonical=lambda mode: {"mode": mode},
    after=_after,
    place=_place,
    lines=lambda allowance: [("Assignment mode", allowance.assignment_mode)],
    growth=lambda _before, _after: Growth(),
    impact=lambda _before, _after: "",
)
