"""Egress opens hosts and networks on ports, and gives them up; where its bounds lie is said for what is opened."""

from ipaddress import ip_network

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.change_requests.kinds.egress import KIND
from services.change_requests.policy.bounds import Bounds, Egress, TierPolicy
from services.change_requests.tenant import EgressRule, Growth, Tenant
from services.contract.errors import Code, Refused
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant

POLICY = msgspec.structs.replace(
    TIER,
    egress=Bounds(
        self_service=Egress(targets=3, hosts=["ghcr.io"], ports=[443], ipv4_prefix=33, ipv6_prefix=129),
        auto_approve=Egress(targets=4, hosts=["ghcr.io", "*.docker.io"], ports=[443], ipv4_prefix=32, ipv6_prefix=128),
        review=Egress(targets=6, hosts="any", ports=[22, 443], ipv4_prefix=24, ipv6_prefix=56),
    ),
)
OPEN = (EgressRule("ghcr.io", (443,)), EgressRule("203.0.113.7/32", (5432,)))


def _tenant(*egress: EgressRule) -> Tenant:
    allowance = msgspec.structs.replace(make_tenant().allowance, egress=tuple(sorted(egress)))
    return make_tenant(allowance=allowance)


def _after(tenant: Tenant, **desired: str) -> list[EgressRule]:
    after = KIND.after(KIND.parse(desired, tenant), tenant)
    assert msgspec.structs.replace(after, egress=tenant.allowance.egress) == tenant.allowance
    return list(after.egress)


def _placed(tenant: Tenant, policy: TierPolicy = POLICY, /, **desired: str) -> tuple[PolicyDecision, str]:
    placed = KIND.place(KIND.parse(desired, tenant), tenant, policy)
    return placed.decision, placed.because


def _refusal(tenant: Tenant, **desired: str) -> Refused:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, tenant)
    return refused.value


def test_hosts_and_networks_open_on_all_the_ports_that_are_given() -> None:
    assert _after(_tenant(), hosts="API.github.com, ghcr.io", networks="2001:DB8::/56", ports="443 80,443") == [
        EgressRule("2001:db8::/56", (80, 443)),
        EgressRule("api.github.com", (80, 443)),
        EgressRule("ghcr.io", (80, 443)),
    ]


def test_ports_are_added_to_those_that_a_target_has() -> None:
    assert _after(_tenant(*OPEN), hosts="ghcr.io", ports="80, 443") == [OPEN[1], EgressRule("ghcr.io", (80, 443))]


def test_a_host_that_is_an_address_is_the_network_of_it_alone() -> None:
    asked = KIND.parse({"hosts": "203.0.113.7, 2001:db8::7", "ports": "443"}, _tenant())
    assert KIND.canonical(asked) == {"networks": "2001:db8::7/128, 203.0.113.7/32", "ports": "443"}


def test_targets_are_removed_as_they_are_shown_or_as_they_were_given() -> None:
    assert _after(_tenant(*OPEN), remove="GHCR.io. 203.0.113.7") == []


def test_giving_targets_up_needs_nobody() -> None:
    assert _placed(_tenant(*OPEN), remove="203.0.113.7/32") == (
        PolicyDecision.SELF_SERVICE,
        "Giving up 203.0.113.7/32 needs no request.",
    )


@pytest.mark.parametrize(
    ("desired", "decision", "because"),
    [
        (
            {"hosts": "ghcr.io", "ports": "443"},
            PolicyDecision.SELF_SERVICE,
            "ghcr.io:443 is within the hosts and ports that need no request.",
        ),
        (
            {"hosts": "registry-1.docker.io", "ports": "443"},
            PolicyDecision.AUTO_APPROVE,
            "registry-1.docker.io is not among the hosts that need no request, but this is approved at once.",
        ),
        (
            {"networks": "203.0.113.9", "ports": "443"},
            PolicyDecision.AUTO_APPROVE,
            "203.0.113.9/32 is a network, and only hosts need no request, but this is approved at once.",
        ),
        (
            {"hosts": "api.github.com", "ports": "443"},
            PolicyDecision.REVIEW,
            "api.github.com is not among the hosts that are approved at once, but an operator may approve it.",
        ),
        (
            {"hosts": "ghcr.io", "ports": "22, 443"},
            PolicyDecision.REVIEW,
            "Port 22 is not among the ports that are approved at once (443), but an operator may approve it.",
        ),
        (
            {"networks": "203.0.113.0/24", "ports": "443"},
            PolicyDecision.REVIEW,
            "203.0.113.0/24 is too wide: only networks of /32 and smaller are approved at once,"
            " but an operator may approve it.",
        ),
        (
            {"hosts": "api.github.com", "ports": "25"},
            PolicyDecision.NEVER,
            "Port 25 is not among the ports that are possible on this tier (22, 443).",
        ),
        (
            {"networks": "203.0.112.0/23", "ports": "443"},
            PolicyDecision.NEVER,
            "203.0.112.0/23 is too wide: only networks of /24 and smaller are possible on this tier.",
        ),
        (
            {"networks": "2001:db8::/48", "ports": "443"},
            PolicyDecision.NEVER,
            "2001:db8::/48 is too wide: only networks of /56 and smaller are possible on this tier.",
        ),
        (
            {"networks": "0.0.0.0/0", "ports": "443"},
            PolicyDecision.NEVER,
            "0.0.0.0/0 is too wide: it holds 0.0.0.0/8, which is never possible.",
        ),
        (
            {"hosts": "a.com b.com c.com d.com e.com f.com g.com", "ports": "443"},
            PolicyDecision.NEVER,
            "7 egress targets are above the 6 that are possible on this tier.",
        ),
    ],
)
def test_the_bound_it_lies_within_is_said_with_the_value(
    desired: dict[str, str], decision: PolicyDecision, because: str
) -> None:
    assert _placed(_tenant(), POLICY, **desired) == (decision, because)


def test_several_targets_within_the_first_bound_are_counted() -> None:
    wide = msgspec.structs.replace(POLICY.egress.review, hosts=["a.com", "b.com", "c.com"])
    policy = msgspec.structs.replace(TIER, egress=Bounds(**_all(wide)))
    assert _placed(_tenant(), policy, hosts="a.com b.com c.com", ports="443") == (
        PolicyDecision.SELF_SERVICE,
        "a.com:443 and 2 more are within the hosts and ports that need no request.",
    )


def test_a_bound_without_networks_says_so() -> None:
    policy = msgspec.structs.replace(TIER, egress=Bounds(**_all(POLICY.egress.self_service)))
    assert _placed(_tenant(), policy, networks="203.0.113.9", ports="443") == (
        PolicyDecision.NEVER,
        "203.0.113.9/32 is a network, and only hosts are possible on this tier.",
    )


def test_no_policy_opens_what_nobody_may_reach() -> None:
    widest = Egress(targets=9, hosts=[], ports="any", ipv4_prefix=0, ipv6_prefix=0)
    policy = msgspec.structs.replace(TIER, egress=Bounds(**_all(widest)))
    for network in ("0.0.0.0/0", "::/0", "169.0.0.0/8"):
        decision, because = _placed(_tenant(), policy, networks=network, ports="443")
        assert decision is PolicyDecision.NEVER
        assert because.startswith(f"{network} is too wide: it holds ")


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/30",
        "192.168.1.7",
        "100.64.3.0/24",
        "172.31.255.255",
        "192.0.0.192",
        "192.88.99.1",
        "fec0::1",
        "fd12::/64",
        "5f00::1",
        "100::1",
    ],
)
def test_what_is_somebodys_own_inside_is_for_an_operator_to_open_whatever_the_policy(network: str) -> None:
    widest = Egress(targets=9, hosts=[], ports="any", ipv4_prefix=0, ipv6_prefix=0)
    policy = msgspec.structs.replace(TIER, egress=Bounds(**_all(widest)))
    decision, because = _placed(_tenant(), policy, networks=network, ports="443")
    assert decision is PolicyDecision.REVIEW
    assert " reaches into " in because


def test_any_host_is_for_an_operator_to_open() -> None:
    anywhere = msgspec.structs.replace(POLICY.egress.auto_approve, hosts="any")
    with pytest.raises(ValueError, match=r"^egress\.auto_approve\.hosts: list the hosts"):
        msgspec.structs.replace(TIER, egress=msgspec.structs.replace(POLICY.egress, auto_approve=anywhere))


def test_what_is_open_already_is_not_asked_for_again() -> None:
    wanted = KIND.parse({"hosts": "ghcr.io quay.io", "ports": "443"}, _tenant(*OPEN))
    assert KIND.canonical(wanted) == {"hosts": "quay.io", "ports": "443"}
    more = KIND.parse({"hosts": "ghcr.io", "ports": "443 80"}, _tenant(*OPEN))
    assert KIND.canonical(more) == {"hosts": "ghcr.io", "ports": "80"}
    assert KIND.asks is not None
    assert KIND.asks(KIND.canonical(more)) == "+ghcr.io on 80"
    assert KIND.asks({"networks": "203.0.113.0/28", "ports": "443", "remove": "a.com, b.com"}) == (
        "+203.0.113.0/28 on 443, -a.com, -b.com"
    )


def test_what_is_open_already_is_not_judged_again() -> None:
    tenant = _tenant(EgressRule("old.example.com", (25, 443)), *OPEN)
    assert _placed(tenant, hosts="old.example.com ghcr.io", ports="443", remove="203.0.113.7")[0] is (
        PolicyDecision.SELF_SERVICE
    )
    assert _placed(tenant, hosts="old.example.com", ports="22")[0] is PolicyDecision.REVIEW


def test_a_target_for_a_target_adds_none() -> None:
    full = _tenant(*(EgressRule(f"{name}.docker.io", (443,)) for name in "abcde"))
    assert _placed(full, hosts="f.docker.io", ports="443")[0] is PolicyDecision.REVIEW
    assert _placed(full, hosts="f.docker.io", ports="443", remove="a.docker.io")[0] is PolicyDecision.AUTO_APPROVE


def test_before_and_after_and_what_it_costs_are_ready_to_read() -> None:
    tenant = _tenant(*OPEN)
    before = tenant.allowance
    asked = {"hosts": "api.github.com", "networks": "2001:db8::/56", "ports": "80 443", "remove": "ghcr.io"}
    after = KIND.after(KIND.parse(asked, tenant), tenant)
    assert [(change.label, change.before, change.after) for change in KIND.changes(before, after)] == [
        (
            "Egress",
            "203.0.113.7/32:5432; ghcr.io:443",
            "[2001:db8::/56]:80,443; 203.0.113.7/32:5432; api.github.com:80,443",
        ),
    ]
    assert KIND.impact(before, after) == "+2 egress targets, -1 egress target"
    assert KIND.impact(before, before) == ""
    assert KIND.growth(before, after) == Growth(egress_targets=2)
    assert KIND.lines(_tenant().allowance) == [("Egress", "none")]


def test_the_bar_counts_targets() -> None:
    [measure] = KIND.measures(_tenant(*OPEN), POLICY)
    assert (measure.label, measure.used, measure.allowed, measure.shown(measure.review)) == (
        "Egress targets",
        2,
        3,
        "6",
    )
    assert (measure.self_service, measure.auto_approve) == (3, 4)


@pytest.mark.parametrize(
    ("desired", "field", "message"),
    [
        ({}, "hosts", "Give at least one of hosts, networks, ports and remove."),
        ({"host": "a.com"}, "host", "There is no field “host”: this takes hosts, networks, ports and remove."),
        ({"hosts": "a.com"}, "ports", "Give the ports that these hosts and networks are for, such as 443."),
        ({"ports": "443"}, "hosts", "Give the hosts or networks that these ports are for."),
        ({"hosts": "a.com", "ports": "0"}, "ports", "Write each port by itself, as a number from 1 to 65535, not “0”."),
        *(
            (
                {"hosts": "a.com", "ports": port},
                "ports",
                f"Write each port by itself, as a number from 1 to 65535, not “{port}”.",
            )
            for port in ("65536", "8000-9000", "https", "-1", "0443", "4_4", "٤٤٣", "443/tcp", "1" * 30)
        ),
        (
            {"hosts": "a.com", "ports": " ".join(map(str, range(1, 102)))},
            "ports",
            "Give at most 100 at once, separated by commas.",
        ),
        ({"hosts": "a.com/x", "ports": "443"}, "hosts", "Write a host name like api.github.com, not “a.com/x”."),
        (
            {"hosts": "db.svc.cluster.local", "ports": "443"},
            "hosts",
            "“db.svc.cluster.local” is a name inside this platform or of one machine, which is never possible.",
        ),
        (
            {"hosts": "169.254.169.254", "ports": "80"},
            "hosts",
            "169.254.169.254/32 lies within 169.254.0.0/16 (link-local, where machines get their credentials),"
            " which is never possible.",
        ),
        (
            {"networks": "203.0.113.1/24", "ports": "443"},
            "networks",
            "“203.0.113.1/24” is an address within a network: write 203.0.113.0/24 for all of it.",
        ),
        ({"remove": "a.com"}, "remove", "“a.com” is not open: remove hosts and networks as they are shown."),
        (
            {"remove": "ghcr.io", "hosts": "ghcr.io", "ports": "80"},
            "remove",
            "Either open or remove ghcr.io, not both.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(desired: dict[str, str], field: str, message: str) -> None:
    refused = _refusal(_tenant(*OPEN), **desired)
    assert (refused.code, refused.reason) == (Code.INVALID_ARGUMENT, "INVALID_DESIRED_VALUE")
    assert (refused.details, refused.message) == ({"field": field}, message)


@pytest.mark.parametrize("desired", [{"hosts": "ghcr.io", "ports": "443"}, {"remove": " , "}])
def test_what_is_open_already_changes_nothing(desired: dict[str, str]) -> None:
    refused = _refusal(_tenant(*OPEN), **desired)
    assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, "NOTHING_TO_CHANGE")


def test_more_than_anybody_reads_is_refused() -> None:
    hosts = " ".join(f"h{number}.example.com" for number in range(60))
    networks = " ".join(f"203.0.113.{number}" for number in range(60))
    assert _refusal(_tenant(), hosts=hosts, networks=networks, ports="443").message == (
        "Give at most 100 hosts and networks at once."
    )
    assert _refusal(_tenant(), hosts="a.com," * 2_000_000, ports="443").message == (
        "Give at most 100 at once, separated by commas."
    )


names = st.sampled_from(["ghcr.io", "api.github.com", "a.docker.io", "example.com", "203.0.113.7"])
networks = st.builds(
    lambda address, prefix: str(ip_network((address, prefix), strict=False)),
    st.integers(2**24, 2**32 - 1),
    st.integers(0, 32),
)
texts = st.text() | st.lists(names | networks | st.integers(0, 70_000).map(str)).map(", ".join)
asked_for = st.fixed_dictionaries(
    {},
    optional={
        "hosts": st.lists(names).map(", ".join) | texts,
        "networks": st.lists(networks, max_size=3).map(" ".join) | texts,
        "ports": st.lists(st.sampled_from(["443", "22", "25"])).map(" ".join) | texts,
        "remove": st.sampled_from(["ghcr.io", "203.0.113.7", "ghcr.io, 203.0.113.7/32"]) | texts,
    },
)


@given(asked_for)
def test_whatever_is_sent_is_read_in_one_way_or_refused_in_one_sentence(desired: dict[str, str]) -> None:
    tenant = _tenant(*OPEN)
    try:
        wanted = KIND.parse(desired, tenant)
    except Refused as refused:
        message = refused.message
    else:
        message = KIND.place(wanted, tenant, POLICY).because
        assert KIND.parse(KIND.canonical(wanted), tenant) == wanted
        after = KIND.after(wanted, tenant).egress
        assert list(after) == sorted(after)
        assert all(list(rule.ports) == sorted(set(rule.ports)) for rule in after)
        assert KIND.changes(tenant.allowance, KIND.after(wanted, tenant))
    assert message.endswith(".")
    assert len(message) < 300


def _severity(target: str, port: int) -> int:
    """How far beyond the bounds of `POLICY` one target on one port lies, in the order of the decisions."""
    prefix = int(target.partition("/")[2] or 0)
    if port not in (22, 443) or 0 < prefix < 24:
        return 3
    if port == 22 or target == "api.github.com" or 0 < prefix < 32:
        return 2
    return 0 if target == "ghcr.io" else 1


@given(
    st.lists(st.sampled_from(["ghcr.io", "a.docker.io", "b.docker.io", "c.docker.io", "api.github.com"])),
    st.lists(st.sampled_from(["203.0.113.7/32", "198.51.100.8/32", "203.0.113.0/24", "203.0.112.0/23"]), max_size=3),
    st.lists(st.sampled_from([22, 25, 443, 443, 443]), min_size=1, max_size=2),
)
def test_the_target_and_port_that_lie_furthest_out_decide(
    hosts: list[str], wanted_networks: list[str], ports: list[int]
) -> None:
    targets = {*hosts, *wanted_networks}
    assume(targets)
    tenant = _tenant()
    wanted = KIND.parse(
        {"hosts": " ".join(hosts), "networks": " ".join(wanted_networks), "ports": " ".join(map(str, ports))}, tenant
    )
    count = sum(len(targets) > most for most in (3, 4, 6))
    expected = max([count, *(_severity(target, port) for target in targets for port in ports)])
    assert KIND.place(wanted, tenant, POLICY).decision is list(PolicyDecision)[expected]


def _all(bound: Egress) -> dict[str, Egress]:
    return {"self_service": bound, "auto_approve": bound, "review": bound}
