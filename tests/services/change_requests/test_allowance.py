"""What a tenant may use before anything was granted."""

import msgspec
import pytest

from services.change_requests.allowance import initial_allowance
from services.change_requests.kinds.registry import KINDS
from services.change_requests.policy import Bounds, Choices
from services.change_requests.tenant import Backup
from tests.services.change_requests.tenants import POLICY, TIER

GI = 2**30


def test_a_tenant_begins_with_the_self_service_bounds_and_nothing_open_to_the_outside() -> None:
    allowance = initial_allowance(TIER)
    assert (allowance.cpu, allowance.memory, allowance.storage) == (8_000, 16 * GI, 100 * GI)
    assert (allowance.egress, allowance.hostnames) == ((), ())
    assert allowance.ingress_classes == ("internal", "public")
    assert allowance.capabilities == ("postgres", "redis")
    assert allowance.backup == Backup(schedule="daily", retention_days=7, default_protection=True)


def test_the_first_mode_is_the_one_to_begin_with_and_lists_are_sorted() -> None:
    bound = Choices(values=["zoned", "alone", "zoned"])
    bounds = Bounds(self_service=bound, auto_approve=bound, review=bound)
    tier = msgspec.structs.replace(TIER, assignment_mode=bounds, operator_capability=bounds)
    assert initial_allowance(tier).assignment_mode == "zoned"
    assert initial_allowance(tier).capabilities == ("alone", "zoned")


@pytest.mark.parametrize("tier", [*POLICY.tiers])
def test_what_every_tier_begins_with_is_ready_to_read(tier: str) -> None:
    lines = [line for kind in KINDS for line in kind.lines(initial_allowance(POLICY.tiers[tier]))]
    assert all(label and value for label, value in lines)
