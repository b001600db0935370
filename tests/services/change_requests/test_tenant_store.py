"""What tenants may use, and use, on both databases."""

from datetime import timedelta

import msgspec
import pytest

from services.change_requests import store as requests_store
from services.change_requests.actors import POLICY as SYSTEM_POLICY
from services.change_requests.allowance import given_by
from services.change_requests.model import Terms
from services.change_requests.tenant import Growth, Tenant, Use
from services.change_requests.tenant_store import claim_hostnames, hostnames_of_others, load_tenant, save_granted
from services.contract.errors import Refused
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.feeding.model import ResourceUse
from services.feeding.store import save_use
from services.storage.engine import Store
from tests.services.change_requests.tenants import POLICY
from tests.services.change_requests.test_rules import ASKED, NOW
from tests.surface import Workbench, customer


@pytest.fixture
def tenants(store: Store) -> Store:
    Workbench(store).feed(customer(), customer("beta"))
    return store


def read(store: Store, customer_id: str = "acme-eu") -> Tenant:
    with store.read() as conn:
        return load_tenant(conn, customer_id, "growth", POLICY, NOW)


def taken(store: Store, customer_id: str, *hostnames: str) -> set[str]:
    with store.read() as conn:
        return set(hostnames_of_others(conn, customer_id, hostnames))


def expose(store: Store, customer_id: str, *hostnames: str) -> None:
    with store.write() as conn:
        tenant = load_tenant(conn, customer_id, "growth", POLICY, NOW)
        claim_hostnames(conn, customer_id, hostnames)
        save_granted(conn, tenant, msgspec.structs.replace(tenant.granted, hostnames=hostnames), NOW)


def test_a_tenant_begins_with_what_its_tier_needs_no_request_for(tenants: Store) -> None:
    tenant = read(tenants)
    assert (tenant.version, tenant.use, tenant.grown) == (0, None, Growth())
    assert tenant.allowance == given_by(POLICY.tier("growth"))


def test_what_was_granted_and_measured_is_read_back_and_each_change_counts(tenants: Store) -> None:
    with tenants.write() as conn:
        save_use(conn, {"acme-eu": ResourceUse(cpu=1, memory=2, storage=3)}, NOW)
        save_use(conn, {"acme-eu": ResourceUse(cpu=500, memory=2**40, storage=2**50)}, NOW)
    expose(tenants, "acme-eu", "app.example.com")
    expose(tenants, "acme-eu", "app.example.com", "www.example.com")
    tenant = read(tenants)
    assert tenant.use == Use(cpu=500, memory=2**40, storage=2**50)
    assert (tenant.version, tenant.allowance.hostnames) == (2, ("app.example.com", "www.example.com"))
    assert read(tenants, "beta").version == 0


def test_a_host_name_is_one_tenants_until_it_gives_it_up(tenants: Store) -> None:
    expose(tenants, "acme-eu", "app.example.com", "www.example.com")
    assert taken(tenants, "beta", "app.example.com", "new.example.com") == {"app.example.com"}
    assert taken(tenants, "acme-eu", "app.example.com") == set()
    with pytest.raises(Refused) as refused:
        expose(tenants, "beta", "free.example.com", "www.example.com")
    assert refused.value.reason == "HOSTNAME_TAKEN"
    assert "acme" not in refused.value.message
    assert read(tenants, "beta").version == 0  # all or nothing
    expose(tenants, "acme-eu", "app.example.com")
    expose(tenants, "beta", "www.example.com")
    assert taken(tenants, "acme-eu", "www.example.com") == {"www.example.com"}


def test_only_what_the_policy_approved_within_its_window_counts_as_grown(tenants: Store) -> None:
    inside = NOW - timedelta(hours=POLICY.window_hours) + timedelta(microseconds=1)
    outside = NOW - timedelta(hours=POLICY.window_hours)
    terms = Terms(because="", changes=[], impact="", growth=Growth(storage=7, changes=1))
    at_once, unasked = PolicyDecision.AUTO_APPROVE, PolicyDecision.SELF_SERVICE
    with tenants.write() as conn:
        for number, (decided_by, decided_at, decision) in enumerate(
            [
                (SYSTEM_POLICY.actor, inside, at_once),
                (SYSTEM_POLICY.actor, NOW, at_once),
                (SYSTEM_POLICY.actor, outside, at_once),
                (SYSTEM_POLICY.actor, NOW, unasked),
                ("omar", NOW, PolicyDecision.REVIEW),
            ]
        ):
            asked = msgspec.structs.replace(
                ASKED,
                change_request_id=f"cr_{number}",
                kind=ChangeRequestKind.STORAGE_QUOTA,
                status=ChangeRequestStatus.APPLIED,
                decided_by=decided_by,
                decided_at=decided_at,
                policy_decision=decision,
                terms=terms,
            )
            requests_store.add(conn, asked)
            assert requests_store.find(conn, "acme-eu", asked.change_request_id) == asked
    assert read(tenants).grown == Growth(storage=14, changes=2)
    assert read(tenants, "beta").grown == Growth()
