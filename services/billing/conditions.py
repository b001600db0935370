"""When each audited action is allowed: pure, so that blockers, previews, guidance and the engine state the same rule.

Source: PRODUCT.md §3, «Audited actions»; the conditions are tested in the order given there.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from services.billing.model import CustomerFacts
from services.contract.types import Action, BillingState, Category, ChecklistStatus, Ownership, PaymentRail
from services.credits.model import Lot
from services.credits.rules import is_expired


class Refusal(msgspec.Struct, frozen=True):
    """Why an action is not allowed: the reason constant, and one sentence that says what to do."""

    reason: str
    message: str


_RAIL_WORDS = {
    PaymentRail.INVOICE: "by invoice",
    PaymentRail.PREPAID: "from a prepaid balance",
    PaymentRail.CARD: "by card",
    PaymentRail.TRIAL: "from a trial",
    PaymentRail.NONE: "by no rail so far",
}

_ALREADY_VERIFIED = Refusal("ALREADY_VERIFIED", "Billing is verified already; nothing is left to decide here.")


def commercial_ownership_established(facts: CustomerFacts) -> bool:
    """Return whether finance or the platform itself stands behind the customer's invoice rail."""
    if facts.customer.ownership in (Ownership.INTERNAL, Ownership.PLATFORM_OWNED):
        return True
    return facts.billing.invoice_rail_approved and bool(facts.billing.commercial_reference)


def _mark_invoice_verified(facts: CustomerFacts, _now: datetime) -> Refusal | None:
    billing = facts.billing
    if billing.payment_rail is not PaymentRail.INVOICE:
        return Refusal(
            "NOT_INVOICE_RAIL",
            f"This customer pays {_RAIL_WORDS[billing.payment_rail]}; only invoice customers can be marked so.",
        )
    if billing.state is BillingState.VERIFIED:
        return _ALREADY_VERIFIED
    if not commercial_ownership_established(facts):
        return Refusal(
            "COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED",
            "Ask finance to approve the manual invoice rail with a commercial reference first.",
        )
    return None


def _approve_trial(facts: CustomerFacts, _now: datetime) -> Refusal | None:
    billing = facts.billing
    if billing.state is BillingState.VERIFIED:
        return _ALREADY_VERIFIED
    if billing.state is BillingState.TRIAL_APPROVED or billing.trial_ends_at is not None:
        return Refusal("TRIAL_ALREADY_USED", "This customer has had a trial, and there is one trial a customer.")
    return None


def _extend_trial(facts: CustomerFacts, _now: datetime) -> Refusal | None:
    billing = facts.billing
    if billing.state is not BillingState.TRIAL_APPROVED:
        return Refusal("NOT_ON_TRIAL", "This customer is not on a trial; approve one first.")
    if billing.trial_ends_at is None:
        return Refusal("TRIAL_HAS_NO_END", "This trial has no end, so there is nothing to extend.")
    if billing.trial_extended:
        return Refusal("TRIAL_ALREADY_EXTENDED", "This trial was extended before, and it can be extended once.")
    return None


def _apply_support_credit(_facts: CustomerFacts, _now: datetime) -> Refusal | None:
    return None


def reversible_lots(facts: CustomerFacts, now: datetime) -> tuple[Lot, ...]:
    """Return the support lots of which something is left to reverse at `now`, oldest first."""
    return tuple(
        lot for lot in facts.credits.lots_by_creation if lot.category is Category.SUPPORT and not is_expired(lot, now)
    )


def _reverse_support_credit(facts: CustomerFacts, now: datetime) -> Refusal | None:
    if not reversible_lots(facts, now):
        return Refusal("NOTHING_TO_REVERSE", "No support credit with something left stands on this customer.")
    return None


def _complete_billing_checklist(facts: CustomerFacts, _now: datetime) -> Refusal | None:
    if facts.billing.state is BillingState.NEEDS_REVIEW:
        return Refusal("BILLING_NOT_DECIDED", "Decide the billing first: mark it invoice verified, or approve a trial.")
    if facts.billing_item not in (ChecklistStatus.OPEN, ChecklistStatus.IN_PROGRESS):
        return Refusal("NOTHING_TO_COMPLETE", "The billing checklist item is not open.")
    return None


_CONDITIONS: dict[Action, Callable[[CustomerFacts, datetime], Refusal | None]] = {
    Action.MARK_INVOICE_VERIFIED: _mark_invoice_verified,
    Action.APPROVE_TRIAL: _approve_trial,
    Action.APPLY_SUPPORT_CREDIT: _apply_support_credit,
    Action.EXTEND_TRIAL: _extend_trial,
    Action.COMPLETE_BILLING_CHECKLIST: _complete_billing_checklist,
    Action.REVERSE_SUPPORT_CREDIT: _reverse_support_credit,
}


def refusal(action: Action, facts: CustomerFacts, now: datetime) -> Refusal | None:
    """Return why `action` is not allowed on this customer now, or None when it is.

    The amounts and limits of a support credit are the engine's to test: they are the call's, not the customer's.
    """
    return _CONDITIONS[action](facts, now)
