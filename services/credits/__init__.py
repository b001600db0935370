"""Units, lots, burn-down and the ledger."""
