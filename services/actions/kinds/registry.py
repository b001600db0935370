"""All kinds of audited action. A new kind is one file and one line here."""

from services.actions.kinds import (
    apply_support_credit,
    approve_trial,
    complete_billing_checklist,
    extend_trial,
    mark_invoice_verified,
    reverse_support_credit,
)

KINDS = (
    mark_invoice_verified.KIND,
    approve_trial.KIND,
    apply_support_credit.KIND,
    extend_trial.KIND,
    complete_billing_checklist.KIND,
    reverse_support_credit.KIND,
)
KIND_BY_ACTION = {kind.action: kind for kind in KINDS}
KIND_BY_REQUEST = {kind.request: kind for kind in KINDS}
