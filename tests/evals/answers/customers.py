"""The customers that the answers of this folder are about, by name."""

from datetime import timedelta

import msgspec

from services.contract.types import (
    Account,
    BillingState,
    Category,
    ChecklistStatus,
    Ownership,
    PaymentRail,
    Starter,
    SubscriptionStatus,
    Unit,
)
from services.contract.views import AuditEventView, CustomerBillingView, LedgerEntryView
from services.guidance.facts import build_facts
from services.guidance.model import Advice, Facts, GuidanceInput, Question
from services.guidance.rules import advise
from tests.builders import (
    NOW,
    make_adjustment,
    make_blocked_view,
    make_entry,
    make_event,
    make_invoice,
    make_lot,
    make_view,
)
from tests.subscribed import make_payable, make_subscription, subscribed_view, unset_view

_ENTRIES = (make_entry(), make_entry("-5.00", account=Account.ISSUED))
_DAY = timedelta(days=1)


class Known(msgspec.Struct, frozen=True):
    """What an answer is checked against."""

    facts: Facts
    advice: Advice


def _known(
    view: CustomerBillingView, entries: tuple[LedgerEntryView, ...] = (), events: tuple[AuditEventView, ...] = ()
) -> Known:
    facts = build_facts(GuidanceInput(view=view, entries=entries, events=events))
    return Known(facts, advise(view, facts, Question("Unblock billing", Starter.UNBLOCK_BILLING)))


CUSTOMERS = {
    # verification and completing the item are the way out; a trial could be approved, too
    "rail_approved": _known(make_blocked_view()),
    # finance has not approved the rail: only a trial or finance can help; verification is not allowed
    "rail_not_approved": _known(
        make_view(state=BillingState.NEEDS_REVIEW, review_reference="REV-4410", billing_item=ChecklistStatus.OPEN)
    ),
    # the same, after a trial: nothing but finance can help
    "rail_not_approved_trial_used": _known(
        make_view(state=BillingState.NEEDS_REVIEW, trial_ends_at=NOW - 40 * _DAY, billing_item=ChecklistStatus.OPEN)
    ),
    "platform_owned": _known(make_view(state=BillingState.NEEDS_REVIEW, ownership=Ownership.PLATFORM_OWNED)),
    # on a trial that runs for five days more
    "on_trial": _known(
        make_view(
            state=BillingState.TRIAL_APPROVED, payment_rail=PaymentRail.TRIAL, trial_ends_at=NOW + 5 * _DAY + _DAY / 2
        )
    ),
    # the trial ended eight days ago; it can be extended once
    "trial_ended": _known(
        make_view(
            state=BillingState.TRIAL_APPROVED,
            payment_rail=PaymentRail.TRIAL,
            trial_ends_at=NOW - 8 * _DAY,
            workspace_hours="0.00",
            ai_cents="0",
        )
    ),
    # the same, extended before
    "trial_ended_for_good": _known(
        make_view(
            state=BillingState.TRIAL_APPROVED,
            payment_rail=PaymentRail.TRIAL,
            trial_ends_at=NOW - 8 * _DAY,
            trial_extended=True,
        )
    ),
    # verified and prepaid, and both balances are empty
    "prepaid_empty": _known(
        make_view(payment_rail=PaymentRail.PREPAID, workspace_hours="0.00", ai_cents="0", overage_ai_cents="-250")
    ),
    # one invoice overdue for twelve days, another one in euros not yet due
    "overdue": _known(
        make_view(
            open_invoices=[
                make_invoice("INV-7", 129_900, due_at=NOW - 12 * _DAY),
                make_invoice("INV-9", 45_000, currency="eur", due_at=NOW + 10 * _DAY),
            ]
        )
    ),
    # on the Growth plan, past due, with an overdue invoice that can be paid by its link; Starter follows in 17 days
    "subscribed": _known(
        subscribed_view(
            make_subscription(
                SubscriptionStatus.PAST_DUE, next_plan="starter", next_plan_name="Starter", changes_at=NOW + 17 * _DAY
            ),
            open_invoices=[make_payable()],
        )
    ),
    # pays by card, none is on file, and a setup page is open for a day
    "setup_open": _known(unset_view(open_until=NOW + _DAY)),
    # pays by card, and none is on file
    "no_card": _known(make_view(payment_rail=PaymentRail.CARD, payment_method_on_file=False)),
    "no_rail": _known(make_view(state=BillingState.NEEDS_REVIEW, payment_rail=PaymentRail.NONE)),
    # verified, nothing blocks, with support credit, a recent adjustment and an audit trail
    "healthy": _known(
        make_view(
            lots=[
                make_lot("g1", Unit.WORKSPACE_HOURS, "40.00"),
                make_lot("g2", Unit.WORKSPACE_HOURS, "5.00", category=Category.SUPPORT, expires_at=NOW + 9 * _DAY),
                make_lot("g3", Unit.AI_CENTS, "1234"),
            ],
            latest_adjustment=make_adjustment(),
        ),
        _ENTRIES,
        (make_event(),),
    ),
}
