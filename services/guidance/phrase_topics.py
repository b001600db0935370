"""advice → Markdown, the topics beside the blockers: summary, credits, trial, readiness."""

from collections.abc import Iterator

from services.contract.types import Action, Area, EntryKind, Unit
from services.contract.wording import AREA_TITLES, KIND_TITLES, UNIT_TITLES, capital, join
from services.guidance.model import ActionAdvice, Advice, Facts
from services.guidance.phrase_payments import bullets, invoice_totals, payment_stands
from services.guidance.phrase_plans import meters, plan_stands
from services.guidance.references import ref


def summary(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield recent activity: credits, adjustments, invoice readiness, what was done and how things stand."""
    yield f"**Billing report of {ref('customer.name')}**"
    yield f"**Credits.** {_balance(facts)}"
    yield bullets([*_lots(facts), _adjustment(facts)])
    yield from _activity(facts)
    if stands := plan_stands(facts):
        yield f"**Plan.** {capital(stands)}"
        yield from meters(facts)
    yield f"**Payments.** {capital(payment_stands(facts))}"
    yield f"**Invoice readiness.** {action_state(advice.invoice.action)}"
    yield bullets([*invoice_totals(facts), *_readiness(facts)])
    yield from _audited(facts)


def credits_left(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield what is left, in which lots, what expires next, and whether a credit can be applied or reversed."""
    yield _balance(facts)
    yield bullets([*_lots(facts), *_needed(facts), _adjustment(facts)])
    yield "What can be done here:"
    yield bullets([_state(advice, Action.APPLY_SUPPORT_CREDIT), _state(advice, Action.REVERSE_SUPPORT_CREDIT)])


def trial(advice: Advice, facts: Facts) -> Iterator[str]:
    """Yield where the trial stands and whether one can be approved or extended."""
    if "trial.left" in facts:
        stands = f"The trial ends on {ref('trial.ends_at')}; {ref('trial.left')} left."
    elif "trial.over_for" in facts:
        stands = f"The trial ended on {ref('trial.ends_at')}, {ref('trial.over_for')} ago."
    else:
        stands = "No trial end is recorded."
    state = f"{ref('customer.name')}: billing state **{ref('billing.state')}**."
    yield f"{state} {stands} Extended before: {ref('trial.extended')}."
    yield bullets([_state(advice, Action.APPROVE_TRIAL), _state(advice, Action.EXTEND_TRIAL)])


def readiness(advice: Advice, facts: Facts) -> Iterator[str]:  # noqa: ARG001  # every section has the same shape
    """Yield which parts of the platform can be used, and what blocks the others."""
    item = f"**{ref('checklist.billing')}**" if "checklist.billing" in facts else "not there, which counts as not open"
    yield f"{ref('customer.name')}: billing checklist item {item}."
    yield bullets(_readiness(facts))


def _balance(facts: Facts) -> str:
    noun = "lot" if facts["credits.active_lots"].value == "1" else "lots"
    text = (
        f"{ref('customer.name')} has **{ref('credits.workspace_hours')}** of workspace time and "
        f"**{ref('credits.ai_cents')}** of managed AI left, in {ref('credits.active_lots')} active {noun}."
    )
    for unit in Unit:
        if f"credits.overage.{unit}" in facts:
            text += f" Use that no lot covered, {UNIT_TITLES[unit]}: {ref(f'credits.overage.{unit}')}."
    return text


def _lots(facts: Facts) -> Iterator[str]:
    for stem in facts.numbered("lot"):
        expires = f", expires on {ref(f'{stem}.expires_at')}" if f"{stem}.expires_at" in facts else ", does not expire"
        yield f"{ref(f'{stem}.remaining')} of {ref(f'{stem}.unit')}, {ref(f'{stem}.category')}{expires}"
    if "lot.omitted" in facts:
        yield f"{ref('lot.omitted')} further active lots"
    if "credits.next_expiry.on" in facts:
        stem = "credits.next_expiry"
        yield f"Next to expire: {ref(f'{stem}.amount')} on {ref(f'{stem}.on')}, in {ref(f'{stem}.in')}"


def _needed(facts: Facts) -> Iterator[str]:
    needed = {unit: f"credits.needed.{unit}" for unit in Unit if f"credits.needed.{unit}" in facts}
    if needed:
        amounts = join([f"{ref(key)} of {UNIT_TITLES[unit]}" for unit, key in needed.items()])
        yield f"Short of a balance that is neither empty nor low: {amounts}"


def _adjustment(facts: Facts) -> str:
    if "adjustment.kind" not in facts:
        return "No adjustment is on record"
    reason = f": {ref('adjustment.reason')}" if "adjustment.reason" in facts else ""
    return (
        f"Latest adjustment: {ref('adjustment.amount')} {ref('adjustment.category')} credit "
        f"{ref('adjustment.kind')} on {ref('adjustment.date')}{reason}"
    )


def _activity(facts: Facts) -> Iterator[str]:
    if "activity.since" not in facts:
        yield "**Ledger.** No recent entries."
        return
    totals = [
        f"{UNIT_TITLES[unit]} {KIND_TITLES[kind]} {ref(f'activity.total.{kind}.{unit}')}"
        for kind in EntryKind
        for unit in Unit
        if f"activity.total.{kind}.{unit}" in facts
    ]
    yield f"**Ledger** since {ref('activity.since')}: {', '.join(totals)}. The latest:"
    yield bullets([_booking(stem, facts) for stem in facts.numbered("activity")])


def _booking(stem: str, facts: Facts) -> str:
    reason = f": {ref(f'{stem}.reason')}" if f"{stem}.reason" in facts else ""
    return f"{ref(f'{stem}.date')} {ref(f'{stem}.what')}, {ref(f'{stem}.amount')}{reason}"


def _readiness(facts: Facts) -> list[str]:
    lines = []
    for area in Area:
        because = f"readiness.{area}.because"
        why = f", by: {ref(because)}" if because in facts else ""
        lines.append(f"{capital(AREA_TITLES[area])}: **{ref(f'readiness.{area}.status')}**{why}")
    return lines


def _audited(facts: Facts) -> Iterator[str]:
    stems = facts.numbered("audit")
    if stems:
        yield "**Audited actions**"
        yield bullets(
            [f"{ref(f'{s}.date')} {ref(f'{s}.action')}: {ref(f'{s}.outcome')}, by {ref(f'{s}.actor')}" for s in stems]
        )


def _state(advice: Advice, action: Action) -> str:
    return action_state(next(own for own in advice.actions if own.action is action))


def action_state(action: ActionAdvice) -> str:
    """Return whether an action is allowed, by its key and title, and if not why."""
    if action.allowed:
        return f"`{action.key}` **{title(action)}** is allowed."
    return f"`{action.key}` {title(action)} is not allowed: {ref(f'action.{action.action}.why_not')}"


def title(action: ActionAdvice) -> str:
    """Return the reference to an action's title: an answer that names an allowed one suggests it."""
    return ref(f"action.{action.action}.title")
