"""The registry of UI commands: every key, footer entry, help line and palette entry derives from its tables.

A command that cannot be used now says why, in one sentence, wherever it is asked for.
"""

from collections.abc import Iterator

from billinghelp.command import Command
from billinghelp.commands import (
    app,
    audit,
    billing,
    billing_help,
    change_requests,
    customer_audit,
    ledger,
    tenant_requests,
)

APP = "app"
BILLING_HELP = "billing_help"
BILLING = "billing"
CHANGE_REQUESTS = "change_requests"
TENANT_REQUESTS = "tenant_requests"
AUDIT = "audit"
LEDGER = "ledger"
CUSTOMER_AUDIT = "customer_audit"

COMMANDS: tuple[Command, ...] = (
    *billing_help.COMMANDS,
    *billing.COMMANDS,
    *ledger.COMMANDS,
    *customer_audit.COMMANDS,
    *change_requests.COMMANDS,
    *tenant_requests.COMMANDS,
    *audit.COMMANDS,
    *app.COMMANDS,
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
