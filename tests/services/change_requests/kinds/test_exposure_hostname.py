"""Which host names may be exposed, how they are read, and how that is said."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.kinds.exposure_hostname import KIND
from services.change_requests.policy.bounds import Bounds, Hostnames, TierPolicy
from services.change_requests.tenant import Growth, Tenant
from services.contract.errors import Code, Refused
from services.contract.text import is_clean
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant
from tests.strategies import hostile_texts


def _tier(*, review: Hostnames) -> TierPolicy:
    return msgspec.structs.replace(
        TIER,
        exposure_hostname=Bounds(
            self_service=Hostnames(count=2, domains=["*.apps.example.net"]),
            auto_approve=Hostnames(count=3, domains=["*.apps.example.net", "www.example.net"]),
            review=review,
        ),
    )


POLICY = _tier(review=Hostnames(count=4, domains="any"))
NARROW = _tier(review=Hostnames(count=4, domains=["*.apps.example.net", "www.example.net"]))

TENANT = make_tenant()

_LABEL = st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
_NAMES = st.lists(st.builds("{}.{}.example.net".format, _LABEL, _LABEL), max_size=5, unique=True)


def _tenant(*names: str, taken: frozenset[str] = frozenset()) -> Tenant:
    tenant = make_tenant(taken=taken)
    return msgspec.structs.replace(tenant, allowance=msgspec.structs.replace(tenant.allowance, hostnames=names))


def _refusal(tenant: Tenant, **desired: str) -> Refused:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, tenant)
    return refused.value


@pytest.mark.parametrize(
    ("held", "desired", "decision", "because"),
    [
        (
            (),
            {"add": "a.apps.example.net"},
            PolicyDecision.SELF_SERVICE,
            "a.apps.example.net is within the domains that need no request; 1 host name in all is within the 2 that"
            " need no request.",
        ),
        (
            (),
            {"add": "www.example.net"},
            PolicyDecision.AUTO_APPROVE,
            "www.example.net is within the domains that are approved at once.",
        ),
        (
            (),
            {"add": "shop.acme.com a.apps.example.net"},
            PolicyDecision.REVIEW,
            "shop.acme.com is outside the domains that are approved at once, but possible after a review.",
        ),
        (
            ("a.apps.example.net", "b.apps.example.net"),
            {"add": "c.apps.example.net"},
            PolicyDecision.AUTO_APPROVE,
            "3 host names in all is above the 2 that need no request, and within the 3 that are approved at once.",
        ),
        (
            ("a.apps.example.net",),
            {"add": "b.apps.example.net, c.apps.example.net, d.apps.example.net"},
            PolicyDecision.REVIEW,
            "4 host names in all is above the 3 that are approved at once, and within the 4 that an operator may"
            " approve.",
        ),
        (
            ("a.example.com", "b.example.com", "c.example.com", "d.example.com"),
            {"add": "a.apps.example.net"},
            PolicyDecision.NEVER,
            "5 host names in all is above 4, the most that is possible on this tier.",
        ),
    ],
)
def test_the_bound_it_lies_within_is_said_with_the_name(
    held: tuple[str, ...], desired: dict[str, str], decision: PolicyDecision, because: str
) -> None:
    tenant = _tenant(*held)
    placed = KIND.place(KIND.parse(desired, tenant), tenant, POLICY)
    assert (placed.decision, placed.because) == (decision, because)


def test_a_domain_that_is_nowhere_in_the_policy_is_never_possible() -> None:
    tenant = _tenant()
    placed = KIND.place(KIND.parse({"add": "shop.acme.com"}, tenant), tenant, NARROW)
    assert placed.decision is PolicyDecision.NEVER
    assert placed.because == (
        "shop.acme.com is outside the domains that are possible on this tier (*.apps.example.net and www.example.net)."
    )


def test_a_domain_itself_is_not_below_it() -> None:
    tenant = _tenant()
    placed = KIND.place(KIND.parse({"add": "apps.example.net"}, tenant), tenant, NARROW)
    assert placed.decision is PolicyDecision.NEVER


def test_names_beyond_the_bounds_may_be_given_up_and_exchanged() -> None:
    tenant = _tenant(*(f"{name}.example.com" for name in "abcdef"))
    given_up = KIND.place(KIND.parse({"remove": "a.example.com"}, tenant), tenant, POLICY)
    assert given_up.decision is PolicyDecision.SELF_SERVICE
    assert given_up.because == "Giving up a.example.com needs no request."
    exchanged = KIND.parse({"add": "a.apps.example.net", "remove": "a.example.com"}, tenant)
    assert KIND.place(exchanged, tenant, POLICY).decision is PolicyDecision.SELF_SERVICE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Shop.Example.COM", "shop.example.com"),
        ("shop.example.com.", "shop.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER。example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_a_name_has_one_notation(written: str, read: str) -> None:
    wanted = KIND.parse({"add": written}, _tenant())
    assert KIND.canonical(wanted) == {"add": read}


@pytest.mark.parametrize(
    "written",
    [
        "*.example.com",
        "*",
        "localhost",
        "shop",
        "10.0.0.1",
        "１０.0.0.1",
        "[::1]",
        "fe80::1",
        "-a.example.com",
        "a_b.example.com",
        "xn--a.example",
        "a..example.com",
        ".example.com",
        f"{'a' * 64}.example.com",
        f"{'a.' * 130}com",
        f"{'ü.' * 130}com",
        "ü" * 300,
        "http://shop.example.com/",
        "shop.example.com:443",
        "shop.svc",
        "a\u202e.example.com",
        "\ud800.example.com",
        ", ,",
    ],
)
def test_what_is_no_host_name_is_refused_in_its_field(written: str) -> None:
    refusal = _refusal(_tenant(), add=written)
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INVALID_DESIRED_VALUE")
    assert refusal.details == {"field": "add"}
    assert is_clean(refusal.message)


def test_a_name_of_another_tenant_is_refused_without_saying_whose() -> None:
    refusal = _refusal(_tenant(taken=frozenset(["shop.example.com"])), add="SHOP.example.com, a.example.com")
    assert (refusal.code, refusal.reason) == (Code.FAILED_PRECONDITION, "HOSTNAME_TAKEN")
    assert refusal.message == "shop.example.com belongs to another tenant: ask for another name."
    assert refusal.details == {"field": "add"}


@pytest.mark.parametrize(
    ("desired", "reason", "sentence"),
    [
        (
            {"add": "a.example.com"},
            "NOTHING_TO_CHANGE",
            "The tenant has a.example.com already: name other host names to add.",
        ),
        (
            {"remove": "z.example.com"},
            "INVALID_DESIRED_VALUE",
            "z.example.com is not one of the tenant's host names: remove what it has.",
        ),
        (
            {"add": "a.example.com", "remove": "A.example.com"},
            "INVALID_DESIRED_VALUE",
            "Either add or remove a.example.com, not both.",
        ),
        ({"add": " "}, "INVALID_DESIRED_VALUE", "Give at least one of add and remove."),
        ({"host": "x"}, "INVALID_DESIRED_VALUE", "There is no field “host”: this takes add and remove."),
    ],
)
def test_what_makes_no_sense_now_is_refused(desired: dict[str, str], reason: str, sentence: str) -> None:
    refusal = _refusal(_tenant("a.example.com"), **desired)
    assert (refusal.reason, refusal.message) == (reason, sentence)


def test_what_it_changes_and_costs_is_said() -> None:
    tenant = _tenant("a.example.com", "b.example.com")
    after = KIND.after(KIND.parse({"add": "d.example.com c.example.com", "remove": "a.example.com"}, tenant), tenant)
    assert after.hostnames == ("b.example.com", "c.example.com", "d.example.com")
    (change,) = KIND.changes(tenant.allowance, after)
    assert (change.before, change.after) == (
        "a.example.com, b.example.com",
        "b.example.com, c.example.com, d.example.com",
    )
    assert KIND.impact(tenant.allowance, after) == "+1 host name"
    assert KIND.impact(after, tenant.allowance) == "-1 host name"
    assert KIND.growth(tenant.allowance, after) == Growth(hostnames=2)  # the one given up may be somebody else's next
    assert KIND.lines(_tenant().allowance) == [("Host names", "none")]


def test_the_bar_counts_the_names() -> None:
    (measure,) = KIND.measures(_tenant("a.example.com"), POLICY)
    assert (measure.used, measure.allowed) == (1, 2)
    assert (measure.self_service, measure.auto_approve, measure.review) == (2, 3, 4)
    (beyond,) = KIND.measures(_tenant("a.example.com", "b.example.com", "c.example.com"), POLICY)
    assert (beyond.used, beyond.allowed, beyond.shown(3)) == (3, 3, "3")


@given(held=_NAMES, add=_NAMES, data=st.data())
def test_what_is_canonical_reads_as_the_same_and_comes_to_the_same(
    held: list[str], add: list[str], data: st.DataObject
) -> None:
    remove = [name for name in held if name not in add and data.draw(st.booleans())]
    tenant = _tenant(*sorted(held))
    if not remove and set(add) <= set(held):
        if add:
            assert _refusal(tenant, add=",".join(add)).reason == "NOTHING_TO_CHANGE"
        return
    wanted = KIND.parse({"add": ", ".join(add).upper(), "remove": "\n".join(remove)}, tenant)
    assert KIND.parse(KIND.canonical(wanted), tenant) == wanted
    after = KIND.after(wanted, tenant)
    assert set(after.hostnames) == {*held, *add} - set(remove)
    assert list(after.hostnames) == sorted(after.hostnames)


@given(st.dictionaries(st.sampled_from(["add", "remove"]), hostile_texts | st.text(max_size=40)))
def test_whatever_is_written_is_read_or_refused_in_a_clean_sentence(desired: dict[str, str]) -> None:
    try:
        said = KIND.place(KIND.parse(desired, TENANT), TENANT, POLICY).because
    except Refused as refusal:
        said = refusal.message
    assert is_clean(said)
    assert len(said) < 300


def test_a_text_without_end_is_refused_at_once() -> None:
    assert _refusal(_tenant(), add="a" * 10_000_000).reason == "INVALID_DESIRED_VALUE"
    assert _refusal(_tenant(), add="a.example.com," * 2_000_000).reason == "INVALID_DESIRED_VALUE"
