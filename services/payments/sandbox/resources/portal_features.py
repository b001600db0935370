"""The parameters of a portal configuration: which features customers have, and how each works."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from services.payments.sandbox.resources.params import Metadata, NullableText, Params
from services.payments.sandbox.routing import ListParams

Proration = Literal["always_invoice", "create_prorations", "none"]
Reason = Literal[
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
]


class BusinessProfile(Params, frozen=True, kw_only=True):
    """What the portal says about the business."""

    headline: NullableText = UNSET
    privacy_policy_url: str | UnsetType = UNSET
    terms_of_service_url: str | UnsetType = UNSET


class CustomerUpdate(Params, frozen=True, kw_only=True):
    """Whether customers may change their own details. The sandbox's pages do not offer it."""

    enabled: bool | UnsetType = UNSET
    allowed_updates: list[str] | UnsetType | None = UNSET


class Switch(Params, frozen=True, kw_only=True):
    """A feature that is on or off."""

    enabled: bool


class CancellationReason(Params, frozen=True, kw_only=True):
    """Whether customers are asked why they cancel. The sandbox's pages do not ask."""

    enabled: bool
    options: list[Reason] | None = None


class SubscriptionCancel(Params, frozen=True, kw_only=True):
    """Whether and how customers may cancel."""

    enabled: bool | UnsetType = UNSET
    mode: Literal["at_period_end", "immediately"] | UnsetType = UNSET
    proration_behavior: Proration | UnsetType = UNSET
    cancellation_reason: CancellationReason | UnsetType = UNSET


class Product(Params, frozen=True, kw_only=True):
    """The prices of one product that customers may switch to."""

    product: str
    prices: Annotated[list[str], Meta(min_length=1)]


class Condition(Params, frozen=True, kw_only=True):
    """When a switch waits for the period's end."""

    type: Literal["decreasing_item_amount", "shortening_interval"]


class ScheduleAtPeriodEnd(Params, frozen=True, kw_only=True):
    """Which switches wait for the period's end."""

    conditions: list[Condition] | None = None


class SubscriptionUpdate(Params, frozen=True, kw_only=True):
    """Whether and how customers may switch plans."""

    enabled: bool | UnsetType = UNSET
    default_allowed_updates: list[Literal["price", "promotion_code", "quantity"]] | UnsetType | None = UNSET
    products: Annotated[list[Product], Meta(max_length=10)] | UnsetType | None = UNSET
    proration_behavior: Proration | UnsetType = UNSET
    schedule_at_period_end: ScheduleAtPeriodEnd | UnsetType = UNSET
    billing_cycle_anchor: Literal["unchanged"] | UnsetType = UNSET


class Features(Params, frozen=True, kw_only=True):
    """What customers may do."""

    customer_update: CustomerUpdate | UnsetType = UNSET
    invoice_history: Switch | UnsetType = UNSET
    payment_method_update: Switch | UnsetType = UNSET
    subscription_cancel: SubscriptionCancel | UnsetType = UNSET
    subscription_update: SubscriptionUpdate | UnsetType = UNSET


class CreateConfiguration(Params, frozen=True, kw_only=True):
    """The parameters of a new configuration."""

    features: Features
    business_profile: BusinessProfile | UnsetType = UNSET
    default_return_url: NullableText = UNSET
    metadata: Metadata = UNSET
    name: NullableText = UNSET


class UpdateConfiguration(Params, frozen=True, kw_only=True):
    """The parameters of a change; a feature's fields that are not given stay."""

    active: bool | UnsetType = UNSET
    features: Features | UnsetType = UNSET
    business_profile: BusinessProfile | UnsetType = UNSET
    default_return_url: NullableText = UNSET
    metadata: Metadata = UNSET
    name: NullableText = UNSET


class ListConfigurations(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filters of the list."""

    active: bool | None = None
    is_default: bool | None = None
