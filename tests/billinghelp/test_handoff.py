"""The case text tells who clears a blocker what they need, and nothing that must not leave."""

from hypothesis import given
from hypothesis import strategies as st

from billinghelp.handoff import case_text, file_name
from services.contract.text import is_clean
from services.contract.types import BlockerCode, Outcome
from tests.builders import NOW, make_blocked_view, make_event, make_invoice, make_view


def test_the_case_names_customer_state_blockers_attempts_and_audit_references() -> None:
    view = make_blocked_view(open_invoices=[make_invoice("INV-7")], blockers=list(BlockerCode))
    tried = make_event("ApproveTrial", audit_event_id="event-3", outcome=Outcome.DENIED, reason="they asked")
    text = case_text(view, [tried], NOW)
    for said in ("Acme GmbH", "acme-eu", "needs review", "REV-4410", "PO-2978", "INV-7", "For customer:"):
        assert said in text
    assert "Billing is not verified" in text
    assert "2026-10-12 12:00 UTC, dana, Approve trial, denied: they asked [audit event-3]" in text
    assert "As of: 2026-10-15 12:00 UTC" in text


def test_what_was_read_or_imported_is_no_attempt() -> None:
    text = case_text(make_blocked_view(), [make_event("ImportCustomers")], NOW)
    assert "Tried here: nothing so far" in text


def test_payloads_etags_and_hashes_stay_out() -> None:
    event = make_event("ApproveTrial", payload='{"card": "4242 4242 4242 4242", "token": "bht_secret"}')
    text = case_text(make_blocked_view(), [event], NOW)
    for secret in ("4242", "bht_secret", "b1", "ab" * 32):
        assert secret not in text


@given(st.text(max_size=50), st.text(max_size=50))
def test_whatever_a_name_or_a_reason_holds_the_case_is_clean_text(name: str, reason: str) -> None:
    text = case_text(make_blocked_view(legal_name=name), [make_event("ApproveTrial", reason=reason)], NOW)
    assert all(is_clean(line) for line in text.split("\n"))


def test_the_file_is_named_after_the_customer_in_letters_every_file_system_takes() -> None:
    assert file_name(make_view(customer_id="org:acme-eu")) == "case-org-acme-eu.txt"
