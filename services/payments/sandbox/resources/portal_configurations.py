"""Configurations of the customer portal: what customers may do there (`/v1/billing_portal/configurations`)."""

from typing import Any

import msgspec
from msgspec import UNSET

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources.params import merged, named
from services.payments.sandbox.resources.portal_features import (
    CreateConfiguration,
    Features,
    ListConfigurations,
    SubscriptionCancel,
    Switch,
    UpdateConfiguration,
)
from services.payments.sandbox.routing import Route, page_of
from services.payments.sandbox.web_addresses import check_address
from services.payments.sandbox.world import Object, World


def create(world: World, params: CreateConfiguration) -> Object:
    """Make a configuration; what it does not name is off."""
    configuration = _changed(world, _blank(world), params)
    world.put(configuration)
    world.emit("billing_portal.configuration.created", configuration)
    return configuration


def retrieve(world: World, params: None, configuration: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a configuration."""
    return world.get("billing_portal.configuration", configuration, "configuration")


def update(world: World, params: UpdateConfiguration, configuration: str) -> Object:
    """Change a configuration."""
    before = world.get("billing_portal.configuration", configuration, "configuration")
    if before["is_default"] and params.active is False:
        raise invalid_request("The default configuration cannot be deactivated.", param="active")
    after = _changed(world, before, params) | {"updated": world.now}
    world.put(after)
    world.emit("billing_portal.configuration.updated", after, before)
    return after


def list_all(world: World, params: ListConfigurations) -> Object:
    """Return configurations, newest first."""
    kind = "billing_portal.configuration"
    return page_of(world, params, kind, active=params.active, is_default=params.is_default)


def active(world: World, configuration_id: str | None) -> Object:
    """Return a configuration for a session; null: the default one, made at its first use.

    The default lets customers do everything that the pages offer, with every recurring price; it stands for the one
    that a merchant saves in Stripe's dashboard.

    Raises:
        ApiError: when it does not exist, or is not active.
    """
    if configuration_id is None:
        defaults = world.all("billing_portal.configuration", is_default=True)
        return defaults[0] if defaults else _make_default(world)
    found = named(world, "billing_portal.configuration", configuration_id, "configuration")
    if not found["active"]:
        raise invalid_request("The configuration is not active: activate it first.", param="configuration")
    return found


def prices(world: World, configuration: Object) -> list[Object]:
    """Return the active recurring prices that customers may switch to, cheapest first."""
    products = configuration["features"]["subscription_update"]["products"]
    if products is None:
        found = [price for price in world.all("price", active=True) if price["recurring"] is not None]
    else:
        named = (world.get("price", price_id) for product in products for price_id in product["prices"])
        found = [price for price in named if price["active"]]
    return sorted(found, key=lambda price: (price["unit_amount"], price["id"]))


def _make_default(world: World) -> Object:
    everything = CreateConfiguration(
        features=Features(
            invoice_history=Switch(enabled=True),
            payment_method_update=Switch(enabled=True),
            subscription_cancel=SubscriptionCancel(enabled=True, mode="at_period_end", proration_behavior="none"),
        )
    )
    configuration = _changed(world, _blank(world), everything) | {"is_default": True}
    configuration["features"]["subscription_update"] |= {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {"conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}]},
    }
    world.put(configuration)
    world.emit("billing_portal.configuration.created", configuration)
    return configuration


def _blank(world: World) -> Object:
    """Return a configuration in which every feature is off."""
    return {
        "id": world.new_id("bpc"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": world.now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": [], "enabled": False},
            "invoice_history": {"enabled": False},
            "payment_method_update": {"enabled": False, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
                "enabled": False,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
            "subscription_update": {
                "billing_cycle_anchor": "unchanged",
                "default_allowed_updates": [],
                "enabled": False,
                "products": None,
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": False,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": world.now,
    }


def _changed(world: World, before: Object, params: CreateConfiguration | UpdateConfiguration) -> Object:
    """Return a configuration with the parameters that were given, checked as a whole."""
    change: Object = msgspec.to_builtins(params)
    change.pop("metadata", None)
    after: Object = _laid_over(before, change) | {"metadata": merged(before["metadata"], params.metadata)}
    if after["default_return_url"] is not None:
        check_address(after["default_return_url"], "default_return_url")
    update = after["features"]["subscription_update"]
    if update["products"] is not None:
        update["products"] = [_product(world, product) for product in update["products"]]
    given = UNSET if params.features is UNSET else params.features.subscription_update
    if given is not UNSET and update["enabled"]:
        for name in ("default_allowed_updates", "products"):
            if not update[name] and not before["is_default"]:  # the default's products are all, unless it names some
                param = f"features[subscription_update][{name}]"
                raise invalid_request(f"Missing required param: {param}.", param=param, code="parameter_missing")
    return after


def _laid_over(before: Any, change: Any) -> Any:
    """Return nested fields with those of `change` in their place; a list is replaced, and emptied by null."""
    if isinstance(before, dict) and isinstance(change, dict):
        return before | {name: _laid_over(before.get(name), value) for name, value in change.items()}
    if isinstance(before, list) and change is None:
        return []
    return change


def _product(world: World, given: Object) -> Object:
    param = "features[subscription_update][products]"
    named(world, "product", given["product"], param)
    for price_id in given["prices"]:
        price = named(world, "price", price_id, param)
        if price["product"] != given["product"] or price["recurring"] is None:
            raise invalid_request(f"The price {price_id} is no recurring price of {given['product']}.", param=param)
    return {"adjustable_quantity": {"enabled": False, "maximum": None, "minimum": 0}} | given


ROUTES = (
    Route("POST", "/v1/billing_portal/configurations", create, CreateConfiguration),
    Route("GET", "/v1/billing_portal/configurations", list_all, ListConfigurations),
    Route("GET", "/v1/billing_portal/configurations/{id}", retrieve),
    Route("POST", "/v1/billing_portal/configurations/{id}", update, UpdateConfiguration),
)
