"""Exposure host name: the names under which a tenant's workspaces are reached from outside. Pure."""

from collections.abc import Mapping, Sequence

import idna
import msgspec

from services.change_requests.hosts import parse_host_name, within
from services.change_requests.kinds.listed import Listed, asks, canonical, changed, line, parse_listed
from services.change_requests.kinds.model import Field, Kind, Measure, Placement
from services.change_requests.kinds.placing import place_each, severest
from services.change_requests.policy.bounds import ANY, Bounds, Hostnames, TierPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.errors import precondition
from services.contract.quoting import quoted, some
from services.contract.types import ChangeRequestKind, PolicyDecision
from services.contract.wording import join

_FIELDS = (
    Field(
        name="add",
        label="Add",
        example="photos.apps.example.net",
        hint="Host names to expose, with commas between them.",
    ),
    Field(name="remove", label="Remove", example="old.apps.example.net", hint="Host names to give up."),
)
_LONGEST = 253  # of a host name: what is longer is not even encoded


def _read(text: str) -> str:
    """Return a host name in its ASCII form: «bücher.example» is «xn--bcher-kva.example» (RFC 5891, UTS 46)."""
    if len(text) <= _LONGEST and (not text.isascii() or "xn--" in text.lower()):
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f"Write {quoted(text)} another way: it is no host name in any script.") from error
    return parse_host_name(text)


def _parse(desired: Mapping[str, str], tenant: Tenant) -> Listed:
    wanted = parse_listed(desired, _FIELDS, tenant.allowance.hostnames, _read, "host names")
    if taken := sorted(tenant.taken.intersection(wanted.add)):
        belongs = "belongs" if len(taken) == 1 else "belong"
        raise precondition(
            "HOSTNAME_TAKEN", f"{some(taken)} {belongs} to another tenant: ask for another name.", field="add"
        )
    return wanted


def _after(wanted: Listed, tenant: Tenant) -> Allowance:
    return msgspec.structs.replace(tenant.allowance, hostnames=changed(tenant.allowance.hostnames, wanted))


def _place(wanted: Listed, tenant: Tenant, policy: TierPolicy) -> Placement:
    if not wanted.add:
        return Placement(PolicyDecision.SELF_SERVICE, f"Giving up {some(wanted.remove)} needs no request.")
    placed = [_place_domains(wanted.add, policy.exposure_hostname)]
    if near := sorted(tenant.near.intersection(wanted.add)):
        lies = "lies" if len(near) == 1 else "lie"
        placed.append(
            Placement(PolicyDecision.REVIEW, f"{some(near)} {lies} below or above a host name of another tenant")
        )
    if foreign := [name for name in wanted.add if any(label.startswith("xn--") for label in name.split("."))]:
        # They may look like any other name, the platform's own for one.
        has = "has" if len(foreign) == 1 else "have"
        placed.append(Placement(PolicyDecision.REVIEW, f"{some(foreign)} {has} letters of other scripts"))
    count = len(_after(wanted, tenant).hostnames)
    if count > len(tenant.allowance.hostnames):  # a name in the place of another makes no more of them
        placed.append(_place_count(count, policy.exposure_hostname))
    return severest(placed)


def _place_domains(names: Sequence[str], bounds: Bounds[Hostnames]) -> Placement:
    def decide(name: str) -> PolicyDecision:
        if _allows(bounds.self_service, name):
            return PolicyDecision.SELF_SERVICE
        if _allows(bounds.auto_approve, name):
            return PolicyDecision.AUTO_APPROVE
        return PolicyDecision.REVIEW if _allows(bounds.review, name) else PolicyDecision.NEVER

    possible = "" if bounds.review.domains == ANY else join(sorted(set(bounds.review.domains)))
    reasons = {
        PolicyDecision.SELF_SERVICE: "within the domains that need no request",
        PolicyDecision.AUTO_APPROVE: "within the domains that are approved at once",
        PolicyDecision.REVIEW: "outside the domains that are approved at once, but possible after a review",
        PolicyDecision.NEVER: f"outside the domains that are possible on this tier{possible and f' ({possible})'}",
    }
    return place_each(names, decide, reasons)


def _place_count(count: int, bounds: Bounds[Hostnames]) -> Placement:
    least, at_once, most = (each.count for each in (bounds.self_service, bounds.auto_approve, bounds.review))
    wanted = f"{count} host name{'' if count == 1 else 's'} in all"
    if count <= least:
        return Placement(PolicyDecision.SELF_SERVICE, f"{wanted} is within the {least} that need no request")
    if count <= at_once:
        return Placement(
            PolicyDecision.AUTO_APPROVE,
            f"{wanted} is above the {least} that need no request, and within the {at_once} that are approved at once",
        )
    if count <= most:
        return Placement(
            PolicyDecision.REVIEW,
            f"{wanted} is above the {at_once} that are approved at once,"
            f" and within the {most} that an operator may approve",
        )
    return Placement(PolicyDecision.NEVER, f"{wanted} is above {most}, the most that is possible on this tier")


def _allows(bound: Hostnames, name: str) -> bool:
    return bound.domains == ANY or within(name, bound.domains)


def _added(before: Allowance, after: Allowance) -> int:
    return len(set(after.hostnames) - set(before.hostnames))


def _impact(before: Allowance, after: Allowance) -> str:
    more = len(after.hostnames) - len(before.hostnames)
    return f"{more:+d} host name{'' if abs(more) == 1 else 's'}" if more else ""


def _measures(tenant: Tenant, policy: TierPolicy) -> list[Measure]:
    bounds, count = policy.exposure_hostname, len(tenant.allowance.hostnames)
    least = bounds.self_service.count
    return [
        Measure(
            label="Host names",
            used=count,
            allowed=max(count, least),
            self_service=least,
            auto_approve=bounds.auto_approve.count,
            review=bounds.review.count,
            shown=str,
        )
    ]


KIND = Kind(
    kind=ChangeRequestKind.EXPOSURE_HOSTNAME,
    fields=_FIELDS,
    example="Immich is to be reached by 40 people at photos.apps.example.net before the club's meeting on Friday.",
    parse=_parse,
    canonical=canonical,
    after=_after,
    place=_place,
    lines=lambda allowance: [("Host names", line(allowance.hostnames))],
    growth=lambda before, after: Growth(hostnames=_added(before, after)),
    impact=_impact,
    measures=_measures,
    hostnames=lambda wanted: wanted.add,
    grows=("hostnames",),
    asks=asks,
)
