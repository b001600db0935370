"""What a policy would decide, in words: for an administrator who reads it before it holds. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.change_requests.allowance import given_by
from services.change_requests.explaining_examples import examples
from services.change_requests.judging import judge
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.policy import (
    ANY,
    DEFAULT_TIER,
    Backups,
    Bounds,
    BoundsPolicy,
    Choices,
    Compute,
    Egress,
    Hostnames,
    Storage,
    TierPolicy,
)
from services.change_requests.tenant import Tenant
from services.contract.errors import Refused
from services.contract.types import CHANGE_REQUEST_TITLES, POLICY_VERDICTS, ChangeRequestKind
from services.contract.wording import join


def explain(policy: BoundsPolicy) -> list[str]:
    """Return what a policy would decide, line by line: for each tier every kind with its bounds, then examples.

    The examples are judged as those of a tenant that was granted nothing yet.
    """
    lines = [
        f"Policy {policy.version}: a request waits up to {_count(policy.pending_days, 'day')} for a decision,"
        f" and what is approved at once is added up over {_count(policy.window_hours, 'hour')}."
    ]
    for name, tier in policy.tiers.items():
        lines += ["", *_explain_tier(name, tier, policy)]
    return lines


def _explain_tier(name: str, tier: TierPolicy, policy: BoundsPolicy) -> Iterator[str]:
    whom = "of no tier, and of any that has no bounds of its own" if name == DEFAULT_TIER else f"of the tier {name}"
    yield f"{name}: for tenants {whom}"
    for kind in KIND_BY_CODE:
        yield f"{name} · {_title(kind)}: {_bounds(getattr(tier, kind))}"
        for desired in examples(kind, tier):
            if example := _example(kind, desired, name, policy):
                yield f"    {example}"
    growth = tier.auto_growth
    yield (
        f"{name} · in {_count(policy.window_hours, 'hour')}: {growth.cpu} CPU, {growth.memory} of memory,"
        f" {growth.storage} of storage, {_count(growth.egress_targets, 'egress target')} and"
        f" {_count(growth.hostnames, 'host name')} more in at most {_count(growth.changes, 'change')} are approved at"
        " once; more needs review"
    )


_HAS_IT_ANYWAY = {"NOTHING_TO_CHANGE", "GIVEN_BY_TIER"}


def _bounds(bounds: Bounds[Any]) -> str:
    described = [_DESCRIBE[type(each)](each) for each in (bounds.self_service, bounds.auto_approve, bounds.review)]
    least, at_once, most = described
    parts = [
        f"{least} without asking",
        f"{'nothing more' if at_once == least else at_once} approved at once",
        f"{'nothing more' if most == at_once else most} after review",
    ]
    apart = "; " if any("," in each for each in described) else ", "
    return f"{apart.join(parts)}; more is never possible"


def _example(kind: ChangeRequestKind, desired: Mapping[str, str], tier_name: str, policy: BoundsPolicy) -> str | None:
    """Return what is decided on an example; null where it is what the tenant has anyway."""
    given = given_by(policy.tier(tier_name))
    tenant = Tenant(customer_id="example", usage_tier=tier_name, given=given, allowance=given)
    asked = f"for example {', '.join(f'{field} {value}' for field, value in desired.items())}"
    try:
        placement = judge(KIND_BY_CODE[kind], desired, tenant, policy).placement
    except Refused as error:
        return None if error.reason in _HAS_IT_ANYWAY else f"{asked}: refused. {error.message}"
    return f"{asked}: {POLICY_VERDICTS[placement.decision]}. {placement.because}"


def _compute(bound: Compute) -> str:
    return f"up to {bound.cpu} CPU and {bound.memory} of memory"


def _storage(bound: Storage) -> str:
    return f"up to {bound.storage}"


def _egress(bound: Egress) -> str:
    hosts = "any host" if bound.hosts == ANY else join(sorted(bound.hosts)) or "no host"
    ports = "any port" if bound.ports == ANY else f"port {join([str(port) for port in sorted(bound.ports)]) or 'none'}"
    networks = [
        f"{family} addresses" if prefix == longest else f"{family} networks of /{prefix} and smaller"
        for family, prefix, longest in (("IPv4", bound.ipv4_prefix, 32), ("IPv6", bound.ipv6_prefix, 128))
        if prefix <= longest
    ]
    return f"up to {_count(bound.targets, 'target')} ({hosts}, {join(networks) or 'no network'}, on {ports})"


def _hostnames(bound: Hostnames) -> str:
    domains = "any domain" if bound.domains == ANY else join(sorted(bound.domains)) or "no domain"
    return f"up to {_count(bound.count, 'host name')} in {domains}"


def _choices(bound: Choices) -> str:
    return join(sorted(bound.values)) or "none"


def _backups(bound: Backups) -> str:
    schedules = join([*bound.schedules]) or "as they are"
    protection = "on or off" if bound.unprotected else "on"
    kept = f"{bound.least_days} to {_count(bound.most_days, 'day')}"
    return f"backups {schedules} (kept {kept}, default protection {protection})"


_DESCRIBE: Mapping[type, Callable[[Any], str]] = {
    Compute: _compute,
    Storage: _storage,
    Egress: _egress,
    Hostnames: _hostnames,
    Choices: _choices,
    Backups: _backups,
}


def _title(kind: ChangeRequestKind) -> str:
    return CHANGE_REQUEST_TITLES[kind].lower()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
