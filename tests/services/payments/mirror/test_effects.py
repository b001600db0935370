"""What facts become when Stripe was read again."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.billing.model import Invoice, PaymentMethod
from services.contract.plans import PlanCatalogue
from services.contract.types import BillingInterval, BillingState, InvoiceStatus, PaymentRail, SubscriptionStatus
from services.payments.mirror.effects import (
    KnownSubscription,
    counting,
    keeps_by_hand,
    replaced_before,
    superfluous,
    superseded,
    with_account,
    with_invoices,
    with_own_method,
    with_subscription,
)
from services.payments.model import Operation, OperationKind
from services.payments.port import RemoteAccount, RemoteSubscription
from tests.facts import any_facts, make_facts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLANS = PlanCatalogue()
CARD = PaymentMethod(method_id="pm_1", kind="card", brand="visa", last4="4242", expires="4/2030")
OWN = PaymentMethod(method_id="pm_2", kind="card", brand="mastercard", last4="4444", expires="5/2031")


def subscription(
    lookup_key: str | None = "growth_monthly",
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
    days_ago: int = 10,
    subscription_id: str = "sub_1",
    replaces: str | None = None,
    automatic: bool = True,
    method: PaymentMethod | None = None,
) -> RemoteSubscription:
    """Return a subscription as Stripe has it."""
    return RemoteSubscription(
        subscription_id=subscription_id,
        account_id="cus_1",
        status=status,
        item_id="si_1",
        price_id="price_1",
        lookup_key=lookup_key,
        product_name="Growth at Stripe",
        interval=BillingInterval.MONTH,
        amount=7_900,
        currency="usd",
        created_at=NOW - timedelta(days=days_ago),
        period_start=NOW - timedelta(days=10),
        period_end=NOW + timedelta(days=20),
        ends_at=None,
        next_lookup_key=None,
        next_name=None,
        changes_at=None,
        collects_automatically=automatic,
        method=method,
        replaces=replaces,
    )


def account(method: PaymentMethod | None = CARD, *, deleted: bool = False) -> RemoteAccount:
    """Return a customer as Stripe has it."""
    return RemoteAccount(account_id="cus_1", deleted=deleted, customer_id="acme-eu", method=method, currency="usd")


subscriptions = st.builds(
    subscription,
    lookup_key=st.sampled_from([None, "starter_monthly", "growth_monthly", "business_yearly", "of_another_product"]),
    status=st.sampled_from(SubscriptionStatus),
    days_ago=st.integers(0, 400),
    subscription_id=st.sampled_from(["sub_1", "sub_2", "sub_3"]),
    replaces=st.sampled_from([None, "sub_1", "sub_2"]),
    automatic=st.booleans(),
    method=st.none() | st.just(OWN),
)
lists = st.lists(subscriptions, max_size=3, unique_by=lambda each: each.subscription_id)


def test_of_two_that_were_made_in_one_second_the_one_that_replaces_the_other_counts() -> None:
    for first, second in (("sub_1", "sub_2"), ("sub_2", "sub_1")):
        replaced = subscription("starter_monthly", subscription_id=first)
        bought = subscription("growth_monthly", subscription_id=second, replaces=first)
        for found in ([replaced, bought], [bought, replaced]):
            assert counting(found) == bought
            assert superfluous(bought, found, PLANS) == (first,)


@given(facts=any_facts(), found=lists, method=st.none() | st.just(CARD), deleted=st.booleans())
def test_reading_the_same_again_changes_nothing(
    facts: object, found: list[RemoteSubscription], method: PaymentMethod | None, deleted: bool
) -> None:
    assert isinstance(facts, type(make_facts()))
    read, counts = account(method, deleted=deleted), counting(found)
    once = with_subscription(with_own_method(with_account(facts, read, None), counts), counts, PLANS, NOW)
    later = NOW + timedelta(days=1)
    twice = with_subscription(with_own_method(with_account(once, read, None), counts), counts, PLANS, later)
    assert twice == once


@given(found=lists)
def test_what_counts_does_not_depend_on_the_order_of_the_list(found: list[RemoteSubscription]) -> None:
    assert counting(found) == counting(list(reversed(found)))


@given(found=lists)
def test_a_subscription_that_counts_is_never_ended_as_replaced(found: list[RemoteSubscription]) -> None:
    counts = counting(found)
    assert counts is None or counts.subscription_id not in superfluous(counts, found, PLANS)


def test_the_one_that_was_bought_last_counts_and_ends_the_one_it_replaces() -> None:
    old = subscription(subscription_id="sub_1", days_ago=100)
    new = subscription("business_yearly", subscription_id="sub_2", days_ago=0, replaces="sub_1")
    assert counting([old, new]) == new
    assert superfluous(new, [new, old], PLANS) == ("sub_1",)


def test_of_two_plans_that_were_both_paid_the_one_that_was_bought_last_stays() -> None:
    first, last = subscription(subscription_id="sub_1", days_ago=9), subscription(subscription_id="sub_2", days_ago=0)
    assert superfluous(counting([first, last]), [first, last], PLANS) == ("sub_1",)


def test_what_counted_and_is_gone_ended_for_what_was_bought_in_its_place_and_for_nothing_else() -> None:
    known = with_subscription(make_facts(), subscription(subscription_id="sub_1"), PLANS, NOW).subscription
    instead = subscription(subscription_id="sub_2", replaces="sub_1")
    assert replaced_before(known, instead, [instead]) == ("sub_1",)
    assert replaced_before(known, instead, [instead, subscription(subscription_id="sub_1")]) == ()
    assert replaced_before(known, subscription(subscription_id="sub_3"), []) == ()
    assert replaced_before(None, instead, [instead]) == replaced_before(known, None, []) == ()


def test_what_is_subscribed_to_beside_the_plans_is_left_alone() -> None:
    plan = subscription(subscription_id="sub_1", days_ago=0)
    other = subscription("of_another_product", subscription_id="sub_2", days_ago=9)
    assert superfluous(plan, [plan, other], PLANS) == ()


@given(found=lists)
def test_no_more_than_one_plan_stays(found: list[RemoteSubscription]) -> None:
    counts = counting(found)
    ended = superfluous(counts, found, PLANS)
    stays = [s for s in found if s.subscription_id not in ended and counting([s]) and PLANS.sold_as(s.lookup_key)]
    assert len(stays) <= 1 or (counts is not None and PLANS.sold_as(counts.lookup_key) is None)


operations = st.builds(
    Operation,
    customer_id=st.just("acme-eu"),
    request_id=st.just("req-1"),
    operation_id=st.integers(1, 9).map(lambda number: f"pay_{number}"),
    kind=st.sampled_from([OperationKind.CHECKOUT, OperationKind.SETUP]),
    fingerprint=st.just(b""),
    started_at=st.integers(0, 2).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
pages = st.lists(operations, max_size=5, unique_by=lambda each: each.operation_id)


@given(opened=pages)
def test_of_each_kind_the_page_that_was_opened_last_stays_in_whatever_order_they_are_read(
    opened: list[Operation],
) -> None:
    closed = superseded(opened)
    assert set(closed) == set(superseded(opened[::-1]))
    stays = [page for page in opened if page not in closed]
    assert sorted(page.kind for page in stays) == sorted({page.kind for page in opened})
    assert all(page.started_at <= last.started_at for page in closed for last in stays if page.kind is last.kind)


def test_who_chose_to_pay_by_hand_pays_a_new_plan_by_hand_too() -> None:
    by_hand = KnownSubscription("sub_1", collects_automatically=False)
    assert keeps_by_hand(by_hand, subscription(subscription_id="sub_2", automatic=True))
    assert not keeps_by_hand(by_hand, subscription(subscription_id="sub_1", automatic=True))  # changed at Stripe
    assert not keeps_by_hand(None, subscription(subscription_id="sub_2", automatic=True))


def test_a_subscription_that_was_never_paid_gives_no_plan() -> None:
    assert counting([subscription(status=SubscriptionStatus.INCOMPLETE)]) is None


def test_a_plan_comes_with_its_subscription_and_ends_with_it() -> None:
    facts = make_facts(usage_tier="starter")
    begun = with_subscription(facts, subscription(), PLANS, NOW)
    assert (begun.billing.usage_tier, begun.payments.generation) == ("growth", facts.payments.generation + 1)
    ended = with_subscription(begun, None, PLANS, NOW)
    assert (ended.billing.usage_tier, ended.subscription) == (None, None)
    assert ended.payments.generation == begun.payments.generation + 1


def test_a_plan_that_was_agreed_on_otherwise_stays_without_a_subscription() -> None:
    facts = make_facts(usage_tier="enterprise")
    assert with_subscription(facts, None, PLANS, NOW) == facts


def test_a_price_that_the_plans_do_not_name_leaves_the_plan_and_goes_by_its_own_name() -> None:
    after = with_subscription(make_facts(usage_tier="growth"), subscription("of_another_product"), PLANS, NOW)
    assert after.subscription is not None
    assert (after.billing.usage_tier, after.subscription.plan_name) == ("growth", "Growth at Stripe")


def test_a_first_method_makes_the_rail_none_a_card_and_verifies_nobody() -> None:
    facts = make_facts(payment_rail=PaymentRail.NONE, state=BillingState.NEEDS_REVIEW)
    after = with_account(facts, account(), None)
    assert (after.billing.payment_rail, after.billing.state) == (PaymentRail.CARD, BillingState.NEEDS_REVIEW)
    assert after.billing.payment_method_on_file is True


@given(rail=st.sampled_from([rail for rail in PaymentRail if rail is not PaymentRail.NONE]))
def test_no_other_rail_becomes_a_card_by_itself(rail: PaymentRail) -> None:
    assert with_account(make_facts(payment_rail=rail), account(), None).billing.payment_rail is rail


@given(known=st.sampled_from([None, True, False]))
def test_that_stripe_has_no_method_of_a_customer_tells_nothing_where_it_never_had_one(known: bool | None) -> None:
    facts = make_facts(payment_rail=PaymentRail.CARD, payment_method_on_file=known)
    assert with_account(facts, account(None), None).billing == facts.billing


def test_a_method_that_was_removed_at_stripe_is_no_longer_on_file() -> None:
    had_one = with_account(make_facts(), account(), None)
    assert with_account(had_one, account(None), None).billing.payment_method_on_file is False


@given(counts=st.none() | subscriptions, default=st.none() | st.just(CARD))
def test_what_the_subscription_is_charged_to_is_shown(
    counts: RemoteSubscription | None, default: PaymentMethod | None
) -> None:
    after = with_own_method(with_account(make_facts(), account(default), None), counts)
    assert after.payments.method == (default if counts is None or counts.method is None else counts.method)


def test_of_a_deleted_customer_no_method_is_left() -> None:
    after = with_account(with_account(make_facts(), account(), None), account(deleted=True), None)
    assert (after.payments.gone, after.payments.method, after.billing.payment_method_on_file) == (True, None, False)


statuses = st.sampled_from(InvoiceStatus)


@st.composite
def invoices(draw: st.DrawFn) -> list[Invoice]:
    """Draw invoices of Stripe's, in any status."""
    numbers = draw(st.lists(st.integers(1, 5), max_size=4, unique=True))
    due = st.none() | st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days))
    return [
        Invoice(
            number=f"SBX-{number}",
            amount=draw(st.integers(0, 10**6)),
            currency="usd",
            status=draw(statuses),
            issued_at=NOW,
            due_at=draw(due),
            invoice_id=f"in_{number}",
        )
        for number in numbers
    ]


@given(first=invoices(), second=invoices())
def test_the_facts_hold_the_open_invoices_as_they_were_last_read(first: list[Invoice], second: list[Invoice]) -> None:
    facts = with_invoices(with_invoices(make_facts(), first), second)
    latest = {each.number: each for each in [*first, *second]}
    expected = {each for each in latest.values() if each.status is InvoiceStatus.OPEN}
    assert set(facts.invoices) == expected
    assert with_invoices(facts, second) == facts


def test_an_invoice_that_gets_its_number_stands_there_once() -> None:
    draft = Invoice(
        number="in_1", amount=1, currency="usd", status=InvoiceStatus.OPEN, issued_at=NOW, invoice_id="in_1"
    )
    facts = with_invoices(make_facts(), [draft])
    numbered = msgspec.structs.replace(draft, number="SBX-1")
    assert with_invoices(facts, [numbered]).invoices == (numbered,)
