"""The blockers and notices of PRODUCT.md §3, against a second writing of the same table and at their boundaries."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from services.billing.model import CustomerFacts, Invoice
from services.billing.rules import BLOCKS, NoticeFact, blocked_since, blockers, next_change, notices
from services.billing.wording import notice_text
from services.contract.policy import Policy
from services.contract.types import (
    Area,
    BillingState,
    BlockerCode,
    Category,
    ChecklistStatus,
    InvoiceStatus,
    PaymentRail,
    Unit,
)
from services.credits.ledger import consume
from services.credits.state import Credits
from tests.facts import NOW, any_facts, make_facts, moments, with_lot

TICK = timedelta(microseconds=1)
HOURS = Unit.WORKSPACE_HOURS


def codes(facts: CustomerFacts, now: datetime = NOW) -> list[BlockerCode]:
    return [b.code for b in blockers(facts, now)]


def invoice(due: datetime | None) -> Invoice:
    return Invoice(
        number="INV-1",
        amount=100,
        currency="usd",
        status=InvoiceStatus.OPEN,
        issued_at=NOW - timedelta(days=30),
        due_at=due,
    )


def expected(facts: CustomerFacts, now: datetime) -> set[str]:
    """Return the blockers as the table of PRODUCT.md reads, row by row, over naive sums."""
    b = facts.billing
    left = sum(
        lot.remaining
        for lot in facts.credits.lots
        if (lot.effective_at is None or lot.effective_at <= now) and (lot.expires_at is None or now < lot.expires_at)
    )
    on_file = b.payment_method_on_file
    table = {
        "unverified_billing": b.state == "needs_review",
        "missing_payment_rail": b.payment_rail == "none" and b.state != "trial_approved",
        "open_checklist_item": facts.billing_item in ("open", "in_progress"),
        "trial_expired": b.state == "trial_approved" and b.trial_ends_at is not None and now >= b.trial_ends_at,
        "no_prepaid_balance": b.payment_rail in ("prepaid", "trial") and left == 0,
        "overdue_invoice": any(i.due_at is not None and i.due_at < now for i in facts.invoices),
        "payment_setup_incomplete": (b.automatic_collection or b.payment_rail == "card") and on_file is False,
    }
    return {code for code, holds in table.items() if holds}


@given(any_facts(), moments)
def test_blockers_are_those_of_the_table_in_its_order(facts: CustomerFacts, now: datetime) -> None:
    found = codes(facts, now)
    assert set(found) == expected(facts, now)
    assert found == [code for code in BLOCKS if code in found]


@given(any_facts(), moments)
def test_nothing_changes_before_the_next_change(facts: CustomerFacts, now: datetime) -> None:
    until = next_change(facts, now)
    last = until - TICK if until else now + timedelta(days=4_000)
    assert now <= last
    assert codes(facts, last) == codes(facts, now)
    assert until is None or until > now


@given(any_facts(), moments)
def test_a_known_since_is_never_in_the_future(facts: CustomerFacts, now: datetime) -> None:
    found = blockers(facts, now)
    known = [b.since for b in found if b.since is not None and b.code is not BlockerCode.NO_PREPAID_BALANCE]
    assert all(since <= now for since in known)
    assert blocked_since(found) == min((b.since for b in found if b.since), default=None)


def test_a_trial_has_passed_at_its_very_end() -> None:
    facts = make_facts(state=BillingState.TRIAL_APPROVED, trial_ends_at=NOW)
    assert BlockerCode.TRIAL_EXPIRED in codes(facts, NOW)
    assert BlockerCode.TRIAL_EXPIRED not in codes(facts, NOW - TICK)


def test_a_trial_without_an_end_never_passes() -> None:
    facts = make_facts(state=BillingState.TRIAL_APPROVED, trial_ends_at=None)
    assert codes(facts, NOW + timedelta(days=10_000)) == []


def test_an_invoice_is_overdue_only_past_its_due_time() -> None:
    facts = make_facts(invoices=(invoice(NOW),))
    assert codes(facts, NOW) == []
    assert codes(facts, NOW + TICK) == [BlockerCode.OVERDUE_INVOICE]
    assert next_change(facts, NOW) == NOW + TICK


def test_an_invoice_without_a_due_time_is_never_overdue() -> None:
    assert codes(make_facts(invoices=(invoice(None),)), NOW + timedelta(days=10_000)) == []


def test_a_lot_is_gone_at_its_expiry_and_the_balance_empty_since_then() -> None:
    credits = with_lot(Credits(), HOURS, 3_600, expires_at=NOW)
    facts = make_facts(payment_rail=PaymentRail.PREPAID, credits=credits)
    assert codes(facts, NOW - TICK) == []
    assert [(b.code, b.since) for b in blockers(facts, NOW)] == [(BlockerCode.NO_PREPAID_BALANCE, NOW)]


def test_an_empty_balance_dates_from_the_last_use() -> None:
    credits = with_lot(Credits(), HOURS, 3_600)
    used_at = NOW - timedelta(days=3)
    credits = consume(credits, transaction_id="u", unit=HOURS, amount=3_600, occurred_at=used_at, source="s").after
    facts = make_facts(payment_rail=PaymentRail.PREPAID, credits=credits)
    assert [b.since for b in blockers(facts, NOW)] == [used_at]


def test_a_balance_that_never_was_has_no_since() -> None:
    assert [b.since for b in blockers(make_facts(payment_rail=PaymentRail.PREPAID), NOW)] == [None]


@pytest.mark.parametrize("rail", [PaymentRail.INVOICE, PaymentRail.CARD])
def test_other_rails_need_no_balance(rail: PaymentRail) -> None:
    assert BlockerCode.NO_PREPAID_BALANCE not in codes(make_facts(payment_rail=rail))


def test_one_unit_is_enough_and_the_empty_one_is_a_notice() -> None:
    facts = make_facts(payment_rail=PaymentRail.PREPAID, credits=with_lot(Credits(), HOURS, 3_600 * 50))
    assert codes(facts) == []
    assert [(n.code, n.unit) for n in notices(facts, NOW, Policy())] == [("balance_empty", Unit.AI_CENTS)]


@pytest.mark.parametrize(
    ("unit", "said"),
    [(HOURS, "No workspace hours are left"), (Unit.AI_CENTS, "No managed AI credit is left")],
)
def test_an_empty_balance_is_said_in_its_own_number(unit: Unit, said: str) -> None:
    assert notice_text(NoticeFact("balance_empty", unit=unit)) == f"{said}; the other balance still serves."


def test_both_units_empty_is_a_blocker_and_no_notice() -> None:
    facts = make_facts(payment_rail=PaymentRail.PREPAID)
    assert notices(facts, NOW, Policy()) == ()


@pytest.mark.parametrize(("hours", "said"), [(2, []), (1, ["balance_low"])])
def test_a_balance_is_low_below_the_policys_threshold(hours: int, said: list[str]) -> None:
    credits = with_lot(with_lot(Credits(), HOURS, 3_600 * hours), Unit.AI_CENTS, 10**9)
    facts = make_facts(payment_rail=PaymentRail.PREPAID, credits=credits)
    assert [n.code for n in notices(facts, NOW, Policy(low_balance_hours=2))] == said


@pytest.mark.parametrize(
    ("on_file", "blocked", "said"),
    [(True, [], []), (False, [BlockerCode.PAYMENT_SETUP_INCOMPLETE], []), (None, [], ["payment_method_unknown"])],
)
def test_an_unknown_payment_method_is_a_notice_and_a_missing_one_a_blocker(
    on_file: bool | None, blocked: list[BlockerCode], said: list[str]
) -> None:
    facts = make_facts(payment_rail=PaymentRail.CARD, payment_method_on_file=on_file)
    assert codes(facts) == blocked
    assert [n.code for n in notices(facts, NOW, Policy())] == said


def test_a_trial_that_ends_within_days_is_a_notice() -> None:
    facts = make_facts(state=BillingState.TRIAL_APPROVED, trial_ends_at=NOW + timedelta(days=2))
    assert [n.code for n in notices(facts, NOW, Policy())] == ["trial_ends_soon"]
    assert notices(facts, NOW + timedelta(days=2), Policy()) == ()


def test_use_beyond_what_lots_cover_is_a_notice() -> None:
    credits = consume(Credits(), transaction_id="u", unit=HOURS, amount=36, occurred_at=NOW, source="s").after
    assert [(n.code, n.amount) for n in notices(make_facts(credits=credits), NOW, Policy())] == [("overage", 36)]


def test_a_missing_billing_item_counts_as_not_open() -> None:
    assert codes(make_facts(item=None)) == []
    assert codes(make_facts(item=ChecklistStatus.IN_PROGRESS)) == [BlockerCode.OPEN_CHECKLIST_ITEM]


def test_only_three_blockers_leave_one_area_usable() -> None:
    partial = {code: areas for code, areas in BLOCKS.items() if len(areas) == 1}
    assert partial == {
        BlockerCode.OPEN_CHECKLIST_ITEM: (Area.PROVISIONING,),
        BlockerCode.OVERDUE_INVOICE: (Area.MANAGED_AI,),
        BlockerCode.PAYMENT_SETUP_INCOMPLETE: (Area.PROVISIONING,),
    }


def test_a_lot_not_yet_effective_fills_the_balance_when_it_starts() -> None:
    starts = NOW + timedelta(hours=1)
    credits = with_lot(Credits(), HOURS, 3_600, effective_at=starts, category=Category.PROMOTIONAL)
    facts = make_facts(payment_rail=PaymentRail.PREPAID, credits=credits)
    assert codes(facts, NOW) == [BlockerCode.NO_PREPAID_BALANCE]
    assert next_change(facts, NOW) == starts
    assert codes(facts, starts) == []
