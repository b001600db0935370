"""The view: what it says follows from the facts and the clock, and it can be sent as JSON and read back."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given

from services.billing.model import CustomerFacts
from services.billing.rules import BLOCKS, blockers
from services.billing.views import billing_view
from services.contract.policy import Policy
from services.contract.types import Area, BillingState, BlockerCode, ChecklistStatus, HandoffTo, PaymentRail, Unit
from services.contract.views import CustomerBillingView
from services.credits.state import Credits
from tests.facts import NOW, any_facts, make_facts, moments, replaced, with_lot


def view_of(facts: CustomerFacts, now: datetime = NOW) -> CustomerBillingView:
    return billing_view(facts, now, Policy())


@given(any_facts(), moments)
def test_readiness_is_blocked_by_exactly_the_blockers_of_the_area(facts: CustomerFacts, now: datetime) -> None:
    view = view_of(facts, now)
    for area, ready in (
        (Area.PROVISIONING, view.readiness.provisioning),
        (Area.MANAGED_AI, view.readiness.managed_ai),
    ):
        assert ready.blocked_by == [b.code for b in blockers(facts, now) if area in BLOCKS[b.code]]
        assert (ready.status == "blocked") == bool(ready.blocked_by)


@given(any_facts(), moments)
def test_a_blocker_is_handed_off_exactly_when_no_action_here_resolves_it(facts: CustomerFacts, now: datetime) -> None:
    for blocker in view_of(facts, now).blockers:
        assert (blocker.handoff is None) == any(action.allowed for action in blocker.resolving_actions)
        assert blocker.detail.endswith(".")
        assert blocker.facts


@given(any_facts(), moments)
def test_a_view_survives_the_wire(facts: CustomerFacts, now: datetime) -> None:
    view = view_of(facts, now)
    assert msgspec.json.decode(msgspec.json.encode(view), type=CustomerBillingView) == view


@given(any_facts(), moments, moments)
def test_the_view_etag_changes_whenever_the_clock_changes_a_blocker(
    facts: CustomerFacts, now: datetime, later: datetime
) -> None:
    first, second = view_of(facts, now), view_of(facts, later)
    if [b.code for b in first.blockers] != [b.code for b in second.blockers]:
        assert first.view_etag != second.view_etag


def test_active_lots_come_in_burn_down_order_and_the_others_last() -> None:
    credits = with_lot(Credits(), Unit.WORKSPACE_HOURS, 36, effective_at=NOW + timedelta(days=1))
    credits = with_lot(credits, Unit.WORKSPACE_HOURS, 3_600)
    credits = with_lot(credits, Unit.WORKSPACE_HOURS, 7_200, expires_at=NOW + timedelta(days=9))
    view = view_of(make_facts(credits=credits))
    assert [(lot.grant_id, lot.active) for lot in view.credits.lots] == [("g2", True), ("g1", True), ("g0", False)]
    assert (view.credits.workspace_hours, view.credits.ai_cents, view.credits.active_lots) == ("3.00", "0", 2)


def test_what_is_left_of_an_expired_lot_is_not_shown_whether_or_not_its_expiry_is_booked() -> None:
    credits = with_lot(Credits(), Unit.WORKSPACE_HOURS, 3_600, expires_at=NOW)
    assert view_of(make_facts(credits=credits)).credits.lots == []
    assert len(view_of(make_facts(credits=credits), NOW - timedelta(microseconds=1)).credits.lots) == 1


def test_an_unapproved_invoice_rail_is_handed_to_finance() -> None:
    facts = make_facts(state=BillingState.NEEDS_REVIEW, trial_ends_at=NOW - timedelta(days=1))
    [blocker] = view_of(facts).blockers
    assert blocker.code is BlockerCode.UNVERIFIED_BILLING
    assert blocker.handoff is not None
    assert blocker.handoff.to is HandoffTo.FINANCE


def test_nobody_here_can_pay_an_invoice_or_enter_a_card() -> None:
    facts = make_facts(payment_rail=PaymentRail.CARD, payment_method_on_file=False)
    [blocker] = view_of(facts).blockers
    assert blocker.resolving_actions == []
    assert blocker.handoff is not None
    assert blocker.handoff.to is HandoffTo.CUSTOMER


@pytest.mark.parametrize(("on_file", "said"), [(None, "It is not known whether a"), (False, "No"), (True, None)])
def test_why_invoices_cannot_be_collected_says_only_what_is_known_of_the_payment_method(
    on_file: bool | None, said: str | None
) -> None:
    collection = view_of(replaced(make_facts(), payment_method_on_file=on_file)).automatic_collection
    assert collection is not None
    assert collection.allowed == (said is None)
    assert said is None or (collection.message or "").startswith(f"{said} payment method is on file: complete the")


def test_an_open_item_of_a_decided_customer_is_completed_by_its_own_action_first() -> None:
    [blocker] = view_of(make_facts(item=ChecklistStatus.OPEN)).blockers
    assert [a.action for a in blocker.resolving_actions if a.allowed] == ["CompleteBillingChecklist"]
