"""Who acts where no person does, as the audit trail calls them. No person can have a name like these."""

from services.contract.principals import Principal, Role

POLICY = Principal(actor="system:policy", role=Role.SERVICE)
"""Approves what the policy approves at once, and ends what nobody decided in time."""

PLATFORM = Principal(actor="system:platform", role=Role.SERVICE)
"""Carries an approved change out."""
