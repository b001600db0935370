"""The demo's customers: the same for the same seed, of every kind, and acceptable to the ordinary import."""

import unicodedata
from datetime import timedelta

import pytest

from services.billing.model import CustomerFacts
from services.billing.projection import project
from services.billing.rules import notices
from services.contract.policy import Policy
from services.contract.types import BillingState, BlockerCode, InvoiceStatus, Ownership, PaymentRail
from services.feeding.demo import demo_customers, demo_file
from services.feeding.history import fold_history
from services.feeding.model import ImportedCustomer
from services.feeding.parse import parse
from services.feeding.record import read_customer
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
