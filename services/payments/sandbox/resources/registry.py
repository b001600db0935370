"""Everything that the sandbox can do: its resources and pages, each named once, here.

A resource module has `ROUTES` (operations); it may have `EXPANDERS` (what lies behind a field that an object carries
only when it is asked for, by kind and field). A page module has `PAGES`. `TICKS` do what time brings.
"""

from collections.abc import Mapping
from types import ModuleType

from services.payments.sandbox import billing, checkout_outcome
from services.payments.sandbox.pages import checkout as checkout_page
from services.payments.sandbox.pages import invoice as invoice_page
from services.payments.sandbox.pages import portal as portal_page
from services.payments.sandbox.pages import portal_cancel, portal_cards, portal_plans
from services.payments.sandbox.resources import (
    accounts,
    charges,
    checkout,
    customers,
    events,
    invoice_items,
    invoice_payments,
    invoice_previews,
    invoices_api,
    payment_intents,
    payment_methods,
    portal,
    portal_configurations,
    prices,
    products,
    setup_intents,
    subscription_items,
    subscription_schedules_api,
    subscriptions_api,
)
from services.payments.sandbox.routing import Expander, PageRoute, Route, Tick

RESOURCES: tuple[ModuleType, ...] = (
    accounts,
    charges,
    checkout,
    customers,
    events,
    invoice_items,
    invoice_payments,
    invoice_previews,
    invoices_api,
    payment_intents,
    payment_methods,
    portal,
    portal_configurations,
    prices,
    products,
    setup_intents,
    subscription_items,
    subscription_schedules_api,
    subscriptions_api,
)
"""Modules with `ROUTES: tuple[Route, ...]` and, where they need them, `EXPANDERS: dict[tuple[str, str], Expander]`."""

PAGES: tuple[ModuleType, ...] = (
    checkout_page,
    invoice_page,
    portal_page,
    portal_cancel,
    portal_cards,
    portal_plans,
)
"""Modules with `PAGES: tuple[PageRoute, ...]`."""

TICKS: tuple[Tick, ...] = (billing.tick, checkout_outcome.expire_due)
"""What is done, in this order, whenever time has passed."""


def operations() -> tuple[Route, ...]:
    """Return every operation of the API."""
    return tuple(route for module in RESOURCES for route in module.ROUTES)


def pages() -> tuple[PageRoute, ...]:
    """Return every hosted page."""
    return tuple(route for module in PAGES for route in module.PAGES)


def expanders() -> Mapping[tuple[str, str], Expander]:
    """Return what lies behind includable fields, by the object's kind and the field."""
    return {key: expand for module in RESOURCES for key, expand in getattr(module, "EXPANDERS", {}).items()}
