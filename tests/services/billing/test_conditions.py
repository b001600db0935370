"""When each audited action is allowed: PRODUCT.md §3's conditions, in their order."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from services.billing.conditions import refusal
from services.billing.model import CustomerFacts
from services.contract.types import Action, BillingState, Category, ChecklistStatus, Ownership, PaymentRail, Unit
from services.credits.state import Credits
from tests.facts import NOW, any_facts, make_facts, moments, replaced, with_lot

VERIFY, TRIAL, EXTEND = Action.MARK_INVOICE_VERIFIED, Action.APPROVE_TRIAL, Action.EXTEND_TRIAL
REVIEW, ON_TRIAL = BillingState.NEEDS_REVIEW, BillingState.TRIAL_APPROVED


def why(action: Action, facts: CustomerFacts, now: datetime = NOW) -> str | None:
    found = refusal(action, facts, now)
    return None if found is None else found.reason


@given(any_facts(), moments)
def test_each_refusal_is_the_first_condition_that_fails(facts: CustomerFacts, now: datetime) -> None:
    b = facts.billing
    owned = facts.customer.ownership in ("internal", "platform_owned") or (
        b.invoice_rail_approved and bool(b.commercial_reference)
    )
    support = [
        lot
        for lot in facts.credits.lots
        if lot.category == "support" and lot.remaining and (lot.expires_at is None or lot.expires_at > now)
    ]
    ladders = {
        VERIFY: [
            ("NOT_INVOICE_RAIL", b.payment_rail != "invoice"),
            ("ALREADY_VERIFIED", b.state == "verified"),
            ("COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED", not owned),
        ],
        TRIAL: [
            ("ALREADY_VERIFIED", b.state == "verified"),
            ("TRIAL_ALREADY_USED", b.state == "trial_approved" or b.trial_ends_at is not None),
        ],
        EXTEND: [
            ("NOT_ON_TRIAL", b.state != "trial_approved"),
            ("TRIAL_HAS_NO_END", b.trial_ends_at is None),
            ("TRIAL_ALREADY_EXTENDED", b.trial_extended),
        ],
        Action.APPLY_SUPPORT_CREDIT: [],
        Action.REVERSE_SUPPORT_CREDIT: [("NOTHING_TO_REVERSE", not support)],
        Action.COMPLETE_BILLING_CHECKLIST: [
            ("BILLING_NOT_DECIDED", b.state == "needs_review"),
            ("NOTHING_TO_COMPLETE", facts.billing_item not in ("open", "in_progress")),
        ],
    }
    for action, ladder in ladders.items():
        assert why(action, facts, now) == next((reason for reason, fails in ladder if fails), None)


@given(any_facts(), moments)
def test_every_refusal_is_one_sentence(facts: CustomerFacts, now: datetime) -> None:
    for action in Action:
        found = refusal(action, facts, now)
        if found is not None:
            assert found.message.endswith(".")
            assert ". " not in found.message
            assert "\n" not in found.message


def test_an_approved_rail_needs_its_reference_too() -> None:
    facts = make_facts(state=REVIEW, invoice_rail_approved=True, commercial_reference="")
    assert why(VERIFY, facts) == "COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED"
    assert why(VERIFY, replaced(facts, commercial_reference="PO-1")) is None


@pytest.mark.parametrize("ownership", [Ownership.INTERNAL, Ownership.PLATFORM_OWNED])
def test_an_owned_customer_needs_no_approved_rail(ownership: Ownership) -> None:
    assert why(VERIFY, make_facts(state=REVIEW, ownership=ownership)) is None


def test_a_customer_on_trial_who_pays_by_invoice_can_still_be_verified() -> None:
    facts = make_facts(state=ON_TRIAL, ownership=Ownership.INTERNAL, trial_ends_at=NOW - timedelta(days=1))
    assert why(VERIFY, facts) is None


def test_a_trial_is_given_once_even_when_only_its_end_is_left() -> None:
    facts = make_facts(state=REVIEW, payment_rail=PaymentRail.NONE, trial_ends_at=NOW - timedelta(days=90))
    assert why(TRIAL, facts) == "TRIAL_ALREADY_USED"


def test_an_expired_support_lot_has_nothing_to_reverse() -> None:
    credits = with_lot(Credits(), Unit.AI_CENTS, 1, category=Category.SUPPORT, expires_at=NOW)
    facts = make_facts(credits=credits)
    assert why(Action.REVERSE_SUPPORT_CREDIT, facts, NOW) == "NOTHING_TO_REVERSE"
    assert why(Action.REVERSE_SUPPORT_CREDIT, facts, NOW - timedelta(seconds=1)) is None


def test_a_waived_item_is_not_completed() -> None:
    assert why(Action.COMPLETE_BILLING_CHECKLIST, make_facts(item=ChecklistStatus.WAIVED)) == "NOTHING_TO_COMPLETE"
