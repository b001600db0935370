"""Answers about plan and payments: what they say, that they pass the checks of a model, and that they open nothing."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contract.types import BillingState, Resource, Starter, SubscriptionStatus
from services.contract.views import CustomerBillingView, NoticeView
from services.guidance.checks import check
from services.guidance.rules import advise
from tests.builders import NOW, make_invoice, make_view
from tests.services.guidance.answers import answer, facts_of, question, structure, unfilled
from tests.subscribed import (
    NO_USE,
    make_meter,
    make_payable,
    make_subscription,
    subscribed_view,
    subscribed_views,
    unset_view,
)

QUESTIONS: tuple[str | Starter, ...] = (
    *Starter,
    "Which plan are they on?",
    "How do they pay?",
    "Why is the plan past due?",
    "Why was the card declined?",
    "Which of the plans Starter, Growth, Business and Enterprise can they have?",
)
PLAN, PAYMENT, PAST_DUE, DECLINED, PLANS = QUESTIONS[3:]

BLOCKED = unset_view(open_until=NOW + timedelta(days=1), open_invoices=[make_payable()])
AT_RISK = replace(
    subscribed_view(
        make_subscription(SubscriptionStatus.PAST_DUE, next_plan_name="Starter", changes_at=NOW + timedelta(days=17))
    ),
    notices=[
        NoticeView(code="usage_at_limit", text="The plan's limit of storage is reached (100 %)."),
        NoticeView(code="payment_method_unknown", text="It is not known whether a payment method is on file."),
    ],
)

COLLECTED = replace(make_payable("SBX-2"), due_at=None)
FAILED = subscribed_view(make_subscription(SubscriptionStatus.PAST_DUE), open_invoices=[COLLECTED, make_payable()])
FOLLOWED = subscribed_view(
    make_subscription(next_plan="starter", next_plan_name="Starter", changes_at=NOW + timedelta(days=17))
)

questions = st.sampled_from(QUESTIONS)


@given(subscribed_views(), questions)
def test_every_figure_and_name_is_a_fact_and_the_structure_is_ours(
    view: CustomerBillingView, asked: str | Starter
) -> None:
    text = unfilled(view, asked)
    facts = facts_of(view)
    assert all(key in facts for key in re.findall(r"\{\{([^}]*)\}\}", text))
    own_words = re.sub(r"\{\{[A-Za-z0-9_.]+\}\}|`F3`", "", text)
    assert not re.search(r"[0-9$€£%]", re.sub(r"^[0-9]+\. ", "", own_words, flags=re.MULTILINE))
    assert not {"inline link_open", "inline image", "inline html_inline"} & set(structure(answer(view, asked)))


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("view", [BLOCKED, AT_RISK, FAILED, FOLLOWED, subscribed_view(), make_view()])
def test_what_the_rules_write_would_pass_as_a_models(view: CustomerBillingView, asked: str | Starter) -> None:
    facts = facts_of(view)
    assert check(unfilled(view, asked), facts, advise(view, facts, question(asked))) == ()


# ── the way out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_way_out_of_an_overdue_invoice_is_its_link_from_the_billing_page() -> None:
    text = answer(subscribed_view(open_invoices=[make_payable()]), Starter.UNBLOCK_BILLING)
    assert (
        "1. Hand off to the customer with the case text, `h`: An invoice is overdue. The customer pays on Stripe's "
        "page: hand over the payment link of INV-7 from the Billing page, `F3`." in text
    )


def test_only_the_overdue_ones_among_payable_invoices_are_named_in_the_way_out() -> None:
    invoices = [make_payable(), make_payable("INV-8", due_at=NOW + timedelta(days=9)), make_payable("INV-9")]
    text = answer(subscribed_view(open_invoices=invoices), Starter.UNBLOCK_BILLING)
    assert "the payment links of INV-7 and INV-9 from" in text


def test_an_invoice_that_stripe_has_no_page_for_has_no_link() -> None:
    view = subscribed_view(open_invoices=[make_invoice(due_at=NOW - timedelta(days=1))])
    for asked in QUESTIONS:
        assert "link" not in answer(view, asked)


def test_what_stripe_collects_by_itself_is_told_and_not_handed_over() -> None:
    view = subscribed_view(open_invoices=[COLLECTED])
    for asked in QUESTIONS:
        assert "hand over" not in answer(view, asked)
    assert "- Invoice SBX-2: 1,299.00 USD, collection: by Stripe itself\n" in answer(view, PAYMENT)


def test_the_way_out_of_an_incomplete_setup_is_the_setup_link_and_names_a_page_that_is_open() -> None:
    begun = answer(BLOCKED, Starter.UNBLOCK_BILLING)
    assert "hand over the setup link from the Billing page, `F3`. A setup page is open until 2026-10-16." in begun
    assert "open until" not in answer(unset_view(), Starter.UNBLOCK_BILLING)


def test_the_customer_reads_which_invoice_is_payable_by_link_and_no_key() -> None:
    reply = answer(BLOCKED, Starter.UNBLOCK_BILLING).partition("**Customer-safe next steps**")[2]
    assert "- Invoice INV-7: 1,299.00 USD, due 2026-10-03, payable by its link" in reply
    assert "in your billing settings or through the setup link" in reply
    assert "F3" not in reply


def test_the_invoice_exception_says_how_what_remains_is_cleared() -> None:
    view = make_view(
        state=BillingState.NEEDS_REVIEW,
        invoice_rail_approved=True,
        commercial_reference="PO-1",
        open_invoices=[make_payable()],
    )
    text = answer(view, Starter.INVOICE_EXCEPTION)
    assert "What remains: An invoice is overdue. The customer pays on Stripe's page" in text


# ── plan and payments ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_told_with_its_next_change_its_use_and_what_puts_it_at_risk() -> None:
    text = answer(AT_RISK, PLAN)
    for said in (
        "Acme GmbH: **Growth**, 49.00 USD monthly, subscription **past due**. From 2026-11-01 on: Starter.",
        "- Nodes: 3 of 5 (60 %), within limit",
        "- Users: 21 of 25 (84 %), **close to limit**",
        "- Storage: 500 GiB of 500 GiB (100 %), **limit reached**",
        "Acme GmbH to Growth is **past due**, so the plan is at risk: the last payment for it failed.",
        "- The plan's limit of storage is reached",
        "No action here changes a plan",
    ):
        assert said in text
    assert "payment method is on file" not in text.partition("**Customer-safe")[0]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (subscribed_view(), "The period ends on 2026-11-01, and the plan goes on."),
        (subscribed_view(make_subscription(ends_at=NOW)), "It ends on 2026-10-15, and no plan follows it."),
        (make_view(), "Acme GmbH: no subscription; the usage tier is **growth**."),
        (make_view(usage_tier=None), "Acme GmbH has neither a plan nor a subscription."),
    ],
)
def test_what_comes_of_a_plan_is_said_in_one_sentence(view: CustomerBillingView, said: str) -> None:
    assert said in answer(view, PLAN)


def test_what_has_no_limit_is_no_meter() -> None:
    limited = make_meter(Resource.NODES, 3, 5, "3 of 5")
    assert "- Nodes: 3 of 5" in answer(subscribed_view(usage=[*NO_USE[1:], limited]), PLAN)
    assert "Users:" not in answer(subscribed_view(usage=NO_USE), PLAN)


def test_payments_are_told_with_the_card_and_the_invoices_that_have_a_link() -> None:
    text = answer(subscribed_view(open_invoices=[make_payable()]), PAYMENT)
    assert "payment method on file: Visa ending in 4242 (expires 04/2029), payment setup: complete" in text
    assert "due 2026-10-03, **overdue for 12 days**, has a payment link" in text


def test_the_report_in_words_has_plan_use_and_payments() -> None:
    text = answer(AT_RISK, Starter.SUMMARIZE_REPORT)
    assert "**Plan.** **Growth**, 49.00 USD monthly" in text
    assert "- Storage: 500 GiB of 500 GiB" in text
    assert "**Payments.** Payment method on file: Visa ending in 4242" in text


def test_unblock_billing_names_a_risk_where_nothing_blocks_yet() -> None:
    text = answer(AT_RISK, Starter.UNBLOCK_BILLING)
    assert "**No immediate billing blocker found.**" in text
    assert text.count("so the plan is at risk") == 1


# ── which invoices are open ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", ["which invoices are open", "what do they owe", "list invoices", "unpaid invoices?"])
def test_open_invoices_are_named_with_what_is_due_when_and_how_they_are_paid(asked: str) -> None:
    invoices = [make_payable(), make_payable("INV-8", due_at=NOW + timedelta(days=9))]
    text = answer(subscribed_view(open_invoices=invoices), asked)
    assert "Invoice INV-7: 1,299.00 USD, due" in text
    assert "Invoice INV-8: 1,299.00 USD, due 2026-10-24" in text
    assert "hand over the payment links of INV-7 and INV-8 from the Billing page" in text
    assert "verified" not in text


def test_where_none_is_open_the_answer_says_so() -> None:
    text = answer(subscribed_view(), "which invoices are open")
    assert "Open invoices: 0, so none waits to be paid." in text
    assert "Overdue" not in text


def test_what_stops_managed_ai_alone_does_not_ask_for_provisioning_again() -> None:
    text = answer(subscribed_view(open_invoices=[make_payable()]), Starter.UNBLOCK_BILLING)
    assert "retry provisioning" not in text
    assert "2. Ask the customer to try managed AI again once the panel reads" in text
    assert "> Once we have confirmed that billing is cleared, please try managed AI again." in text
