"""What choosing a plan leads to: by its page, its interval and what becomes of the plan that is there."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from billinghelp.plan_choice import choice_of
from services.contract.types import BillingInterval
from services.contract.views import SubscriptionView
from tests.billinghelp.payments_desk import payments_view, plans_for, subscription
from tests.builders import NOW

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
ENDS = datetime(2026, 11, 1, tzinfo=NOW.tzinfo)
AT_ONCE = "begins and is charged at once, less what is left of the present period"
AT_THE_END = "takes effect on 2026-11-01, when the current period ends"


@pytest.mark.parametrize(
    ("had", "wanted", "how", "effect"),
    [
        (subscription("growth"), ("business", MONTH), "checkout", "takes effect when it is paid"),
        (subscription("growth"), ("starter", MONTH), "portal", AT_THE_END),
        # Stripe makes a longer rhythm begin today, even where the plan is a smaller one
        (subscription("growth"), ("growth", YEAR), "portal", AT_ONCE),
        (subscription("growth"), ("starter", YEAR), "portal", AT_ONCE),
        # but what costs less than one payment of now waits, whatever its rhythm
        (subscription("business"), ("starter", YEAR), "portal", AT_THE_END),
        (subscription("growth", interval=YEAR, amount=49_000), ("growth", MONTH), "portal", AT_THE_END),
        (subscription("growth", interval=YEAR, amount=49_000), ("starter", YEAR), "portal", AT_THE_END),
        (subscription("growth"), ("growth", MONTH), "none", ""),
        (
            subscription("growth", ends_at=ENDS),
            ("growth", MONTH),
            "keep",
            "ends on 2026-11-01, then no limits and no features: it can be kept in the portal",
        ),
        (
            subscription("growth", changes_at=ENDS, next_plan="starter", next_plan_name="Starter"),
            ("growth", MONTH),
            "keep",
            "until 2026-11-01, then Starter: it can be kept in the portal",
        ),
    ],
)
def test_it_says_where_a_choice_leads_and_when_it_takes_effect(
    had: SubscriptionView, wanted: tuple[str, BillingInterval], how: str, effect: str
) -> None:
    view, (slug, interval) = payments_view(subscription=had), wanted
    plan = next(plan for plan in plans_for(view) if plan.plan == slug)
    choice = choice_of(view, plan, interval)
    assert (choice.how, choice.effect) == (how, effect)


def test_a_plan_that_is_not_sold_so_takes_no_effect() -> None:
    view = payments_view()
    starter = plans_for(view)[0]
    month_only = replace(starter, prices=[price for price in starter.prices if price.interval is MONTH])
    choice = choice_of(view, month_only, YEAR)
    assert choice.why_not == "Starter is not sold so: choose the other interval."
    assert choice.effect == ""
    assert not choice.is_charged_now
