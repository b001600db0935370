"""What can be done in a customer's audit trail."""

from billinghelp.availability import offered
from billinghelp.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(
        id="customer_audit.back",
        key="escape",
        label="back",
        title="Back to the customer",
        help="Leave the audit trail.",
        run="back",
    ),
    Command(
        id="customer_audit.verify",
        key="v",
        label="check",
        title="Verify this trail",
        help="Check the chain of this customer's events.",
        run="verify",
        available=offered("VerifyAuditTrail"),
    ),
    Command(
        id="customer_audit.refresh",
        key="r",
        label="refresh",
        title="Refresh",
        help="Read the events again.",
        run="refresh",
    ),
)
