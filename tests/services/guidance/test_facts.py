"""Facts: derived values, stable hashes, and no way for a text to become anything but a value."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contract.types import Account, BillingState, EntryKind, PaymentRail, Unit
from services.contract.views import CustomerBillingView
from services.guidance.facts import facts_hash
from services.guidance.model import FactKind, Facts
from tests.builders import NOW, make_entry, make_event, make_invoice, make_lot, make_view
from tests.services.guidance.answers import facts_of
from tests.strategies import names, views


def _value(facts: Facts, key: str) -> str:
    return facts[key].value


def test_amounts_are_ready_to_read() -> None:
    facts = facts_of(make_view(workspace_hours="12.50", ai_cents="123456.25", overage_workspace_hours="3.00"))
    assert _value(facts, "credits.workspace_hours") == "12.50 h"
    assert _value(facts, "credits.ai_cents") == "$1,234.5625"
    assert _value(facts, "credits.overage.workspace_hours") == "3.00 h"
    assert "credits.overage.ai_cents" not in facts


def test_days_overdue_and_totals_are_computed_by_currency() -> None:
    invoices = [
        make_invoice("INV-1", 1_000, due_at=NOW - timedelta(days=12)),
        make_invoice("INV-2", 2_000, due_at=NOW - timedelta(hours=1)),
        make_invoice("INV-3", 500, currency="eur", due_at=NOW + timedelta(days=1)),
        make_invoice("INV-4", 700, due_at=None),
    ]
    facts = facts_of(make_view(open_invoices=invoices))
    assert _value(facts, "invoices.open.count") == "4"
    assert [_value(facts, f"invoices.open.total.{n}") for n in (1, 2)] == ["5.00 EUR", "37.00 USD"]
    assert _value(facts, "invoices.overdue.count") == "2"
    assert _value(facts, "invoices.overdue.total.1") == "30.00 USD"
    assert _value(facts, "invoice.1.overdue") == "12 days"
    assert _value(facts, "invoice.2.overdue") == "less than a day"
    assert "invoice.3.overdue" not in facts
    assert _value(facts, "invoice.4.number") == "INV-4"


def test_trial_days_are_counted_from_the_views_moment() -> None:
    trial = {"state": BillingState.TRIAL_APPROVED, "payment_rail": PaymentRail.TRIAL}
    running = facts_of(make_view(trial_ends_at=NOW + timedelta(days=3, hours=5), **trial))  # type: ignore[arg-type]
    ended = facts_of(make_view(trial_ends_at=NOW, **trial))  # type: ignore[arg-type]
    assert _value(running, "trial.left") == "3 days"
    assert _value(ended, "trial.over_for") == "less than a day"
    assert "trial.left" not in ended


def test_the_lot_that_expires_next_is_the_earliest_active_one() -> None:
    lots = [
        make_lot("a", expires_at=NOW + timedelta(days=9), remaining="1.00"),
        make_lot("b", expires_at=NOW + timedelta(days=1), remaining="2.00"),
        make_lot("c", expires_at=NOW + timedelta(hours=1), remaining="3.00", active=False),
    ]
    facts = facts_of(make_view(lots=lots))
    assert _value(facts, "credits.next_expiry.amount") == "2.00 h"
    assert _value(facts, "credits.next_expiry.in") == "1 day"


def test_what_is_not_named_one_by_one_is_counted() -> None:
    lots = [make_lot(f"lot-{n}") for n in range(8)]
    invoices = [make_invoice(f"INV-{n}") for n in range(7)]
    facts = facts_of(make_view(lots=lots, open_invoices=invoices))
    assert len(facts.numbered("lot")) == 5
    assert _value(facts, "lot.omitted") == "3"
    assert _value(facts, "invoice.omitted") == "2"


def test_ledger_transactions_are_summed_by_kind_and_cut_ones_left_out() -> None:
    entries = [
        make_entry("-2.00", transaction_id="t3", kind=EntryKind.CONSUME),
        make_entry("3.00", transaction_id="t3", kind=EntryKind.CONSUME, account=Account.CONSUMED),
        make_entry("-1.00", transaction_id="t3", kind=EntryKind.CONSUME, account=Account.OVERAGE),
        make_entry("5.00", transaction_id="t2"),
        make_entry("-5.00", transaction_id="t2", account=Account.ISSUED),
        make_entry("9.00", transaction_id="t1"),  # its other leg lies beyond the page
    ]
    facts = facts_of(make_view(), entries)
    assert _value(facts, "activity.total.consume.workspace_hours") == "3.00 h"
    assert _value(facts, "activity.total.grant.workspace_hours") == "5.00 h"
    assert [_value(facts, f"{stem}.amount") for stem in facts.numbered("activity")] == ["3.00 h", "5.00 h"]


@given(views)
def test_every_key_can_be_referred_to_and_every_value_is_there(view: CustomerBillingView) -> None:
    for fact in facts_of(view, [make_entry()], [make_event()]):
        assert re.fullmatch(r"[A-Za-z0-9_.]+", fact.key)
        assert fact.value
        assert fact.label
        assert fact.source


def hash_of(facts: Facts, *used: str) -> str:
    return facts_hash(facts, used)


@given(views, st.integers(1, 3_599))
def test_the_clock_alone_does_not_change_the_hash(view: CustomerBillingView, seconds: int) -> None:
    later = replace(view, as_of=view.as_of + timedelta(seconds=seconds))
    # The strategy's moments lie a full hour off the day, so that no day count moves on within these seconds.
    assert hash_of(facts_of(later)) == hash_of(facts_of(view))


def test_the_hash_changes_with_a_day_count_and_with_any_value() -> None:
    view = make_view(open_invoices=[make_invoice(due_at=NOW - timedelta(days=2))])
    tomorrow = replace(view, as_of=view.as_of + timedelta(days=1))
    assert hash_of(facts_of(tomorrow)) != hash_of(facts_of(view))
    assert hash_of(facts_of(make_view(ai_cents="1235"))) != hash_of(facts_of(make_view(ai_cents="1234")))


def test_the_hash_does_not_depend_on_the_order_of_the_facts() -> None:
    facts = facts_of(make_view())
    assert hash_of(Facts(reversed(list(facts)))) == hash_of(facts)


def test_what_lately_happened_changes_the_hash_only_of_an_answer_that_named_it() -> None:
    before, after = facts_of(make_view()), facts_of(make_view(), events=[make_event()])
    assert hash_of(after) == hash_of(before)
    assert hash_of(after, "audit.1.date") != hash_of(before, "audit.1.date")


@given(names)
def test_a_text_from_a_record_changes_no_other_fact(text: str) -> None:
    def without_texts(name: str) -> list[tuple[str, FactKind, str | None]]:
        view = make_view(legal_name=name, review_reference=name, open_invoices=[make_invoice(name)])
        return [(f.key, f.kind, None if f.kind is FactKind.TEXT else f.value) for f in facts_of(view)]

    assert without_texts(text) == without_texts("Plain")


def test_amounts_of_both_units_have_their_unit() -> None:
    facts = facts_of(make_view())
    assert facts[f"credits.{Unit.WORKSPACE_HOURS}"].unit == "h"
    assert facts[f"credits.{Unit.AI_CENTS}"].unit == "USD"
