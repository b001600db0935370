"""Tokens, limits and requests together, in any order, beside an oracle that keeps three lists and no database."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.principals import Credential, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    CreateToken,
    ListTenantChangeRequests,
    RejectTenantChangeRequest,
    Request,
    RevokeToken,
    VerifyAuditTrail,
    WhoAmI,
)
from services.contract.views import ActionReceipt, ChangeRequestReceipt
from services.storage.engine import Store
from tests.surface import ADMIN, Workbench, customer

POLICY = Policy(action_limit_hours=10, operator_limit_hours=25)
DAY = timedelta(hours=POLICY.operator_window_hours)
CUSTOMERS = ("acme-eu", "beta")
NAMES = ("olga", "omar", "ona")
TICK = timedelta(microseconds=1)
"""What the workbench's clock moves by when a call looks at it."""

_seen: set[str] = set()
"""Every way in which a step has ended: a branch that was never reached has not been tried."""
_EVERY_WAY = {
    "answered",
    "applied",
    "pending_approval",
    "replayed",
    "rejected",
    "FOUR_EYES",
    "ALREADY_DECIDED",
    "REQUEST_ID_REUSED",
    "TOKEN_EXPIRED",
    "TOKEN_REVOKED",
}


Decision = ApproveTenantChangeRequest | RejectTenantChangeRequest
DECISIONS: tuple[type[Decision], ...] = (ApproveTenantChangeRequest, RejectTenantChangeRequest)


class Issued(NamedTuple):
    """A token as the oracle knows it."""

    text: str
    token_id: str
    name: str
    expires_at: datetime


Sent = tuple[Issued, Request, str] | MultipleResults[Any]
"""Who sent what, and which audit event it led to; nothing, when it was refused."""


class Drawn(NamedTuple):
    """What was granted or asked for, and when."""

    actor: str
    hours: int
    at: datetime


class Asked:
    """A request as the oracle knows it."""

    def __init__(self, receipt: ActionReceipt, drawn: Drawn) -> None:
        self.customer_id = receipt.view.customer.customer_id
        self.request_id = receipt.change_request_id or ""
        self.drawn = drawn
        self.status = "pending"


class Desk(RuleBasedStateMachine):
    """Random people with random tokens, one step after the other."""

    template: Path
    tokens: Bundle[Issued] = Bundle("tokens")
    sent: Bundle[tuple[Issued, Request, str]] = Bundle("sent")

    @initialize(target=tokens)
    def open(self) -> MultipleResults[Issued]:
        self.folder = TemporaryDirectory()
        self.bench = Workbench(Store(f"sqlite:///{shutil.copy(self.template, self.folder.name)}"), policy=POLICY)
        self.bench.feed(*map(customer, CUSTOMERS))
        self.revoked: set[str] = set()
        self.drawn: list[Drawn] = []
        self.balances = dict.fromkeys(CUSTOMERS, 0)
        self.requests: list[Asked] = []
        self.decisions = 0
        return multiple(*(self.issued(name, days=30) for name in NAMES))

    def teardown(self) -> None:
        found = self.bench.call(VerifyAuditTrail())
        assert {stream.status for stream in found.streams} == {"OK"}
        assert found.ledger.sound
        self.bench.surface.close()
        self.folder.cleanup()

    @rule(target=tokens, name=st.sampled_from(NAMES))
    def issue(self, name: str) -> Issued:
        return self.issued(name, days=1)

    def issued(self, name: str, days: int) -> Issued:
        made = self.bench.call(CreateToken(role=Role.OPERATOR, name=name, expires_in=f"{days}d"), ADMIN)
        return Issued(made.token, made.token_id, made.name, made.expires_at)

    @rule(token=tokens)
    def revoke(self, token: Issued) -> None:
        self.bench.call(RevokeToken(token_id=token.token_id), ADMIN)
        self.revoked.add(token.token_id)

    @rule(hours=st.sampled_from([1, 23]))
    def wait(self, hours: int) -> None:
        self.bench.clock.advance(hours=hours)

    @rule(token=tokens)
    def ask_who_they_are(self, token: Issued) -> None:
        left = max(0, POLICY.operator_limit_hours - self.spent(token.name))
        assert self.send(token, WhoAmI(), None) in (None, f"{left}.00")

    @rule(target=sent, token=tokens, customer_id=st.sampled_from(CUSTOMERS), hours=st.sampled_from([3, 9, 12]))
    def credit(self, token: Issued, customer_id: str, hours: int) -> Sent:
        within = hours <= POLICY.action_limit_hours and self.spent(token.name) + hours <= POLICY.operator_limit_hours
        request = self.bench.request(ApplySupportCredit, customer_id, workspace_hours=str(hours))
        receipt = self.send(token, request, None)
        if not isinstance(receipt, ActionReceipt):
            return multiple()
        assert receipt.outcome == ("applied" if within else "pending_approval")
        drawn = Drawn(token.name, hours, receipt.view.as_of)
        self.drawn.append(drawn)
        if within:
            self.balances[customer_id] += hours
        else:
            self.requests.append(Asked(receipt, drawn))
        return token, request, receipt.audit_event_id

    @rule(target=sent, token=tokens, data=st.data(), kind=st.sampled_from(DECISIONS))
    def decide(self, token: Issued, data: st.DataObject, kind: type[Decision]) -> Sent:
        if not self.requests:
            return multiple()
        one = data.draw(st.sampled_from(self.requests))
        why = None
        if one.status != "pending":
            why = "ALREADY_DECIDED"
        elif one.drawn.actor == token.name:
            why = "FOUR_EYES"
        self.decisions += 1
        fields = {"customer_id": one.customer_id, "change_request_id": one.request_id, "reason": "looked at"}
        if kind is ApproveTenantChangeRequest:
            fields["etag"] = self.bench.view(one.customer_id).billing.etag
        request = kind(request_id=f"decision-{self.decisions}", **fields)
        receipt = self.send(token, request, why)
        if not isinstance(receipt, ChangeRequestReceipt):
            return multiple()
        if kind is ApproveTenantChangeRequest:
            one.status = "applied"
            self.balances[one.customer_id] += one.drawn.hours
        else:
            one.status = "rejected"
            self.drawn.remove(one.drawn)
        assert receipt.change_request.status == one.status
        return token, request, receipt.audit_event_id

    @rule(before=sent, token=tokens)
    def send_again(self, before: tuple[Issued, Request, str], token: Issued) -> None:
        """Whoever sends a request again gets its receipt; for anybody else its id is used."""
        first, request, event_id = before
        receipt = self.send(token, request, None if token.name == first.name else "REQUEST_ID_REUSED")
        if isinstance(receipt, ActionReceipt | ChangeRequestReceipt):
            assert (receipt.replayed, receipt.audit_event_id) == (True, event_id)

    @invariant()
    def what_is_stored_is_what_the_oracle_says(self) -> None:
        page = self.bench.call(ListTenantChangeRequests(page_size=500))
        assert [(r.change_request_id, r.status) for r in page.change_requests] == [
            (one.request_id, one.status) for one in self.requests
        ]
        for customer_id, hours in self.balances.items():
            view = self.bench.view(customer_id)
            assert view.credits.workspace_hours == f"{hours}.00"
            waiting = any(one.customer_id == customer_id and one.status == "pending" for one in self.requests)
            assert ("pending_request" in {notice.code for notice in view.notices}) == waiting

    def spent(self, actor: str) -> int:
        since = self.bench.clock.now - DAY
        return sum(drawn.hours for drawn in self.drawn if drawn.actor == actor and drawn.at > since)

    def send(self, token: Issued, request: Request, why: str | None) -> object:
        """Make a call that must be refused as `why` says, or because of the token; return what is answered."""
        if token.token_id in self.revoked:
            why = "TOKEN_REVOKED"
        elif self.bench.clock.now + TICK >= token.expires_at:
            why = "TOKEN_EXPIRED"
        try:
            answer = self.bench.surface.dispatch(Credential(token.text), request)
        except Refused as refused:
            _seen.add(refused.reason)
            assert refused.reason == why  # noqa: PT017
            return None
        assert why is None
        if isinstance(answer, ActionReceipt | ChangeRequestReceipt):
            outcome = answer.outcome if isinstance(answer, ActionReceipt) else answer.change_request.status
            _seen.add("replayed" if answer.replayed else outcome)
            return answer
        _seen.add("answered")
        return answer.support_credit_limits.left_workspace_hours


def test_the_desk_does_what_the_oracle_says(sqlite_template: Path) -> None:
    Desk.template = sqlite_template
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            derandomize=True,  # so that every way is reached in every run
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert _seen >= _EVERY_WAY
