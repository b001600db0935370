"""The kinds of customers a demo shows: each a billing situation of the import format, without a name."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.contract.clock import to_text
from services.contract.quantities import format_bytes, format_cpu

Record = dict[str, Any]
Kind = Callable[[Random, datetime], Record]

_TIERS = ("starter", "growth", "business", "enterprise")
_GIVEN = {"starter": (2, 4, 50), "growth": (8, 16, 100), "business": (16, 64, 500), "enterprise": (64, 256, 2048)}
"""What a tier gives without a request: processors, and memory and storage in Gi."""
_REASONS = ("goodwill after the outage in the eastern region", "double charge during migration", "onboarding workshop")


def approved_invoice(rng: Random, now: datetime) -> Record:
    """A manual invoice rail that finance has approved: one key away from being verified."""
    reference = {"invoice_rail_approved": True, "commercial_reference": f"PO-{rng.randrange(1000, 9999)}"}
    return _under_review(rng, "invoice", "open", **reference) | {"invoices": _settled_invoices(rng, now)}


def unapproved_invoice(rng: Random, _now: datetime) -> Record:
    """Wants to pay by invoice; finance has not approved it."""
    return _under_review(rng, "invoice", "in_progress")


def platform_invoice(rng: Random, _now: datetime) -> Record:
    """Owned by the platform, so that an operator may verify it without finance."""
    return _under_review(rng, "invoice", "open") | {"ownership": "platform_owned"}


def internal_invoice(rng: Random, _now: datetime) -> Record:
    """An internal team on the invoice rail."""
    return _under_review(rng, "invoice", "open") | {"ownership": "internal"}


def new_signup(_rng: Random, _now: datetime) -> Record:
    """Came yesterday: no rail, nothing reviewed, nothing ticked off."""
    return {"checklist": _checklist("open", "open")}


def expired_trial(rng: Random, now: datetime) -> Record:
    """The trial is over, and its credit with it."""
    return _trial(rng, now, since_days=rng.randrange(16, 40), length_days=14)


def running_trial(rng: Random, now: datetime) -> Record:
    """On trial, with the end in sight."""
    return _trial(rng, now, since_days=rng.randrange(11, 14), length_days=14)


def extended_trial(rng: Random, now: datetime) -> Record:
    """On trial for longer than one trial lasts."""
    return _trial(rng, now, since_days=rng.randrange(15, 27), length_days=28)


def empty_prepaid(rng: Random, now: datetime) -> Record:
    """Has used up everything that was paid, and more."""
    bought = rng.randrange(10, 60)
    return _verified(rng, "prepaid") | {
        "credit_grants": [_grant(now, "workspace_hours", str(bought), since=80, source=_order(rng))],
        "usage": [*_uses(rng, now, "workspace_hours", bought, parts=3), _use(now, "workspace_hours", "2.75", ago=2)],
    }


def low_prepaid(rng: Random, now: datetime) -> Record:
    """Lives on the last half hour."""
    bought = rng.randrange(10, 40)
    return _verified(rng, "prepaid") | {
        "credit_grants": [
            _grant(now, "workspace_hours", f"{bought}.5", since=80, source=_order(rng)),
            _grant(now, "ai_cents", "150", since=80, source=_order(rng)),
        ],
        "usage": _uses(rng, now, "workspace_hours", bought, parts=4),
    }


def healthy_prepaid(rng: Random, now: datetime) -> Record:
    """Several lots: one expired, one of promotional credit, one that takes effect next month."""
    hours, cents = rng.randrange(80, 400), rng.randrange(2_000, 40_000)
    return _verified(rng, "prepaid") | {
        "credit_grants": [
            _grant(now, "workspace_hours", "20", since=200, days=90, category="promotional", source="launch-offer"),
            _grant(now, "workspace_hours", str(hours), since=85, days=365, source=_order(rng)),
            _grant(now, "workspace_hours", str(hours), since=-20, days=365, source=_order(rng)),
            _grant(now, "ai_cents", str(cents), since=85, source=_order(rng)),
        ],
        "usage": _uses(rng, now, "workspace_hours", hours // 2, parts=3)
        + _uses(rng, now, "ai_cents", cents // 3, parts=2),
    }


def supported_prepaid(rng: Random, now: datetime) -> Record:
    """Was helped before: a support credit with something left to reverse."""
    record = healthy_prepaid(rng, now)
    helped = _grant(now, "workspace_hours", "5", since=6, category="support", source="case-" + _order(rng)[6:])
    record["credit_grants"].append(helped | {"reason": rng.choice(_REASONS), "priority": 10})
    return record


def open_checklist(rng: Random, now: datetime) -> Record:
    """Everything is settled but the item itself."""
    return low_prepaid(rng, now) | {"checklist": _checklist("complete", "open")}


def overdue_invoice(rng: Random, now: datetime) -> Record:
    """Verified, and late with a payment."""
    late = _invoice(rng, now, "open", issued_ago=rng.randrange(35, 90))
    return _verified(rng, "invoice") | {"invoices": [late, *_settled_invoices(rng, now)]}


def settled_invoice(rng: Random, now: datetime) -> Record:
    """Verified, pays in time; the open invoice is not due yet."""
    coming = _invoice(rng, now, "open", issued_ago=rng.randrange(1, 25))
    return _verified(rng, "invoice") | {"invoices": [coming, *_settled_invoices(rng, now)]}


def card_without_method(rng: Random, now: datetime) -> Record:
    """Pays by card, and no card is on file."""
    return _card(rng, now) | {"payment_method_on_file": False, "automatic_collection": rng.random() < 0.5}


def card_with_method(rng: Random, now: datetime) -> Record:
    """Pays by card, collected automatically."""
    return _card(rng, now) | {"payment_method_on_file": True, "automatic_collection": True}


def card_unknown(rng: Random, now: datetime) -> Record:
    """Pays by card; whether one is on file is not known."""
    return _card(rng, now)


KINDS: dict[Kind, int] = {
    approved_invoice: 7,
    unapproved_invoice: 5,
    platform_invoice: 2,
    internal_invoice: 3,
    new_signup: 4,
    expired_trial: 5,
    running_trial: 5,
    extended_trial: 3,
    empty_prepaid: 6,
    low_prepaid: 6,
    healthy_prepaid: 20,
    supported_prepaid: 6,
    open_checklist: 4,
    overdue_invoice: 6,
    settled_invoice: 9,
    card_without_method: 4,
    card_with_method: 9,
    card_unknown: 3,
}
"""Every kind, and how often it comes: somewhat more blocked customers than a platform would like to have."""


def use_of(record: Record, rng: Random) -> Record:
    """Return what a customer's workspaces use: some of what their tier needs no request for, one in six nearly all."""
    tier = record.get("billing", {}).get("usage_tier")
    if tier is None:
        return {}  # has only just come
    cores, memory, storage = _GIVEN[tier]
    most = rng.uniform(0.9, 1.0) if rng.randrange(6) == 0 else rng.uniform(0.1, 0.8)
    shares = [rng.uniform(0.7, 1.0) * most for _ in range(3)]
    return {
        "use": {
            "cpu": format_cpu(max(1, round(cores * 4 * shares[0])) * 250),
            "memory": format_bytes(max(1, round(memory * shares[1])) * 2**30),
            "storage": format_bytes(round(storage * shares[2]) * 2**30),
        }
    }


def _under_review(rng: Random, rail: str, item: str, **billing: Any) -> Record:
    reviewed = {"state": "needs_review", "review_reference": f"REV-{rng.randrange(1000, 9999)}"}
    return {
        "billing": reviewed | {"payment_rail": rail, "usage_tier": rng.choice(_TIERS)} | billing,
        "checklist": _checklist("complete", item),
    }


def _verified(rng: Random, rail: str) -> Record:
    return {
        "billing": {
            "state": "verified",
            "review_reference": f"REV-{rng.randrange(1000, 9999)}",
            "payment_rail": rail,
            "usage_tier": rng.choice(_TIERS),
        },
        "checklist": _checklist("complete", "complete"),
    }


def _trial(rng: Random, now: datetime, *, since_days: int, length_days: int) -> Record:
    lots = [
        _grant(now, unit, amount, since=since_days, days=length_days, category="trial", source="trial")
        for unit, amount in (("workspace_hours", "10"), ("ai_cents", "500"))
    ]
    return {
        "billing": {
            "state": "trial_approved",
            "payment_rail": "trial",
            "usage_tier": "starter",
            "trial_ends_at": to_text(now + timedelta(days=length_days - since_days)),
        },
        "checklist": _checklist("complete", "waived"),
        "credit_grants": lots,
        "usage": _uses(rng, now, "workspace_hours", 6, parts=2, since=since_days)
        + _uses(rng, now, "ai_cents", 180, parts=1, since=since_days),
    }


def _card(rng: Random, now: datetime) -> Record:
    stripe_id = f"cus_demo{rng.randrange(10**9):09d}"
    return _verified(rng, "card") | {"stripe_customer_id": stripe_id, "invoices": _settled_invoices(rng, now)}


def _checklist(identity: str, billing: str) -> list[Record]:
    return [{"item": "identity", "status": identity}, {"item": "billing", "status": billing}]


def _grant(
    now: datetime,
    unit: str,
    amount: str,
    *,
    since: int,
    source: str,
    days: int | None = None,
    category: str = "paid",
) -> Record:
    effective_at = now - timedelta(days=since)
    return {
        "unit": unit,
        "amount": amount,
        "category": category,
        "effective_at": to_text(effective_at),
        "expires_at": None if days is None else to_text(effective_at + timedelta(days=days)),
        "source": source,
    }


def _uses(rng: Random, now: datetime, unit: str, total: int, *, parts: int, since: int = 45) -> list[Record]:
    """Return uses that sum to `total`, some time between `since` days ago and now."""
    cuts = sorted(rng.randrange(1, total * 4) for _ in range(parts - 1))
    quarters = [after - before for before, after in zip([0, *cuts], [*cuts, total * 4], strict=True)]
    return [_use(now, unit, f"{q / 4:.2f}", ago=rng.uniform(0.1, since)) for q in quarters if q]


def _use(now: datetime, unit: str, amount: str, *, ago: float) -> Record:
    return {"unit": unit, "amount": amount, "occurred_at": to_text(now - timedelta(minutes=int(ago * 24 * 60)))}


def _settled_invoices(rng: Random, now: datetime) -> list[Record]:
    statuses = rng.choices(("paid", "paid", "paid", "void", "uncollectible"), k=rng.randrange(3))
    return [_invoice(rng, now, status, issued_ago=100 + 30 * n) for n, status in enumerate(statuses)]


def _invoice(rng: Random, now: datetime, status: str, *, issued_ago: int) -> Record:
    issued_at = now - timedelta(days=issued_ago)
    return {
        "number": f"INV-{issued_at:%Y%m}-{rng.randrange(10**6):06d}",
        "amount": rng.randrange(4_900, 990_000),
        "currency": rng.choice(("usd", "usd", "eur", "gbp")),
        "status": status,
        "issued_at": to_text(issued_at),
        "due_at": to_text(issued_at + timedelta(days=30)),
    }


def _order(rng: Random) -> str:
    return f"order-{rng.randrange(1_000, 99_999)}"
