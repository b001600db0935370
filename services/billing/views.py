"""A customer's facts as the view that screens, documents and programs read. Pure."""

from datetime import UTC, datetime

import msgspec

from services.billing.conditions import refusal
from services.billing.model import Adjustment, BillingRecord, Customer, CustomerFacts, Invoice
from services.billing.plan_views import (
    automatic_collection_view,
    payment_setup_view,
    subscription_view,
    usage_views,
)
from services.billing.rules import BLOCKS, Blocker, blockers, next_change, notices
from services.billing.wording import RESOLVED_BY, TITLES, detail, handoff, notice_text, rests_on
from services.contract.policy import Policy
from services.contract.types import ACTION_TITLES, Action, Area, Unit
from services.contract.views import (
    ActionStateView,
    AdjustmentView,
    BillingView,
    BlockerView,
    ChecklistItemView,
    ChecklistView,
    CreditsView,
    CustomerBillingView,
    CustomerView,
    HandoffView,
    InvoiceView,
    LotView,
    NoticeView,
    ReadinessView,
    ReadyView,
)
from services.credits.model import Lot
from services.credits.rules import available_now, burn_down_order, is_active, is_expired
from services.credits.units import format_amount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def view_etag(revision: int, next_change_at: datetime | None) -> str:
    """Return the view's HTTP ETag: it changes with any fact, and when the clock passes the next change of a blocker."""
    due = int((next_change_at - _EPOCH).total_seconds() * 1_000_000) if next_change_at else 0
    return f"v{revision}-{due}"


def action_states(facts: CustomerFacts, now: datetime) -> dict[Action, ActionStateView]:
    """Return, for each action, whether it is allowed now, and if not, why."""
    states = {}
    for action, title in ACTION_TITLES.items():
        why = refusal(action, facts, now)
        if why is None:
            states[action] = ActionStateView(action=action, title=title, allowed=True)
        else:
            states[action] = ActionStateView(
                action=action, title=title, allowed=False, reason=why.reason, message=why.message
            )
    return states


def billing_view(facts: CustomerFacts, now: datetime, policy: Policy) -> CustomerBillingView:
    """Return the customer's view at `now`."""
    found = blockers(facts, now)
    states = action_states(facts, now)
    return CustomerBillingView(
        customer=_customer(facts.customer),
        billing=_billing(facts.billing),
        credits=_credits(facts, now),
        checklist=ChecklistView(
            billing=facts.billing_item,
            items=[ChecklistItemView(item=i.item, status=i.status) for i in facts.checklist],
        ),
        open_invoices=[invoice_view(i) for i in facts.invoices],
        latest_adjustment=_adjustment(facts.latest_adjustment),
        blockers=[_blocker(b, facts, now, states) for b in found],
        notices=[NoticeView(code=n.code, text=notice_text(n)) for n in notices(facts, now, policy)],
        readiness=_readiness(found),
        actions=list(states.values()),
        changed_at=facts.changed_at,
        as_of=now,
        view_etag=view_etag(facts.revision, next_change(facts, now)),
        subscription=subscription_view(facts.subscription),
        usage=usage_views(facts, policy.plans),
        payment_setup=payment_setup_view(facts, now),
        automatic_collection=automatic_collection_view(facts),
    )


def _customer(customer: Customer) -> CustomerView:
    return CustomerView(
        customer_id=customer.customer_id,
        legal_name=customer.legal_name,
        ownership=customer.ownership,
        parent_customer_id=customer.parent_customer_id,
        stripe_customer_id=customer.stripe_customer_id,
    )


def _billing(billing: BillingRecord) -> BillingView:
    return BillingView(
        state=billing.state,
        review_reference=billing.review_reference,
        payment_rail=billing.payment_rail,
        usage_tier=billing.usage_tier,
        invoice_rail_approved=billing.invoice_rail_approved,
        commercial_reference=billing.commercial_reference,
        trial_ends_at=billing.trial_ends_at,
        trial_extended=billing.trial_extended,
        payment_method_on_file=billing.payment_method_on_file,
        automatic_collection=billing.automatic_collection,
        etag=billing.etag,
    )


def _credits(facts: CustomerFacts, now: datetime) -> CreditsView:
    lots = facts.credits.lots
    active = burn_down_order(lots, now)
    # Whether an expiry has been booked is nobody's to see: an expired lot is not shown, before as after.
    inactive = [lot for lot in lots if not is_active(lot, now) and not is_expired(lot, now)]

    def amount(unit: Unit, value: int) -> str:
        return format_amount(unit, value)

    return CreditsView(
        workspace_hours=amount(Unit.WORKSPACE_HOURS, available_now(lots, Unit.WORKSPACE_HOURS, now)),
        ai_cents=amount(Unit.AI_CENTS, available_now(lots, Unit.AI_CENTS, now)),
        overage_workspace_hours=amount(Unit.WORKSPACE_HOURS, -facts.credits.balance(Unit.WORKSPACE_HOURS).overage),
        overage_ai_cents=amount(Unit.AI_CENTS, -facts.credits.balance(Unit.AI_CENTS).overage),
        active_lots=len(active),
        lots=[_lot(lot, True) for lot in active] + [_lot(lot, False) for lot in inactive],
    )


def _lot(lot: Lot, active: bool) -> LotView:
    return LotView(
        grant_id=lot.grant_id,
        unit=lot.unit,
        category=lot.category,
        amount=format_amount(lot.unit, lot.amount),
        remaining=format_amount(lot.unit, lot.remaining),
        priority=lot.priority,
        effective_at=lot.effective_at,
        expires_at=lot.expires_at,
        source=lot.source,
        reason=lot.reason,
        active=active,
    )


def invoice_view(invoice: Invoice) -> InvoiceView:
    """Return an invoice as it is shown."""
    return InvoiceView(**msgspec.structs.asdict(invoice))


def _adjustment(adjustment: Adjustment | None) -> AdjustmentView | None:
    if adjustment is None:
        return None
    return AdjustmentView(
        kind=adjustment.kind,
        unit=adjustment.unit,
        category=adjustment.category,
        amount=format_amount(adjustment.unit, adjustment.amount),
        reason=adjustment.reason,
        source=adjustment.source,
        booked_at=adjustment.booked_at,
    )


def _blocker(
    blocker: Blocker, facts: CustomerFacts, now: datetime, states: dict[Action, ActionStateView]
) -> BlockerView:
    resolving = [states[action] for action in RESOLVED_BY[blocker.code]]
    away = None
    if not any(state.allowed for state in resolving):
        to, text = handoff(blocker, facts, now)
        away = HandoffView(to=to, text=text)
    return BlockerView(
        code=blocker.code,
        title=TITLES[blocker.code],
        detail=detail(blocker, facts, now),
        since=blocker.since,
        blocks=list(BLOCKS[blocker.code]),
        facts=rests_on(blocker, facts, now),
        resolving_actions=resolving,
        handoff=away,
    )


def _readiness(found: tuple[Blocker, ...]) -> ReadinessView:
    def ready(area: Area) -> ReadyView:
        codes = [b.code for b in found if area in BLOCKS[b.code]]
        return ReadyView(status="blocked" if codes else "ready", blocked_by=codes)

    return ReadinessView(provisioning=ready(Area.PROVISIONING), managed_ai=ready(Area.MANAGED_AI))
