"""Advice: what resolves each blocker, in which order, and what the customer can do."""

from datetime import timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from services.billing.model import CustomerFacts
from services.billing.views import billing_view
from services.contract.policy import Policy
from services.contract.types import (
    Action,
    BillingState,
    BlockerCode,
    ChecklistStatus,
    HandoffTo,
    Ownership,
    PaymentRail,
    Starter,
    SubscriptionStatus,
)
from services.contract.views import CustomerBillingView
from services.guidance.collection import Collected, collection_of
from services.guidance.model import Condition, CustomerStep, Grounds, PaymentLink
from tests.builders import NOW, make_blocked_view, make_invoice, make_view
from tests.facts import NOW as FACTS_NOW
from tests.facts import any_facts
from tests.services.guidance.answers import advice_on, answer
from tests.strategies import views
from tests.subscribed import make_payable, make_subscription, subscribed_view, subscribed_views, unset_view


@given(views)
def test_the_allowed_actions_are_the_views(view: CustomerBillingView) -> None:
    advice = advice_on(view)
    assert set(advice.allowed_actions) == {state.action for state in view.actions if state.allowed}
    assert [action.action for action in advice.actions] == [state.action for state in view.actions]
    for step in advice.steps:
        suggested = [*([] if step.action is None else [step.action]), *step.instead]
        assert all(action.action in advice.allowed_actions for action in suggested)


@given(views)
def test_the_way_out_covers_every_blocker_once(view: CustomerBillingView) -> None:
    advice = advice_on(view)
    covered = [code for step in advice.steps for code in step.resolves]
    assert sorted(covered) == sorted(blocker.code for blocker in view.blockers)


def test_one_action_that_resolves_two_blockers_is_one_step() -> None:
    advice = advice_on(make_blocked_view())
    (step,) = advice.steps
    assert step.action is not None
    assert step.action.action is Action.MARK_INVOICE_VERIFIED
    assert step.action.key == "v"
    assert [other.action for other in step.instead] == [Action.APPROVE_TRIAL]
    assert set(step.resolves) == {BlockerCode.UNVERIFIED_BILLING, BlockerCode.OPEN_CHECKLIST_ITEM}


def test_actions_come_before_handoffs() -> None:
    view = make_blocked_view(open_invoices=[make_invoice(due_at=NOW - timedelta(days=1))])
    steps = advice_on(view).steps
    assert [step.handoff for step in steps] == [None, HandoffTo.CUSTOMER]
    assert steps[1].resolves == (BlockerCode.OVERDUE_INVOICE,)


def test_without_an_allowed_action_unverified_billing_goes_to_finance() -> None:
    view = make_view(
        state=BillingState.NEEDS_REVIEW, payment_rail=PaymentRail.INVOICE, trial_ends_at=NOW - timedelta(days=9)
    )
    advice = advice_on(view)
    assert [(step.handoff, step.resolves) for step in advice.steps] == [
        (HandoffTo.FINANCE, (BlockerCode.UNVERIFIED_BILLING,))
    ]
    assert advice.customer_steps[0] is CustomerStep.CONFIRM_COMMERCIAL_REFERENCE


@pytest.mark.parametrize(
    ("record", "code", "action", "customer_step"),
    [
        ({"state": BillingState.NEEDS_REVIEW}, BlockerCode.UNVERIFIED_BILLING, Action.APPROVE_TRIAL, None),
        (
            {"state": BillingState.NEEDS_REVIEW, "payment_rail": PaymentRail.NONE},
            BlockerCode.MISSING_PAYMENT_RAIL,
            Action.APPROVE_TRIAL,
            None,
        ),
        (
            {"billing_item": ChecklistStatus.IN_PROGRESS},
            BlockerCode.OPEN_CHECKLIST_ITEM,
            Action.COMPLETE_BILLING_CHECKLIST,
            None,
        ),
        (
            {"state": BillingState.TRIAL_APPROVED, "payment_rail": PaymentRail.TRIAL, "trial_ends_at": NOW},
            BlockerCode.TRIAL_EXPIRED,
            Action.EXTEND_TRIAL,
            None,
        ),
        (
            {"payment_rail": PaymentRail.PREPAID, "workspace_hours": "0.00", "ai_cents": "0"},
            BlockerCode.NO_PREPAID_BALANCE,
            Action.APPLY_SUPPORT_CREDIT,
            None,
        ),
        (
            {"open_invoices": [make_invoice(due_at=NOW - timedelta(days=1))]},
            BlockerCode.OVERDUE_INVOICE,
            None,
            CustomerStep.PAY_INVOICES,
        ),
        (
            {"payment_rail": PaymentRail.CARD, "payment_method_on_file": False},
            BlockerCode.PAYMENT_SETUP_INCOMPLETE,
            None,
            CustomerStep.ADD_PAYMENT_METHOD,
        ),
        (
            {
                "state": BillingState.TRIAL_APPROVED,
                "payment_rail": PaymentRail.TRIAL,
                "trial_ends_at": NOW,
                "trial_extended": True,
            },
            BlockerCode.TRIAL_EXPIRED,
            None,
            CustomerStep.CHOOSE_PAYMENT_RAIL,
        ),
    ],
)
def test_each_blocker_has_its_way_out(
    record: dict[str, object], code: BlockerCode, action: Action | None, customer_step: CustomerStep | None
) -> None:
    advice = advice_on(make_view(**record))  # type: ignore[arg-type]
    (step,) = [step for step in advice.steps if code in step.resolves]
    assert (None if step.action is None else step.action.action) is action
    assert (step.handoff is None) == (action is not None)
    expected = [] if customer_step is None else [customer_step]
    only_ai = code is BlockerCode.OVERDUE_INVOICE
    again = CustomerStep.RETRY_MANAGED_AI if only_ai else CustomerStep.RETRY_PROVISIONING
    assert list(advice.customer_steps) == [*expected, again]


def test_an_overdue_invoice_is_handed_over_with_its_payment_link_where_stripe_has_a_page_for_it() -> None:
    (step,) = advice_on(subscribed_view(open_invoices=[make_payable()])).steps
    assert (step.handoff, step.links) == (HandoffTo.CUSTOMER, (PaymentLink.PAY_INVOICE,))
    (step,) = advice_on(subscribed_view(open_invoices=[make_invoice(due_at=NOW - timedelta(days=1))])).steps
    assert step.links == ()


def test_an_invoice_that_is_not_due_yet_clears_no_blocker_and_can_be_paid_by_its_link() -> None:
    overdue, later = make_invoice(due_at=NOW - timedelta(days=1)), make_payable("INV-8", due_at=NOW + timedelta(days=9))
    advice = advice_on(subscribed_view(open_invoices=[overdue, later]))
    assert advice.steps[0].links == ()
    assert advice.links == (PaymentLink.PAY_INVOICE,)


def test_an_incomplete_setup_is_handed_over_with_a_setup_link_whether_or_not_stripe_knows_the_customer() -> None:
    for stripe_customer_id in ("cus_1", None):
        (step,) = advice_on(unset_view(stripe_customer_id=stripe_customer_id)).steps
        assert (step.handoff, step.links) == (HandoffTo.CUSTOMER, (PaymentLink.SET_UP_PAYMENT,))


def test_both_links_stand_in_one_handoff_to_the_customer() -> None:
    (step,) = advice_on(unset_view(open_invoices=[make_payable()])).steps
    assert step.links == (PaymentLink.PAY_INVOICE, PaymentLink.SET_UP_PAYMENT)


@given(subscribed_views())
def test_only_links_that_can_be_handed_over_are_advised_and_only_to_the_customer(view: CustomerBillingView) -> None:
    advice = advice_on(view)
    for step in advice.steps:
        assert set(step.links) <= set(advice.links)
        assert not step.links or (step.handoff is HandoffTo.CUSTOMER and step.action is None)
    theirs = (i for i in view.open_invoices if collection_of(i, view) is not Collected.BY_STRIPE)
    assert (PaymentLink.PAY_INVOICE in advice.links) == any(invoice.payable for invoice in theirs)


@pytest.mark.parametrize(
    ("status", "automatic", "due", "expected"),
    [
        (SubscriptionStatus.ACTIVE, True, False, Collected.BY_STRIPE),
        (SubscriptionStatus.ACTIVE, True, True, Collected.BY_HAND),
        (SubscriptionStatus.PAST_DUE, True, False, Collected.FAILED),
        (SubscriptionStatus.PAST_DUE, True, True, Collected.BY_HAND),
        (SubscriptionStatus.PAST_DUE, False, False, Collected.BY_STRIPE),
        (SubscriptionStatus.PAUSED, True, False, Collected.BY_STRIPE),
    ],
)
def test_an_invoice_is_the_customers_to_pay_once_it_is_due_or_its_collection_failed(
    status: SubscriptionStatus, automatic: bool, due: bool, expected: Collected
) -> None:
    invoice = make_payable() if due else replace(make_payable(), due_at=None)
    view = subscribed_view(make_subscription(status, collects_automatically=automatic), open_invoices=[invoice])
    assert collection_of(invoice, view) is expected
    assert collection_of(replace(invoice, invoice_id=None), view) is Collected.BY_HAND
    assert (PaymentLink.PAY_INVOICE in advice_on(view).links) == (expected is not Collected.BY_STRIPE)


@pytest.mark.parametrize(
    ("status", "at_risk"),
    [
        (SubscriptionStatus.ACTIVE, False),
        (SubscriptionStatus.TRIALING, False),
        (SubscriptionStatus.PAST_DUE, True),
        (SubscriptionStatus.UNPAID, True),
        (SubscriptionStatus.PAUSED, True),
    ],
)
def test_a_subscription_is_at_risk_when_it_is_not_paid_or_paused(status: SubscriptionStatus, at_risk: bool) -> None:
    assert advice_on(subscribed_view(make_subscription(status))).subscription_at_risk is at_risk


def test_a_customer_without_blockers_is_asked_for_nothing() -> None:
    advice = advice_on(make_view())
    assert advice.steps == ()
    assert advice.customer_steps == (CustomerStep.RETRY,)


@pytest.mark.parametrize(
    ("record", "grounds", "allowed"),
    [
        ({"ownership": Ownership.PLATFORM_OWNED}, Grounds.OWNED, True),
        ({"ownership": Ownership.INTERNAL}, Grounds.OWNED, True),
        ({"invoice_rail_approved": True, "commercial_reference": "PO-1"}, Grounds.RAIL_APPROVED, True),
        ({"invoice_rail_approved": True, "commercial_reference": None}, Grounds.REFERENCE_MISSING, False),
        ({"invoice_rail_approved": False, "commercial_reference": "PO-1"}, Grounds.RAIL_NOT_APPROVED, False),
    ],
)
def test_the_invoice_exception_names_its_grounds(record: dict[str, object], grounds: Grounds, allowed: bool) -> None:
    view = make_view(state=BillingState.NEEDS_REVIEW, **record)  # type: ignore[arg-type]
    invoice = advice_on(view).invoice
    assert invoice.grounds is grounds
    assert invoice.action.allowed is allowed
    assert dict(invoice.conditions)[Condition.OWNERSHIP_ESTABLISHED] is allowed


@given(views)
def test_the_conditions_of_the_invoice_exception_agree_with_the_view(view: CustomerBillingView) -> None:
    invoice = advice_on(view).invoice
    assert invoice.action.allowed == all(met for _, met in invoice.conditions)


@given(any_facts())
def test_the_advice_agrees_with_the_products_own_views(facts: CustomerFacts) -> None:
    view = billing_view(facts, FACTS_NOW, Policy())
    advice = advice_on(view, Starter.INVOICE_EXCEPTION)
    assert set(advice.allowed_actions) == {state.action for state in view.actions if state.allowed}
    assert advice.invoice.action.allowed == all(met for _, met in advice.invoice.conditions)
    assert sorted(code for step in advice.steps for code in step.resolves) == sorted(b.code for b in view.blockers)
    assert answer(view, Starter.SUMMARIZE_REPORT)
