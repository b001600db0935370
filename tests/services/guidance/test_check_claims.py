"""What may be said of actions and changes: denials, conditions and facts pass; recommendations and claims do not."""

import pytest

from services.contract.types import FlagKind
from services.guidance.checks import check
from tests.evals.answers.customers import CUSTOMERS


def kinds(text: str, customer: str) -> set[FlagKind]:
    known = CUSTOMERS[customer]
    return {flag.kind for flag in check(text, known.facts, known.advice)}


REFUSED = "rail_not_approved"


@pytest.mark.parametrize(
    "text",
    [
        "`v` {{action.MarkInvoiceVerified.title}} is not allowed.",
        "You cannot verify the invoice.",
        "Verify the invoice only after finance has approved the rail.",
        "Neither {{action.MarkInvoiceVerified.title}} nor {{action.ExtendTrial.title}} is allowed.",
        "**Not allowed now**\n\n- {{action.MarkInvoiceVerified.title}}\n- {{action.ExtendTrial.title}}",
        "Can they be marked invoice verified? No.",
        "| {{action.MarkInvoiceVerified.title}} | `v` | {{action.MarkInvoiceVerified.state}} |",
        "Ask finance to verify the billing.",
        "Marking the customer verified, which finance has to prepare, is not possible.",
        "Refunds are decided by finance.",
    ],
)
def test_an_action_that_is_denied_passes(text: str) -> None:
    assert kinds(text, REFUSED) == set()


@pytest.mark.parametrize(
    "text",
    [
        "The rail isn't approved, so verify the invoice.",
        "Extending the trial is not allowed, but you can verify the invoice.",
        "Approving the trial is not allowed: verify the invoice instead.",
        "There is no reason not to verify the invoice.",
        "If finance has not approved the rail, mark the customer verified.",
        "**Allowed now**\n\n- {{action.MarkInvoiceVerified.title}}",
        "**Not allowed now**\n\n- {{action.ExtendTrial.title}}\n\nVerify the invoice.",
        "Verify\nthe invoice.",
        "Use MarkInvoiceVerified.",
        "Press v.",
    ],
)
def test_a_denial_of_something_else_excuses_nothing(text: str) -> None:
    assert FlagKind.ACTION in kinds(text, REFUSED)


@pytest.mark.parametrize(
    ("customer", "claim"),
    [
        ("healthy", "Billing is verified."),
        ("rail_approved", "Finance has approved the manual rail."),
        ("trial_ended_for_good", "The trial was extended before."),
        ("on_trial", "The trial was approved by an operator."),
        ("healthy", "The checklist item was completed."),
    ],
)
def test_what_the_facts_say_themselves_may_be_said_and_nothing_else(customer: str, claim: str) -> None:
    assert kinds(claim, customer) == set()
    assert FlagKind.PROMISE in kinds(claim, "rail_not_approved") or customer == "on_trial"


def test_a_booking_may_be_told_only_with_a_reference_to_it() -> None:
    assert kinds("A credit of {{adjustment.amount}} was granted.", "healthy") == set()
    assert kinds("A credit of {{lot.1.remaining}} was granted.", "healthy") == {FlagKind.PROMISE}


@pytest.mark.parametrize(
    "text",
    [
        "Nothing has been refunded.",
        "No credit was applied.",
        "Once you have applied it, the blocker clears.",
        "Once billing is cleared, please retry provisioning.",
        "The blocker will clear once the customer has paid.",
        "I have looked at the record.",
        "I can't refund anything.",
        "The invoice has to be paid by the customer.",
        "The customer says that it was refunded.",
    ],
)
def test_denials_conditions_and_readings_are_no_promises(text: str) -> None:
    assert kinds(text, "overdue") == set()


def test_a_condition_is_no_excuse_in_the_words_for_the_customer() -> None:
    text = "Once you pay, the credit will be restored."
    assert kinds(text, "overdue") == set()
    assert kinds(f"**Customer-safe next steps**\n\n> {text}", "overdue") == {FlagKind.PROMISE}


def test_a_fact_that_the_customer_may_not_see_is_internal_in_their_part_alone() -> None:
    text = "The reference is PO-2978, in 2 lots."
    assert kinds(text, "rail_approved") == set()
    assert kinds(f"**Customer-safe next steps**\n\n> {text}", "rail_approved") == {FlagKind.INTERNAL}


# ── a denial or a condition governs the claim's own verb, or nothing ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "You cannot go wrong if you mark the invoice verified.",
        "There is no better way than to verify the invoice.",
        "Nobody minds if you extend the trial.",
        "Nobody can go on until you extend the trial.",
        "Not verifying the invoice would be a mistake.",
        "Without waiting for finance verify the invoice.",
        "Verify the invoice because it is not verified yet.",
        "The rail is not approved and the invoice can be marked verified.",
        "You cannot avoid extending the trial.",
    ],
)
def test_a_denial_that_governs_another_verb_excuses_no_action(text: str) -> None:
    assert FlagKind.ACTION in kinds(text, REFUSED)


@pytest.mark.parametrize(
    "text",
    [
        "Do not verify the invoice.",
        "No one can verify the invoice before finance approves the rail.",
        "Verifying the invoice is not possible yet.",
        "The invoice cannot be verified.",
        "Not until finance approves the rail is verification possible.",
        "There is no reason to extend the trial.",
        "`v`: not allowed. `x`: refused.",
        "{{action.ExtendTrial.title}}: {{action.ExtendTrial.state}}.",
        "Neither `v` nor `x` is allowed.",
        "The x key does not work here.",
    ],
)
def test_a_denial_that_governs_the_action_excuses_it(text: str) -> None:
    assert kinds(text, REFUSED) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Your invoice was paid without problems.",
        "It cannot be denied that the invoice was settled.",
        "After a short call the trial has been extended.",
        "Once this is read, finance will refund the invoice.",
        "The customer says thanks, the invoice was settled.",
    ],
)
def test_a_condition_that_is_none_excuses_no_claim(text: str) -> None:
    assert FlagKind.PROMISE in kinds(text, "overdue")


@pytest.mark.parametrize(
    "text",
    [
        "After the trial has been extended, retry.",
        "Until the invoice has been paid, managed AI is blocked.",
        "If they say it has been paid, ask finance.",
        "Once the payment has arrived, the blocker will clear.",
    ],
)
def test_a_condition_of_the_claim_itself_excuses_it(text: str) -> None:
    assert kinds(text, "overdue") == set()


@pytest.mark.parametrize(
    "text", ["Press V.", "Hit shift and v.", "Shift+v does it.", "Use the v key.", "v is the key.", "Key: v", "`V`"]
)
def test_a_key_is_an_action_however_it_is_named(text: str) -> None:
    assert FlagKind.ACTION in kinds(text, REFUSED)
    assert kinds(text, "rail_approved") == set()


@pytest.mark.parametrize(
    "text",
    [
        "Your credit is back, enjoy.",
        "You do not have to pay this invoice.",
        "You get a new trial.",
        "Your service stays active while you pay.",
        "You can start using the platform now.",
        "Ignore this invoice.",
    ],
)
def test_the_customer_is_promised_nothing(text: str) -> None:
    assert FlagKind.PROMISE in kinds(f"**Customer-safe next steps**\n\n> {text}", "overdue")
