"""Sessions of the customer portal (`/v1/billing_portal/sessions`); its pages are `pages.portal` and its kin."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import portal_configurations
from services.payments.sandbox.resources.params import Params, named
from services.payments.sandbox.resources.subscription_shapes import sellable_price
from services.payments.sandbox.routing import Route
from services.payments.sandbox.web_addresses import check_address
from services.payments.sandbox.world import Object, World


class OfSubscription(Params, frozen=True, kw_only=True):
    """The subscription that a flow is about."""

    subscription: str


class ConfirmedItem(Params, frozen=True, kw_only=True):
    """The change that a flow asks to confirm."""

    id: str
    price: str
    quantity: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class ConfirmedUpdate(Params, frozen=True, kw_only=True):
    """The subscription and the change that a flow asks to confirm."""

    subscription: str
    items: Annotated[list[ConfirmedItem], Meta(min_length=1, max_length=1)]


class HostedConfirmation(Params, frozen=True, kw_only=True):
    """What the page says when a flow is done."""

    custom_message: str | None = None


class Redirect(Params, frozen=True, kw_only=True):
    """Where a browser goes when a flow is done."""

    return_url: str


class AfterCompletion(Params, frozen=True, kw_only=True):
    """What happens when a flow is done."""

    type: Literal["hosted_confirmation", "portal_homepage", "redirect"]
    hosted_confirmation: HostedConfirmation | None = None
    redirect: Redirect | None = None


class FlowData(Params, frozen=True, kw_only=True):
    """One way through the portal. The sandbox has no flow `customer_update` or `subscription_pause`."""

    type: Literal["payment_method_update", "subscription_cancel", "subscription_update", "subscription_update_confirm"]
    after_completion: AfterCompletion | None = None
    subscription_cancel: OfSubscription | None = None
    subscription_update: OfSubscription | None = None
    subscription_update_confirm: ConfirmedUpdate | None = None


class CreateSession(Params, frozen=True, kw_only=True):
    """The parameters of a new session."""

    customer: str
    configuration: str | None = None
    return_url: str | None = None
    flow_data: FlowData | None = None
    locale: str | None = None


def create(world: World, params: CreateSession) -> Object:
    """Open a session for a customer. Its address leads to the flow, or to the portal's first page."""
    customer = named(world, "customer", params.customer, "customer")
    configuration = portal_configurations.active(world, params.configuration)
    return_url = configuration["default_return_url"] if params.return_url is None else params.return_url
    if return_url is not None:
        check_address(return_url, "return_url")
    session_id = world.new_id("bps")
    flow = None if params.flow_data is None else _flow(world, params.flow_data, customer["id"], configuration)
    session = {
        "id": session_id,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": configuration["id"],
        "created": world.now,
        "customer": customer["id"],
        "customer_account": None,
        "flow": flow,
        "livemode": False,
        "locale": params.locale,
        "on_behalf_of": None,
        "return_url": return_url,
        "url": f"{world.base}/p/session/{session_id}{_path(flow)}",
    }
    world.put(session)
    world.emit("billing_portal.session.created", session)
    return session


def _flow(world: World, data: FlowData, customer: str, configuration: Object) -> Object:
    about = getattr(data, data.type, None)
    for kind in ("subscription_cancel", "subscription_update", "subscription_update_confirm"):
        given, param = getattr(data, kind), f"flow_data[{kind}]"
        if kind == data.type and given is None:
            raise invalid_request(f"Missing required param: {param}.", param=param, code="parameter_missing")
        if kind != data.type and given is not None:
            raise invalid_request(f"You can only pass {param} when `flow_data[type]` is `{kind}`.", param=param)
    feature = "subscription_update" if data.type == "subscription_update_confirm" else data.type
    if not configuration["features"][feature]["enabled"]:
        sentence = f"This session cannot be created because the {feature} feature is disabled in its configuration."
        raise invalid_request(sentence, param="flow_data[type]")
    flow: Object = {
        "type": data.type,
        "after_completion": _after_completion(data.after_completion),
        "customer_update": None,
        "subscription_cancel": None,
        "subscription_pause": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
    }
    if about is None:
        return flow
    subscription = _changeable(world, about.subscription, customer, f"flow_data[{data.type}][subscription]")
    flow[data.type] = {"subscription": subscription["id"]}
    if data.type == "subscription_cancel":
        flow[data.type]["retention"] = None
    if isinstance(about, ConfirmedUpdate):
        item = _item(world, about.items[0], subscription, configuration)
        flow[data.type] |= {"discounts": None, "items": [item]}
    return flow


def _changeable(world: World, subscription_id: str, customer: str, param: str) -> Object:
    subscription = named(world, "subscription", subscription_id, param)
    if subscription["customer"] != customer:
        raise invalid_request(f"The subscription {subscription_id} is another customer's.", param=param)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise invalid_request(f"The subscription {subscription_id} has ended and cannot be changed.", param=param)
    return subscription


def _item(world: World, given: ConfirmedItem, subscription: Object, configuration: Object) -> Object:
    param = "flow_data[subscription_update_confirm][items][0]"
    item = next((each for each in subscription["items"]["data"] if each["id"] == given.id), None)
    if item is None:
        raise invalid_request(f"No such subscription_item: '{given.id}'", param=f"{param}[id]", code="resource_missing")
    price = sellable_price(world, given.price, f"{param}[price]", subscription["currency"])
    if price["id"] not in {each["id"] for each in portal_configurations.prices(world, configuration)}:
        sentence = f"The price {price['id']} is not among those that the portal's configuration lets customers choose."
        raise invalid_request(sentence, param=f"{param}[price]")
    quantity = item["quantity"] if given.quantity is UNSET else given.quantity
    if quantity != item["quantity"]:
        raise invalid_request("The sandbox's portal changes prices, not quantities.", param=f"{param}[quantity]")
    return {"id": given.id, "price": price["id"], "quantity": quantity}


def _after_completion(given: AfterCompletion | None) -> Object:
    given = given or AfterCompletion(type="portal_homepage")
    param = "flow_data[after_completion][redirect]"
    if given.type == "redirect" and given.redirect is None:
        raise invalid_request(f"Missing required param: {param}.", param=param, code="parameter_missing")
    if given.redirect is not None:
        check_address(given.redirect.return_url, f"{param}[return_url]")
    confirmation = given.hosted_confirmation
    return {
        "type": given.type,
        "hosted_confirmation": confirmation and {"custom_message": confirmation.custom_message},
        "redirect": given.redirect and {"return_url": given.redirect.return_url},
    }


def _path(flow: Object | None) -> str:
    """Return where in the portal a flow begins."""
    if flow is None:
        return ""
    if flow["type"] == "payment_method_update":
        return "/cards/new"
    about = flow[flow["type"]]
    subscription = f"/subscriptions/{about['subscription']}"
    if flow["type"] == "subscription_cancel":
        return f"{subscription}/cancel"
    if flow["type"] == "subscription_update":
        return f"{subscription}/plans"
    return f"{subscription}/plans/{about['items'][0]['price']}"


ROUTES = (Route("POST", "/v1/billing_portal/sessions", create, CreateSession),)
