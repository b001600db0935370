"""Who acts where Stripe does, as the audit trail calls it. No person can have this name."""

from services.contract.principals import Principal, Role

STRIPE = Principal(actor="stripe", role=Role.SERVICE)
