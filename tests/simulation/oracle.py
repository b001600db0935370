"""What the records ought to be: a naive desk that takes the same calls, one after the other, and keeps all in lists.

It shares no rule with the product. Each is read from PRODUCT.md §3 sentence by sentence.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.contract.principals import Principal, Role
from services.contract.requests import (
    ActionRequest,
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    AuditedRequest,
    RejectTenantChangeRequest,
    ReverseSupportCredit,
)
from services.contract.types import Unit
from tests.simulation.grains import POLICY, count, grains
from tests.simulation.records import (
    OPEN,
    PENDING,
    Customer,
    Denied,
    Draw,
    Event,
    Pending,
    imported,
    is_expired,
    reversible,
)
from tests.simulation.usage_oracle import record

TRIAL = timedelta(days=14)
WINDOW = timedelta(hours=24)
WAIT = timedelta(minutes=1)
DESK = (Role.OPERATOR, Role.PLATFORM_ADMIN)
FEEDERS = (Role.PLATFORM_ADMIN, Role.SERVICE)

_APPLIED, _REJECTED = "applied", "rejected"


class Desk:
    """The oracle. `reached` counts the branches that calls have come to.

    What the product names by ids of its own is told to it: `grants` are the customers and lots of grant ids, `requests`
    the customers and request ids of change requests.
    """

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.draws: dict[tuple[str, str], Draw] = {}
        self.events: list[Event] = []
        self.grants: dict[str, tuple[str, str]] = {}
        self.requests: dict[str, tuple[str, str]] = {}
        self.reached: Counter[str] = Counter()

    def change(self, who: Principal, request: AuditedRequest, now: datetime) -> str:
        """Take an audited call; return how it ends."""
        try:
            self._require(who, DESK)
            customer = self._customer(request.customer_id)
            call = (who.actor, type(request), msgspec.structs.replace(request, request_id="-"))
            if request.request_id in customer.calls:
                kept, answer = customer.calls[request.request_id]
                return f"{answer} again" if kept == call else "refused: REQUEST_ID_REUSED"
            # Whoever waited for a change acts after it: their own clock may have stood a moment before.
            now = customer.changed_at if now < customer.changed_at <= now + WAIT else now
            if isinstance(request, ActionRequest):
                answer, action = self._act(who, customer, request, now)
            else:
                answer, action = self._decide(who, customer, request, now), type(request).__name__
        except Denied as denied:
            return self.refuse(who, request, str(denied))
        customer.calls[request.request_id] = call, answer
        version = customer.version - (answer == _APPLIED)
        self.events.append(
            Event(
                request.customer_id,
                who.actor,
                action,
                f"b{version}",
                customer.etag,
                request.request_id,
                "applied",
            )
        )
        return answer

    def record_usage(self, who: Principal, request: Any, now: datetime) -> str:
        """Take usage; return how it ends."""
        try:
            self._require(who, FEEDERS)
            customer = self._customer(request.customer_id)
            recorded = record(customer, request.events, now, self.reached)
        except Denied as denied:
            return self.refuse(who, request, str(denied))
        return f"recorded {recorded}, replayed {len(request.events) - recorded}"

    def feed(self, who: Principal, request: Any, lines: list[dict[str, Any]], now: datetime) -> str:
        """Take an import; return how it ends."""
        parents = {line["parent_customer_id"] for line in lines} - {None} - {line["customer_id"] for line in lines}
        if parents - self.customers.keys():
            return self.refuse(who, request, "IMPORT_REJECTED")
        counts: Counter[str] = Counter()
        for line in lines:
            known = self.customers.get(line["customer_id"])
            if known is None:
                self.customers[line["customer_id"]] = imported(line, now)
                counts["created"] += 1
            elif changes := {name for name in ("legal_name", "parent_customer_id") if known.fields[name] != line[name]}:
                known.fields.update({name: line[name] for name in changes})
                known.changed(now)
                counts["updated"] += 1
        unchanged = len(lines) - counts.total()
        self.events.append(Event("system", who.actor, "ImportCustomers", None, None, None, "applied"))
        return f"created {counts['created']}, updated {counts['updated']}, unchanged {unchanged}"

    def due(self, now: datetime) -> dict[str, list[str]]:
        """Return the lots that have expired and hold something, by customer."""
        held = {c: [n for n, lot in one.credits.lots.items() if lot["left"]] for c, one in self.customers.items()}
        due = {c: [n for n in names if is_expired(self.customers[c].credits.lots[n], now)] for c, names in held.items()}
        return {customer_id: names for customer_id, names in due.items() if names}

    def book_expiries(self, customer_id: str, now: datetime) -> int:
        """Close the customer's lots that have expired; return how many there were."""
        customer, due = self.customers[customer_id], self.due(now).get(customer_id, [])
        for name in due:
            customer.credits.close(name, "expired")
        return len(due)

    def is_pending(self, change_request_id: str) -> bool:
        """Return whether a request waits for its decision."""
        owner, request_id = self.requests[change_request_id]
        return self.customers[owner].asked[request_id].status == PENDING

    def refuse(self, who: Principal, request: Any, reason: str) -> str:
        """Leave the trace of a refused call; return how it ends."""
        customer_id = getattr(request, "customer_id", None)
        known = self.customers.get(customer_id or "")
        if known is not None and who.customer_id not in (None, customer_id, known.fields["parent_customer_id"]):
            known = None  # a tenant leaves no trace in the trail of a customer that is not its own
        self.events.append(
            Event(
                customer_id if known is not None and customer_id else "system",
                who.actor,
                type(request).__name__,
                known.etag if known is not None else None,
                None,
                getattr(request, "request_id", None),
                "denied",
            )
        )
        return f"refused: {reason}"

    def _require(self, who: Principal, roles: tuple[Role, ...]) -> None:
        if who.role not in roles:
            raise Denied("PERMISSION_DENIED")

    def _customer(self, customer_id: str) -> Customer:
        if customer_id not in self.customers:
            raise Denied("CUSTOMER_NOT_FOUND")
        return self.customers[customer_id]

    def _act(self, who: Principal, customer: Customer, request: ActionRequest, now: datetime) -> tuple[str, str]:
        kind = type(request).__name__
        _check_reason(request.reason)
        if request.etag != customer.etag:
            raise Denied("STALE_ETAG")
        if why := next((reason for holds, reason in self._conditions(customer, kind, now) if holds), None):
            raise Denied(why)
        if isinstance(request, ApplySupportCredit):
            asked = _asked(request)
            if not any(asked.values()):
                raise Denied("INVALID_AMOUNT")
            within = self._within_limits(who.actor, asked, now)
            self.draws[request.customer_id, request.request_id] = Draw(who.actor, now, asked, within)
            if not within:
                customer.asked[request.request_id] = Pending(who.actor, asked)
                customer.changed(now)
                return "pending_approval", "CreateTenantChangeRequest"
            self._grant(customer, asked, now)
        elif isinstance(request, ReverseSupportCredit):
            owner, name = self.grants.get(request.grant_id, ("", ""))
            if owner != request.customer_id or name not in reversible(customer, now):
                raise Denied("NOTHING_TO_REVERSE")
            customer.credits.close(name, "voided")
        else:
            self._settle(customer, kind, now)
        customer.version += 1
        customer.changed(now)
        return _APPLIED, kind

    def _conditions(self, customer: Customer, kind: str, now: datetime) -> list[tuple[bool, str]]:
        verified, on_trial = customer.state == "verified", customer.state == "trial_approved"
        billing = customer.fields["billing"]
        established = customer.fields["ownership"] != "external" or (
            billing["invoice_rail_approved"] and bool(billing["commercial_reference"])
        )
        return {
            "MarkInvoiceVerified": [
                (customer.rail != "invoice", "NOT_INVOICE_RAIL"),
                (verified, "ALREADY_VERIFIED"),
                (not established, "COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED"),
            ],
            "ApproveTrial": [
                (verified, "ALREADY_VERIFIED"),
                (on_trial or customer.trial_ends_at is not None, "TRIAL_ALREADY_USED"),
            ],
            "ExtendTrial": [
                (not on_trial, "NOT_ON_TRIAL"),
                (customer.trial_ends_at is None, "TRIAL_HAS_NO_END"),
                (customer.trial_extended, "TRIAL_ALREADY_EXTENDED"),
            ],
            "CompleteBillingChecklist": [
                (customer.state == "needs_review", "BILLING_NOT_DECIDED"),
                (customer.item not in OPEN, "NOTHING_TO_COMPLETE"),
            ],
            "ReverseSupportCredit": [(not reversible(customer, now), "NOTHING_TO_REVERSE")],
            "ApplySupportCredit": [],
        }[kind]

    def _settle(self, customer: Customer, kind: str, now: datetime) -> None:
        is_open = customer.item in OPEN
        if kind == "MarkInvoiceVerified":
            customer.state, customer.trial_ends_at = "verified", None
            customer.item = "complete" if is_open else customer.item
        elif kind == "ApproveTrial":
            for unit, whole in ((Unit.WORKSPACE_HOURS, POLICY.trial_hours), (Unit.AI_CENTS, POLICY.trial_cents)):
                if not customer.available(unit, now):
                    terms = {"category": "trial", "effective_at": now, "expires_at": now + TRIAL}
                    customer.open_lot(unit, grains(unit, whole), **terms)
            customer.state, customer.trial_ends_at = "trial_approved", now + TRIAL
            customer.rail = "trial" if customer.rail == "none" else customer.rail
            customer.item = "waived" if is_open else customer.item
        elif kind == "ExtendTrial":
            customer.trial_ends_at = max(now, customer.trial_ends_at or now) + TRIAL
            customer.trial_extended = True
        else:
            customer.item = "complete"

    def _grant(self, customer: Customer, asked: dict[Unit, int], now: datetime) -> None:
        for unit, amount in asked.items():
            if amount:
                customer.open_lot(unit, amount, category="support", effective_at=now)

    def _within_limits(self, actor: str, asked: dict[Unit, int], now: datetime) -> bool:
        per_action = {Unit.WORKSPACE_HOURS: POLICY.action_limit_hours, Unit.AI_CENTS: POLICY.action_limit_cents}
        per_window = {Unit.WORKSPACE_HOURS: POLICY.operator_limit_hours, Unit.AI_CENTS: POLICY.operator_limit_cents}
        drawn = [draw.asked for draw in self.draws.values() if draw.actor == actor and draw.at > now - WINDOW]
        if any(asked[unit] > grains(unit, per_action[unit]) for unit in Unit):
            self.reached["asked for more than one action may grant"] += 1
            return False
        if any(asked[u] and asked[u] + sum(each[u] for each in drawn) > grains(u, per_window[u]) for u in Unit):
            self.reached["asked for more than is left of the window"] += 1
            return False
        return True

    def _decide(self, who: Principal, customer: Customer, request: Any, now: datetime) -> str:
        owner, request_id = self.requests.get(request.change_request_id, ("", ""))
        if owner != request.customer_id:
            raise Denied("CHANGE_REQUEST_NOT_FOUND")
        asked = customer.asked[request_id]
        if asked.status != PENDING:
            raise Denied("ALREADY_DECIDED")
        if asked.actor == who.actor:
            raise Denied("FOUR_EYES")
        _check_reason(request.reason)
        if isinstance(request, ApproveTenantChangeRequest):
            if request.etag != customer.etag:
                raise Denied("STALE_ETAG")
            self._grant(customer, asked.asked, now)
            customer.version += 1
            asked.status = _APPLIED
        elif isinstance(request, RejectTenantChangeRequest):
            del self.draws[request.customer_id, request_id]
            asked.status = _REJECTED
        asked.decided_by = who.actor
        customer.changed(now)
        return asked.status


def _asked(request: ApplySupportCredit) -> dict[Unit, int]:
    texts = {Unit.WORKSPACE_HOURS: request.workspace_hours, Unit.AI_CENTS: request.ai_cents}
    return {unit: count(unit, text) for unit, text in texts.items()}


def _check_reason(reason: str) -> None:
    if not 3 <= len(reason.strip()) <= 200:
        raise Denied("INVALID_REASON")
