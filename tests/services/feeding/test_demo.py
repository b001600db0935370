"""The demo's customers: the same for the same seed, of every kind, and acceptable to the ordinary import."""

import unicodedata
from datetime import timedelta
from decimal import Decimal
from random import Random

import msgspec
import pytest

from services.billing.metering import UsageMeter, usage_meters
from services.billing.model import CustomerFacts, PaymentProfile
from services.billing.projection import project
from services.billing.rules import notices
from services.contract.policy import Policy
from services.contract.types import BillingState, BlockerCode, InvoiceStatus, Ownership, PaymentRail, Resource, Unit
from services.contract.views import CostDrivers
from services.feeding import demo_kinds
from services.feeding.demo import demo_customers, demo_file
from services.feeding.demo_usage import day_by_day
from services.feeding.history import fold_history
from services.feeding.model import ImportedCustomer
from services.feeding.parse import parse
from services.feeding.record import read_customer
from services.payments.costs import DayUse, cost_drivers_view, period_of
from tests.clocks import START
from tests.services.feeding.samples import counting_ids

MANY = [read_customer(made) for made in demo_customers(1_500, 1, START)]


def _facts(imported: ImportedCustomer) -> CustomerFacts:
    return CustomerFacts(
        customer=imported.customer,
        billing=imported.billing,
        checklist=imported.checklist,
        credits=fold_history(imported.grants, imported.usage, "demo", counting_ids()).credits,
        invoices=tuple(i for i in imported.invoices if i.status is InvoiceStatus.OPEN),
        latest_adjustment=None,
        revision=1,
        changed_at=START,
    )


def _scripts(name: str) -> set[str]:
    return {unicodedata.name(char).split(" ")[0] for char in name if char.isalpha()}


def test_the_same_seed_count_and_time_make_the_same_file() -> None:
    assert demo_file(200, 5, START) == demo_file(200, 5, START)
    assert demo_file(200, 5, START) != demo_file(200, 6, START)


def test_a_larger_demo_begins_with_the_smaller_one() -> None:
    assert demo_file(200, 5, START).startswith(demo_file(50, 5, START))


@pytest.mark.parametrize("count", [0, 1, 12, 300])
def test_a_demo_has_as_many_customers_as_asked_for_and_every_one_is_good(count: int) -> None:
    found = [customer for _, customer in parse(demo_file(count, 3, START), "jsonl")]
    assert len(found) == count
    assert all(isinstance(customer, ImportedCustomer) for customer in found)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_dozen_show_every_blocker_whatever_the_seed(seed: int) -> None:
    dozen = [_facts(read_customer(made)) for made in demo_customers(12, seed, START)]
    assert {code for facts in dozen for code in project(facts, START).codes} == set(BlockerCode)


def test_the_very_first_is_one_key_away_from_being_unblocked() -> None:
    first = _facts(MANY[0])
    assert project(first, START).codes == (BlockerCode.UNVERIFIED_BILLING, BlockerCode.OPEN_CHECKLIST_ITEM)
    assert first.billing.payment_rail is PaymentRail.INVOICE
    assert first.billing.invoice_rail_approved
    assert first.billing.commercial_reference


def test_the_demo_holds_customers_of_every_kind() -> None:
    assert {c.billing.payment_rail for c in MANY} == set(PaymentRail)
    assert {c.billing.state for c in MANY} == set(BillingState)
    assert {c.customer.ownership for c in MANY} == set(Ownership)
    assert {i.status for c in MANY for i in c.invoices} == set(InvoiceStatus) - {InvoiceStatus.DRAFT}
    assert {c.billing.invoice_rail_approved for c in MANY if c.billing.payment_rail is PaymentRail.INVOICE} == {
        True,
        False,
    }
    assert {n.code for c in MANY for n in notices(_facts(c), START, Policy())} >= {
        "balance_low",
        "overage",
        "payment_method_unknown",
        "trial_ends_soon",
    }
    lots = [lot for c in MANY for lot in _facts(c).credits.lots]
    assert any(lot.effective_at is not None and lot.effective_at > START for lot in lots)
    assert any(lot.expires_at is not None and lot.expires_at <= START for lot in lots)


def test_every_tenant_of_a_tier_uses_some_of_what_it_gives_and_some_use_nearly_all() -> None:
    assert {c.use is None for c in MANY if c.billing.usage_tier is None} == {True}
    growing = [c.use for c in MANY if c.billing.usage_tier == "growth"]
    shares = [use.storage / (100 * 2**30) for use in growing if use is not None]
    assert len(shares) == len(growing)
    assert 0 < min(shares) < 0.2
    assert 0.9 < max(shares) <= 1
    assert all(0 < use.cpu <= 8_000 and 0 < use.memory <= 16 * 2**30 for use in growing if use is not None)


def test_the_demo_has_families_namesakes_long_names_and_many_scripts() -> None:
    names = [c.customer.legal_name for c in MANY]
    assert len(set(names)) < len(names)
    assert max(map(len, names)) == 200
    scripts = {script for name in names for script in _scripts(name)}
    assert scripts >= {
        "LATIN",
        "CJK",
        "HANGUL",
        "ARABIC",
        "HEBREW",
        "THAI",
        "DEVANAGARI",
        "CYRILLIC",
        "GREEK",
    }
    parents = {c.customer.parent_customer_id for c in MANY} - {None}
    assert len(parents) > 10
    assert parents <= {c.customer.customer_id for c in MANY}


def test_no_use_lies_in_the_future() -> None:
    used = [use.occurred_at for c in MANY for use in c.usage]
    assert max(used) <= START
    assert min(used) > START - timedelta(days=365)


# ── where it was used, and how much of the plan ───────────────────────────────────────────────────────────────────────


def test_every_use_was_somewhere() -> None:
    assert all(use.namespace and use.resource for c in MANY for use in c.usage)


@pytest.mark.parametrize("seed", range(3))
def test_the_first_customers_with_a_balance_or_a_contract_have_cost_drivers_of_all_kinds(seed: int) -> None:
    dozen = [read_customer(made) for made in demo_customers(12, seed, START)]
    for costs in (_costs(dozen[number - 1]) for number in (3, 4, 5, 9, 10, 11)):
        assert len(costs.drivers) >= 3
        assert sum(Decimal(each.cost) > 0 for each in costs.days) >= 5
        changes = {"changed" if "%" in each.change else each.change for each in costs.drivers}
        assert changes >= {"changed", "new", "gone"}


def test_what_is_used_day_by_day_is_as_much_as_was_used_in_all() -> None:
    made = demo_kinds.supported_prepaid(Random(3), START)
    detailed = read_customer({"customer_id": "a", "legal_name": "A"} | made | day_by_day(made, Random(4), START))
    plain = read_customer({"customer_id": "a", "legal_name": "A"} | made)
    assert len(detailed.usage) > 5 * len(plain.usage)
    assert _used(detailed) == _used(plain)
    assert detailed.grants == plain.grants


def test_the_contracts_of_a_demo_cover_what_is_used() -> None:
    overdue = _facts(MANY[3])
    assert overdue.billing.payment_rail is PaymentRail.INVOICE
    assert all(balance.consumed > 0 for balance in overdue.credits.balances)
    assert all(balance.overage == 0 for balance in overdue.credits.balances)


def test_some_use_much_of_their_plan_some_more_than_it_includes_and_of_many_it_is_not_known() -> None:
    dozen = [(_meters(c), c) for c in MANY[:12]]
    assert {meter.level for meter in dozen[1][0]} == {"ok", "reached"}  # nodes are told by themselves
    assert {meter.level for meter in dozen[11][0]} == {"ok", "close"}
    assert all(bool(c.levels) == (c.billing.usage_tier is not None) for _, c in dozen)
    levels = [meter.level for c in MANY[12:] if c.levels for meter in _meters(c)]
    assert set(levels) == {"ok", "close", "reached"}
    assert levels.count("ok") > len(levels) / 2
    assert 100 < sum(bool(c.levels) for c in MANY) < 300
    assert all(level.measured_at < START for c in MANY for level in c.levels)


def _costs(imported: ImportedCustomer) -> CostDrivers:
    period = period_of("month", 0, START)
    uses = [
        DayUse(
            day=use.occurred_at.replace(hour=0, minute=0, second=0, microsecond=0),
            namespace=use.namespace or "",
            resource=use.resource or "",
            unit=use.unit,
            amount=use.amount,
        )
        for use in sorted(imported.usage, key=lambda use: use.occurred_at)
        if use.occurred_at >= period.previous_start
    ]
    return cost_drivers_view(period, uses, Policy().plans.workspace_hour_micros)


def _used(imported: ImportedCustomer) -> dict[Unit, int]:
    return {unit: sum(use.amount for use in imported.usage if use.unit is unit) for unit in Unit}


def _meters(imported: ImportedCustomer) -> list[UsageMeter]:
    amounts = {level.resource: level.amount for level in imported.levels}
    payments = PaymentProfile(users=amounts[Resource.USERS], storage=amounts[Resource.STORAGE]) if amounts else None
    facts = msgspec.structs.replace(_facts(imported), payments=payments or PaymentProfile())
    return usage_meters(facts, Policy().plans)
