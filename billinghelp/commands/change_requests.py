"""What can be done on the Change Requests page of the desk: the queue."""

from billinghelp.availability import decidable, offered, request_selected
from billinghelp.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(
        id="change_requests.approve",
        key="a",
        label="approve",
        title="Approve the request",
        help="Approve and apply what somebody else asked for. Asks first.",
        run="decide('ApproveTenantChangeRequest')",
        dangerous=True,
        available=decidable("ApproveTenantChangeRequest"),
    ),
    Command(
        id="change_requests.reject",
        key="x",
        label="reject",
        title="Reject the request",
        help="Reject what somebody else asked for, with the reason. Asks first.",
        run="decide('RejectTenantChangeRequest')",
        dangerous=True,
        available=decidable("RejectTenantChangeRequest"),
    ),
    Command(
        id="change_requests.read",
        key="enter",
        label="read",
        title="The request in full",
        help="Move to the request under the cursor, to read and scroll it.",
        run="read",
        available=request_selected,
    ),
    Command(
        id="change_requests.customer",
        key="o",
        label="customer",
        title="Open the customer",
        help="Turn to Billing Help with the customer of this request selected.",
        run="open_customer",
        available=offered("PreviewBillingAction", request_selected),
    ),
    Command(
        id="change_requests.workspace",
        key="w",
        label="workspace",
        title="The tenant's workspace",
        help="Show what the tenant of this request may use and what it has asked for, as the tenant sees it.",
        run="open_workspace",
        available=offered("GetTenantChangeRequestWorkspace", request_selected),
    ),
    Command(
        id="change_requests.filter",
        key="slash",
        label="filter",
        title="Which requests",
        help="Choose requests by where they stand, by kind, by what the policy says, or of one tenant.",
        run="filter",
        available=offered("ListTenantChangeRequests"),
    ),
    Command(
        id="change_requests.refresh",
        key="r",
        title="Refresh",
        help="Read the requests again.",
        run="refresh",
    ),
    Command(
        id="change_requests.back",
        key="escape",
        title="Back to the list, or to what waits",
        help="Leave the request, put a notice away, or show again what waits.",
        run="back",
    ),
)
