"""What a policy would decide, in words: for an administrator who reads it before it holds. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.change_requests.allowance import given_by
from services.change_requests.explaining_examples import examples
from services.change_requests.judging import judge
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.policy.bounds import DEFAULT_TIER, Bounds, BoundsPolicy, TierPolicy
from services.change_requests.policy.describing import count, describe
from services.change_requests.tenant import Tenant
from services.contract.errors import Refused
from services.contract.types import CHANGE_REQUEST_TITLES, POLICY_VERDICTS, ChangeRequestKind


def explain(policy: BoundsPolicy) -> list[str]:
    """Return what a policy would decide, line by line: for each tier every kind with its bounds, then examples.

    The examples are judged as those of a tenant that was granted nothing yet.
    """
    lines = [
        f"Policy {policy.version}: a request waits up to {count(policy.pending_days, 'day')} for a decision,"
        f" and what is approved at once is added up over {count(policy.window_hours, 'hour')}."
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
        f"{name} · in {count(policy.window_hours, 'hour')}: {growth.cpu} CPU, {growth.memory} of memory,"
        f" {growth.storage} of storage, {count(growth.egress_targets, 'egress target')} and"
        f" {count(growth.hostnames, 'host name')} more in at most {count(growth.changes, 'change')} are approved at"
        " once; more needs review"
    )


_HAS_IT_ANYWAY = {"NOTHING_TO_CHANGE", "GIVEN_BY_TIER"}


def _bounds(bounds: Bounds[Any]) -> str:
    least, at_once, most = described = [
        describe(each) for each in (bounds.self_service, bounds.auto_approve, bounds.review)
    ]
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


def _title(kind: ChangeRequestKind) -> str:
    return CHANGE_REQUEST_TITLES[kind].lower()
