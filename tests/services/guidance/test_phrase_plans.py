"""Answers about plans: why one is at risk, what is known of a declined card, and how the customer comes to another."""

import pytest

from services.contract.types import Starter, SubscriptionStatus
from services.contract.views import CustomerBillingView
from tests.builders import make_view
from tests.services.guidance.answers import answer
from tests.services.guidance.test_phrase_payments import COLLECTED, DECLINED, FOLLOWED, PAST_DUE, PLANS, QUESTIONS
from tests.subscribed import make_payable, make_subscription, subscribed_view, unset_view

# ── past due and declined ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", [*QUESTIONS, "Which plan are they on, and which invoices do they owe?"])
@pytest.mark.parametrize("status", [SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.PAUSED])
def test_a_plan_at_risk_is_said_once_at_most_and_never_to_go_on(
    status: SubscriptionStatus, asked: str | Starter
) -> None:
    text = answer(subscribed_view(make_subscription(status), open_invoices=[COLLECTED, make_payable()]), asked)
    assert text.count("at risk") <= 1
    assert text.count("hand over the payment link") <= 1
    assert "goes on" not in text
    assert "We see nothing in your billing" not in text or status is SubscriptionStatus.PAUSED


def test_why_a_plan_is_past_due_is_the_failed_payment_its_invoice_and_what_helps() -> None:
    text = answer(subscribed_view(make_subscription(SubscriptionStatus.PAST_DUE), open_invoices=[COLLECTED]), PAST_DUE)
    assert text.startswith(
        "The subscription of Acme GmbH to Growth is **past due**, so the plan is at risk: the last payment for it "
        "failed. The open invoice is SBX-2 over 1,299.00 USD.\n\nThe customer pays on Stripe's page: hand over the "
        "payment link of SBX-2 from the Billing page, `F3`. Where the card is at fault, the customer registers another "
        "card"
    )
    assert "or pay this invoice:\n>\n> - Invoice SBX-2: 1,299.00 USD, payable by its link" in text


def test_of_what_is_paid_by_hand_nothing_failed_and_no_card_helps() -> None:
    by_hand = make_subscription(SubscriptionStatus.PAST_DUE, collects_automatically=False)
    text = answer(subscribed_view(by_hand, open_invoices=[make_payable()]), PAST_DUE)
    assert "so the plan is at risk: it is paid by hand, and was not yet. The open invoice is INV-7 over" in text
    assert "failed" not in text
    assert "card" not in text


def test_an_invoice_that_is_not_known_is_not_made_up() -> None:
    text = answer(subscribed_view(make_subscription(SubscriptionStatus.UNPAID)), PAST_DUE)
    assert "Its invoice is not among the open ones that are named here." in text
    assert "hand over" not in text


@pytest.mark.parametrize("view", [subscribed_view(), make_view(), make_view(usage_tier=None)])
def test_a_plan_that_is_paid_or_not_there_is_not_said_to_be_past_due(view: CustomerBillingView) -> None:
    text = answer(view, PAST_DUE)
    assert "As recorded here, no plan is past due." in text
    assert "at risk" not in text


def test_why_a_card_was_declined_is_not_known_here_and_it_is_said_where_it_stands() -> None:
    text = answer(subscribed_view(make_subscription(SubscriptionStatus.PAST_DUE), open_invoices=[COLLECTED]), DECLINED)
    assert "This chat does not know why." in text
    assert "Look at SBX-2 over 1,299.00 USD first. Declines on a Checkout page are not recorded here." in text
    text = answer(unset_view(), DECLINED)
    assert "Look at" not in text
    assert text.endswith("> Please try another card, or ask your bank about the one that did not work.")
    assert "retry provisioning" not in text


# ── plans on offer ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (subscribed_view(), "**Enterprise** is by contract: agreed on with people, not bought on a page."),
        (subscribed_view(), "**Growth** is the current plan."),
        (
            subscribed_view(),
            "portal, from the Billing page, `F3`. It begins on 2026-11-01, when the current period ends.",
        ),
        (subscribed_view(), "More is in use than it includes: nodes, users and storage."),
        (subscribed_view(), "It begins when it is paid and then takes the place of Growth."),
        (make_view(usage_tier=None), "**Starter** is bought in Stripe's Checkout, from the Billing page, `F3`."),
        (FOLLOWED, "**Starter** follows the current plan on 2026-11-01."),
    ],
)
def test_each_plan_that_is_named_is_answered_with_the_way_to_it(view: CustomerBillingView, said: str) -> None:
    assert said in answer(view, PLANS)


def test_the_customer_reads_how_it_comes_to_the_plan_that_was_asked_about_alone() -> None:
    text = answer(unset_view(), "How do they get Enterprise?")
    assert text.endswith("> The plan Enterprise is by contract: please tell us what you need of it.")
    assert "Starter" not in text
