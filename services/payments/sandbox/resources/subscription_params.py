"""The parameters of requests about subscriptions."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox.resources.params import Metadata, NullableText, Params
from services.payments.sandbox.resources.subscription_changes import ItemChange, ProrationBehavior
from services.payments.sandbox.routing import ListParams

CollectionMethod = Literal["charge_automatically", "send_invoice"]
PaymentBehavior = Literal["allow_incomplete", "default_incomplete", "error_if_incomplete"]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=999_999)]
_DAYS = Annotated[int, msgspec.Meta(ge=0, le=365)]


class NewItem(Params, frozen=True, kw_only=True):
    """One price of a new subscription."""

    price: str
    quantity: Quantity = 1


class ItemUpdate(Params, frozen=True, kw_only=True):
    """What becomes of one item; without `id` it is a new one, beside those that are there."""

    id: str | None = None
    price: str | None = None
    quantity: Quantity | None = None
    deleted: bool = False

    def change(self) -> ItemChange:
        """Return the change that is asked for."""
        return ItemChange(self.id, self.price, self.quantity, self.deleted)


class PaymentSettings(Params, frozen=True, kw_only=True):
    """Whether a card that pays becomes the subscription's default."""

    save_default_payment_method: Literal["off", "on_subscription"] | UnsetType = UNSET


class CancellationDetails(Params, frozen=True, kw_only=True):
    """Why a customer leaves, as they said it."""

    comment: NullableText = UNSET
    feedback: NullableText = UNSET


class BillingMode(Params, frozen=True, kw_only=True):
    """The billing mode; the sandbox knows the one that is the default."""

    type: Literal["flexible"]


class NewSubscription(Params, frozen=True, kw_only=True):
    """The parameters of a subscription's creation."""

    customer: str
    items: Annotated[list[NewItem], msgspec.Meta(min_length=1, max_length=20)]
    billing_mode: BillingMode | None = None
    cancel_at_period_end: bool = False
    collection_method: CollectionMethod = "charge_automatically"
    currency: str | None = None
    days_until_due: _DAYS | None = None
    default_payment_method: str | None = None
    description: str | None = None
    metadata: Metadata = UNSET
    off_session: bool = False
    payment_behavior: PaymentBehavior = "allow_incomplete"
    payment_settings: PaymentSettings = PaymentSettings()
    proration_behavior: ProrationBehavior = "create_prorations"


class SubscriptionUpdate(Params, frozen=True, kw_only=True):
    """The parameters of a subscription's update."""

    billing_cycle_anchor: Literal["now", "unchanged"] = "unchanged"
    cancel_at: int | Literal["min_period_end", "max_period_end"] | UnsetType | None = UNSET
    cancel_at_period_end: bool | UnsetType = UNSET
    cancellation_details: CancellationDetails = CancellationDetails()
    collection_method: CollectionMethod | UnsetType = UNSET
    days_until_due: _DAYS | UnsetType = UNSET
    default_payment_method: NullableText = UNSET
    description: NullableText = UNSET
    items: list[ItemUpdate] = []
    metadata: Metadata = UNSET
    off_session: bool = False
    payment_behavior: PaymentBehavior = "allow_incomplete"
    payment_settings: PaymentSettings = PaymentSettings()
    proration_behavior: ProrationBehavior = "create_prorations"
    proration_date: int | None = None


class Cancel(Params, frozen=True, kw_only=True):
    """The parameters of an immediate cancellation."""

    cancellation_details: CancellationDetails = CancellationDetails()
    invoice_now: bool = False
    prorate: bool = False


class SubscriptionList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of subscriptions."""

    collection_method: CollectionMethod | None = None
    customer: str | None = None
    price: str | None = None
    status: (
        Literal[
            "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "trialing", "unpaid"
        ]
        | None
    ) = None
