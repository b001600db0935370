"""How workspaces are backed up: more costs room and less costs safety, and both have bounds."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.kinds.backup_policy import KIND
from services.change_requests.policy.bounds import Backups, Bounds, TierPolicy
from services.change_requests.tenant import Backup, Growth, Tenant
from services.contract.errors import Code, Refused
from services.contract.text import is_clean
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import TIER, make_tenant
from tests.strategies import hostile_texts


def _tier(*, review: Backups) -> TierPolicy:
    return msgspec.structs.replace(
        TIER,
        backup_policy=Bounds(
            self_service=Backups(schedules=["daily"], least_days=7, most_days=30, unprotected=False),
            auto_approve=Backups(schedules=["daily", "hourly"], least_days=3, most_days=90, unprotected=False),
            review=review,
        ),
    )


POLICY = _tier(review=Backups(schedules=["none", "daily", "hourly"], least_days=1, most_days=365, unprotected=True))
STRICT = _tier(review=Backups(schedules=["daily", "hourly"], least_days=3, most_days=90, unprotected=False))
NOW = Backup(schedule="daily", retention_days=7, default_protection=True)


def _tenant(backup: Backup = NOW) -> Tenant:
    tenant = make_tenant()
    return msgspec.structs.replace(tenant, allowance=msgspec.structs.replace(tenant.allowance, backup=backup))


def _refusal(tenant: Tenant, **desired: str) -> Refused:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, tenant)
    return refused.value


@pytest.mark.parametrize(
    ("desired", "decision", "because"),
    [
        ({"retention_days": "30"}, "self_service", "A retention of 30 days needs no request on this tier."),
        (
            {"retention_days": "60"},
            "auto_approve",
            "A retention of 60 days is approved at once on this tier: only up to 30 days needs no request.",
        ),
        (
            {"retention_days": "91"},
            "review",
            "A retention of 91 days needs an operator's approval on this tier: only up to 90 days is approved at once.",
        ),
        (
            {"retention_days": "366"},
            "never",
            "A retention of 366 days is not possible on this tier: only up to 365 days may be approved.",
        ),
        (
            {"retention_days": "1"},
            "review",
            "A retention of 1 day instead of 7 needs an operator's approval on this tier:"
            " only 3 days or more is approved at once.",
        ),
        (
            {"retention_days": "0"},
            "never",
            "A retention of 0 days instead of 7 is not possible on this tier: only 1 day or more may be approved.",
        ),
        (
            {"schedule": "Hourly"},
            "auto_approve",
            "The schedule hourly is approved at once on this tier: only daily needs no request.",
        ),
        (
            {"schedule": "none", "retention_days": "60"},
            "review",
            "The schedule none needs an operator's approval on this tier: only daily or hourly is approved at once.",
        ),
        (
            {"default_protection": "OFF"},
            "review",
            "Switching default protection off needs an operator's approval on this tier: only leaving it on is"
            " approved at once.",
        ),
    ],
)
def test_more_and_less_are_held_against_their_own_bound(desired: dict[str, str], decision: str, because: str) -> None:
    tenant = _tenant()
    placed = KIND.place(KIND.parse(desired, tenant), tenant, POLICY)
    assert (placed.decision, placed.because) == (PolicyDecision(decision), because)


@pytest.mark.parametrize("desired", [{"schedule": "none"}, {"retention_days": "2"}, {"default_protection": "no"}])
def test_a_tier_may_forbid_less_protection_altogether(desired: dict[str, str]) -> None:
    tenant = _tenant()
    assert KIND.place(KIND.parse(desired, tenant), tenant, STRICT).decision is PolicyDecision.NEVER


def test_all_reasons_of_the_same_weight_are_told() -> None:
    tenant = _tenant()
    placed = KIND.place(KIND.parse({"schedule": "hourly", "retention_days": "60"}, tenant), tenant, POLICY)
    assert placed.because == (
        "The schedule hourly is approved at once on this tier: only daily needs no request; a retention of 60 days is"
        " approved at once on this tier: only up to 30 days needs no request."
    )


def test_what_was_granted_beyond_the_bounds_may_come_nearer_to_them_and_is_not_judged_again() -> None:
    tenant = _tenant(Backup(schedule="none", retention_days=1_000, default_protection=False))
    for desired in ({"retention_days": "500"}, {"default_protection": "on"}, {"schedule": "daily"}):
        assert KIND.place(KIND.parse(desired, tenant), tenant, STRICT).decision is PolicyDecision.SELF_SERVICE


def test_what_it_means_is_said() -> None:
    tenant = _tenant()
    desired = {"schedule": "none", "retention_days": "30", "default_protection": "no"}
    after = KIND.after(KIND.parse(desired, tenant), tenant)
    assert KIND.impact(tenant.allowance, after) == (
        "no more backups, backups kept 30 days instead of 7, new workspaces not backed up unless told otherwise"
    )
    assert KIND.impact(after, tenant.allowance) == (
        "backups daily instead of never, backups kept 7 days instead of 30, new workspaces backed up unless told"
        " otherwise"
    )
    assert [(each.label, each.before, each.after) for each in KIND.changes(tenant.allowance, after)] == [
        ("Backups", "daily", "none"),
        ("Backups kept", "7 days", "30 days"),
        ("Default protection", "yes", "no"),
    ]
    assert KIND.growth(tenant.allowance, after) == Growth()
    assert KIND.measures(tenant, POLICY) == []


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("schedule", "weekly"),
        ("retention_days", "seven"),
        ("retention_days", "-1"),
        ("retention_days", "1e2"),
        ("retention_days", "٣"),
        ("retention_days", "3651"),
        ("retention_days", "9" * 100_000),
        ("default_protection", "perhaps"),
    ],
)
def test_what_cannot_be_read_is_refused_in_its_field(field: str, text: str) -> None:
    refusal = _refusal(_tenant(), **{field: text})
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INVALID_DESIRED_VALUE")
    assert refusal.details == {"field": field}
    assert refusal.message.startswith("Write ")
    assert len(refusal.message) < 120


def test_what_holds_already_is_no_change() -> None:
    desired = {"schedule": "daily", "retention_days": "07", "default_protection": "on"}
    assert _refusal(_tenant(), **desired).reason == "NOTHING_TO_CHANGE"


_DESIRED = st.fixed_dictionaries(
    {},
    optional={
        "schedule": st.sampled_from(["none", "daily", "hourly"]),
        "retention_days": st.integers(0, 3_650).map(str),
        "default_protection": st.sampled_from(["yes", "no", "on", "off"]),
    },
)
_BACKUPS = st.builds(
    Backup,
    schedule=st.sampled_from(["none", "daily", "hourly"]),
    retention_days=st.integers(0, 3_650),
    default_protection=st.booleans(),
)


def _written(backup: Backup, field: str) -> set[str]:
    """Return all ways to write what holds already."""
    value = getattr(backup, field)
    return {str(value)} if not isinstance(value, bool) else {"yes", "on"} if value else {"no", "off"}


@given(_DESIRED, _BACKUPS)
def test_only_what_differs_is_kept_and_reads_as_the_same(desired: dict[str, str], now: Backup) -> None:
    tenant = _tenant(now)
    try:
        wanted = KIND.parse(desired, tenant)
    except Refused:
        assert all(desired[field] in _written(now, field) for field in desired)
        return
    canonical = KIND.canonical(wanted)
    assert KIND.parse(canonical, tenant) == wanted
    assert len(canonical) == len(KIND.changes(tenant.allowance, KIND.after(wanted, tenant)))
    assert KIND.impact(tenant.allowance, KIND.after(wanted, tenant))


@given(_DESIRED)
def test_a_wider_bound_never_decides_more_severely(desired: dict[str, str]) -> None:
    tenant = _tenant()
    try:
        wanted = KIND.parse(desired, tenant)
    except Refused:
        return
    order = list(PolicyDecision)
    wide, strict = (KIND.place(wanted, tenant, policy).decision for policy in (POLICY, STRICT))
    assert order.index(wide) <= order.index(strict)


@given(st.sampled_from(["schedule", "retention_days", "default_protection"]), hostile_texts)
def test_hostile_texts_are_refused_in_a_clean_sentence(field: str, text: str) -> None:
    refusal = _refusal(_tenant(), **{field: text}) if not text.strip().isdecimal() else None
    assert refusal is None or (is_clean(refusal.message) and len(refusal.message) < 300)
