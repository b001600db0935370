"""What is granted by an approved change is what its preview showed, on whatever was granted before."""

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from services.change_requests.allowance import allowance_of
from services.change_requests.granting import granted_with
from services.change_requests.judging import Judgement, judge
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.tenant import Backup, EgressRule, Granted, Tenant, Use
from services.contract.errors import Refused
from services.contract.types import ChangeRequestKind
from tests.services.change_requests.tenants import POLICY, make_tenant
from tests.services.change_requests.test_rules import ASKED

GI = 2**30
KINDS = ChangeRequestKind
Wish = tuple[ChangeRequestKind, dict[str, str]]


def written(values: "set[str] | set[int]") -> str:
    return ", ".join(sorted(map(str, values)))


hosts = st.sets(st.sampled_from(["a.apps.example.net", "b.apps.example.net", "c.example.com"]))
names = st.sets(st.sampled_from(["internal", "public", "public-waf", "postgres", "kafka", "gpu"]))
ports = st.sets(st.sampled_from([22, 80, 443]), min_size=1)
days = st.sampled_from([1, 7, 30, 90])
lists = st.fixed_dictionaries({"add": names.map(written), "remove": names.map(written)})
WISHES: dict[ChangeRequestKind, st.SearchStrategy[dict[str, str]]] = {
    KINDS.RESOURCE_QUOTA: st.fixed_dictionaries(
        {}, optional={"cpu": st.integers(0, 70).map(str), "memory": st.integers(0, 300).map("{}Gi".format)}
    ),
    KINDS.STORAGE_QUOTA: st.fixed_dictionaries({"storage": st.integers(0, 5000).map("{}Gi".format)}),
    KINDS.EGRESS: st.fixed_dictionaries(
        {"hosts": hosts.map(written), "ports": ports.map(written), "remove": hosts.map(written)}
    ),
    KINDS.EXPOSURE_HOSTNAME: st.fixed_dictionaries({"add": hosts.map(written), "remove": hosts.map(written)}),
    KINDS.INGRESS_CLASS: lists,
    KINDS.OPERATOR_CAPABILITY: lists,
    KINDS.ASSIGNMENT_MODE: st.fixed_dictionaries({"mode": st.sampled_from(["shared", "pooled", "dedicated"])}),
    KINDS.BACKUP_POLICY: st.fixed_dictionaries(
        {},
        optional={
            "schedule": st.sampled_from(["none", "daily", "hourly"]),
            "retention_days": days.map(str),
            "default_protection": st.sampled_from(["yes", "no"]),
        },
    ),
}
wishes = st.sampled_from([*WISHES]).flatmap(lambda kind: st.tuples(st.just(kind), WISHES[kind]))
rules = st.dictionaries(st.sampled_from(["a.apps.example.net", "c.example.com"]), ports)
grants = st.builds(
    Granted,
    cpu=st.sampled_from([0, 4_000, 12_000]),
    memory=st.sampled_from([0, 8 * GI, 64 * GI]),
    storage=st.sampled_from([0, 50 * GI, 700 * GI]),
    egress=rules.map(lambda some: tuple(sorted(EgressRule(host, tuple(sorted(p))) for host, p in some.items()))),
    hostnames=hosts.map(lambda some: tuple(sorted(some))),
    ingress_classes=names.map(lambda some: tuple(sorted(some))),
    capabilities=names.map(lambda some: tuple(sorted(some))),
    assignment_mode=st.sampled_from([None, "shared", "dedicated"]),
    backup=st.none()
    | st.builds(Backup, schedule=st.just("hourly"), retention_days=days, default_protection=st.booleans()),
)


def judged(wish: Wish, granted: Granted) -> tuple[Tenant, Judgement]:
    """Return a tenant that was granted something, and what its wish comes to; a wish that is refused is passed over."""
    code, desired = wish
    tenant = make_tenant(granted=granted)
    tenant = msgspec.structs.replace(tenant, allowance=allowance_of(tenant.given, granted))
    try:
        return tenant, judge(KIND_BY_CODE[code], desired, tenant, POLICY)
    except Refused:
        assume(False)
        raise


@given(wishes, grants)
def test_what_was_judged_is_what_is_granted(wish: Wish, granted: Granted) -> None:
    tenant, judgement = judged(wish, granted)
    approved = msgspec.structs.replace(ASKED, kind=wish[0], params=judgement.desired)
    assert allowance_of(tenant.given, granted_with(approved, tenant)) == judgement.after


@given(wishes, grants, st.sampled_from(["default", "starter", "business", "enterprise"]))
def test_neither_use_nor_another_tier_takes_anything_from_what_was_approved(
    wish: Wish, granted: Granted, tier: str
) -> None:
    tenant, judgement = judged(wish, granted)
    approved = msgspec.structs.replace(ASKED, kind=wish[0], params=judgement.desired)
    elsewhere = POLICY.tier(tier)
    by_now = msgspec.structs.replace(
        tenant,
        given=msgspec.structs.replace(
            tenant.given,
            capabilities=tuple(elsewhere.operator_capability.self_service.values),
            ingress_classes=tuple(elsewhere.ingress_class.self_service.values),
            assignment_mode=elsewhere.assignment_mode.self_service.values[0],
            cpu=1,
            memory=1,
            storage=1,
        ),
        use=Use(cpu=10**9, memory=2**60, storage=2**60),
    )
    assert allowance_of(tenant.given, granted_with(approved, by_now)) == judgement.after
