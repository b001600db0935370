"""What a tenant may use: what its tier gives, and what was granted beside that."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.allowance import allowance_of, given_by, granted_after
from services.change_requests.kinds.registry import KINDS
from services.change_requests.policy.bounds import Bounds, Choices
from services.change_requests.tenant import Allowance, Backup, Granted
from tests.services.change_requests.tenants import POLICY, TIER

GI = 2**30


def test_a_tenant_begins_with_the_self_service_bounds_and_nothing_open_to_the_outside() -> None:
    allowance = given_by(TIER)
    assert (allowance.cpu, allowance.memory, allowance.storage) == (8_000, 16 * GI, 100 * GI)
    assert (allowance.egress, allowance.hostnames) == ((), ())
    assert allowance.ingress_classes == ("internal", "public")
    assert allowance.capabilities == ("postgres", "redis")
    assert allowance.backup == Backup(schedule="daily", retention_days=7, default_protection=True)


def test_the_first_mode_is_the_one_to_begin_with_and_lists_are_sorted() -> None:
    bound = Choices(values=["zoned", "alone", "zoned"])
    bounds = Bounds(self_service=bound, auto_approve=bound, review=bound)
    tier = msgspec.structs.replace(TIER, assignment_mode=bounds, operator_capability=bounds)
    assert given_by(tier).assignment_mode == "zoned"
    assert given_by(tier).capabilities == ("alone", "zoned")


@pytest.mark.parametrize("tier", [*POLICY.tiers])
def test_what_every_tier_begins_with_is_ready_to_read(tier: str) -> None:
    lines = [line for kind in KINDS for line in kind.lines(given_by(POLICY.tiers[tier]))]
    assert all(label and value for label, value in lines)


amounts = st.integers(0, 200 * GI)
names = st.sets(st.sampled_from(["internal", "public", "public-waf", "tcp"])).map(lambda some: tuple(sorted(some)))
modes = st.sampled_from(["shared", "pooled", "dedicated"])
backups = st.sampled_from([Backup(schedule="daily", retention_days=days, default_protection=True) for days in (7, 30)])
allowances = st.builds(
    Allowance,
    cpu=amounts,
    memory=amounts,
    storage=amounts,
    hostnames=names,
    ingress_classes=names,
    capabilities=names,
    assignment_mode=modes,
    backup=backups,
)


def wider(one: Allowance, other: Allowance) -> Allowance:
    """Return an allowance that holds what a tier gives, as every one does that a tenant can ask for."""
    return msgspec.structs.replace(
        one,
        **{name: max(getattr(one, name), getattr(other, name)) for name in ("cpu", "memory", "storage")},
        **{
            name: tuple(sorted({*getattr(one, name), *getattr(other, name)}))
            for name in ("ingress_classes", "capabilities")
        },
    )


@given(allowances, allowances)
def test_what_was_granted_is_what_a_tenant_has_beside_its_tier(given_now: Allowance, wanted: Allowance) -> None:
    after = wider(wanted, given_now)
    granted = granted_after(Granted(), given_now, allowance_of(given_now, Granted()), after)
    assert allowance_of(given_now, granted) == after


@given(allowances, allowances, allowances, allowances)
def test_a_change_of_one_thing_leaves_what_was_granted_of_all_others(
    given_then: Allowance, given_now: Allowance, first: Allowance, second: Allowance
) -> None:
    after = wider(first, given_then)
    granted = granted_after(Granted(), given_then, allowance_of(given_then, Granted()), after)
    now = allowance_of(given_now, granted)
    changed = msgspec.structs.replace(now, storage=max(second.storage, given_now.storage))
    later = granted_after(granted, given_now, now, changed)
    assert msgspec.structs.replace(later, storage=granted.storage) == granted
    assert allowance_of(given_now, later) == changed


def test_an_allowance_that_was_stored_as_a_whole_reads_as_grants() -> None:
    whole = msgspec.structs.replace(given_by(TIER), storage=500 * GI, hostnames=("a.example.com",))
    read = msgspec.json.decode(msgspec.json.encode(whole), type=Granted)
    assert allowance_of(given_by(TIER), read) == whole
