"""Two servers on one database, one with a clock that runs an hour ahead: nothing breaks, and limits hold."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from billinghelp.http_service.sweeper import Sweeper
from services.contract.errors import Refused
from services.contract.policy import Policy
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    MarkInvoiceVerified,
    RecordUsage,
    UsageEvent,
    VerifyAuditTrail,
)
from services.contract.types import Unit
from services.contract.views import ActionReceipt
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.surface import OTHER_OPERATOR, SERVICE, Workbench, customer
from widgets.format import ago


class Servers(NamedTuple):
    """One whose clock is right, and one whose clock runs an hour ahead."""

    right: Workbench
    ahead: Workbench

    def wait(self, **by: float) -> None:
        """Let time pass for both."""
        for each in self:
            each.clock.advance(**by)


@pytest.fixture
def servers(store: Store) -> Servers:
    right, ahead = Workbench(store), Workbench(store)
    ahead.clock.advance(hours=1)
    # With ids of its own, as another process has them: a workbench's are the same in every one.
    ahead.surface = Surface(store, policy=Policy(), clock=ahead.clock)
    return Servers(right, ahead)


def grant(server: Workbench, number: int, hours: str = "100") -> ActionReceipt:
    request = server.request(ApplySupportCredit, workspace_hours=hours, request_id=f"credit-{number}")
    receipt: ActionReceipt = server.call(request)
    return receipt


def test_an_operators_limit_holds_over_both(servers: Servers) -> None:
    servers.right.feed(customer())
    outcomes = [grant(servers[number % 2], number).outcome for number in range(7)]
    assert outcomes == ["applied"] * 5 + ["pending_approval"] * 2
    servers.wait(hours=22)
    assert [grant(server, 7 + number).outcome for number, server in enumerate(servers)] == ["pending_approval"] * 2


def test_what_one_did_the_other_shows_approves_and_verifies(servers: Servers) -> None:
    right, ahead = servers
    right.feed(customer())
    ahead.call(ahead.request(MarkInvoiceVerified, request_id="verified-ahead"))
    seen = right.view()
    assert seen.readiness.provisioning.status == "ready"
    assert ago(seen.changed_at, seen.as_of) == "just now"

    asked = grant(right, 1, "600")
    assert asked.change_request_id is not None
    decision = ApproveTenantChangeRequest(
        customer_id="acme-eu",
        change_request_id=asked.change_request_id,
        reason="as agreed",
        request_id="decision-1",
        etag=seen.billing.etag,
    )
    assert ahead.call(decision, OTHER_OPERATOR).replayed is False
    assert right.call(decision, OTHER_OPERATOR).replayed is True
    servers.wait(hours=1)  # a credit counts from the moment at which it was granted
    assert right.view().credits.workspace_hours == ahead.view().credits.workspace_hours == "600.00"
    found = right.call(VerifyAuditTrail())
    assert {stream.status for stream in found.streams} == {"OK"}
    assert found.ledger.sound


def test_use_that_was_stamped_ahead_is_refused_whole_and_taken_when_its_time_has_come(servers: Servers) -> None:
    servers.right.feed(customer())
    events = [
        UsageEvent(event_id=name, unit=Unit.AI_CENTS, amount="1", occurred_at=server.clock.now)
        for name, server in zip(("in time", "ahead"), servers, strict=True)
    ]
    use = RecordUsage(customer_id="acme-eu", source="metering", events=events)
    with pytest.raises(Refused) as refused:
        servers.right.call(use, SERVICE)
    assert refused.value.reason == "USAGE_IN_THE_FUTURE"
    assert servers.right.view().credits.overage_ai_cents == "0"
    servers.wait(hours=1)
    assert servers.right.call(use, SERVICE).recorded == 2


def test_a_sweeper_that_runs_ahead_takes_nothing_that_still_counts(servers: Servers) -> None:
    right, ahead = servers
    expires_at = right.clock.now + timedelta(minutes=30)
    lot = {"unit": "ai_cents", "amount": "5", "category": "paid", "expires_at": expires_at.isoformat()}
    right.feed(customer(credit_grants=[lot]))
    assert Sweeper(ahead.store, clock=ahead.clock).round() == 0
    assert (right.view().credits.ai_cents, ahead.view().credits.ai_cents) == ("5", "0")
    servers.wait(minutes=31)
    assert Sweeper(ahead.store, clock=ahead.clock).round() == 1
