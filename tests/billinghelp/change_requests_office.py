"""A queue of change requests in the app of olga, with the same store for everybody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Key

from billinghelp.pages.change_requests import ChangeRequestsPage
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    CreateTenantChangeRequest,
    ListTenantChangeRequests,
    PreviewBillingAction,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
)
from services.contract.types import Action, ChangeRequestKind
from services.contract.views import ActionPreview, ChangeRequestReceipt, ChangeRequestView, TenantChangePreview
from tests.billinghelp.fake_desk import FakeDesk
from tests.billinghelp.real_desk import real_app
from tests.billinghelp.running import WIDE, Running
from tests.surface import OPERATOR, OTHER_OPERATOR, Workbench
from widgets.action_dialog import ActionDialog
from widgets.confirmation import Confirmation

AVALON, HITACHI, CLEAR = "c7-000035", "c7-000036", "c7-000037"
CPU = {"cpu": "24", "memory": "96Gi"}
"""More than a tenant of the growth tier is granted at once, and no more than an operator may grant."""

WHY = "Immich import needs 24 CPU and 96 Gi memory for initial library processing."


def tenant_of(customer_id: str) -> Principal:
    """Return a tenant's administrator."""
    return Principal(actor="tina", role=Role.CUSTOMER_ADMIN, customer_id=customer_id)


class Offices(Running):
    """The app of olga, and the same store for everybody else."""

    bench_elsewhere: Workbench

    @property
    def queue_page(self) -> ChangeRequestsPage:
        """The Change Requests page."""
        page = self.app.page
        assert isinstance(page, ChangeRequestsPage)
        return page

    @property
    def names(self) -> list[str]:
        """The customers in the queue, from the top."""
        return [asked.customer_id for asked in self.queue_page.queue.requests]

    @property
    def selected(self) -> str | None:
        """The customer under the cursor."""
        asked = self.queue_page.queue.selected
        return asked.customer_id if asked else None

    async def confirm(self, key: str, reason: str) -> None:
        """Open a decision's confirmation, give a reason and confirm."""
        await self.press(key)
        await self.type(reason)
        await self.until(lambda: isinstance(self.app.screen, ActionDialog | Confirmation) and self.app.screen.complete)
        await self.press("enter", "enter")

    async def hit(self, *keys: str) -> None:
        """Press keys as fast as a terminal can send them, and wait once."""
        assert self.app._driver is not None
        for key in keys:
            event = Key(key, None)
            event.set_sender(self.app)
            self.app._driver.send_message(event)
        await self.settle()

    async def look_again(self) -> None:
        """Let the page look for changes, as it does every few seconds."""
        self.queue_page.poll()
        await self.settle()


def request_credit(
    bench: Workbench, customer_id: str, who: Principal = OTHER_OPERATOR, hours: str = "160"
) -> ChangeRequestView:
    """Ask for a support credit above the limits of one action, and return the pending request."""
    fields = {"workspace_hours": hours, "reason": "the import ran twice"}
    receipt = bench.act(bench.request(ApplySupportCredit, customer_id, **fields), who)
    bench.clock.advance(hours=1)
    listed = bench.call(ListTenantChangeRequests(customer_id=customer_id, order="newest"), OPERATOR)
    asked: ChangeRequestView = listed.change_requests[0]
    assert asked.change_request_id == receipt.change_request_id
    return asked


def request_change(
    bench: Workbench,
    customer_id: str = AVALON,
    kind: ChangeRequestKind = ChangeRequestKind.RESOURCE_QUOTA,
    **desired: str,
) -> ChangeRequestView:
    """Have a tenant's administrator ask for a change, and return the request."""
    tenant, fields = tenant_of(customer_id), desired or CPU
    found: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=fields, reason=WHY), tenant
    )
    receipt: ChangeRequestReceipt = bench.call(
        CreateTenantChangeRequest(
            customer_id=customer_id,
            kind=kind,
            desired=found.desired,
            digest=found.digest,
            reason=WHY,
            request_id=f"ask-{bench.clock.now.timestamp()}",
        ),
        tenant,
    )
    bench.clock.advance(hours=1)
    return receipt.change_request


def approve_change(bench: Workbench, asked: ChangeRequestView, who: Principal = OTHER_OPERATOR) -> None:
    """Approve a tenant's request away from the app."""
    found: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=asked.customer_id, change_request_id=asked.change_request_id), who
    )
    bench.call(
        ApproveTenantChangeRequest(
            customer_id=asked.customer_id,
            change_request_id=asked.change_request_id,
            reason="seen elsewhere",
            request_id=f"elsewhere-{asked.change_request_id}",
            digest=found.digest,
        ),
        who,
    )


def approve(bench: Workbench, asked: ChangeRequestView, who: Principal) -> None:
    """Approve a request away from the app."""
    preview: ActionPreview = bench.call(
        PreviewBillingAction(
            customer_id=asked.customer_id,
            action=Action.APPLY_SUPPORT_CREDIT,
            change_request_id=asked.change_request_id,
        ),
        who,
    )
    bench.call(
        ApproveTenantChangeRequest(
            customer_id=asked.customer_id,
            change_request_id=asked.change_request_id,
            reason="seen elsewhere",
            request_id=f"elsewhere-{asked.change_request_id}",
            etag=preview.etag,
        ),
        who,
    )


def reject(bench: Workbench, asked: ChangeRequestView, who: Principal) -> None:
    """Reject a request away from the app."""
    bench.call(
        RejectTenantChangeRequest(
            customer_id=asked.customer_id,
            change_request_id=asked.change_request_id,
            reason="not justified.",
            request_id=f"elsewhere-{asked.change_request_id}",
        ),
        who,
    )


@asynccontextmanager
async def offices(
    folder: Path, *pending: tuple[str, Principal], size: tuple[int, int] = WIDE, **how: Any
) -> AsyncIterator[Offices]:
    """Run the app on a store with pending requests, asked for in this order, an hour apart."""
    with real_app(folder, **how) as (app, bench):
        for customer_id, who in pending:
            request_credit(bench, customer_id, who)
        async with app.run_test(size=size) as pilot:
            run = Offices(app, pilot, FakeDesk())  # the app has a real one
            run.bench_elsewhere = bench
            await run.settle()
            yield run
