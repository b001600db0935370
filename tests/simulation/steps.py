"""Draws what people, feeds and the clock do next: few customers and coarse moments, so that they often collide."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec

from services.contract.principals import Principal, Role
from services.contract.requests import (
    ActionRequest,
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    ApproveTrial,
    AuditedRequest,
    CompleteBillingChecklist,
    ExtendTrial,
    ImportCustomers,
    MarkInvoiceVerified,
    RecordUsage,
    RejectTenantChangeRequest,
    Request,
    ReverseSupportCredit,
    UsageEvent,
)
from services.contract.types import Unit
from tests.simulation.grains import as_text
from tests.simulation.oracle import Desk

TEAM = (
    Principal(actor="olga", role=Role.OPERATOR),
    Principal(actor="omar", role=Role.OPERATOR),
    Principal(actor="ida", role=Role.OPERATOR),
    Principal(actor="ada", role=Role.PLATFORM_ADMIN),
)
FEED = Principal(actor="feed", role=Role.SERVICE)
TENANT = Principal(actor="tina", role=Role.CUSTOMER_ADMIN, customer_id="c1")

NOBODY = "nobody"
"""A customer that does not exist."""

_MOVES = {"stay": 45, "seconds": 25, "minutes": 12, "hours": 1, "days": 0.4, "back": 2, "edge": 10}
"""How the clock moves, and how often: on average some minutes a step, so that a day's limits fill up."""

_NEAR = timedelta(hours=6)
_MOST_CUSTOMERS = 20
_IN_FOCUS = 4
"""Everybody works on the customers that came last."""
_KINDS: tuple[tuple[type[ActionRequest], int], ...] = (
    (ApplySupportCredit, 46),
    (ReverseSupportCredit, 18),
    (MarkInvoiceVerified, 10),
    (ApproveTrial, 9),
    (ExtendTrial, 9),
    (CompleteBillingChecklist, 12),
)
_REASONS = ("agreed with finance", "outage of 3 March", "  trimmed  ", "no", "x" * 201)
_REASON_WEIGHTS = (50, 30, 15, 3, 2)


class Sent(NamedTuple):
    """A call that somebody makes. `lines`: the customers of an import."""

    who: Principal
    request: Request
    lines: list[dict[str, Any]] = []


class Steps:
    """Draws steps from a seed. `sent` holds the audited calls made so far, `seen` the etags that people have read."""

    def __init__(self, random: Random, desk: Desk) -> None:
        self._random = random
        self._desk = desk
        self._made = 0
        self.sent: list[Sent] = []
        self.seen: dict[tuple[str, str], str] = {}

    def time_passes(self, now: datetime) -> tuple[str, datetime]:
        """Return how the clock moves, and where to."""
        random = self._random
        match random.choices(list(_MOVES), list(_MOVES.values()))[0]:
            case "seconds":
                return "forward", now + timedelta(seconds=random.randint(1, 59))
            case "minutes":
                return "forward", now + timedelta(minutes=random.randint(1, 59))
            case "hours":
                return "forward", now + timedelta(hours=random.randint(1, 3))
            case "days":
                return "forward", now + timedelta(days=random.randint(1, 16))
            case "back":
                return "an hour back", now - timedelta(hours=1)
            case "edge" if edges := self._edges(now):
                beside = random.choice((-1, 0, 0, 1))
                named = ("at an edge", "just after an edge", "just before an edge")[beside]
                return named, random.choice(edges) + timedelta(microseconds=beside)
            case _:
                return "stay", now

    def _edges(self, now: datetime) -> list[datetime]:
        """Return the next moments at which something expires or falls due."""
        moments = {
            moment
            for customer in self._desk.customers.values()
            for moment in (
                customer.trial_ends_at,
                *customer.due,
                *(lot["expires_at"] for lot in customer.credits.lots.values() if lot["left"]),
            )
            if moment is not None and moment > now
        }
        return [moment for moment in sorted(moments) if moment <= now + _NEAR][:3]

    def customer_id(self) -> str:
        """Return some customer."""
        return NOBODY if self._random.random() < 0.01 else self._random.choice(list(self._desk.customers)[-_IN_FOCUS:])

    def person(self) -> Principal:
        """Return one of the team."""
        return self._random.choice(TEAM)

    def etag(self, who: Principal, customer_id: str) -> str:
        """Return the etag that somebody acts on: they look again, or go by what they saw before."""
        key = who.actor, customer_id
        known = self._desk.customers.get(customer_id)
        if self._random.random() < 0.75 or key not in self.seen:
            self.seen[key] = "b1" if known is None else known.etag
        return self.seen[key]

    def action(self) -> Sent:
        """Return an audited action."""
        random, customer_id = self._random, self.customer_id()
        who = TENANT if random.random() < 0.02 else self.person()
        kind = random.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
        fields: dict[str, str] = {}
        if kind is ApplySupportCredit:
            hours, cents = random.choice(((1, 0), (0, 1), (1, 1), (1, 0), (0, 1), (0, 0)))
            most = 24 if random.random() < 0.8 else 40
            fields["workspace_hours"] = as_text(Unit.WORKSPACE_HOURS, hours * random.randint(1, most))
            fields["ai_cents"] = as_text(Unit.AI_CENTS, cents * random.randint(1, most))
        elif kind is ReverseSupportCredit:
            own = [grant_id for grant_id, (owner, _) in self._desk.grants.items() if owner == customer_id]
            fields["grant_id"] = random.choice(own[-4:] or ["grant_000000"])
        etag = self.etag(who, customer_id)
        return self._keep(Sent(who, kind(**self._audited(customer_id), etag=etag, **fields)))

    def decision(self) -> Sent:
        """Return an approval or a rejection, mostly of a request that waits."""
        random, who = self._random, self.person()
        asked = list(self._desk.requests)
        waiting = [each for each in asked if self._desk.is_pending(each)]
        change_request_id = random.choice((waiting if random.random() < 0.85 else asked[-10:]) or ["cr_000000"])
        owner, _ = self._desk.requests.get(change_request_id, (self.customer_id(), ""))
        customer_id = owner if random.random() < 0.95 else self.customer_id()
        fields = self._audited(customer_id) | {"change_request_id": change_request_id}
        if random.random() < 0.6:
            etag = self.etag(who, customer_id)
            return self._keep(Sent(who, ApproveTenantChangeRequest(**fields, etag=etag)))
        return self._keep(Sent(who, RejectTenantChangeRequest(**fields)))

    def replay(self) -> Sent:
        """Return an earlier call: as it was, by somebody else, or with another body under the same request id."""
        random = self._random
        who, request, _ = random.choice(self.sent[-40:])
        assert isinstance(request, AuditedRequest)
        match random.choice(("same", "same", "other actor", "other body", "other kind")):
            case "other actor":
                return Sent(self.person(), request)
            case "other body":
                return Sent(who, msgspec.structs.replace(request, reason="another reason"))
            case "other kind":
                shared = {
                    "customer_id": request.customer_id,
                    "request_id": request.request_id,
                    "reason": request.reason,
                }
                return Sent(who, MarkInvoiceVerified(**shared, etag=self.etag(who, request.customer_id)))
            case _:
                return Sent(who, request)

    def usage(self, now: datetime) -> Sent:
        """Return a batch of usage events: uses, reversals, and some that were sent before."""
        random, customer_id = self._random, self.customer_id()
        customer = self._desk.customers.get(customer_id)
        known = [] if customer is None else list(customer.uses)
        who = random.choices((FEED, TEAM[3], TEAM[0]), (90, 7, 3))[0]
        events: list[UsageEvent] = []
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            event_id = f"use-{self._next()}"
            earlier = [event.event_id for event in events] + known[-15:]
            draw = random.random()
            if draw < 0.07 and earlier:
                events.append(self._use(random.choice(earlier), now))
            elif draw < 0.40 and earlier:
                at = None if random.random() < 0.7 else now - timedelta(minutes=random.randint(0, 90))
                events.append(UsageEvent(event_id=event_id, reverses=random.choice(earlier), occurred_at=at))
            elif draw < 0.41:
                events.append(UsageEvent(event_id=event_id, reverses="use-never"))
            else:
                events.append(self._use(event_id, now))
        return Sent(who, RecordUsage(customer_id=customer_id, source="metering", events=events))

    def _use(self, event_id: str, now: datetime) -> UsageEvent:
        random = self._random
        unit = random.choice(tuple(Unit))
        ago = random.choice((0, 0, 1, 30, 90, 600, -4))
        at = now - timedelta(minutes=ago) + (timedelta(hours=1) if random.random() < 0.02 else timedelta())
        return UsageEvent(event_id=event_id, unit=unit, amount=as_text(unit, random.randint(1, 14)), occurred_at=at)

    def feeding(self, now: datetime) -> Sent:
        """Return an import: new customers at first, then new names, parents and files that say nothing new."""
        random = self._random
        lines: list[dict[str, Any]] = []
        there = len(self._desk.customers)
        for _ in range(random.choice((1, 1, 2))):
            newest = min(_MOST_CUSTOMERS, there + len(lines) + 1)
            number = newest if random.random() < 0.4 else random.randint(max(1, there - _IN_FOCUS), newest)
            if all(line["customer_id"] != f"c{number}" for line in lines):
                lines.append(self._line(f"c{number}", now))
        who = FEED if random.random() < 0.9 else TEAM[3]
        content = "\n".join(json.dumps(line) for line in lines).encode()
        return Sent(who, ImportCustomers(source="crm", format="jsonl", content=content), lines)

    def _line(self, customer_id: str, now: datetime) -> dict[str, Any]:
        random = self._random
        state = random.choice(
            ("needs_review", "needs_review", "needs_review", "trial_approved", "trial_approved", "verified")
        )
        known = self._desk.customers.get(customer_id)
        keeps_name = known is not None and random.random() < 0.5
        parents = [None, None, "c1" if customer_id != "c1" else None, "c99" if random.random() < 0.2 else None]
        return {
            "customer_id": customer_id,
            "legal_name": known.fields["legal_name"]
            if known and keeps_name
            else random.choice(("Acme", "Älpha", "Zeta")),
            "ownership": random.choice(("external", "external", "internal")),
            "parent_customer_id": random.choice(parents),
            "billing": {
                "state": state,
                "payment_rail": random.choice(("invoice", "invoice", "invoice", "prepaid", "card", "none", "trial")),
                "invoice_rail_approved": random.random() < 0.7,
                "commercial_reference": random.choice(("PO-1", "PO-1", None)),
                "trial_ends_at": _text(now + timedelta(minutes=random.randint(20, 900)))
                if state == "trial_approved"
                else None,
            },
            "checklist": [{"item": "billing", "status": random.choice(("open", "open", "in_progress", "complete"))}][
                : random.choice((0, 1, 1, 1))
            ],
            "credit_grants": [self._grant_line(now) for _ in range(random.randint(1, 6))],
            "payment_method_on_file": random.choice((None, True, False)),
            "automatic_collection": random.random() < 0.3,
            "invoices": [
                {
                    "number": "INV-1",
                    "amount": 12_900,
                    "currency": "eur",
                    "status": "open",
                    "issued_at": _text(now),
                    "due_at": _text(now + timedelta(minutes=random.randint(20, 600))),
                }
            ][: random.choice((0, 0, 1))],
        }

    def _grant_line(self, now: datetime) -> dict[str, Any]:
        random, unit = self._random, self._random.choice(tuple(Unit))
        expires_at = None if random.random() < 0.2 else _text(now + timedelta(minutes=random.randint(20, 480)))
        return {
            "unit": unit.value,
            "amount": as_text(unit, random.randint(1, 40)),
            "category": random.choice(("paid", "support", "promotional")),
            "priority": random.choice((10, 50, 50, 90)),
            "expires_at": expires_at,
        }

    def _audited(self, customer_id: str) -> dict[str, str]:
        reason = self._random.choices(_REASONS, _REASON_WEIGHTS)[0]
        return {"customer_id": customer_id, "reason": reason, "request_id": f"req-{self._next()}"}

    def _keep(self, sent: Sent) -> Sent:
        self.sent.append(sent)
        return sent

    def _next(self) -> int:
        self._made += 1
        return self._made


def _text(moment: datetime) -> str:
    return moment.isoformat()
