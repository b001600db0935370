"""What blocks a customer, what is worth noticing, and what can be used: pure functions of facts and the clock.

Source of every rule: PRODUCT.md §3, «Blockers». The clock comes in; nothing here reads one.
"""

from datetime import datetime, timedelta

import msgspec

from services.billing.metering import usage_meters
from services.billing.model import CustomerFacts, Invoice
from services.contract.plans import PlanCatalogue
from services.contract.policy import MICROS_PER_CENT, SECONDS_PER_HOUR, Policy
from services.contract.types import (
    Area,
    BillingState,
    BlockerCode,
    ChecklistStatus,
    InvoiceStatus,
    PaymentRail,
    Resource,
    SubscriptionStatus,
    Unit,
)
from services.credits.rules import available_now, next_credit_change

BLOCKS: dict[BlockerCode, tuple[Area, ...]] = {
    BlockerCode.UNVERIFIED_BILLING: (Area.PROVISIONING, Area.MANAGED_AI),
    BlockerCode.MISSING_PAYMENT_RAIL: (Area.PROVISIONING, Area.MANAGED_AI),
    BlockerCode.OPEN_CHECKLIST_ITEM: (Area.PROVISIONING,),
    BlockerCode.TRIAL_EXPIRED: (Area.PROVISIONING, Area.MANAGED_AI),
    BlockerCode.NO_PREPAID_BALANCE: (Area.PROVISIONING, Area.MANAGED_AI),
    BlockerCode.OVERDUE_INVOICE: (Area.MANAGED_AI,),
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: (Area.PROVISIONING,),
}
"""What each blocker stops, in the order in which blockers are listed."""

_PREPAID_RAILS = (PaymentRail.PREPAID, PaymentRail.TRIAL)
_MOMENT = timedelta(microseconds=1)


class Blocker(msgspec.Struct, frozen=True):
    """One thing that stops the customer, and since when (null if the facts do not tell)."""

    code: BlockerCode
    since: datetime | None


def trial_has_passed(facts: CustomerFacts, now: datetime) -> bool:
    """Return whether the customer's trial end lies at or before `now`; a trial without an end never passes."""
    return facts.billing.trial_ends_at is not None and now >= facts.billing.trial_ends_at


def overdue_invoices(facts: CustomerFacts, now: datetime) -> list[Invoice]:
    """Return the open invoices past their due time, the longest overdue first."""
    late = [i for i in facts.invoices if i.status is InvoiceStatus.OPEN and i.due_at is not None and now > i.due_at]
    return sorted(late, key=lambda i: (i.due_at, i.number))


def needs_payment_method(facts: CustomerFacts) -> bool:
    """Return whether the customer's way of paying rests on a stored payment method."""
    return facts.billing.automatic_collection or facts.billing.payment_rail is PaymentRail.CARD


def _empty(facts: CustomerFacts, unit: Unit, now: datetime) -> bool:
    return available_now(facts.credits.lots, unit, now) == 0


def _empty_since(facts: CustomerFacts, now: datetime) -> datetime | None:
    """Return when the last credit of either unit was used up, voided or expired; null if there never was any."""
    ends = [b.emptied_at for b in facts.credits.balances if b.emptied_at is not None]
    ends += [lot.expires_at for lot in facts.credits.lots if lot.expires_at is not None and lot.expires_at <= now]
    return max(ends, default=None)


def blockers(facts: CustomerFacts, now: datetime) -> tuple[Blocker, ...]:
    """Return what stops the customer at `now`, in the order of `BLOCKS`."""
    billing = facts.billing
    found: list[Blocker] = []
    if billing.state is BillingState.NEEDS_REVIEW:
        found.append(Blocker(BlockerCode.UNVERIFIED_BILLING, None))
    if billing.payment_rail is PaymentRail.NONE and billing.state is not BillingState.TRIAL_APPROVED:
        found.append(Blocker(BlockerCode.MISSING_PAYMENT_RAIL, None))
    if facts.billing_item in (ChecklistStatus.OPEN, ChecklistStatus.IN_PROGRESS):
        found.append(Blocker(BlockerCode.OPEN_CHECKLIST_ITEM, None))
    if billing.state is BillingState.TRIAL_APPROVED and trial_has_passed(facts, now):
        found.append(Blocker(BlockerCode.TRIAL_EXPIRED, billing.trial_ends_at))
    if billing.payment_rail in _PREPAID_RAILS and all(_empty(facts, unit, now) for unit in Unit):
        found.append(Blocker(BlockerCode.NO_PREPAID_BALANCE, _empty_since(facts, now)))
    if overdue := overdue_invoices(facts, now):
        found.append(Blocker(BlockerCode.OVERDUE_INVOICE, overdue[0].due_at))
    if needs_payment_method(facts) and billing.payment_method_on_file is False:
        found.append(Blocker(BlockerCode.PAYMENT_SETUP_INCOMPLETE, None))
    return tuple(found)


def blocked_since(found: tuple[Blocker, ...]) -> datetime | None:
    """Return the earliest moment since which one of the blockers is known to stand; null if none is known."""
    return min((b.since for b in found if b.since is not None), default=None)


def next_change(facts: CustomerFacts, now: datetime) -> datetime | None:
    """Return the next moment, after `now`, at which the clock alone can change a blocker; null if it cannot."""
    moments = [facts.billing.trial_ends_at, next_credit_change(facts.credits.lots, now)]
    # an invoice is overdue past its due time, not at it
    moments += [i.due_at + _MOMENT for i in facts.invoices if i.due_at is not None]
    return min((m for m in moments if m is not None and m > now), default=None)


NODES_LAG_AFTER = timedelta(minutes=5)
"""A node that has not taken up a plan's change after so long lags: it should hear of it within a minute."""

_REJECTION_MATTERS = timedelta(days=30)
"""After so long without another request the tenant has done without."""


class NoticeFact(msgspec.Struct, frozen=True):
    """Something worth knowing that stops nothing: a code, what it is about, and an amount or moment of it."""

    code: str
    unit: Unit | None = None
    amount: int | None = None
    moment: datetime | None = None
    resource: Resource | None = None


def notices(facts: CustomerFacts, now: datetime, policy: Policy) -> tuple[NoticeFact, ...]:
    """Return the notices: single balances, overage, unknown payment method, a trial's end, requests, plan and nodes."""
    found: list[NoticeFact] = []
    low = {
        Unit.WORKSPACE_HOURS: policy.low_balance_hours * SECONDS_PER_HOUR,
        Unit.AI_CENTS: policy.low_balance_cents * MICROS_PER_CENT,
    }
    if facts.billing.payment_rail in _PREPAID_RAILS:
        left = {unit: available_now(facts.credits.lots, unit, now) for unit in Unit}
        if any(left.values()):
            for unit, amount in left.items():
                if amount == 0:
                    found.append(NoticeFact("balance_empty", unit))
                elif amount < low[unit]:
                    found.append(NoticeFact("balance_low", unit, amount))
    found += [NoticeFact("overage", b.unit, -b.overage) for b in facts.credits.balances if b.overage < 0]
    if needs_payment_method(facts) and facts.billing.payment_method_on_file is None:
        found.append(NoticeFact("payment_method_unknown"))
    ends = facts.billing.trial_ends_at
    soon = now + timedelta(days=policy.trial_ending_days)
    if facts.billing.state is BillingState.TRIAL_APPROVED and ends is not None and now < ends <= soon:
        found.append(NoticeFact("trial_ends_soon", moment=ends))
    if facts.pending_requests:
        found.append(NoticeFact("pending_request", amount=facts.pending_requests))
    if facts.rejected_at is not None and now < facts.rejected_at + _REJECTION_MATTERS:
        found.append(NoticeFact("rejected_request", moment=facts.rejected_at))
    found += _plan_notices(facts, now, policy.plans)
    return tuple(found)


_NOT_PAID = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)


def _plan_notices(facts: CustomerFacts, now: datetime, plans: PlanCatalogue) -> list[NoticeFact]:
    codes = {"close": "usage_close_to_limit", "reached": "usage_at_limit"}
    found = [
        NoticeFact(codes[meter.level], resource=meter.resource, amount=meter.percent)
        for meter in usage_meters(facts, plans)
        if meter.level in codes
    ]
    payments, subscription = facts.payments, facts.subscription
    if subscription is not None and subscription.status in _NOT_PAID:
        found.append(NoticeFact("subscription_not_paid"))
    if payments.behind and payments.generation_at is not None and now > payments.generation_at + NODES_LAG_AFTER:
        found.append(NoticeFact("nodes_lag", amount=payments.behind))
    if payments.gone:
        found.append(NoticeFact("payment_customer_gone"))
    return found
