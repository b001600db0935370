"""What a storage quota asks for, where its bounds lie, and how that is said."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.kinds.storage_quota import KIND
from services.change_requests.policy.bounds import Bounds, Storage
from services.change_requests.tenant import Growth, Tenant, Use
from services.contract.errors import Code, Refused
from services.contract.quantities import format_bytes
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant

GI = 2**30
GIVEN = 30 * GI
POLICY = msgspec.structs.replace(
    TIER,
    storage_quota=Bounds(
        self_service=Storage(storage="50Gi"),
        auto_approve=Storage(storage="100Gi"),
        review=Storage(storage="1Ti"),
    ),
)


def _tenant(allowed: int = 50 * GI, used: int = 20 * GI) -> Tenant:
    given_by_tier = msgspec.structs.replace(make_tenant().given, storage=min(allowed, GIVEN))
    return make_tenant(
        given=given_by_tier,
        allowance=msgspec.structs.replace(given_by_tier, storage=allowed),
        use=Use(storage=used),
    )


def _refusal(tenant: Tenant, **desired: str) -> Refused:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, tenant)
    return refused.value


@pytest.mark.parametrize(
    ("wanted", "decision", "because"),
    [
        ("40Gi", PolicyDecision.SELF_SERVICE, "40Gi of storage is within the 50Gi that needs no request."),
        (
            "80Gi",
            PolicyDecision.AUTO_APPROVE,
            "80Gi of storage is above the 50Gi that needs no request, and within the 100Gi that is approved at once.",
        ),
        (
            "200Gi",
            PolicyDecision.REVIEW,
            "200Gi of storage is above the 100Gi that is approved at once, and within the 1Ti that an operator may"
            " approve.",
        ),
        ("2Ti", PolicyDecision.NEVER, "2Ti of storage is above 1Ti, the most that is possible on this tier."),
    ],
)
def test_the_bound_it_lies_within_is_said_with_the_value(wanted: str, decision: PolicyDecision, because: str) -> None:
    tenant = _tenant()
    placed = KIND.place(KIND.parse({"storage": wanted}, tenant), tenant, POLICY)
    assert (placed.decision, placed.because) == (decision, because)


def test_less_than_there_is_now_needs_nobody_however_much_it_is() -> None:
    tenant = _tenant(allowed=3000 * GI)
    placed = KIND.place(KIND.parse({"storage": "2000Gi"}, tenant), tenant, POLICY)
    assert placed.decision is PolicyDecision.SELF_SERVICE
    assert placed.because == "2000Gi of storage is no more than the 3000Gi there is now."


@given(st.integers(0, 3000 * GI), st.integers(0, 3000 * GI), st.integers(0, 3000 * GI))
def test_every_amount_is_set_as_it_is_asked_for_or_refused(allowed: int, used: int, wanted: int) -> None:
    tenant = _tenant(allowed, used)
    if wanted == allowed:
        assert _refusal(tenant, storage=format_bytes(wanted)).reason == "NOTHING_TO_CHANGE"
    elif wanted < min(allowed, GIVEN):
        assert _refusal(tenant, storage=format_bytes(wanted)).reason == "GIVEN_BY_TIER"
    elif wanted < used:
        assert _refusal(tenant, storage=format_bytes(wanted)).reason == "BELOW_CURRENT_USE"
    else:
        asked = KIND.parse({"storage": format_bytes(wanted)}, tenant)
        after = KIND.after(asked, tenant)
        assert after == msgspec.structs.replace(tenant.allowance, storage=wanted)
        assert KIND.parse(KIND.canonical(asked), tenant) == asked
        assert KIND.growth(tenant.allowance, after) == Growth(storage=max(0, wanted - allowed))


@given(st.integers(0, 3000 * GI), st.integers(0, 3000 * GI))
def test_more_is_never_allowed_more_easily(one: int, other: int) -> None:
    tenant = _tenant(allowed=1, used=0)
    order = list(PolicyDecision)
    less, more = (
        order.index(KIND.place({"storage": amount}, tenant, POLICY).decision) for amount in sorted([one, other])
    )
    assert less <= more


def test_the_same_amount_is_one_amount_however_it_is_written() -> None:
    tenant = _tenant()
    written = [KIND.canonical(KIND.parse({"storage": text}, tenant)) for text in ("200Gi", " 200 Gi", "204800Mi")]
    assert written == [{"storage": "200Gi"}] * 3


def test_before_and_after_and_what_it_costs_are_ready_to_read() -> None:
    before = _tenant().allowance
    more, less = (msgspec.structs.replace(before, storage=amount) for amount in (200 * GI, 30 * GI))
    assert [(change.label, change.before, change.after) for change in KIND.changes(before, more)] == [
        ("Storage", "50Gi", "200Gi")
    ]
    assert KIND.impact(before, more) == "+150Gi storage"
    assert KIND.impact(before, less) == "-20Gi storage"
    assert KIND.impact(before, before) == ""


def test_the_bar_shows_use_within_the_bounds() -> None:
    [measure] = KIND.measures(_tenant(), POLICY)
    amounts = (measure.used, measure.allowed, measure.self_service, measure.auto_approve, measure.review)
    assert amounts == (20 * GI, 50 * GI, 50 * GI, 100 * GI, 1024 * GI)
    assert (measure.label, measure.shown(measure.review)) == ("Storage", "1Ti")


def test_less_than_is_in_use_is_refused_with_what_is_in_use() -> None:
    refused = _refusal(_tenant(allowed=500 * GI, used=300 * GI), storage="200Gi")
    assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, "BELOW_CURRENT_USE")
    assert refused.details == {"field": "storage"}
    assert refused.message == "300Gi of storage is in use: ask for at least that, or free some first."


@pytest.mark.parametrize(
    ("desired", "field", "message"),
    [
        ({"storage": "200 apples"}, "storage", "Write an amount like 200Gi or 512Mi, not “200 apples”."),
        ({"storage": " "}, "storage", "Give storage."),
        ({}, "storage", "Give storage."),
        ({"storage": "60Gi", "cpu": "1"}, "cpu", "There is no field “cpu”: this takes storage."),
        (
            {"\x1b[2J" + "x" * 99: "1"},
            "[2J" + "x" * 36 + "…",
            f"There is no field “[2J{'x' * 36}…”: this takes storage.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(desired: dict[str, str], field: str, message: str) -> None:
    refused = _refusal(_tenant(), **desired)
    assert (refused.code, refused.reason) == (Code.INVALID_ARGUMENT, "INVALID_DESIRED_VALUE")
    assert (refused.details, refused.message) == ({"field": field}, message)
