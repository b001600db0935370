"""What can be done in a customer's ledger."""

from billinghelp.command import Command

COMMANDS: tuple[Command, ...] = (
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
)
