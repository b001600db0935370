"""advice → Markdown: the words of the rule-based engine. Every figure and name is a reference to a fact."""

from collections.abc import Callable, Iterator

from services.contract.types import BlockerCode
from services.contract.wording import HANDOFF_TITLES, join
from services.guidance.model import Advice, BlockerAdvice, Condition, CustomerStep, Facts, Grounds, Step, Topic
from services.guidance.phrase_payments import declined, hand_over, payment
from services.guidance.phrase_plans import at_risk, not_paid, plan, worth_knowing
from services.guidance.phrase_topics import action_state, credits_left, readiness, summary, title, trial
from services.guidance.references import ref
from services.guidance.reply import HEADING, customer_reply

NO_BLOCKER = "No immediate billing blocker found."

_CANNOT_ACT = "This chat cannot carry anything out. What changes the record is an audited action, and you apply it."

_CONDITIONS = {
    Condition.INVOICE_RAIL: "The payment rail is invoice",
    Condition.NOT_VERIFIED: "Billing is not verified yet",
    Condition.OWNERSHIP_ESTABLISHED: "Commercial ownership is established",
}
_GROUNDS = {
    Grounds.OWNED: f"the customer is {ref('customer.ownership')}, so the platform itself stands for it",
    Grounds.RAIL_APPROVED: f"finance has approved the manual invoice rail under {ref('billing.commercial_reference')}",
    Grounds.REFERENCE_MISSING: "the manual invoice rail is approved, but no commercial reference is recorded",
    Grounds.RAIL_NOT_APPROVED: f"the customer is {ref('customer.ownership')} and finance has not approved a manual "
    "invoice rail",
}
_ANSWERABLE = (
    "what blocks this customer and the way out",
    "whether they can be marked invoice verified",
    "credits, balances and lots",
    "the trial",
    "payment setup, open or overdue invoices, and links to hand over",
    "the plan, what comes of it and what is used of it",
    "readiness for provisioning and managed AI",
    "which actions are allowed",
    "a summary of recent activity",
)


def phrase(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield the answer piece by piece, with references to be filled in; the pieces make up one Markdown text."""
    for number, paragraph in enumerate(_paragraphs(advice, facts)):
        yield f"\n\n{paragraph}" if number else paragraph


def _paragraphs(advice: Advice, facts: Facts) -> Iterator[str]:
    if Topic.OTHER_CUSTOMER in advice.topics:
        yield _other_customer()
        return
    if advice.asked_to_act:
        yield _CANNOT_ACT
    for topic in advice.topics:
        yield from _SECTIONS[topic](advice, facts)
    yield from at_risk(advice, facts)
    if not _SAY_WHAT_BLOCKS.intersection(advice.topics):
        yield _standing(advice)
    if Topic.UNRECOGNISED not in advice.topics:
        yield HEADING
        yield customer_reply(advice, facts)


def _standing(advice: Advice) -> str:
    if not advice.blockers:
        return NO_BLOCKER
    return f"{_count(advice)} {_titles(tuple(blocker.code for blocker in advice.blockers))}."


# ── unblock ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unblock(advice: Advice, facts: Facts) -> Iterator[str]:
    yield _reviewed(facts)
    if not advice.blockers:
        yield f"**{NO_BLOCKER}** Nothing in the billing of {ref('customer.name')} stops platform use now."
        yield from worth_knowing(facts.numbered("notice"), facts)
        return
    yield _count(advice)
    yield "\n".join(_blocker(number, blocker, facts) for number, blocker in enumerate(advice.blockers, 1))
    yield _way_out(advice, facts)
    yield from worth_knowing(facts.numbered("notice"), facts)


def _reviewed(facts: Facts) -> str:
    state = ref("billing.state") + _also("billing.review_reference", facts)
    rail = ref("billing.payment_rail") + _also("billing.usage_tier", facts, " tier")
    item = ref("checklist.billing") if "checklist.billing" in facts else "none"
    return (
        f"Reviewed for {ref('customer.name')}: billing state **{state}**, payment rail **{rail}**, prepaid balance "
        f"**{ref('credits.workspace_hours')}** and **{ref('credits.ai_cents')}**, billing checklist item **{item}**."
    )


def _also(key: str, facts: Facts, suffix: str = "") -> str:
    return f" ({ref(key)}{suffix})" if key in facts else ""


def _count(advice: Advice) -> str:
    noun = "blocker stops" if len(advice.blockers) == 1 else "blockers stop"
    return f"**{ref('blockers.count')} {noun} {ref('customer.name')}:**"


def _blocker(number: int, blocker: BlockerAdvice, facts: Facts) -> str:
    stem = f"blocker.{blocker.code}"
    since = f" since {ref(f'{stem}.since')}" if f"{stem}.since" in facts else ""
    lines = [f"{number}. **{ref(f'{stem}.title')}**{since}; blocks {ref(f'{stem}.blocks')}. {ref(f'{stem}.detail')}"]
    lines += [f"   - {action_state(action)}" for action in blocker.actions]
    if blocker.handoff is not None:
        lines.append(
            f"   - No action here resolves it: it is for {HANDOFF_TITLES[blocker.handoff]} (`h`, the case text)."
        )
    return "\n".join(lines)


def _way_out(advice: Advice, facts: Facts) -> str:
    lines = [f"{number}. {_step(step, facts)}" for number, step in enumerate(advice.steps, 1)]
    again = "retry provisioning" if CustomerStep.RETRY_PROVISIONING in advice.customer_steps else "try managed AI again"
    lines.append(f"{len(lines) + 1}. Ask the customer to {again} once the panel reads *{NO_BLOCKER}*")
    return "**The way out, in this order**\n\n" + "\n".join(lines)


def _step(step: Step, facts: Facts) -> str:
    what = _titles(step.resolves)
    if step.action is None:
        to = HANDOFF_TITLES[step.handoff] if step.handoff is not None else ""
        links = hand_over(step.links, facts, overdue=True)
        return " ".join([f"Hand off to {to} with the case text, `h`: {what}.", *links])
    instead = "".join(f" Instead, `{other.key}` {title(other)} serves as well." for other in step.instead)
    return f"`{step.action.key}` **{title(step.action)}** resolves: {what}.{instead}"


def _titles(codes: tuple[BlockerCode, ...]) -> str:
    return join([ref(f"blocker.{code}.title") for code in codes])


# ── invoice exception ─────────────────────────────────────────────────────────────────────────────────────────────────


def _invoice(advice: Advice, facts: Facts) -> Iterator[str]:
    invoice = advice.invoice
    action = invoice.action
    name = ref("customer.name")
    if action.allowed:
        yield f"**Yes: {name} can be marked invoice verified.** `{action.key}` {title(action)} is allowed."
    else:
        why_not = ref(f"action.{action.action}.why_not")
        yield f"**No: {name} cannot be marked invoice verified.** {why_not}"
    yield "\n".join(f"- {_condition(condition, met, advice, facts)}" for condition, met in invoice.conditions)
    if action.allowed:
        resolves = f"It resolves: {_titles(invoice.resolves)}." if invoice.resolves else "It resolves no blocker."
        remaining = [f"What remains: {_titles(invoice.remaining)}."] if invoice.remaining else []
        links = [link for step in advice.steps for link in step.links]
        yield " ".join([resolves, *remaining, *hand_over(links, facts, overdue=True)])
    elif next((c for c, met in invoice.conditions if not met), None) is Condition.OWNERSHIP_ESTABLISHED:
        yield (
            "Commercial ownership is for finance to establish: the approved manual invoice rail and its commercial "
            "reference have to stand in the billing record. A word that somebody approved it is not enough."
        )
    if advice.blockers and not action.allowed:
        yield _way_out(advice, facts)
    elif not advice.blockers:
        yield NO_BLOCKER


def _condition(condition: Condition, met: bool, advice: Advice, facts: Facts) -> str:
    text = f"{'✓' if met else '✗'} {_CONDITIONS[condition]}: {'yes' if met else 'no'}"
    if condition is Condition.INVOICE_RAIL:
        return f"{text} (rail: {ref('billing.payment_rail')})."
    if condition is Condition.NOT_VERIFIED:
        return f"{text} (state: {ref('billing.state')}{_also('billing.review_reference', facts)})."
    return f"{text} ({_GROUNDS[advice.invoice.grounds]})."


# ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _actions(advice: Advice, facts: Facts) -> Iterator[str]:
    yield f"The audited actions for {ref('customer.name')}:"
    yield "\n".join(f"- {action_state(action)}" for action in advice.actions)
    yield _way_out(advice, facts) if advice.blockers else NO_BLOCKER


def _unrecognised(advice: Advice, facts: Facts) -> Iterator[str]:  # noqa: ARG001  # every section has the same shape
    yield (
        "This guidance cannot answer that. It works by rules, without a model, reads English, and covers the billing "
        f"of {ref('customer.name')} alone. It can answer:"
    )
    yield "\n".join(f"- {subject}" for subject in _ANSWERABLE)


def _other_customer() -> str:
    return (
        f"This chat is scoped to {ref('customer.name')} ({ref('customer.id')}) and knows nothing of other customers. "
        "Select the other customer with `/` and ask there."
    )


_SECTIONS: dict[Topic, Callable[[Advice, Facts], Iterator[str]]] = {
    Topic.UNBLOCK: _unblock,
    Topic.NOT_PAID: not_paid,
    Topic.DECLINED: declined,
    Topic.INVOICE: _invoice,
    Topic.SUMMARY: summary,
    Topic.PAYMENT: payment,
    Topic.PLAN: plan,
    Topic.TRIAL: trial,
    Topic.CREDITS: credits_left,
    Topic.READINESS: readiness,
    Topic.ACTIONS: _actions,
    Topic.UNRECOGNISED: _unrecognised,
}

_SAY_WHAT_BLOCKS = frozenset((Topic.UNBLOCK, Topic.INVOICE, Topic.ACTIONS))
