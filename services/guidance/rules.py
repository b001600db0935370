"""facts → advice: what is blocked, which action is allowed, in which order, and what the customer can do. Pure.

The view has decided what blocks and what is allowed (PRODUCT.md §3); nothing here decides that again.
"""

from collections.abc import Mapping

from services.contract.policy import Policy
from services.contract.types import (
    Action,
    BillingState,
    BlockerCode,
    Category,
    HandoffTo,
    Ownership,
    PaymentRail,
    SubscriptionStatus,
)
from services.contract.views import ActionStateView, BillingView, BlockerView, CustomerBillingView
from services.guidance.collection import can_be_handed_over, unpaid_because
from services.guidance.model import (
    ActionAdvice,
    Advice,
    BlockerAdvice,
    Condition,
    CustomerStep,
    Facts,
    Grounds,
    InvoiceException,
    PaymentLink,
    Question,
    Step,
    Topic,
    Unpaid,
)
from services.guidance.offers import offers_named
from services.guidance.shortfall import shortfall
from services.guidance.topics import asks_to_act, topics

DEFAULT_POLICY = Policy()

KEYS: Mapping[Action, str] = {
    Action.MARK_INVOICE_VERIFIED: "v",
    Action.APPROVE_TRIAL: "t",
    Action.APPLY_SUPPORT_CREDIT: "c",
    Action.EXTEND_TRIAL: "x",
    Action.COMPLETE_BILLING_CHECKLIST: "k",
    Action.REVERSE_SUPPORT_CREDIT: "u",
}
"""The keys that open the actions' confirmations (PRODUCT.md §7)."""

# A lasting decision comes before a temporary one, and a decision before what merely tidies up after it.
_PREFERENCE = (
    Action.MARK_INVOICE_VERIFIED,
    Action.EXTEND_TRIAL,
    Action.APPROVE_TRIAL,
    Action.COMPLETE_BILLING_CHECKLIST,
    Action.APPLY_SUPPORT_CREDIT,
    Action.REVERSE_SUPPORT_CREDIT,
)

_CUSTOMER_STEPS = {
    BlockerCode.MISSING_PAYMENT_RAIL: CustomerStep.CHOOSE_PAYMENT_RAIL,
    BlockerCode.TRIAL_EXPIRED: CustomerStep.CHOOSE_PAYMENT_RAIL,
    BlockerCode.NO_PREPAID_BALANCE: CustomerStep.TOP_UP,
    BlockerCode.OVERDUE_INVOICE: CustomerStep.PAY_INVOICES,
    BlockerCode.PAYMENT_SETUP_INCOMPLETE: CustomerStep.ADD_PAYMENT_METHOD,
}

# Questions whose answer is one step of the customer's, whatever else there may be to do.
_ONE_THING = frozenset((Topic.DECLINED, Topic.NOT_PAID, Topic.PLAN))


def advise(view: CustomerBillingView, facts: Facts, question: Question, policy: Policy = DEFAULT_POLICY) -> Advice:
    """Return what the rules make of the customer's facts for one question."""
    actions = tuple(_action(state, view, policy) for state in view.actions)
    by_name = {action.action: action for action in actions}
    blockers = tuple(_blocker(blocker, by_name, view) for blocker in view.blockers)
    offers = () if question.starter else offers_named(question.text, policy.plans, view.customer.legal_name)
    known = frozenset(fact.value for fact in facts)
    about = topics(question, view.customer.customer_id, known, names_plan=bool(offers))
    unpaid = unpaid_because(view)
    paused = view.subscription is not None and view.subscription.status is SubscriptionStatus.PAUSED
    return Advice(
        topics=about,
        blockers=blockers,
        actions=actions,
        steps=_steps(blockers),
        customer_steps=_one_thing(about, offers, unpaid) or _customer_steps(view, blockers, unpaid),
        invoice=_invoice(view, blockers, actions),
        asked_to_act=asks_to_act(question),
        links=_links(view),
        subscription_at_risk=unpaid is not None or paused,
        unpaid=unpaid,
        offers=offers,
    )


def _action(state: ActionStateView, view: CustomerBillingView, policy: Policy) -> ActionAdvice:
    return ActionAdvice(
        action=state.action,
        title=state.title,
        key=KEYS[state.action],
        allowed=state.allowed,
        params=_params(state.action, view, policy) if state.allowed else (),
    )


def _params(action: Action, view: CustomerBillingView, policy: Policy) -> tuple[tuple[str, str], ...]:
    """Return what an action's form can begin with: facts alone, never an answer's words."""
    if action is Action.APPLY_SUPPORT_CREDIT:
        return tuple((unit.value, amount) for unit, amount in shortfall(view, policy).items())
    if action is Action.REVERSE_SUPPORT_CREDIT:
        support = [lot.grant_id for lot in view.credits.lots if lot.category is Category.SUPPORT]
        return (("grant_id", support[0]),) if len(support) == 1 else ()
    return ()


def _blocker(
    blocker: BlockerView, actions_by_name: Mapping[Action, ActionAdvice], view: CustomerBillingView
) -> BlockerAdvice:
    actions = tuple(actions_by_name[state.action] for state in blocker.resolving_actions)
    to = None if blocker.handoff is None else blocker.handoff.to
    return BlockerAdvice(code=blocker.code, actions=actions, handoff=to, link=_link(blocker.code, view))


def _link(code: BlockerCode, view: CustomerBillingView) -> PaymentLink | None:
    """Return the link by which the customer can clear a blocker; null where there is none."""
    if code is BlockerCode.OVERDUE_INVOICE:
        overdue = (i for i in view.open_invoices if i.due_at is not None and i.due_at < view.as_of)
        return PaymentLink.PAY_INVOICE if any(invoice.payable for invoice in overdue) else None
    if code is BlockerCode.PAYMENT_SETUP_INCOMPLETE and PaymentLink.SET_UP_PAYMENT in _links(view):
        return PaymentLink.SET_UP_PAYMENT
    return None


def _links(view: CustomerBillingView) -> tuple[PaymentLink, ...]:
    """Return what can be handed over: a page for each open invoice that is the customer's to pay, one for the setup."""
    links = {
        PaymentLink.PAY_INVOICE: any(can_be_handed_over(invoice, view) for invoice in view.open_invoices),
        PaymentLink.SET_UP_PAYMENT: view.payment_setup is not None and view.payment_setup.status != "complete",
    }
    return tuple(link for link, serves in links.items() if serves)


def _steps(blockers: tuple[BlockerAdvice, ...]) -> tuple[Step, ...]:
    """Return the way out: as few actions as resolve what actions can, then the handoffs.

    An allowed action that resolves the most of what is left is taken first; the order of preference settles ties.
    """
    left = [blocker for blocker in blockers if blocker.allowed]
    steps: list[Step] = []
    while left:
        candidates = {action.action: action for blocker in left for action in blocker.allowed}
        best = max(candidates.values(), key=lambda action: (_reach(action, left), -_PREFERENCE.index(action.action)))
        resolved = [blocker for blocker in left if best in blocker.allowed]
        instead = (a for a in candidates.values() if a != best and all(a in blocker.allowed for blocker in resolved))
        steps.append(Step(resolves=tuple(b.code for b in resolved), action=best, instead=tuple(instead)))
        left = [blocker for blocker in left if blocker not in resolved]
    # What comes first on screen is done first: decisions before credits.
    steps.sort(key=lambda step: _PREFERENCE.index(step.action.action) if step.action is not None else len(_PREFERENCE))
    for to in HandoffTo:
        theirs = [b for b in blockers if not b.allowed and b.handoff is to]
        if theirs:
            links = tuple(b.link for b in theirs if b.link is not None)
            steps.append(Step(resolves=tuple(b.code for b in theirs), handoff=to, links=links))
    return tuple(steps)


def _reach(action: ActionAdvice, blockers: list[BlockerAdvice]) -> int:
    return sum(action in blocker.allowed for blocker in blockers)


def _one_thing(about: tuple[Topic, ...], offers: tuple[str, ...], unpaid: Unpaid | None) -> tuple[CustomerStep, ...]:
    """Return what the customer can do about the one thing that was asked; nothing where more was asked, or all."""
    if not _ONE_THING.issuperset(about):
        return ()
    steps = {
        CustomerStep.PAY_FOR_PLAN: unpaid is not None,
        CustomerStep.TRY_ANOTHER_CARD: Topic.DECLINED in about,
        CustomerStep.CHOOSE_PLAN: Topic.PLAN in about and bool(offers),
    }
    return tuple(step for step, helps in steps.items() if helps)


def _customer_steps(
    view: CustomerBillingView, blockers: tuple[BlockerAdvice, ...], unpaid: Unpaid | None
) -> tuple[CustomerStep, ...]:
    """Return what the customer can do, each once; what an operator can clear asks nothing of the customer."""
    steps: list[CustomerStep] = []
    for blocker in blockers:
        step = _CUSTOMER_STEPS.get(blocker.code)
        if blocker.code is BlockerCode.UNVERIFIED_BILLING and _lacks_ground(view):
            step = CustomerStep.CONFIRM_COMMERCIAL_REFERENCE
        if step is not None and not blocker.allowed:
            steps.append(step)
    if unpaid is not None and CustomerStep.PAY_INVOICES not in steps:
        steps.append(CustomerStep.PAY_FOR_PLAN)
    if blockers or unpaid is None:
        steps.append(_afterwards(view))
    return tuple(dict.fromkeys(steps))


def _afterwards(view: CustomerBillingView) -> CustomerStep:
    """Return what the customer tries again when nothing blocks any more: provisioning, where that was blocked."""
    if view.readiness.provisioning.blocked_by:
        return CustomerStep.RETRY_PROVISIONING
    return CustomerStep.RETRY_MANAGED_AI if view.readiness.managed_ai.blocked_by else CustomerStep.RETRY


def _lacks_ground(view: CustomerBillingView) -> bool:
    grounds = _grounds(view.customer.ownership, view.billing)
    return view.billing.payment_rail is PaymentRail.INVOICE and grounds not in (Grounds.OWNED, Grounds.RAIL_APPROVED)


def _invoice(
    view: CustomerBillingView, blockers: tuple[BlockerAdvice, ...], actions: tuple[ActionAdvice, ...]
) -> InvoiceException:
    action = next(a for a in actions if a.action is Action.MARK_INVOICE_VERIFIED)
    grounds = _grounds(view.customer.ownership, view.billing)
    resolves = tuple(b.code for b in blockers if action in b.allowed)
    return InvoiceException(
        action=action,
        conditions=(
            (Condition.INVOICE_RAIL, view.billing.payment_rail is PaymentRail.INVOICE),
            (Condition.NOT_VERIFIED, view.billing.state is not BillingState.VERIFIED),
            (Condition.OWNERSHIP_ESTABLISHED, grounds in (Grounds.OWNED, Grounds.RAIL_APPROVED)),
        ),
        grounds=grounds,
        resolves=resolves,
        remaining=tuple(b.code for b in blockers if b.code not in resolves),
    )


def _grounds(ownership: Ownership, billing: BillingView) -> Grounds:
    if ownership in (Ownership.INTERNAL, Ownership.PLATFORM_OWNED):
        return Grounds.OWNED
    if not billing.invoice_rail_approved:
        return Grounds.RAIL_NOT_APPROVED
    return Grounds.RAIL_APPROVED if (billing.commercial_reference or "").strip() else Grounds.REFERENCE_MISSING
