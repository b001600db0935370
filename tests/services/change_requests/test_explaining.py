"""A policy is explained in lines that say of every tier and kind what would be decided."""

import msgspec

from services.change_requests.explaining import explain
from services.change_requests.kinds.registry import KINDS
from services.change_requests.policy.bounds import Egress
from services.contract.types import CHANGE_REQUEST_TITLES
from tests.services.change_requests.tenants import POLICY, TIER

LINES = explain(POLICY)


def test_every_kind_of_every_tier_is_explained() -> None:
    for tier in POLICY.tiers:
        for kind in KINDS:
            named = f"{tier} · {CHANGE_REQUEST_TITLES[kind.kind].lower()}: "
            assert [line for line in LINES if line.startswith(named)], named


def test_a_bound_is_told_in_one_line() -> None:
    assert (
        "growth · storage quota: up to 100Gi without asking, up to 500Gi approved at once, up to 4Ti after review;"
        " more is never possible"
    ) in LINES
    assert (
        "default · ingress class: internal without asking, internal and public approved at once, nothing more after"
        " review; more is never possible"
    ) in LINES


def test_examples_are_judged_by_the_policy_itself_and_count_what_adds_up() -> None:
    assert (
        "    for example storage 500Gi: needs review. This tenant may grow by 200Gi storage in 24 hours without"
        " review, and this would make it 400Gi storage."
    ) in LINES
    assert (
        "    for example storage 8Ti: not possible. 8Ti of storage is above 4Ti, the most that is possible on this"
        " tier."
    ) in LINES


def test_what_a_tenant_begins_with_is_no_example() -> None:
    assert not [line for line in LINES if "NOTHING_TO_CHANGE" in line or "already" in line]


def test_the_whole_is_headed_by_the_version_and_ends_each_tier_with_what_adds_up() -> None:
    assert LINES[0] == (
        "Policy 2026-11-01: a request waits up to 14 days for a decision, and what is approved at once is added up over"
        " 24 hours."
    )
    assert len([line for line in LINES if "· in 24 hours: " in line]) == len(POLICY.tiers)


def test_a_host_that_nobody_can_ask_for_shows_in_its_example() -> None:
    bound = Egress(targets=3, hosts=["db.internal"], ports=[443], ipv4_prefix=33, ipv6_prefix=129)
    egress = msgspec.structs.replace(TIER.egress, self_service=bound, auto_approve=bound)
    policy = msgspec.structs.replace(POLICY, tiers={"default": msgspec.structs.replace(TIER, egress=egress)})
    assert any(line.startswith("    for example hosts db.internal, ports 443: refused. ") for line in explain(policy))
