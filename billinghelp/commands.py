"""The registry of UI commands: every key, footer entry, help line and palette entry derives from this table.

A command that cannot be used now says why, in one sentence, wherever it is asked for.
"""

from collections.abc import Iterator

from billinghelp.availability import action_allowed, answer_there, customer_selected, handoff_there, offered
from billinghelp.command import Command

APP = "app"
BILLING_HELP = "billing_help"
AUDIT = "audit"
LEDGER = "ledger"
CUSTOMER_AUDIT = "customer_audit"

COMMANDS: tuple[Command, ...] = (
    Command(
        id="billing_help.find",
        key="slash",
        label="find",
        title="Find a customer",
        help="Search by legal name, customer id or reference; blocked only, and by cause.",
        run="find",
        available=offered("ListBillingCustomers"),
    ),
    Command(
        id="billing_help.next_blocked",
        key="n",
        label="next blocked",
        title="Next blocked customer",
        help="Walk on to the next customer something blocks, in the order and with the cause of the picker.",
        run="walk(1)",
        available=offered("ListBillingCustomers"),
    ),
    Command(
        id="billing_help.previous_blocked",
        key="p",
        title="Previous blocked customer",
        help="Walk back to the blocked customer before this one.",
        run="walk(-1)",
        available=offered("ListBillingCustomers"),
    ),
    Command(
        id="billing_help.mark_invoice_verified",
        key="v",
        label="verify",
        title="Mark invoice verified",
        help="Verify an invoice customer whose commercial relationship is established. Asks first.",
        run="act('MarkInvoiceVerified')",
        dangerous=True,
        available=action_allowed("MarkInvoiceVerified"),
    ),
    Command(
        id="billing_help.approve_trial",
        key="t",
        label="trial",
        title="Approve trial",
        help="Let the customer start on a trial. Asks first.",
        run="act('ApproveTrial')",
        dangerous=True,
        available=action_allowed("ApproveTrial"),
    ),
    Command(
        id="billing_help.apply_support_credit",
        key="c",
        label="credit",
        title="Apply support credit",
        help="Grant workspace hours or AI cents. Asks first.",
        run="act('ApplySupportCredit')",
        dangerous=True,
        available=action_allowed("ApplySupportCredit"),
    ),
    Command(
        id="billing_help.extend_trial",
        key="x",
        title="Extend trial",
        help="Extend a running or passed trial, once. Asks first.",
        run="act('ExtendTrial')",
        dangerous=True,
        available=action_allowed("ExtendTrial"),
    ),
    Command(
        id="billing_help.complete_checklist_item",
        key="k",
        title="Complete checklist item",
        help="Complete the open billing item. Asks first.",
        run="act('CompleteBillingChecklist')",
        dangerous=True,
        available=action_allowed("CompleteBillingChecklist"),
    ),
    Command(
        id="billing_help.reverse_support_credit",
        key="u",
        title="Reverse support credit",
        help="Void what is left of a support credit. Asks first.",
        run="act('ReverseSupportCredit')",
        dangerous=True,
        available=action_allowed("ReverseSupportCredit"),
    ),
    Command(
        id="billing_help.ledger",
        key="l",
        label="ledger",
        title="Ledger",
        help="The customer's ledger entries, and how the balance went.",
        run="ledger",
        available=offered("ListLedgerEntries", customer_selected),
    ),
    Command(
        id="billing_help.audit_trail",
        key="a",
        label="audit",
        title="Audit trail",
        help="What was done to this customer's record: when, by whom and why.",
        run="audit_trail",
        available=offered("ListAuditEvents", customer_selected),
    ),
    Command(
        id="billing_help.ask",
        key="i",
        label="ask",
        title="Ask about this customer",
        help="Move to the composer of the chat.",
        run="ask",
        available=offered("AskBillingChat", customer_selected),
    ),
    Command(
        id="billing_help.unblock_billing",
        key="1",
        title="Unblock billing",
        help="Ask what exactly blocks platform use, and the way out.",
        run="starter('unblock_billing')",
        available=offered("AskBillingChat", customer_selected),
    ),
    Command(
        id="billing_help.invoice_exception",
        key="2",
        title="Invoice exception",
        help="Ask whether the customer can be marked as invoice verified, and why.",
        run="starter('invoice_exception')",
        available=offered("AskBillingChat", customer_selected),
    ),
    Command(
        id="billing_help.summarize_report",
        key="3",
        title="Summarize report",
        help="Ask for recent credits, adjustments, invoice readiness and next steps.",
        run="starter('summarize_report')",
        available=offered("AskBillingChat", customer_selected),
    ),
    Command(
        id="billing_help.copy_answer",
        key="y",
        title="Copy answer",
        help="Copy the latest answer of the guide.",
        run="copy_answer",
        available=answer_there,
    ),
    Command(
        id="billing_help.answer_facts",
        key="f",
        title="Facts of the answer",
        help="Show which facts the latest answer rests on.",
        run="answer_facts",
        available=answer_there,
    ),
    Command(
        id="billing_help.handoff",
        key="h",
        label="handoff",
        title="Handoff text",
        help="The case as text, for whoever clears what no action here resolves.",
        run="handoff",
        available=handoff_there,
    ),
    Command(
        id="billing_help.refresh",
        key="r",
        title="Refresh",
        help="Read the customer again, or try again what failed.",
        run="refresh",
    ),
    Command(
        id="billing_help.export",
        key="e",
        title="Export the billing report",
        help="Write the customer's billing report to a file: Markdown, JSON, CSV or PDF.",
        run="export",
        available=offered("ExportBillingReport", customer_selected),
    ),
    Command(
        id="billing_help.clear_chat",
        key="",
        title="Clear the conversation",
        help="Delete this customer's conversation with the guide. Asks first.",
        run="clear_chat",
        dangerous=True,
        available=offered("ClearBillingChatThread", answer_there),
    ),
    Command(
        id="billing_help.turn_pane",
        key="tab",
        title="Next pane",
        help="Turn to the next pane; on a wide screen, move on to the next field.",
        run="turn_pane",
    ),
    Command(
        id="billing_help.back",
        key="escape",
        title="Back, or stop the answer",
        help="Leave the composer, put a notice away, or stop an answer that is being written.",
        run="back",
    ),
    Command(
        id="ledger.back",
        key="escape",
        label="back",
        title="Back to the customer",
        help="Leave the ledger.",
        run="back",
    ),
    Command(
        id="ledger.unit",
        key="w",
        label="hours or AI",
        title="Change the unit",
        help="Show both units, workspace hours only, or AI cents only.",
        run="change_unit",
    ),
    Command(
        id="ledger.refresh",
        key="r",
        label="refresh",
        title="Refresh",
        help="Read the ledger again.",
        run="refresh",
    ),
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
    Command(
        id="app.billing_help",
        key="f2",
        title="Billing Help",
        help="The desk: one customer, what blocks them, and the way out.",
        run="app.turn_to('billing_help')",
        available=offered("PreviewBillingAction"),
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

BY_ID = {command.id: command for command in COMMANDS}

ACTION_COMMANDS = {
    "MarkInvoiceVerified": "billing_help.mark_invoice_verified",
    "ApproveTrial": "billing_help.approve_trial",
    "ApplySupportCredit": "billing_help.apply_support_credit",
    "ExtendTrial": "billing_help.extend_trial",
    "CompleteBillingChecklist": "billing_help.complete_checklist_item",
    "ReverseSupportCredit": "billing_help.reverse_support_credit",
}
"""The command of every audited action, by its method name."""


def of_page(page: str) -> Iterator[Command]:
    """Yield the commands of `page` itself, in their listed order."""
    return (command for command in COMMANDS if command.page == page)


def on_page(page: str) -> Iterator[Command]:
    """Yield what can be done on `page`: its own commands, then those of the app."""
    yield from of_page(page)
    if page != APP:
        yield from of_page(APP)
