"""Facts of plan and payments: ready to read, and none of them opens a page or names a card to a model."""

from datetime import timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from services.contract.types import Resource, Starter
from services.contract.views import CustomerBillingView, NoticeView
from services.guidance.case import Case, assemble
from services.guidance.facts import facts_hash
from services.guidance.model import FactKind, Facts, GuidanceInput
from services.guidance.redaction.typed import typed_texts
from services.guidance.rules import advise
from tests.builders import NOW, make_view
from tests.services.guidance.answers import facts_of, question
from tests.subscribed import (
    INVOICE_ID,
    STRIPE_ID,
    make_meter,
    make_payable,
    make_subscription,
    subscribed_view,
    subscribed_views,
    unset_view,
)

GONE = NoticeView(code="payment_customer_gone", text="Stripe has deleted this customer.")


def values(facts: Facts, *stems: str) -> dict[str, str]:
    return {fact.key: fact.value for fact in facts if fact.key.startswith(stems)}


def test_a_plan_is_told_with_its_price_its_status_and_the_end_of_its_period() -> None:
    assert values(facts_of(subscribed_view()), "plan.") == {
        "plan.name": "Growth",
        "plan.status": "active",
        "plan.interval": "monthly",
        "plan.amount": "49.00 USD",
        "plan.outlook": "Growth, renews on 2026-11-01",
        "plan.period_end": "2026-11-01",
    }


def test_the_next_change_is_a_fact_of_its_own_and_an_end_comes_before_it() -> None:
    change = make_subscription(next_plan_name="Starter", changes_at=NOW + timedelta(days=2))
    assert values(facts_of(subscribed_view(change)), "plan.changes", "plan.next", "plan.ends") == {
        "plan.changes_at": "2026-10-17",
        "plan.next_name": "Starter",
    }
    end = replace(change, ends_at=NOW + timedelta(days=3))
    assert values(facts_of(subscribed_view(end)), "plan.changes", "plan.next", "plan.ends") == {
        "plan.ends_at": "2026-10-18"
    }


def test_use_is_told_with_its_limit_and_its_level() -> None:
    facts = facts_of(subscribed_view())
    assert values(facts, "usage.users.") == {
        "usage.users.used": "21",
        "usage.users.limit": "25",
        "usage.users.percent": "84 %",
        "usage.users.level": "close to limit",
    }
    assert values(facts, "usage.storage.limit", "usage.storage.level") == {
        "usage.storage.limit": "500 GiB",
        "usage.storage.level": "limit reached",
    }


def test_what_has_no_limit_has_a_use_alone() -> None:
    unlimited = subscribed_view(usage=[make_meter(Resource.NODES, 3, None, "3")])
    assert values(facts_of(unlimited), "usage.") == {"usage.nodes.used": "3"}


def test_a_card_is_private_by_brand_last_four_and_expiry() -> None:
    facts = facts_of(subscribed_view())
    assert values(facts, "payment.method") == {
        "payment.method": "Visa ending in 4242",
        "payment.method_expires": "04/2029",
    }
    assert facts["payment.method"].is_private
    assert facts["payment.method_expires"].is_private


def test_an_open_setup_page_is_told_until_when_it_is_open() -> None:
    facts = facts_of(unset_view(open_until=NOW + timedelta(days=1)))
    assert values(facts, "payment.setup") == {"payment.setup": "begun", "payment.setup_open_until": "2026-10-16"}
    assert values(facts_of(unset_view()), "payment.setup") == {"payment.setup": "not begun"}


def test_a_customer_is_known_to_stripe_or_not_or_was_deleted_there() -> None:
    def known(view: CustomerBillingView) -> str:
        return facts_of(view)["payment.known_to_stripe"].value

    assert known(subscribed_view()) == "yes"
    assert known(unset_view(stripe_customer_id=None)) == "no"
    assert known(replace(subscribed_view(), notices=[GONE])) == "deleted"


def test_collection_that_cannot_be_turned_on_says_why_not() -> None:
    told = values(facts_of(unset_view()), "payment.collection")
    assert told["payment.collection_change"] == "not possible"
    assert "payment method" in told["payment.collection_why_not"]
    assert values(facts_of(subscribed_view()), "payment.collection") == {"payment.collection_change": "possible"}


def test_a_notice_says_what_it_is_about_in_words_that_may_be_sent() -> None:
    facts = facts_of(replace(subscribed_view(), notices=[GONE]))
    assert facts["notice.1.about"].value == "payment customer gone"
    assert not facts["notice.1.about"].is_private
    assert facts["notice.1.text"].is_private


def test_an_invoice_says_whether_it_can_be_paid_by_a_link() -> None:
    both = subscribed_view(open_invoices=[make_payable(), replace(make_payable("INV-8"), payable=False)])
    assert [facts_of(both)[f"invoice.{number}.payable"].value for number in (1, 2)] == ["yes", "no"]


def test_a_view_without_payments_has_no_facts_of_them() -> None:
    assert values(facts_of(make_view()), "plan.", "usage.", "payment.") == {}


@given(subscribed_views())
def test_no_id_of_the_providers_and_no_address_is_a_fact(view: CustomerBillingView) -> None:
    invoices = [replace(invoice, invoice_id=INVOICE_ID) for invoice in view.open_invoices]
    for fact in facts_of(replace(view, open_invoices=invoices)):
        assert fact.value
        assert STRIPE_ID not in fact.value
        assert INVOICE_ID not in fact.value
        assert fact.is_private or "://" not in fact.value


def hash_of(view: CustomerBillingView, *used: str) -> str:
    return facts_hash(facts_of(view), used)


def test_a_heartbeat_makes_only_an_answer_stale_that_named_the_use() -> None:
    before = subscribed_view(usage=[make_meter(Resource.USERS, 3, 25, "3 of 25")])
    after = replace(before, usage=[make_meter(Resource.USERS, 4, 25, "4 of 25")])
    assert hash_of(after) == hash_of(before)
    assert hash_of(after, "usage.users.used") != hash_of(before, "usage.users.used")


@pytest.mark.parametrize(
    "after",
    [
        subscribed_view(make_subscription(next_plan_name="Starter", changes_at=NOW + timedelta(days=2))),
        replace(subscribed_view(), payment_setup=unset_view().payment_setup),
        replace(subscribed_view(), notices=[GONE]),
    ],
)
def test_a_change_of_plan_or_payments_makes_every_answer_stale(after: CustomerBillingView) -> None:
    assert hash_of(after) != hash_of(subscribed_view())


# ── what a model is sent ──────────────────────────────────────────────────────────────────────────────────────────────


def sent(view: CustomerBillingView, asked: str | Starter) -> str:
    facts, words = facts_of(view), question(asked)
    typed = typed_texts(GuidanceInput(view=view))
    case = Case(customer_id="acme-eu", question=words, facts=facts, advice=advise(view, facts, words), typed=typed)
    return "\n".join(message.content for message in assemble(case).messages)


def test_a_model_is_sent_neither_card_nor_number_nor_id_nor_plan_name_only_that_they_are_there() -> None:
    view = subscribed_view(make_subscription(name="Custom for Wilma"), open_invoices=[make_payable()])
    asked = f"Is the card 4242 charged for INV-7 ({INVOICE_ID}), on Custom for Wilma?"
    body = sent(view, asked)
    for private in ("4242", "Visa", "04/2029", "INV-7", INVOICE_ID, STRIPE_ID, "Wilma"):
        assert private not in body
    for told in ("METHOD-", "PLAN-", "INV-", '"49.00 USD"', '"84 %"', '"pay_invoice"'):
        assert told in body


def test_usage_is_a_kind_of_its_own_that_no_figure_is_taken_from() -> None:
    assert {fact.kind for fact in facts_of(subscribed_view()) if fact.key.startswith("usage.")} == {
        FactKind.USAGE,
        FactKind.WORD,
    }
