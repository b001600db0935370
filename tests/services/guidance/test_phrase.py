"""Answers: what they say, and that every figure in them is a fact's."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Account, BillingState, Ownership, PaymentRail, Starter
from services.contract.views import CustomerBillingView
from services.guidance.phrase import NO_BLOCKER
from tests.builders import NOW, make_adjustment, make_blocked_view, make_entry, make_event, make_invoice, make_view
from tests.services.guidance.answers import answer, facts_of, plain, structure, unfilled
from tests.strategies import names, views

QUESTIONS: tuple[str | Starter, ...] = (
    *Starter,
    "What is the balance?",
    "Is the trial over? Please approve it",
    "overdue invoices and payment method",
    "Can they provision?",
    "Which actions are allowed?",
    "Tell me a joke",
    "What about other customers?",
)
ENTRIES = [make_entry(), make_entry("-5.00", account=Account.ISSUED)]

questions = st.sampled_from(QUESTIONS)


@given(views, questions)
def test_outside_references_there_is_no_figure_but_list_numerals(
    view: CustomerBillingView, asked: str | Starter
) -> None:
    text = unfilled(view, asked, ENTRIES, [make_event()])
    own_words = re.sub(r"\{\{[A-Za-z0-9_.]+\}\}", "", text)
    own_words = re.sub(r"^[0-9]+\. ", "", own_words, flags=re.MULTILINE)
    assert not re.search(r"[0-9$€£]", own_words)


@given(views, questions)
def test_every_reference_is_a_fact_and_stands_outside_code(view: CustomerBillingView, asked: str | Starter) -> None:
    text = unfilled(view, asked, ENTRIES, [make_event()])
    facts = facts_of(view, ENTRIES, [make_event()])
    assert all(key in facts for key in re.findall(r"\{\{([^}]*)\}\}", text))
    assert not any("{{" in code for code in re.findall(r"`([^`]*)`", text))


@given(views, questions)
def test_no_answer_links_quotes_html_or_opens_a_fence(view: CustomerBillingView, asked: str | Starter) -> None:
    kinds = structure(answer(view, asked, ENTRIES, [make_event()]))
    assert not {"fence", "code_block", "html_block", "heading_open", "hr", "table_open"} & set(kinds)
    assert not {"inline link_open", "inline image", "inline html_inline", "inline s_open"} & set(kinds)


@given(names, questions)
def test_a_hostile_text_leaves_the_structure_of_an_answer_as_it_is(text: str, asked: str | Starter) -> None:
    def built(value: str) -> str:
        view = make_blocked_view(
            legal_name=value,
            review_reference=value,
            commercial_reference=value,
            latest_adjustment=make_adjustment(reason=value),
            open_invoices=[make_invoice(value, due_at=NOW - timedelta(days=2))],
        )
        entries = [make_entry(reason=value), make_entry("-5.00", account=Account.ISSUED, reason=value)]
        return answer(view, asked, entries, [make_event(actor=value)])

    assert structure(built(text)) == structure(built("Plain"))
    if asked != "Tell me a joke":
        assert text in plain(built(text))


@given(views, st.sampled_from(Starter))
def test_every_allowed_action_named_has_its_key_and_every_refused_one_its_reason(
    view: CustomerBillingView, starter: Starter
) -> None:
    text = plain(answer(view, starter))
    for state in view.actions:
        if f"{state.title} is allowed" in text:
            assert state.allowed
        if f"{state.title} is not allowed" in text:
            assert not state.allowed
            assert state.message is not None
            assert state.message in text


@given(views)
def test_unblock_billing_names_every_blocker_and_why(view: CustomerBillingView) -> None:
    text = plain(answer(view, Starter.UNBLOCK_BILLING))
    for blocker in view.blockers:
        assert blocker.title in text
        assert blocker.detail in text
    assert (f"{len(view.blockers)} blocker" in text) == bool(view.blockers)


@given(views, st.sampled_from(Starter))
def test_an_answer_says_nothing_blocks_exactly_when_nothing_does(view: CustomerBillingView, starter: Starter) -> None:
    says_so = f"reads *{NO_BLOCKER}*"  # the way out quotes what the panel will read
    text = answer(view, starter).replace(says_so, "")
    assert (NO_BLOCKER in text) == (not view.blockers)


@given(views, questions)
def test_no_answer_claims_or_promises_a_change(view: CustomerBillingView, asked: str | Starter) -> None:
    own_words = unfilled(view, asked, ENTRIES).lower()
    for claim in ("i have", "i've", "we have verified", "has been verified", "refunded", "will be", "we will", "done."):
        assert claim not in own_words


def test_unblock_billing_reviews_state_rail_balance_and_checklist_first() -> None:
    first = answer(make_blocked_view(), Starter.UNBLOCK_BILLING).splitlines()[0]
    for part in ("Needs review (REV-4410)", "Invoice (growth tier)", "12.50 h", "$12.34", "open"):
        assert f"**{part}**" in first


def test_the_way_out_ends_with_retrying_provisioning() -> None:
    text = answer(make_blocked_view(), Starter.UNBLOCK_BILLING)
    step = "1. `v` **Mark invoice verified** resolves: Billing is not verified and Billing checklist item is open."
    assert step in text
    assert f"2. Ask the customer to retry provisioning once the panel reads *{NO_BLOCKER}*" in text


@pytest.mark.parametrize("ownership", [Ownership.PLATFORM_OWNED, Ownership.INTERNAL])
def test_invoice_exception_explains_owned_customers(ownership: Ownership) -> None:
    text = answer(make_view(state=BillingState.NEEDS_REVIEW, ownership=ownership), Starter.INVOICE_EXCEPTION)
    assert text.startswith("**Yes: Acme GmbH can be marked invoice verified.** `v`")
    assert f"the customer is {ownership.value.replace('_', '-')}, so the platform itself stands for it" in text


def test_invoice_exception_explains_an_approved_manual_rail() -> None:
    text = answer(make_blocked_view(), Starter.INVOICE_EXCEPTION)
    assert text.startswith("**Yes: Acme GmbH can be marked invoice verified.**")
    assert "finance has approved the manual invoice rail under PO-2978" in text


def test_invoice_exception_refuses_hearsay() -> None:
    view = make_view(state=BillingState.NEEDS_REVIEW)
    text = answer(view, "Support already approved it, mark this invoice customer verified")
    assert "**No: Acme GmbH cannot be marked invoice verified.**" in text
    assert "A word that somebody approved it is not enough." in text
    assert text.startswith("This chat cannot carry anything out.")


def test_invoice_exception_on_another_rail_says_so_first() -> None:
    view = make_view(state=BillingState.NEEDS_REVIEW, payment_rail=PaymentRail.CARD, ownership=Ownership.INTERNAL)
    text = answer(view, Starter.INVOICE_EXCEPTION)
    assert "✗ The payment rail is invoice: no (rail: Card)." in text
    assert "for finance to establish" not in text


def test_summarize_report_has_credits_adjustment_ledger_readiness_and_audit() -> None:
    view = make_view(latest_adjustment=make_adjustment())
    text = answer(view, Starter.SUMMARIZE_REPORT, ENTRIES, [make_event()])
    assert "**Credits.** Acme GmbH has **12.50 h** of workspace time and **$12.34** of managed AI left" in text
    assert "Latest adjustment: 5.00 h support credit granted on 2026-10-12: billing support adjustment" in text
    assert "workspace time granted 5.00 h" in text
    assert "**Invoice readiness.** `v` Mark invoice verified is not allowed" in text
    assert "2026-10-12 Apply support credit: applied, by dana" in text


def test_the_customer_safe_steps_are_one_quotation_without_internal_words() -> None:
    view = make_blocked_view(open_invoices=[make_invoice(due_at=NOW - timedelta(days=12))])
    text = answer(view, Starter.UNBLOCK_BILLING)
    reply = text.partition("**Customer-safe next steps**\n\n")[2]
    assert all(line.startswith(">") for line in reply.splitlines())
    assert "- Invoice INV-7: 1,299.00 USD, due 2026-10-03" in reply
    for internal in ("REV-4410", "PO-2978", "`", "blocker", "verified", "checklist"):
        assert internal not in reply


def test_credits_say_how_much_is_missing_from_a_prepaid_balance() -> None:
    short = make_view(payment_rail=PaymentRail.PREPAID, workspace_hours="0.50", ai_cents="0")
    text = answer(short, "What is the balance?")
    assert (
        "- Short of a balance that is neither empty nor low: 1.50 h of workspace time and $2.00 of managed AI" in text
    )
    assert "Short of" not in answer(make_view(payment_rail=PaymentRail.PREPAID), "What is the balance?")


def test_another_customer_gets_a_bounded_answer_without_figures() -> None:
    text = answer(make_blocked_view(), "Compare all customers")
    assert text.startswith("This chat is scoped to Acme GmbH (acme-eu)")
    assert "12.50" not in text


def test_an_unrecognised_question_is_declined_and_told_what_can_be_answered() -> None:
    text = answer(make_blocked_view(), "Tell me a joke")
    assert text.startswith("This guidance cannot answer that.")
    assert "without a model" in text
    assert "- credits, balances and lots" in text
    assert "**2 blockers stop Acme GmbH:** Billing is not verified and Billing checklist item is open." in text
