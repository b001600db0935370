"""A resource quota asks for processors, for memory, or for both, and each is judged by itself."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.kinds.resource_quota import KIND
from services.change_requests.policy.bounds import Bounds, Compute
from services.change_requests.tenant import Growth, Use
from services.contract.errors import Refused
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant

GI = 2**30
POLICY = msgspec.structs.replace(
    TIER,
    resource_quota=Bounds(
        self_service=Compute(cpu="2", memory="4Gi"),
        auto_approve=Compute(cpu="4", memory="8Gi"),
        review=Compute(cpu="16", memory="64Gi"),
    ),
)
GIVEN = msgspec.structs.replace(make_tenant().given, cpu=1000, memory=GI)
TENANT = make_tenant(
    given=GIVEN,
    allowance=msgspec.structs.replace(GIVEN, cpu=2000, memory=4 * GI),
    use=Use(cpu=1500, memory=2 * GI),
)


def _placed(**desired: str) -> tuple[PolicyDecision, str]:
    placed = KIND.place(KIND.parse(desired, TENANT), TENANT, POLICY)
    return placed.decision, placed.because


def _refused_because(**desired: str) -> tuple[str, object]:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, TENANT)
    return refused.value.reason, refused.value.details.get("field")


def test_the_example_tells_what_needs_it_and_how_much() -> None:
    assert KIND.example == "Immich import needs 200 Gi storage and 4 Gi memory for initial library processing."


def test_what_is_left_out_stays_as_it_is() -> None:
    after = KIND.after(KIND.parse({"cpu": "3500m", "memory": ""}, TENANT), TENANT)
    assert after == msgspec.structs.replace(TENANT.allowance, cpu=3500)


def test_the_amount_that_asks_for_more_decides() -> None:
    assert _placed(cpu="1500m", memory="6Gi") == (
        PolicyDecision.AUTO_APPROVE,
        "6Gi of memory is above the 4Gi that needs no request, and within the 8Gi that is approved at once.",
    )
    assert _placed(cpu="8", memory="6Gi") == (
        PolicyDecision.REVIEW,
        "8 CPU is above the 4 that is approved at once, and within the 16 that an operator may approve.",
    )
    assert _placed(cpu="8", memory="65Gi") == (
        PolicyDecision.NEVER,
        "65Gi of memory is above 64Gi, the most that is possible on this tier.",
    )


def test_amounts_that_lie_within_the_same_bound_are_both_named() -> None:
    assert _placed(memory="65Gi", cpu="17") == (
        PolicyDecision.NEVER,
        "17 CPU is above 16, the most that is possible on this tier;"
        " 65Gi of memory is above 64Gi, the most that is possible on this tier.",
    )


def test_changes_impact_and_growth_name_both() -> None:
    before = TENANT.allowance
    after = msgspec.structs.replace(before, cpu=4000, memory=8 * GI)
    assert [(change.label, change.before, change.after) for change in KIND.changes(before, after)] == [
        ("CPU", "2", "4"),
        ("Memory", "4Gi", "8Gi"),
    ]
    assert KIND.impact(before, after) == "+2 CPU, +4Gi memory"
    assert KIND.growth(before, after) == Growth(cpu=2000, memory=4 * GI)
    assert KIND.growth(after, before) == Growth()


def test_both_have_a_bar_with_their_use() -> None:
    cpu, memory = KIND.measures(TENANT, POLICY)
    assert (cpu.label, cpu.used, cpu.allowed, cpu.shown(cpu.review)) == ("CPU", 1500, 2000, "16")
    assert (memory.label, memory.used, memory.shown(memory.auto_approve)) == ("Memory", 2 * GI, "8Gi")


def test_what_may_be_used_already_changes_nothing() -> None:
    assert _refused_because(cpu="2000m", memory="4096Mi") == ("NOTHING_TO_CHANGE", None)


def test_neither_goes_below_what_is_in_use() -> None:
    assert _refused_because(cpu="1") == ("BELOW_CURRENT_USE", "cpu")
    assert _refused_because(cpu="4", memory="1Gi") == ("BELOW_CURRENT_USE", "memory")


def test_neither_goes_below_what_the_tier_gives() -> None:
    assert _refused_because(cpu="900m") == ("GIVEN_BY_TIER", "cpu")
    assert _refused_because(cpu="4", memory="512Mi") == ("GIVEN_BY_TIER", "memory")


def test_an_amount_sent_along_as_it_is_stops_no_other_even_where_more_is_in_use() -> None:
    overused = msgspec.structs.replace(TENANT, use=Use(cpu=9000))
    assert KIND.after(KIND.parse({"cpu": "2", "memory": "8Gi"}, overused), overused).memory == 8 * GI


@pytest.mark.parametrize(("desired", "field"), [({}, "cpu"), ({"cpu": "4Gi"}, "cpu"), ({"storage": "1Gi"}, "storage")])
def test_what_cannot_be_read_is_refused_by_its_field(desired: dict[str, str], field: str) -> None:
    assert _refused_because(**desired) == ("INVALID_DESIRED_VALUE", field)


amounts = st.builds("{}{}".format, st.integers(0, 100), st.sampled_from(["Gi", "m", ""]))
anything = st.dictionaries(st.text(), st.text(), max_size=1)


@given(st.dictionaries(st.sampled_from(["cpu", "memory"]), amounts | st.text(), min_size=1) | anything)
def test_whatever_is_sent_is_read_or_refused_in_one_sentence(desired: dict[str, str]) -> None:
    try:
        wanted = KIND.parse(desired, TENANT)
    except Refused as refused:
        message = refused.message
    else:
        message = KIND.place(wanted, TENANT, POLICY).because
        assert KIND.parse(KIND.canonical(wanted), TENANT) == wanted
    assert message.endswith(".")
    assert len(message) < 250
