"""A customer whose plan was paid at Stripe, and whose next invoice was not, as the chat and the commands tell of it."""

import re

from billinghelp.cli.text import view_lines
from services.contract.requests import StartPlanCheckout, UpdateBillingAutomaticCollection
from services.contract.types import Starter
from services.contract.views import CustomerBillingView
from services.storage.engine import Store
from tests.services.guidance.answers import answer, facts_of
from tests.services.payments.paying import TENANT, paying
from tests.surface import customer


def overdue_view(store: Store) -> CustomerBillingView:
    """Return a customer on the Growth plan who pays by hand, a month after it should have."""
    with paying(store) as bench:
        bench.feed(customer(billing={"state": "verified", "payment_rail": "none", "usage_tier": None}))
        bench.pay(bench.start(StartPlanCheckout, plan="growth"))
        bench.follow()
        bench.call(bench.request(UpdateBillingAutomaticCollection, enabled=False), TENANT)
        bench.clock.advance(days=31)
        bench.sandbox.tick()
        bench.follow()
        bench.clock.advance(days=31)
        return bench.view()


def test_what_stripe_told_is_told_with_a_link_to_hand_over_and_without_any_address_or_id(sqlite_store: Store) -> None:
    view = overdue_view(sqlite_store)
    (invoice,) = view.open_invoices
    for fact in facts_of(view):
        assert not re.search(r"://|\b(?:cus|in|sub|pm|pi|seti|cs)_", fact.value), fact
    assert f"hand over the payment link of {invoice.number} from the Billing page" in answer(
        view, Starter.UNBLOCK_BILLING
    )
    assert "Visa ending in 4242" in answer(view, "Which card is on file?")
    (blocker,) = [each for each in view.blockers if each.code == "overdue_invoice"]
    assert blocker.handoff is not None
    assert blocker.handoff.text.endswith("Its payment link can be handed over from the Billing page.")
    shown = "\n".join(view_lines(view))
    assert f"  {invoice.number}: 79.00 USD, overdue since " in shown
    assert "Payment setup:  complete (Visa ending in 4242" in shown
