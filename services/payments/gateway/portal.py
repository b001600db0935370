"""The customer portal: how it is configured, and where a person enters it."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from services.payments.gateway import page_shapes as page_shapes
from services.payments.gateway import reading, reading_pages
from services.payments.gateway import shapes as shapes
from services.payments.gateway.asking import V1, Asking, once
from services.payments.gateway.faults import refused
from services.payments.gateway.shapes import read_as
from services.payments.gateway.subscriptions import active_prices
from services.payments.port import HostedSession, RemoteSubscription

if TYPE_CHECKING:
    from stripe.params.billing_portal import (
        ConfigurationCreateParamsFeatures,
        ConfigurationCreateParamsFeaturesSubscriptionUpdateProduct,
        SessionCreateParams,
        SessionCreateParamsFlowData,
    )

Purpose = Literal["overview", "payment_method", "change_plan", "cancel"]

_MARK = "billinghelp"
"""The metadata of a configuration of ours: what it allows, as a fingerprint."""

_MOST_PRODUCTS = 10  # as many as Stripe takes


class Portal(Asking):
    """The part of the gateway that opens the customer portal."""

    @cached_property
    def _configurations(self) -> dict[str, str]:
        """The ids of the configurations that are known, by what they allow."""
        return {}

    async def start_portal(
        self,
        account_id: str,
        purpose: Purpose,
        *,
        subscription: RemoteSubscription | None,
        price_id: str | None,
        key: str,
    ) -> HostedSession:
        """Open the customer portal where `purpose` begins. With `price_id` a change begins with that price."""
        async with self._question() as v1:
            params: SessionCreateParams = {
                "customer": account_id,
                "configuration": await self._configuration(v1, f"{key}-portal"),
            }
            if self._settings.return_url is not None:
                params["return_url"] = self._settings.return_url
            if purpose != "overview":
                params["flow_data"] = _flow(purpose, subscription, price_id)
            answer = await once(lambda options: v1.billing_portal.sessions.create_async(params, options), key)
            return reading_pages.portal_page(read_as(page_shapes.PortalSession, answer))

    async def _configuration(self, v1: V1, key: str) -> str:
        """Return the id of the configuration that allows what is sold now: found at Stripe, or else made there.

        Two that are made at the same time are alike, so that it does not matter which one is used.
        """
        features = _features(await active_prices(v1, self._sold))
        mark = hashlib.sha256(msgspec.json.encode(features, order="sorted")).hexdigest()[:40]
        if mark not in self._configurations:
            page = await v1.billing_portal.configurations.list_async({"active": True, "limit": 100})
            known = read_as(page_shapes.Configurations, page).data
            found = next((each for each in known if each.metadata.get(_MARK) == mark), None)
            if found is None:
                answer = await once(
                    lambda options: v1.billing_portal.configurations.create_async(
                        {"features": features, "metadata": {_MARK: mark}}, options
                    ),
                    f"{key}-{mark}",
                )
                found = read_as(page_shapes.Configuration, answer)
            self._configurations[mark] = found.id
        return self._configurations[mark]


def _features(prices: Sequence[shapes.Price]) -> "ConfigurationCreateParamsFeatures":
    """Return what customers may do: what makes a plan smaller, or its rhythm shorter, waits for the period's end."""
    features: ConfigurationCreateParamsFeatures = {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end", "proration_behavior": "none"},
    }
    if products := _products(prices):
        features["subscription_update"] = {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "products": products,
            "proration_behavior": "always_invoice",
            "schedule_at_period_end": {
                "conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}]
            },
        }
    return features


def _products(prices: Sequence[shapes.Price]) -> "list[ConfigurationCreateParamsFeaturesSubscriptionUpdateProduct]":
    by_product: dict[str, ConfigurationCreateParamsFeaturesSubscriptionUpdateProduct] = {}
    for price in sorted(prices, key=lambda price: price.id):
        if reading.price(price) is not None:
            product = reading.identity(price.product)
            by_product.setdefault(product, {"product": product, "prices": []})["prices"].append(price.id)
    return [by_product[product] for product in sorted(by_product)][:_MOST_PRODUCTS]


def _flow(
    purpose: Purpose, subscription: RemoteSubscription | None, price_id: str | None
) -> "SessionCreateParamsFlowData":
    if purpose == "payment_method":
        return _ending({"type": "payment_method_update"}, "The payment method is saved.")
    if subscription is None:
        raise refused("There is no subscription to change or to cancel: choose a plan first.")
    about = subscription.subscription_id
    if purpose == "cancel":
        flow: SessionCreateParamsFlowData = {"type": "subscription_cancel"}
        flow["subscription_cancel"] = {"subscription": about}
        return _ending(flow, "The cancellation is noted.")
    if price_id is None:
        flow = {"type": "subscription_update", "subscription_update": {"subscription": about}}
    else:
        flow = {"type": "subscription_update_confirm"}
        flow["subscription_update_confirm"] = {
            "subscription": about,
            "items": [{"id": subscription.item_id, "price": price_id}],
        }
    return _ending(flow, "The change is noted.")


def _ending(flow: "SessionCreateParamsFlowData", said: str) -> "SessionCreateParamsFlowData":
    """Let a flow end on a page of Stripe's, as this product has none."""
    flow["after_completion"] = {
        "type": "hosted_confirmation",
        "hosted_confirmation": {"custom_message": f"{said} You can close this page."},
    }
    return flow
