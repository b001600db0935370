"""What can be done on the Audit page."""

from billinghelp.availability import offered
from billinghelp.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(
        id="audit.filter",
        key="slash",
        label="one stream",
        title="Show one stream",
        help="Show the events of one customer, or of the stream `system`.",
        run="filter",
        available=offered("ListAuditEvents"),
    ),
    Command(
        id="audit.verify",
        key="v",
        label="check",
        title="Verify the audit trail",
        help="Check every chain, and the ledger against the balances.",
        run="verify",
        available=offered("VerifyAuditTrail"),
    ),
    Command(
        id="audit.export",
        key="e",
        label="export",
        title="Export the audit trail",
        help="Write every event, and every stream's length and last hash, to a file.",
        run="export",
        available=offered("ListAuditEvents"),
    ),
    Command(
        id="audit.refresh",
        key="r",
        label="refresh",
        title="Refresh",
        help="Read the events again.",
        run="refresh",
    ),
    Command(
        id="audit.back",
        key="escape",
        title="All streams, or stop",
        help="Show all streams again, or stop a verification or an export.",
        run="back",
    ),
)
