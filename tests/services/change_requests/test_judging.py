"""What the policy says of a change: by bounds, by all that it approved lately, and what a preview's digest covers."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.judging import Judgement, judge
from services.change_requests.kinds.registry import KIND_BY_CODE, KINDS
from services.change_requests.policy.bounds import BoundsPolicy
from services.change_requests.tenant import Growth, Tenant
from services.contract.quantities import format_bytes, parse_bytes
from services.contract.types import ChangeRequestKind, PolicyDecision
from tests.services.change_requests.tenants import POLICY, TIER, make_tenant

STORAGE = KIND_BY_CODE[ChangeRequestKind.STORAGE_QUOTA]
GIB = 2**30
AT_ONCE = parse_bytes(TIER.storage_quota.auto_approve.storage)
MOST_IN_WINDOW = TIER.auto_growth.most().storage


def asked(size: int, tenant: Tenant, policy: BoundsPolicy = POLICY) -> Judgement:
    return judge(STORAGE, {"storage": format_bytes(size)}, tenant, policy)


def test_every_kind_that_a_tenant_may_ask_for_has_its_file() -> None:
    assert {kind.kind for kind in KINDS} == set(ChangeRequestKind) - {ChangeRequestKind.SUPPORT_CREDIT}


@given(st.lists(st.integers(1, 64), min_size=1, max_size=20))
def test_small_steps_lead_no_further_than_one_large_one(steps: list[int]) -> None:
    tenant = make_tenant()
    began, grown = tenant.allowance.storage, 0
    for step in steps:
        size = tenant.allowance.storage + step * GIB
        judgement = asked(size, tenant)
        if judgement.placement.decision is not PolicyDecision.AUTO_APPROVE:
            continue
        grown += step * GIB
        tenant = msgspec.structs.replace(
            tenant, allowance=judgement.after, version=tenant.version + 1, grown=tenant.grown + judgement.growth
        )
    assert grown <= MOST_IN_WINDOW
    assert tenant.allowance.storage <= max(began, AT_ONCE)
    assert tenant.grown.changes <= TIER.auto_growth.changes


def test_what_was_approved_lately_is_said_where_it_makes_the_difference() -> None:
    size = make_tenant().allowance.storage + GIB
    assert asked(size, make_tenant()).placement.decision is PolicyDecision.AUTO_APPROVE
    full = asked(size, make_tenant(grown=Growth(storage=MOST_IN_WINDOW)))
    assert full.placement.decision is PolicyDecision.REVIEW
    assert (
        f"may grow by {format_bytes(MOST_IN_WINDOW)} storage in {POLICY.window_hours} hours" in full.placement.because
    )
    often = asked(size, make_tenant(grown=Growth(changes=TIER.auto_growth.changes)))
    assert "changes" in often.placement.because


def test_a_digest_holds_as_long_as_all_that_it_rests_on() -> None:
    size = make_tenant().allowance.storage + GIB
    first = asked(size, make_tenant()).digest
    assert asked(size, make_tenant()).digest == first
    tier = msgspec.structs.replace(TIER, auto_growth=msgspec.structs.replace(TIER.auto_growth, changes=1))
    others = [
        asked(size + GIB, make_tenant()),
        asked(size, make_tenant(customer_id="beta")),
        asked(size, make_tenant(version=1)),
        asked(size, make_tenant(grown=Growth(changes=TIER.auto_growth.changes))),
        asked(size, make_tenant(), msgspec.structs.replace(POLICY, version="another")),
        asked(size, make_tenant(), msgspec.structs.replace(POLICY, tiers={**POLICY.tiers, "growth": tier})),
    ]
    digests = {each.digest for each in others}
    assert first not in digests
    assert len(digests) == len(others)


def test_two_ways_to_write_one_wish_are_one_wish() -> None:
    tenant = make_tenant()
    size = tenant.allowance.storage + GIB
    other = judge(STORAGE, {"storage": f" {size} "}, tenant, POLICY)
    assert other == asked(size, tenant)
