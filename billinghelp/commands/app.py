"""What can be done everywhere."""

from billinghelp.availability import offered
from billinghelp.command import Command

COMMANDS: tuple[Command, ...] = (
    Command(
        id="app.billing_help",
        key="f2",
        title="Billing Help",
        help="The desk: one customer, what blocks them, and the way out.",
        run="app.turn_to('billing_help')",
        available=offered("PreviewBillingAction"),
    ),
    Command(
        id="app.billing",
        key="f3",
        title="Billing",
        help="Plan and usage, invoices, plans, payment setup, cost drivers and nodes of one customer.",
        run="app.turn_to('billing')",
        available=offered("ListInvoices"),
    ),
    Command(
        id="app.change_requests",
        key="f4",
        title="Change Requests",
        help="What waits for somebody else's approval, and what was decided.",
        run="app.turn_to('change_requests')",
        available=offered("ListTenantChangeRequests"),
    ),
    Command(
        id="app.audit",
        key="f5",
        title="Audit",
        help="The audit trail of all customers, its verification and export.",
        run="app.turn_to('audit')",
        available=offered("ListAuditEvents"),
    ),
    Command(
        id="app.help",
        key="question_mark",
        label="help",
        title="Help",
        help="Every key of this page, and why one cannot be used now.",
        run="app.help",
    ),
    Command(
        id="app.palette",
        key="ctrl+p",
        label="commands",
        title="Commands",
        help="Find a command by name.",
        run="app.command_palette",
    ),
    Command(
        id="app.theme",
        key="",
        title="Change the theme",
        help="Dark, light or 16 colours.",
        run="app.change_theme",
    ),
    Command(
        id="app.leave",
        key="ctrl+c",
        title="Leave (press twice)",
        help="Copies where text is selected; pressed twice it leaves Billing Help.",
        run="app.leave",
        priority=True,
    ),
    Command(
        id="app.quit",
        key="ctrl+q",
        title="Quit",
        help="Leave Billing Help; an action that is being recorded is finished first.",
        run="app.quit",
        priority=True,
    ),
)
