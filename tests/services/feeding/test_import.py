"""ImportCustomers: all or nothing, once and again, and what stands in the store after it (PRODUCT.md §6)."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from services.audit.ledger_store import verify_ledger
from services.audit.store import verify_stream
from services.billing.projection import project
from services.billing.store import all_invoices
from services.contract.errors import Code, Refused
from services.contract.types import BlockerCode, ChecklistStatus, Ownership, PaymentRail, Unit
from services.contract.views import ImportResult
from services.feeding.demo import demo_customers, demo_file
from services.storage.engine import Store
from services.storage.search import fold
from services.storage.tables import (
    audit_events,
    billing_records,
    credit_lots,
    customer_blockers,
    customer_status,
    customers,
    ledger_entries,
    tenant_use,
)
from tests.clocks import START
from tests.services.feeding.feeding import counts, facts_of, feed, rows
from tests.services.feeding.samples import ACME, csv_file, grant, jsonl, record, use

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "customers.jsonl"


def _projected(store: Store, customer_id: str) -> dict[str, object]:
    (status,) = rows(store, customer_status, customer_id=customer_id)
    codes = {row["code"] for row in rows(store, customer_blockers, customer_id=customer_id)}
    named = {name: status[name] for name in ("blocked", "blocked_since", "next_change_at", "sort_name")}
    return named | {"codes": codes}


def _expected(store: Store, customer_id: str) -> dict[str, object]:
    facts = facts_of(store, customer_id)
    rule = project(facts, START)
    return {
        "blocked": bool(rule.codes),
        "blocked_since": rule.blocked_since,
        "next_change_at": rule.next_change_at,
        "sort_name": fold(facts.customer.legal_name),
        "codes": {code.value for code in rule.codes},
    }


# ── what is new ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
def test_a_new_customer_is_stored_whole(store: Store, file_format: str) -> None:
    content = jsonl(ACME) if file_format == "jsonl" else csv_file(ACME)
    assert feed(store, content, file_format=file_format) == ImportResult(
        created=1, updated=0, unchanged=0, dry_run=False
    )
    facts = facts_of(store)
    assert facts.customer.legal_name == "Acme GmbH"
    assert facts.billing.payment_rail is PaymentRail.INVOICE
    assert facts.billing.commercial_reference == "PO-7781"
    assert facts.billing_item is ChecklistStatus.OPEN
    assert [invoice.number for invoice in facts.invoices] == ["INV-7"]
    assert facts.revision == 1
    assert facts.changed_at == START
    (lot,) = facts.credits.lots
    assert (lot.amount, lot.remaining) == (40 * 3600, int(36.75 * 3600))
    assert (lot.source, facts.credits.balance(Unit.WORKSPACE_HOURS).consumed) == ("order-1182", int(3.25 * 3600))
    entries = [(e["kind"], e["account"], e["amount"], e["source"]) for e in rows(store, ledger_entries)]
    assert entries == [
        ("grant", "issued", -144_000, "order-1182"),
        ("grant", "available", 144_000, "order-1182"),
        ("consume", "available", -11_700, f"customers.{file_format}"),
        ("consume", "consumed", 11_700, f"customers.{file_format}"),
    ]
    assert _projected(store, "acme-eu") == _expected(store, "acme-eu")
    measured = {"cpu": 2_500, "memory": 12 * 2**30, "storage": 80 * 2**30, "measured_at": START}
    assert rows(store, tenant_use) == [{"customer_id": "acme-eu"} | measured]


def test_invoices_of_every_status_are_kept(store: Store) -> None:
    paid = ACME["invoices"][0] | {"number": "INV-6", "status": "paid", "due_at": None}
    feed(store, jsonl(ACME | {"invoices": [*ACME["invoices"], paid]}))
    with store.read() as conn:
        assert {invoice.number for invoice in all_invoices(conn, "acme-eu")} == {"INV-6", "INV-7"}


def test_the_projection_the_ledger_and_the_trail_hold_for_customers_of_every_kind(store: Store) -> None:
    demo = list(demo_customers(300, 7, START))
    assert feed(store, jsonl(*demo)).created == 300
    for made in demo:
        assert _projected(store, made["customer_id"]) == _expected(store, made["customer_id"])
    seen = {code for made in demo for code in project(facts_of(store, made["customer_id"]), START).codes}
    assert seen == set(BlockerCode)
    with store.read() as conn:
        assert verify_ledger(conn).mismatched == []
        assert verify_stream(conn, "system").status == "OK"


def test_a_parent_may_stand_behind_its_client_or_in_the_store(store: Store) -> None:
    feed(store, jsonl(record(customer_id="client", parent_customer_id="msp"), record(customer_id="msp")))
    feed(store, jsonl(record(customer_id="late", parent_customer_id="msp")))
    assert facts_of(store, "late").customer.parent_customer_id == "msp"


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of real legal names is not part of the project")
def test_the_sample_of_real_legal_names_imports_whole(store: Store) -> None:
    assert feed(store, SAMPLE.read_bytes()) == ImportResult(created=2_000, updated=0, unchanged=0, dry_run=False)
    with store.read() as conn:
        assert verify_ledger(conn).mismatched == []
    assert feed(store, SAMPLE.read_bytes()) == ImportResult(created=0, updated=0, unchanged=2_000, dry_run=False)


def test_the_use_of_a_tenant_is_replaced_by_what_a_later_import_says_and_stays_where_it_says_nothing(
    store: Store,
) -> None:
    def used() -> dict[str, tuple[int, object]]:
        return {row["customer_id"]: (row["cpu"], row["measured_at"]) for row in rows(store, tenant_use)}

    some = {"cpu": "1", "memory": "2Gi", "storage": "10Gi"}
    feed(store, jsonl(record(use=some), record(customer_id="b", use=some), record(customer_id="c")))
    assert used() == {"acme-eu": (1_000, START), "b": (1_000, START)}
    later = START + timedelta(hours=1)
    content = jsonl(record(use=some | {"cpu": "1500m"}), record(customer_id="b", use=some), record(customer_id="c"))
    expected = ImportResult(created=0, updated=1, unchanged=2, dry_run=True)
    assert feed(store, content, now=later, dry_run=True) == expected
    assert used() == {"acme-eu": (1_000, START), "b": (1_000, START)}
    assert feed(store, content, now=later) == msgspec.structs.replace(expected, dry_run=False)
    assert used() == {"acme-eu": (1_500, later), "b": (1_000, later)}  # the same amounts, measured anew
    again = feed(store, jsonl(record(), record(customer_id="b"), record(customer_id="c", use=some)), now=later)
    assert again == ImportResult(created=0, updated=1, unchanged=2, dry_run=False)
    assert used() == {"acme-eu": (1_500, later), "b": (1_000, later), "c": (1_000, later)}


# ── what exists already ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_again_changes_nothing_but_the_trail(store: Store) -> None:
    content = demo_file(50, 1, START)
    feed(store, content)
    before, status = counts(store), rows(store, customer_status)
    again = feed(store, content, now=START + timedelta(hours=1))
    assert again == ImportResult(created=0, updated=0, unchanged=50, dry_run=False)
    assert counts(store) == before | {"audit_events": before["audit_events"] + 1}
    assert rows(store, customer_status) == status


def test_an_existing_customer_is_updated_in_name_parent_and_stripe_id_alone(store: Store) -> None:
    feed(store, jsonl(ACME, record(customer_id="msp")))
    before = facts_of(store)
    later = START + timedelta(hours=1)
    other = {
        "legal_name": "Ácme Holding",
        "parent_customer_id": "msp",
        "stripe_customer_id": "cus_7",
        "ownership": "internal",
        "billing": {"state": "verified", "payment_rail": "card"},
        "checklist": [],
        "credit_grants": [grant(amount="7")] * 3,
        "usage": [use(amount="39")],
        "invoices": [],
    }
    result = feed(store, jsonl(ACME | other), now=later)
    assert result == ImportResult(created=0, updated=1, unchanged=0, dry_run=False)
    after = facts_of(store)
    identity = {name: other[name] for name in ("legal_name", "parent_customer_id", "stripe_customer_id")}
    assert after == msgspec.structs.replace(
        before, customer=msgspec.structs.replace(before.customer, **identity), revision=2, changed_at=later
    )
    assert after.customer.ownership is Ownership.EXTERNAL
    assert _projected(store, "acme-eu") == _expected(store, "acme-eu")
    assert {row["sort_name"] for row in rows(store, customer_blockers, customer_id="acme-eu")} == {"acme holding"}
    (row,) = rows(store, customers, customer_id="acme-eu")
    assert row["search_text"] == "acme holding\nacme-eu\npo-7781"


def test_one_file_may_create_update_and_leave_alone(store: Store) -> None:
    feed(store, jsonl(record(customer_id="a"), record(customer_id="b")))
    file = jsonl(record(customer_id="a"), record(customer_id="b", legal_name="B"), record(customer_id="c"))
    assert feed(store, file) == ImportResult(created=1, updated=1, unchanged=1, dry_run=False)


# ── all or nothing ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_bad_line_keeps_everything_out_and_every_bad_line_is_named(store: Store) -> None:
    before = counts(store)
    content = jsonl(ACME, record(customer_id="?"), record(customer_id="b"), {"customer_id": "c"}) + b'{"customer'
    with pytest.raises(Refused) as refused:
        feed(store, content)
    assert refused.value.code is Code.INVALID_ARGUMENT
    assert refused.value.reason == "IMPORT_REJECTED"
    assert refused.value.message == "Nothing was imported: mend the 3 lines named, then import the file again."
    assert refused.value.details == {
        "lines": [
            {"line": 2, "reason": "customer_id must be 1 to 64 of the characters A-Z a-z 0-9 _ . : -"},
            {"line": 4, "reason": "legal_name is missing"},
            {"line": 5, "reason": "this JSON ends too early: it is cut off"},
        ],
        "rejected": 3,
    }
    assert counts(store) == before


def test_every_line_whose_parent_is_nowhere_is_named(store: Store) -> None:
    clients = [record(customer_id=f"c{n}", parent_customer_id="gone") for n in range(2)]
    with pytest.raises(Refused) as refused:
        feed(store, jsonl(clients[0], record(), clients[1]))
    assert refused.value.reason == "IMPORT_REJECTED"
    assert [bad["line"] for bad in refused.value.details["lines"]] == [1, 3]
    assert "parent_customer_id gone" in refused.value.details["lines"][0]["reason"]
    assert counts(store)["customers"] == 0


def test_of_two_imports_at_once_one_creates_and_the_other_finds(store: Store) -> None:
    content = demo_file(50, 1, START)
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda _: feed(store, content), range(2)))
    assert sorted((r.created, r.unchanged) for r in results) == [(0, 50), (50, 0)]
    with store.read() as conn:
        assert verify_stream(conn, "system").status == "OK"


def test_what_fails_while_writing_leaves_nothing_behind(store: Store) -> None:
    before = counts(store)
    content = demo_file(2_500, 1, START)

    def fail_late(stage: str, done: int, _total: int) -> None:
        if stage == "writing" and done > 1_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feed(store, content, progress=fail_late)
    assert counts(store) == before


@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
def test_a_file_without_customers_is_refused(store: Store, file_format: str) -> None:
    content = b"\n" if file_format == "jsonl" else csv_file()
    with pytest.raises(Refused) as refused:
        feed(store, content, file_format=file_format)
    assert refused.value.reason in ("IMPORT_EMPTY", "IMPORT_REJECTED")


def test_a_dry_run_says_the_same_and_writes_nothing(store: Store) -> None:
    feed(store, jsonl(record(customer_id="demo-0001", legal_name="Old"), ACME))
    before, content = counts(store), demo_file(100, 1, START)
    assert feed(store, content, dry_run=True) == ImportResult(created=99, updated=1, unchanged=0, dry_run=True)
    assert counts(store) == before
    assert feed(store, content) == ImportResult(created=99, updated=1, unchanged=0, dry_run=False)


def test_a_dry_run_names_bad_lines_and_missing_parents_too(store: Store) -> None:
    for bad in (record(customer_id="?"), record(parent_customer_id="gone")):
        with pytest.raises(Refused, match="Nothing was imported"):
            feed(store, jsonl(bad), dry_run=True)


def test_a_dry_run_does_with_a_store_that_may_not_be_written(sqlite_path: Path) -> None:
    store = Store(f"sqlite:///{sqlite_path}", read_only=True)
    assert feed(store, jsonl(ACME), dry_run=True).created == 1
    store.close()


# ── the trail, and how far it is ──────────────────────────────────────────────────────────────────────────────────────


def test_an_import_leaves_one_event_that_names_the_file_its_hash_and_what_it_did(store: Store) -> None:
    content = jsonl(ACME, record(customer_id="b"))
    feed(store, content)
    (event,) = rows(store, audit_events)
    assert (event["stream"], event["action"], event["actor"]) == ("system", "ImportCustomers", "feeder")
    assert msgspec.json.decode(event["payload"]) == {
        "source": "customers.jsonl",
        "format": "jsonl",
        "sha256": hashlib.sha256(content).hexdigest(),
        "created": 2,
        "updated": 0,
        "unchanged": 0,
    }


def test_progress_counts_up_to_all_lines_and_then_to_all_customers(store: Store) -> None:
    told: list[tuple[str, int, int]] = []
    feed(store, demo_file(1_200, 1, START), progress=lambda *step: told.append(step))
    reading = [step for step in told if step[0] == "reading"]
    writing = [step for step in told if step[0] == "writing"]
    assert told == reading + writing
    for steps in (reading, writing):
        assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
        assert steps[-1][1] == steps[-1][2]
    assert [done for _, done, _ in writing] == [1_000, 1_200]


def test_a_customer_called_system_is_a_customer_like_any_other(store: Store) -> None:
    feed(store, jsonl(record(customer_id="system")))
    assert facts_of(store, "system").customer.legal_name == "Acme GmbH"
    assert len(rows(store, billing_records)) == 1
    assert rows(store, credit_lots) == []
