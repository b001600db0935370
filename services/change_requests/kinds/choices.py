"""What the kinds have in common of which the policy lists the names that there are. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from services.change_requests.kinds.listed import Listed, asks, canonical, changed, line, parse_listed
from services.change_requests.kinds.model import Field, Kind, Placement
from services.change_requests.kinds.placing import place_each, severest
from services.change_requests.policy.bounds import Bounds, Choices, TierPolicy
from services.change_requests.tenant import Growth, Tenant
from services.contract.quoting import quoted, some
from services.contract.types import ChangeRequestKind, PolicyDecision
from services.contract.wording import join

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")  # as `policy.Name`


def parse_name(text: str, example: str) -> str:
    """Return a name as the policy writes it.

    Raises:
        ValueError: it is none; one sentence says what to write.
    """
    name = text.lower() if text.isascii() else ""
    if not _NAME.fullmatch(name):
        raise ValueError(f"Write a name like {example}, not {quoted(text)}.")
    return name


def place_names(names: Sequence[str], bounds: Bounds[Choices]) -> Placement:
    """Return within which bound all of `names` lie; at least one."""

    def decide(name: str) -> PolicyDecision:
        if name in bounds.self_service.values:
            return PolicyDecision.SELF_SERVICE
        if name in bounds.auto_approve.values:
            return PolicyDecision.AUTO_APPROVE
        return PolicyDecision.REVIEW if name in bounds.review.values else PolicyDecision.NEVER

    offered = join(sorted(set(bounds.review.values)))
    reasons = {
        PolicyDecision.SELF_SERVICE: "allowed without a request on this tier",
        PolicyDecision.AUTO_APPROVE: "approved at once on this tier",
        PolicyDecision.REVIEW: "possible on this tier with an operator's approval",
        PolicyDecision.NEVER: f"not offered on this tier{f', which has {offered}' if offered else ''}",
    }
    return severest([place_each(names, decide, reasons)])


def list_kind(
    kind: ChangeRequestKind,
    attribute: str,
    fields: tuple[Field, ...],
    bounds: Callable[[TierPolicy], Bounds[Choices]],
    called: str,
    example: str,
) -> Kind:
    """Return the kind of change that adds to and removes from the list `attribute` of an allowance.

    Args:
        bounds: finds those of the kind in a tier's policy.
        called: what the names are («ingress classes»).
    """

    def parse(desired: Mapping[str, str], tenant: Tenant) -> Listed:
        held, given = getattr(tenant.allowance, attribute), getattr(tenant.given, attribute)
        return parse_listed(desired, fields, held, lambda text: parse_name(text, fields[0].example), called, given)

    def place(wanted: Listed, _tenant: Tenant, policy: TierPolicy) -> Placement:
        if wanted.add:
            return place_names(wanted.add, bounds(policy))
        return Placement(PolicyDecision.SELF_SERVICE, f"Giving up {some(wanted.remove)} needs no request.")

    return Kind(
        kind=kind,
        fields=fields,
        example=example,
        parse=parse,
        canonical=canonical,
        after=lambda wanted, tenant: msgspec.structs.replace(
            tenant.allowance, **{attribute: changed(getattr(tenant.allowance, attribute), wanted)}
        ),
        place=place,
        lines=lambda allowance: [(called.capitalize(), line(getattr(allowance, attribute)))],
        growth=lambda _before, _after: Growth(),
        impact=lambda _before, _after: "",
        asks=asks,
    )
