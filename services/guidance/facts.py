"""view → facts: all that an answer may say, keyed, ready to read, with its source; derived values are computed here."""

import hashlib
from collections.abc import Collection, Iterator
from decimal import Decimal

import msgspec

from services.contract import wording
from services.contract.policy import Policy
from services.contract.types import Area, Unit
from services.contract.views import CustomerBillingView, LotView
from services.guidance.activity import activity_facts, audit_facts
from services.guidance.invoice_facts import invoice_facts
from services.guidance.model import Fact, FactKind, Facts, GuidanceInput, make_fact
from services.guidance.offers import offer_facts
from services.guidance.payment_facts import payment_facts, plan_facts
from services.guidance.shortfall import shortfall

SHOWN = 5
"""How many lots an answer may name one by one; the rest is counted as omitted."""


def build_facts(known: GuidanceInput) -> Facts:
    """Return what is known of the customer.

    A later `as_of` alone changes nothing until a day count moves on, or a setup page closes.
    """

    def all_facts() -> Iterator[Fact]:
        view = known.view
        yield from _customer(view)
        yield from _billing(view)
        yield from _trial(view)
        yield from _credits(view)
        yield from _needed(view, known.policy)
        yield from _adjustment(view)
        yield from plan_facts(view)
        yield from offer_facts(view, known.policy.plans)
        yield from payment_facts(view)
        yield from invoice_facts(view)
        yield from _blockers(view)
        yield from _readiness_and_actions(view)
        yield from activity_facts(known.entries)
        yield from audit_facts(known.events)

    return Facts(all_facts())


# What lately happened grows with every attempt and every use, and what is used of a plan, or beyond another one, with
# every heartbeat: only an answer that named some of it rests on it.
_RESTED_ON_WHERE_USED = ("activity.", "audit.", "usage.", "offer.")


def facts_hash(facts: Facts, used: Collection[str]) -> str:
    """Return the SHA-256 of what an answer rests on: the customer's state as a whole, and the facts that it `used`.

    The same facts give the same hash, whatever their order. It changes with whatever could have changed the answer.
    """
    rows = sorted(
        (fact.key, fact.kind, fact.value, fact.unit, fact.source)
        for fact in facts
        if fact.key in used or not fact.key.startswith(_RESTED_ON_WHERE_USED)
    )
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


def _customer(view: CustomerBillingView) -> Iterator[Fact]:
    customer = view.customer
    source = "customer record"
    yield make_fact("customer.name", FactKind.TEXT, "Legal name", customer.legal_name, source)
    yield make_fact("customer.id", FactKind.TEXT, "Customer id", customer.customer_id, source)
    yield make_fact(
        "customer.ownership", FactKind.WORD, "Ownership", wording.OWNERSHIP_TITLES[customer.ownership], source
    )


def _billing(view: CustomerBillingView) -> Iterator[Fact]:
    billing = view.billing
    source = "billing record"
    yield make_fact("billing.state", FactKind.WORD, "Billing state", wording.STATE_TITLES[billing.state], source)
    rail = wording.RAIL_TITLES[billing.payment_rail]
    yield make_fact("billing.payment_rail", FactKind.WORD, "Payment rail", rail, source)
    texts = (
        ("review_reference", "Review reference", billing.review_reference),
        ("usage_tier", "Usage tier", billing.usage_tier),
        ("commercial_reference", "Commercial reference", billing.commercial_reference),
    )
    for name, label, text in texts:
        if text:
            yield make_fact(f"billing.{name}", FactKind.TEXT, label, text, source)
    flags = (
        ("invoice_rail_approved", "Manual invoice rail approved", billing.invoice_rail_approved),
        ("payment_method_on_file", "Payment method on file", billing.payment_method_on_file),
        ("automatic_collection", "Automatic collection", billing.automatic_collection),
    )
    for name, label, flag in flags:
        yield make_fact(f"billing.{name}", FactKind.WORD, label, _yes_no(flag), source)
    if view.checklist.billing is not None:
        status = wording.CHECKLIST_TITLES[view.checklist.billing]
        yield make_fact("checklist.billing", FactKind.WORD, "Billing checklist item", status, "onboarding checklist")


def _trial(view: CustomerBillingView) -> Iterator[Fact]:
    end = view.billing.trial_ends_at
    yield make_fact(
        "trial.extended", FactKind.WORD, "Trial extended before", _yes_no(view.billing.trial_extended), "billing record"
    )
    if end is None:
        return
    yield make_fact("trial.ends_at", FactKind.DATE, "Trial end", wording.date(end), "billing record")
    computed = "computed from the trial end"
    if view.as_of < end:
        yield make_fact("trial.left", FactKind.DAYS, "Trial left", wording.days(end - view.as_of), computed, "days")
    else:
        yield make_fact(
            "trial.over_for", FactKind.DAYS, "Trial over for", wording.days(view.as_of - end), computed, "days"
        )


def _credits(view: CustomerBillingView) -> Iterator[Fact]:
    own = view.credits
    source = "credit lots"
    balances = (
        (Unit.WORKSPACE_HOURS, "Workspace time left", own.workspace_hours, own.overage_workspace_hours),
        (Unit.AI_CENTS, "Managed AI credit left", own.ai_cents, own.overage_ai_cents),
    )
    for unit, label, left, overage in balances:
        yield _amount(f"credits.{unit}", label, unit, left, source)
        if Decimal(overage) != 0:
            title = f"Unpaid {wording.UNIT_TITLES[unit]} use"
            yield _amount(f"credits.overage.{unit}", title, unit, overage.lstrip("-"), "credit ledger")
    yield make_fact("credits.active_lots", FactKind.COUNT, "Active credit lots", str(own.active_lots), source)
    active = [lot for lot in own.lots if lot.active]
    for number, lot in enumerate(active[:SHOWN], 1):
        yield from _lot(f"lot.{number}", lot)
    if len(active) > SHOWN:
        yield make_fact("lot.omitted", FactKind.COUNT, "Further active lots", str(len(active) - SHOWN), source)
    expiring = [(lot.expires_at, lot) for lot in active if lot.expires_at is not None]
    if expiring:
        end, lot = min(expiring, key=lambda pair: pair[0])
        computed = "computed from the credit lots"
        yield make_fact("credits.next_expiry.on", FactKind.DATE, "Next lot expires", wording.date(end), computed)
        yield make_fact(
            "credits.next_expiry.in",
            FactKind.DAYS,
            "Next lot expires in",
            wording.days(end - view.as_of),
            computed,
            "days",
        )
        yield _amount(
            "credits.next_expiry.amount", "Left in the lot that expires next", lot.unit, lot.remaining, source
        )


def _needed(view: CustomerBillingView, policy: Policy) -> Iterator[Fact]:
    for unit, amount in shortfall(view, policy).items():
        label = f"Least {wording.UNIT_TITLES[unit]} credit that is enough"
        yield _amount(f"credits.needed.{unit}", label, unit, amount, "computed from the balance and the policy")


def _lot(stem: str, lot: LotView) -> Iterator[Fact]:
    source = "credit lots"
    yield _amount(f"{stem}.remaining", "Left in the lot", lot.unit, lot.remaining, source)
    yield make_fact(f"{stem}.unit", FactKind.WORD, "Unit of the lot", wording.UNIT_TITLES[lot.unit], source)
    yield make_fact(f"{stem}.category", FactKind.WORD, "Category of the lot", lot.category.value, source)
    if lot.expires_at is not None:
        yield make_fact(f"{stem}.expires_at", FactKind.DATE, "End of the lot", wording.date(lot.expires_at), source)


def _adjustment(view: CustomerBillingView) -> Iterator[Fact]:
    latest = view.latest_adjustment
    if latest is None:
        return
    source = "credit ledger"
    yield make_fact("adjustment.kind", FactKind.WORD, "Latest adjustment", wording.KIND_TITLES[latest.kind], source)
    yield make_fact("adjustment.category", FactKind.WORD, "Its category", latest.category.value, source)
    yield _amount("adjustment.amount", "Its amount", latest.unit, latest.amount.lstrip("-"), source)
    yield make_fact("adjustment.date", FactKind.DATE, "Its date", wording.date(latest.booked_at), source)
    if latest.reason:
        yield make_fact("adjustment.reason", FactKind.TEXT, "Its reason", latest.reason, source)


def _blockers(view: CustomerBillingView) -> Iterator[Fact]:
    source = "blocker rules"
    yield make_fact("blockers.count", FactKind.COUNT, "Blockers", str(len(view.blockers)), source)
    for blocker in view.blockers:
        stem = f"blocker.{blocker.code}"
        yield make_fact(f"{stem}.title", FactKind.WORD, "Blocker", blocker.title, source)
        yield make_fact(f"{stem}.detail", FactKind.SENTENCE, "Why", blocker.detail, source)
        areas = wording.join([wording.AREA_TITLES[area] for area in blocker.blocks])
        yield make_fact(f"{stem}.blocks", FactKind.WORD, "Blocks", areas, source)
        if blocker.since is not None:
            yield make_fact(f"{stem}.since", FactKind.DATE, "Blocked since", wording.date(blocker.since), source)
    for number, notice in enumerate(view.notices, 1):
        stem = f"notice.{number}"
        yield make_fact(f"{stem}.text", FactKind.SENTENCE, "Notice", notice.text, source)
        yield make_fact(
            f"{stem}.about", FactKind.WORD, "What the notice is about", notice.code.replace("_", " "), source
        )


def _readiness_and_actions(view: CustomerBillingView) -> Iterator[Fact]:
    source = "readiness rules"
    titles = {blocker.code: blocker.title for blocker in view.blockers}
    readiness = ((Area.PROVISIONING, view.readiness.provisioning), (Area.MANAGED_AI, view.readiness.managed_ai))
    for area, ready in readiness:
        label = wording.capital(wording.AREA_TITLES[area])
        yield make_fact(f"readiness.{area}.status", FactKind.WORD, label, ready.status, source)
        if ready.blocked_by:
            because = wording.join([titles.get(code, code.value) for code in ready.blocked_by])
            yield make_fact(f"readiness.{area}.because", FactKind.WORD, f"{label}: blocked by", because, source)
    for state in view.actions:
        stem = f"action.{state.action}"
        yield make_fact(f"{stem}.title", FactKind.WORD, "Audited action", state.title, "action rules")
        allowed = "allowed" if state.allowed else "not allowed"
        yield make_fact(f"{stem}.state", FactKind.WORD, state.title, allowed, "action rules")
        if not state.allowed:
            why_not = state.message or "The rules do not allow it now."
            yield make_fact(f"{stem}.why_not", FactKind.SENTENCE, f"{state.title}: why not", why_not, "action rules")


def _amount(key: str, label: str, unit: Unit, amount: str, source: str) -> Fact:
    hours = unit is Unit.WORKSPACE_HOURS
    kind = FactKind.HOURS if hours else FactKind.MONEY
    return make_fact(key, kind, label, wording.credit(unit, amount), source, "h" if hours else "USD")


def _yes_no(flag: bool | None) -> str:
    return "unknown" if flag is None else "yes" if flag else "no"
