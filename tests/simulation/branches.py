"""What a run of a thousand steps must have come to, or it has not tried what it is for."""

from tests.simulation.traps import Trap

REACHED = frozenset(
    {
        *(f"step: {name}" for name in ("action", "decision", "replay", "usage", "feeding", "sweep", "list", "look")),
        *(f"clock: {move}" for move in ("forward", "an hour back", "at an edge", "just before an edge")),
        *(f"{trap}" for trap in Trap if trap is not Trap.LOST_RACE),
        *(f"{name}: applied" for name in ("MarkInvoiceVerified", "ApproveTrial", "ExtendTrial")),
        *(f"{name}: applied" for name in ("ApplySupportCredit", "ReverseSupportCredit", "CompleteBillingChecklist")),
        "ApplySupportCredit: pending_approval",
        "ApproveTenantChangeRequest: applied",
        "RejectTenantChangeRequest: rejected",
        "replayed",
        "replayed after a crash",
        "refused twice after a crash",
        *(
            f"refused: {reason}"
            for reason in (
                "ALREADY_DECIDED",
                "CUSTOMER_NOT_FOUND",
                "FOUR_EYES",
                "INVALID_AMOUNT",
                "INVALID_REASON",
                "NOTHING_TO_REVERSE",
                "PERMISSION_DENIED",
                "REQUEST_ID_REUSED",
                "STALE_ETAG",
                "STORE_DISK_FULL",
                "USAGE_ALREADY_REVERSED",
                "USAGE_IN_THE_FUTURE",
                "USAGE_NOT_FOUND",
            )
        ),
        "asked for more than one action may grant",
        "asked for more than is left of the window",
        "a use beyond all credit",
        "reversal into a void lot",
        "reversal into an expired lot",
        "usage replayed after a crash",
        "expiry booked",
        "a sweep crashed half-way",
        "view not modified",
        "view modified",
    }
)
