"""How a tenant's workspaces get their nodes."""

import pytest
from hypothesis import given

from services.change_requests.kinds.assignment_mode import KIND
from services.change_requests.tenant import Growth
from services.contract.errors import Refused
from services.contract.text import is_clean
from services.contract.types import PolicyDecision
from tests.services.change_requests.tenants import POLICY, TIER, make_tenant
from tests.strategies import hostile_texts

TENANT = make_tenant()


@pytest.mark.parametrize(
    ("mode", "decision", "because"),
    [
        ("pooled", PolicyDecision.AUTO_APPROVE, "pooled is approved at once on this tier."),
        (" Dedicated ", PolicyDecision.REVIEW, "dedicated is possible on this tier with an operator's approval."),
        (
            "metal",
            PolicyDecision.NEVER,
            "metal is not offered on this tier, which has dedicated, pooled and shared.",
        ),
    ],
)
def test_the_mode_lies_where_the_policy_lists_it(mode: str, decision: PolicyDecision, because: str) -> None:
    wanted = KIND.parse({"mode": mode}, TENANT)
    placed = KIND.place(wanted, TENANT, TIER)
    assert (placed.decision, placed.because) == (decision, because)
    assert KIND.parse(KIND.canonical(wanted), TENANT) == wanted


def test_another_tier_places_it_elsewhere() -> None:
    wanted = KIND.parse({"mode": "dedicated"}, TENANT)
    assert KIND.place(wanted, TENANT, POLICY.tier("starter")).decision is PolicyDecision.NEVER
    assert KIND.place(wanted, TENANT, POLICY.tier("enterprise")).decision is PolicyDecision.AUTO_APPROVE


def test_the_change_is_one_line_and_costs_nothing_that_is_counted() -> None:
    after = KIND.after(KIND.parse({"mode": "pooled"}, TENANT), TENANT)
    (change,) = KIND.changes(TENANT.allowance, after)
    assert (change.label, change.before, change.after) == ("Assignment mode", "shared", "pooled")
    assert (KIND.impact(TENANT.allowance, after), KIND.growth(TENANT.allowance, after)) == ("", Growth())


@pytest.mark.parametrize(
    ("desired", "reason", "sentence"),
    [
        (
            {"mode": "SHARED"},
            "NOTHING_TO_CHANGE",
            "This is how the tenant's workspaces get their nodes already: choose another mode.",
        ),
        ({"mode": ""}, "INVALID_DESIRED_VALUE", "Give mode."),
        ({"mode": "two words"}, "INVALID_DESIRED_VALUE", "Write a name like dedicated, not “two words”."),
        ({"modus": "x"}, "INVALID_DESIRED_VALUE", "There is no field “modus”: this takes mode."),
    ],
)
def test_what_is_no_other_mode_is_refused(desired: dict[str, str], reason: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        KIND.parse(desired, TENANT)
    assert (refused.value.reason, refused.value.message) == (reason, sentence)


@given(hostile_texts)
def test_hostile_texts_are_read_or_refused_in_a_clean_sentence(text: str) -> None:
    try:
        said = KIND.place(KIND.parse({"mode": text}, TENANT), TENANT, TIER).because
    except Refused as refusal:
        said = refusal.message
    assert is_clean(said)
    assert len(said) < 300
