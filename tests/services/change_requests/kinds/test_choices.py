"""Ingress classes and operator capabilities: names that the policy lists."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.kinds import ingress_class, operator_capability
from services.change_requests.kinds.model import Kind
from services.change_requests.policy.bounds import Bounds, Choices
from services.change_requests.tenant import Growth
from services.contract.errors import Refused
from services.contract.text import is_clean
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant
from tests.strategies import hostile_texts

BOUNDS = Bounds(
    self_service=Choices(values=["a"]), auto_approve=Choices(values=["a", "b"]), review=Choices(values=["c", "b", "a"])
)
POLICY = msgspec.structs.replace(TIER, ingress_class=BOUNDS, operator_capability=BOUNDS)
ALLOWANCE = msgspec.structs.replace(make_tenant().allowance, ingress_classes=("a",), capabilities=("a",))
TENANT = make_tenant(allowance=ALLOWANCE)

both_kinds = pytest.mark.parametrize("kind", [ingress_class.KIND, operator_capability.KIND], ids=lambda kind: kind.kind)


@both_kinds
@pytest.mark.parametrize(
    ("desired", "decision", "because"),
    [
        ({"add": "B"}, PolicyDecision.AUTO_APPROVE, "b is approved at once on this tier."),
        ({"add": "c, b"}, PolicyDecision.REVIEW, "c is possible on this tier with an operator's approval."),
        ({"add": "b d"}, PolicyDecision.NEVER, "d is not offered on this tier, which has a, b and c."),
        (
            {"add": "f d h e g"},
            PolicyDecision.NEVER,
            "d, e, f and 2 more are not offered on this tier, which has a, b and c.",
        ),
        ({"remove": "a"}, PolicyDecision.SELF_SERVICE, "Giving up a needs no request."),
    ],
)
def test_each_name_lies_where_the_policy_lists_it(
    kind: Kind, desired: dict[str, str], decision: PolicyDecision, because: str
) -> None:
    placed = kind.place(kind.parse(desired, TENANT), TENANT, POLICY)
    assert (placed.decision, placed.because) == (decision, because)


@both_kinds
def test_a_tier_that_lists_nothing_offers_nothing(kind: Kind) -> None:
    nothing = Choices(values=[])
    none = Bounds(self_service=nothing, auto_approve=nothing, review=nothing)
    policy = msgspec.structs.replace(TIER, ingress_class=none, operator_capability=none)
    placed = kind.place(kind.parse({"add": "gpu"}, TENANT), TENANT, policy)
    assert (placed.decision, placed.because) == (PolicyDecision.NEVER, "gpu is not offered on this tier.")


@both_kinds
def test_what_the_tenant_may_give_up_again_needs_no_request_to_take_back(kind: Kind) -> None:
    without = msgspec.structs.replace(TENANT, allowance=kind.after(kind.parse({"remove": "a"}, TENANT), TENANT))
    placed = kind.place(kind.parse({"add": "a"}, without), without, POLICY)
    assert (placed.decision, placed.because) == (
        PolicyDecision.SELF_SERVICE,
        "a is allowed without a request on this tier.",
    )


@both_kinds
@pytest.mark.parametrize(
    ("desired", "reason"),
    [
        ({"add": "a"}, "NOTHING_TO_CHANGE"),
        ({"add": "b!"}, "INVALID_DESIRED_VALUE"),
        ({"add": "-b"}, "INVALID_DESIRED_VALUE"),
        ({"add": "ｂ"}, "INVALID_DESIRED_VALUE"),
        ({"add": "b" * 254}, "INVALID_DESIRED_VALUE"),
        ({"remove": "b"}, "INVALID_DESIRED_VALUE"),
        ({"add": "b", "remove": "b"}, "INVALID_DESIRED_VALUE"),
        ({"add": ","}, "INVALID_DESIRED_VALUE"),
        ({}, "INVALID_DESIRED_VALUE"),
    ],
)
def test_what_says_nothing_that_could_be_done_is_refused(kind: Kind, desired: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        kind.parse(desired, TENANT)
    assert refused.value.reason == reason


@both_kinds
def test_the_change_is_one_line_and_costs_nothing(kind: Kind) -> None:
    after = kind.after(kind.parse({"add": "c b", "remove": "a"}, TENANT), TENANT)
    (change,) = kind.changes(TENANT.allowance, after)
    assert (change.before, change.after) == ("a", "b, c")
    assert (kind.impact(TENANT.allowance, after), kind.growth(TENANT.allowance, after)) == ("", Growth())
    assert kind.measures(TENANT, POLICY) == []


def test_each_kind_changes_its_own_list() -> None:
    classes = ingress_class.KIND.after(ingress_class.KIND.parse({"add": "b"}, TENANT), TENANT)
    assert (classes.ingress_classes, classes.capabilities) == (("a", "b"), ("a",))
    capabilities = operator_capability.KIND.after(operator_capability.KIND.parse({"add": "b"}, TENANT), TENANT)
    assert (capabilities.ingress_classes, capabilities.capabilities) == (("a",), ("a", "b"))


_NAMES = st.sets(st.sampled_from("abcd"))


@both_kinds
@given(held=_NAMES, add=_NAMES)
def test_no_bound_is_passed_by_asking_for_much_at_once(kind: Kind, held: set[str], add: set[str]) -> None:
    allowance = msgspec.structs.replace(
        TENANT.allowance, ingress_classes=tuple(sorted(held)), capabilities=tuple(sorted(held))
    )
    tenant = msgspec.structs.replace(TENANT, allowance=allowance)
    if new := add - held:
        wanted = kind.parse({"add": " ".join(add)}, tenant)
        assert kind.parse(kind.canonical(wanted), tenant) == wanted
        order = list(PolicyDecision)
        worst = max(("abcd".index(name) for name in new), default=0)
        assert order.index(kind.place(wanted, tenant, POLICY).decision) == worst


@both_kinds
@given(text=hostile_texts)
def test_hostile_texts_are_read_or_refused_in_a_clean_sentence(kind: Kind, text: str) -> None:
    try:
        placed = kind.place(kind.parse({"add": text}, TENANT), TENANT, POLICY).because
    except Refused as refusal:
        placed = refusal.message
    assert is_clean(placed)
    assert len(placed) < 300
