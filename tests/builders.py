"""Readable builders of contract views for tests: name what matters, the rest is a healthy invoice customer.

`make_view` derives blockers, actions and readiness from the record by transcribing the tables of PRODUCT.md §3, so that
every view it builds hangs together; blockers and actions can be given instead. It is written for tests alone and on
purpose does not use the product's rules.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.contract.types import (
    ACTION_TITLES,
    Account,
    Action,
    Area,
    BillingState,
    BlockerCode,
    Category,
    ChecklistStatus,
    EntryKind,
    HandoffTo,
    InvoiceStatus,
    Outcome,
    Ownership,
    PaymentRail,
    Unit,
)
from services.contract.views import (
    ActionStateView,
    AdjustmentView,
    AuditEventView,
    BillingView,
    BlockerView,
    ChecklistItemView,
    ChecklistView,
    CreditsView,
    CustomerBillingView,
    CustomerView,
    FactView,
    HandoffView,
    InvoiceView,
    LedgerEntryView,
    LotView,
    NoticeView,
    ReadinessView,
    ReadyView,
)

NOW = datetime(2026, 10, 15, 12, tzinfo=UTC)
"""The moment at which every built view is taken, unless a test says otherwise."""

_BLOCKS = {
    BlockerCode.UNVERIFIED_BILLING: [Area.PROVISIONING, Area.MANAGED_AI],
    BlockerCode.MISSING_PAYMENT_RAIL: [Area.PROVISIONING, Area.MANAGED_AI],
    BlockerCode.OPEN_CHECKLIST_ITEM: [Area.PROVISIONING],
    BlockerCode.TRIAL_EXPIRED: [Area.PROVISIONING, Area.MANAGED_AI],
    BlockerCode.NO_PREPAID_BALANCE: [Area.PROVISIONING, Area.MANAGED_AI],
    BlockerCode.OVERDUE_INVOICE: [Area.MANAGED_AI],
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: [Area.PROVISIONING],
}

_TITLES = {
    BlockerCode.UNVERIFIED_BILLING: "Billing is not verified",
    BlockerCode.MISSING_PAYMENT_RAIL: "No payment rail is set",
    BlockerCode.OPEN_CHECKLIST_ITEM: "Billing checklist item is open",
    BlockerCode.TRIAL_EXPIRED: "The trial has ended",
    BlockerCode.NO_PREPAID_BALANCE: "No prepaid balance is left",
    BlockerCode.OVERDUE_INVOICE: "An invoice is overdue",
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: "Payment setup is not complete",
}

_RESOLVING = {
    BlockerCode.UNVERIFIED_BILLING: [Action.MARK_INVOICE_VERIFIED, Action.APPROVE_TRIAL],
    BlockerCode.MISSING_PAYMENT_RAIL: [Action.APPROVE_TRIAL],
    BlockerCode.OPEN_CHECKLIST_ITEM: [
        Action.MARK_INVOICE_VERIFIED,
        Action.APPROVE_TRIAL,
        Action.COMPLETE_BILLING_CHECKLIST,
    ],
    BlockerCode.TRIAL_EXPIRED: [Action.MARK_INVOICE_VERIFIED, Action.EXTEND_TRIAL],
    BlockerCode.NO_PREPAID_BALANCE: [Action.APPLY_SUPPORT_CREDIT, Action.APPROVE_TRIAL],
    BlockerCode.OVERDUE_INVOICE: [],
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: [],
}

_HANDOFF = {
    BlockerCode.OVERDUE_INVOICE: HandoffTo.CUSTOMER,
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: HandoffTo.CUSTOMER,
}


def make_view(
    *,
    customer_id: str = "acme-eu",
    legal_name: str = "Acme GmbH",
    ownership: Ownership = Ownership.EXTERNAL,
    parent_customer_id: str | None = None,
    state: BillingState = BillingState.VERIFIED,
    review_reference: str | None = None,
    payment_rail: PaymentRail = PaymentRail.INVOICE,
    usage_tier: str | None = "growth",
    invoice_rail_approved: bool = False,
    commercial_reference: str | None = None,
    trial_ends_at: datetime | None = None,
    trial_extended: bool = False,
    payment_method_on_file: bool | None = None,
    automatic_collection: bool = False,
    etag: str = "b1",
    workspace_hours: str = "12.50",
    ai_cents: str = "1234",
    overage_workspace_hours: str = "0.00",
    overage_ai_cents: str = "0",
    lots: Sequence[LotView] | None = None,
    billing_item: ChecklistStatus | None = ChecklistStatus.COMPLETE,
    items: Sequence[ChecklistItemView] = (),
    open_invoices: Sequence[InvoiceView] = (),
    latest_adjustment: AdjustmentView | None = None,
    blockers: Iterable[BlockerView | BlockerCode] | None = None,
    notices: Sequence[NoticeView] = (),
    actions: Sequence[ActionStateView] | None = None,
    changed_at: datetime = NOW - timedelta(minutes=2),
    as_of: datetime = NOW,
    view_etag: str = "v1",
) -> CustomerBillingView:
    """Return a valid view of one customer.

    `lots` null: one paid lot for each balance that is not empty; given: the balances are the sums of the active lots.
    `billing_item` null: no such item. `blockers` may be codes, views or a mix of both.
    """
    if lots is None:
        balances = ((Unit.WORKSPACE_HOURS, workspace_hours), (Unit.AI_CENTS, ai_cents))
        lots = [make_lot(f"grant-{unit}", unit, left, amount=left) for unit, left in balances if Decimal(left) > 0]
    else:
        workspace_hours = f"{_remaining(lots, Unit.WORKSPACE_HOURS):.2f}"
        ai_cents = _plain(_remaining(lots, Unit.AI_CENTS))
    billing = BillingView(
        state=state,
        review_reference=review_reference,
        payment_rail=payment_rail,
        usage_tier=usage_tier,
        invoice_rail_approved=invoice_rail_approved,
        commercial_reference=commercial_reference,
        trial_ends_at=trial_ends_at,
        trial_extended=trial_extended,
        payment_method_on_file=payment_method_on_file,
        automatic_collection=automatic_collection,
        etag=etag,
    )
    credits_ = CreditsView(
        workspace_hours=workspace_hours,
        ai_cents=ai_cents,
        overage_workspace_hours=overage_workspace_hours,
        overage_ai_cents=overage_ai_cents,
        active_lots=sum(lot.active for lot in lots),
        lots=list(lots),
    )
    own_item = [] if billing_item is None else [ChecklistItemView(item="billing", status=billing_item)]
    checklist = ChecklistView(billing=billing_item, items=[*items, *own_item])
    states = list(actions) if actions is not None else _actions(ownership, billing, credits_, checklist)
    codes = _codes(billing, credits_, checklist, open_invoices, as_of) if blockers is None else blockers
    shown = [make_blocker(b, actions=states) if isinstance(b, BlockerCode) else b for b in codes]
    return CustomerBillingView(
        customer=CustomerView(
            customer_id=customer_id,
            legal_name=legal_name,
            ownership=ownership,
            parent_customer_id=parent_customer_id,
            stripe_customer_id=None,
        ),
        billing=billing,
        credits=credits_,
        checklist=checklist,
        open_invoices=list(open_invoices),
        latest_adjustment=latest_adjustment,
        blockers=shown,
        notices=list(notices),
        readiness=ReadinessView(
            provisioning=_ready(shown, Area.PROVISIONING), managed_ai=_ready(shown, Area.MANAGED_AI)
        ),
        actions=states,
        changed_at=changed_at,
        as_of=as_of,
        view_etag=view_etag,
    )


def make_blocked_view(**overrides: object) -> CustomerBillingView:
    """Return the customer most tests need: under review, on an approved invoice rail, with the billing item open."""
    record: dict[str, object] = {
        "state": BillingState.NEEDS_REVIEW,
        "review_reference": "REV-4410",
        "invoice_rail_approved": True,
        "commercial_reference": "PO-2978",
        "billing_item": ChecklistStatus.OPEN,
    }
    return make_view(**(record | overrides))  # type: ignore[arg-type]  # the names are those of make_view


def make_lot(
    grant_id: str = "grant-1",
    unit: Unit = Unit.WORKSPACE_HOURS,
    remaining: str = "12.50",
    *,
    amount: str = "40.00",
    category: Category = Category.PAID,
    priority: int = 50,
    effective_at: datetime | None = None,
    expires_at: datetime | None = None,
    source: str = "order-1182",
    reason: str | None = None,
    active: bool = True,
) -> LotView:
    """Return a credit lot."""
    return LotView(
        grant_id=grant_id,
        unit=unit,
        category=category,
        amount=amount,
        remaining=remaining,
        priority=priority,
        effective_at=effective_at,
        expires_at=expires_at,
        source=source,
        reason=reason,
        active=active,
    )


def make_invoice(
    number: str = "INV-7",
    amount: int = 129_900,
    *,
    currency: str = "usd",
    status: InvoiceStatus = InvoiceStatus.OPEN,
    issued_at: datetime = NOW - timedelta(days=20),
    due_at: datetime | None = NOW + timedelta(days=10),
) -> InvoiceView:
    """Return an invoice; by default open and not yet due."""
    return InvoiceView(
        number=number, amount=amount, currency=currency, status=status, issued_at=issued_at, due_at=due_at
    )


def make_blocker(
    code: BlockerCode,
    *,
    title: str | None = None,
    detail: str | None = None,
    since: datetime | None = None,
    facts: Sequence[FactView] = (),
    actions: Sequence[ActionStateView] | None = None,
    handoff: HandoffView | None = None,
) -> BlockerView:
    """Return a blocker. `actions`: the states of all actions, of which the blocker takes those that resolve it."""
    states = make_actions() if actions is None else actions
    resolving = [state for state in states if state.action in _RESOLVING[code]]
    if handoff is None and not any(state.allowed for state in resolving):
        to = _HANDOFF.get(code, HandoffTo.FINANCE)
        handoff = HandoffView(to=to, text=f"Case for {to.value}\n{_TITLES[code]}")
    return BlockerView(
        code=code,
        title=title or _TITLES[code],
        detail=detail or f"{_TITLES[code]}, and that stops this customer.",
        since=since,
        blocks=_BLOCKS[code],
        facts=list(facts),
        resolving_actions=resolving,
        handoff=handoff,
    )


def make_actions(*allowed: Action, reason: str = "NOT_ALLOWED", message: str | None = None) -> list[ActionStateView]:
    """Return the states of all six actions in their listed order, of which only `allowed` are allowed."""
    refusal = message or "This action does not serve here: choose another one."
    return [_state(action, None if action in allowed else (reason, refusal)) for action in Action]


def make_adjustment(
    amount: str = "5.00",
    unit: Unit = Unit.WORKSPACE_HOURS,
    *,
    kind: EntryKind = EntryKind.GRANT,
    category: Category = Category.SUPPORT,
    reason: str | None = "billing support adjustment",
    source: str = "operator:dana",
    booked_at: datetime = NOW - timedelta(days=3),
) -> AdjustmentView:
    """Return the latest adjustment of a customer's ledger."""
    return AdjustmentView(
        kind=kind, unit=unit, category=category, amount=amount, reason=reason, source=source, booked_at=booked_at
    )


def make_entry(
    amount: str = "5.00",
    unit: Unit = Unit.WORKSPACE_HOURS,
    *,
    entry_id: str = "entry-1",
    transaction_id: str = "transaction-1",
    kind: EntryKind = EntryKind.GRANT,
    account: Account = Account.AVAILABLE,
    balance_after: str = "12.50",
    grant_id: str | None = "grant-1",
    category: Category | None = Category.SUPPORT,
    occurred_at: datetime | None = None,
    booked_at: datetime = NOW - timedelta(days=3),
    source: str = "operator:dana",
    reason: str | None = "billing support adjustment",
) -> LedgerEntryView:
    """Return one leg of a ledger transaction."""
    return LedgerEntryView(
        entry_id=entry_id,
        transaction_id=transaction_id,
        kind=kind,
        unit=unit,
        account=account,
        amount=amount,
        balance_after=balance_after,
        grant_id=grant_id,
        category=category,
        occurred_at=occurred_at,
        booked_at=booked_at,
        source=source,
        reason=reason,
    )


def make_event(
    action: str = "ApplySupportCredit",
    *,
    audit_event_id: str = "event-1",
    stream: str = "acme-eu",
    sequence: int = 1,
    occurred_at: str = "2026-10-12T12:00:00.000000Z",
    actor: str = "dana",
    role: str = "operator",
    outcome: Outcome = Outcome.APPLIED,
    reason: str | None = "billing support adjustment",
    payload: str = "{}",
) -> AuditEventView:
    """Return an audit event of a customer's stream."""
    return AuditEventView(
        audit_event_id=audit_event_id,
        stream=stream,
        sequence=sequence,
        occurred_at=occurred_at,
        actor=actor,
        role=role,
        action=action,
        resource=f"customers/{stream}",
        etag_before="b1",
        etag_after="b2",
        request_id="request-1",
        outcome=outcome,
        reason=reason,
        payload=payload,
        previous_hash="00" * 32,
        hash="ab" * 32,
    )


# ── the tables of PRODUCT.md §3, transcribed ──────────────────────────────────────────────────────────────────────────


def _remaining(lots: Sequence[LotView], unit: Unit) -> Decimal:
    return sum((Decimal(lot.remaining) for lot in lots if lot.unit is unit and lot.active), Decimal(0))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _codes(
    billing: BillingView,
    credits_: CreditsView,
    checklist: ChecklistView,
    invoices: Sequence[InvoiceView],
    now: datetime,
) -> list[BlockerCode]:
    trial = billing.state is BillingState.TRIAL_APPROVED
    ended = billing.trial_ends_at is not None and now >= billing.trial_ends_at
    empty = Decimal(credits_.workspace_hours) == 0 and Decimal(credits_.ai_cents) == 0
    burning = billing.payment_rail in (PaymentRail.PREPAID, PaymentRail.TRIAL)
    overdue = any(i.due_at is not None and i.due_at < now for i in invoices)
    collects = billing.automatic_collection or billing.payment_rail is PaymentRail.CARD
    when = {
        BlockerCode.UNVERIFIED_BILLING: billing.state is BillingState.NEEDS_REVIEW,
        BlockerCode.MISSING_PAYMENT_RAIL: billing.payment_rail is PaymentRail.NONE and not trial,
        BlockerCode.OPEN_CHECKLIST_ITEM: _is_open(checklist),
        BlockerCode.TRIAL_EXPIRED: trial and ended,
        BlockerCode.NO_PREPAID_BALANCE: burning and empty,
        BlockerCode.OVERDUE_INVOICE: overdue,
        BlockerCode.PAYMENT_SETUP_INCOMPLETE: collects and billing.payment_method_on_file is False,
    }
    return [code for code, holds in when.items() if holds]


def _is_open(checklist: ChecklistView) -> bool:
    return checklist.billing in (ChecklistStatus.OPEN, ChecklistStatus.IN_PROGRESS)


def _actions(
    ownership: Ownership, billing: BillingView, credits_: CreditsView, checklist: ChecklistView
) -> list[ActionStateView]:
    verified = billing.state is BillingState.VERIFIED
    on_trial = billing.state is BillingState.TRIAL_APPROVED
    established = ownership is not Ownership.EXTERNAL or (
        billing.invoice_rail_approved and bool(billing.commercial_reference)
    )
    refusals: dict[Action, list[tuple[bool, str, str]]] = {
        Action.MARK_INVOICE_VERIFIED: [
            (
                billing.payment_rail is not PaymentRail.INVOICE,
                "NOT_INVOICE_RAIL",
                "The payment rail is not invoice: settle it first.",
            ),
            (verified, "ALREADY_VERIFIED", "Billing is verified already: nothing to do."),
            (
                not established,
                "COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED",
                "Commercial ownership is not established: ask finance to approve the invoice rail.",
            ),
        ],
        Action.APPROVE_TRIAL: [
            (verified, "ALREADY_VERIFIED", "Billing is verified already: a trial is not needed."),
            (
                on_trial or billing.trial_ends_at is not None,
                "TRIAL_ALREADY_USED",
                "This customer was on trial before: verify billing instead.",
            ),
        ],
        Action.APPLY_SUPPORT_CREDIT: [],
        Action.EXTEND_TRIAL: [
            (not on_trial, "NOT_ON_TRIAL", "This customer is not on trial: approve a trial first."),
            (
                billing.trial_extended,
                "TRIAL_ALREADY_EXTENDED",
                "The trial was extended before: verify billing instead.",
            ),
        ],
        Action.COMPLETE_BILLING_CHECKLIST: [
            (
                billing.state is BillingState.NEEDS_REVIEW,
                "BILLING_NOT_DECIDED",
                "Billing is not decided: verify it or approve a trial first.",
            ),
            (not _is_open(checklist), "NOTHING_TO_COMPLETE", "The billing item is not open: nothing to do."),
        ],
        Action.REVERSE_SUPPORT_CREDIT: [
            (
                not any(lot.category is Category.SUPPORT for lot in credits_.lots),
                "NOTHING_TO_REVERSE",
                "No support credit has anything left: nothing to do.",
            )
        ],
    }
    first = {
        action: next(((reason, text) for holds, reason, text in conditions if holds), None)
        for action, conditions in refusals.items()
    }
    return [_state(action, first[action]) for action in Action]


def _state(action: Action, refusal: tuple[str, str] | None) -> ActionStateView:
    reason, message = refusal or (None, None)
    return ActionStateView(
        action=action, title=ACTION_TITLES[action], allowed=refusal is None, reason=reason, message=message
    )


def _ready(blockers: Sequence[BlockerView], area: Area) -> ReadyView:
    codes = [blocker.code for blocker in blockers if area in blocker.blocks]
    return ReadyView(status="blocked" if codes else "ready", blocked_by=codes)
