"""`/v1/prices`: what a product costs, in which currency and how often. Flat prices only: no tiers, no meters."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.proration import smallest_step
from services.payments.sandbox.resources import products
from services.payments.sandbox.resources.params import Metadata, NullableText, Params, Text, given, merged, named
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World

Interval = Literal["day", "week", "month", "year"]


class Recurring(Params, frozen=True, kw_only=True):
    """How often a price is asked."""

    interval: Interval
    interval_count: Annotated[int, msgspec.Meta(ge=1, le=1_095)] = 1
    usage_type: Literal["licensed"] = "licensed"


class PriceFields(Params, frozen=True, kw_only=True):
    """What of a price may be changed later."""

    active: bool | UnsetType = UNSET
    lookup_key: NullableText = UNSET
    metadata: Metadata = UNSET
    nickname: NullableText = UNSET
    tax_behavior: Text = UNSET
    transfer_lookup_key: bool = False


class NewPrice(PriceFields, frozen=True, kw_only=True):
    """The parameters of a price's creation."""

    currency: str
    unit_amount: Annotated[int, msgspec.Meta(ge=0, le=99_999_999)]
    product: str | None = None
    product_data: products.NewProduct | None = None
    recurring: Recurring | None = None
    billing_scheme: Literal["per_unit"] = "per_unit"


class RecurringFilter(Params, frozen=True, kw_only=True):
    """Which recurring prices are listed."""

    interval: Interval | None = None
    usage_type: str | None = None


class PriceList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of prices."""

    active: bool | None = None
    currency: str | None = None
    lookup_keys: Annotated[list[str], msgspec.Meta(max_length=10)] | None = None
    product: str | None = None
    recurring: RecurringFilter | None = None
    type: Literal["one_time", "recurring"] | None = None


def create(world: World, params: NewPrice) -> Object:
    """Create a price of a product that is there, or that comes with it.

    Raises:
        ApiError: 400, without exactly one product, for a lookup key that another price has, and for an amount that its
            currency cannot have.
    """
    if (params.product is None) == (params.product_data is None):
        raise invalid_request("You must specify either `product` or `product_data` when creating a price.")
    check_amount(params.unit_amount, params.currency, "unit_amount")
    if params.product is not None:
        product = named(world, "product", params.product, "product")["id"]
    else:
        product = products.create(world, params.product_data)["id"]  # type: ignore[arg-type]  # one of them is there
    price: Object = {
        "id": world.new_id("price"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": world.now,
        "currency": params.currency.lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": None if params.recurring is None else _recurring(params.recurring),
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time" if params.recurring is None else "recurring",
        "unit_amount": params.unit_amount,
        "unit_amount_decimal": str(params.unit_amount),
    }
    return _recorded(world, params, price, "price.created")


def retrieve(world: World, params: None, price: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a price."""
    return world.get("price", price)


def update(world: World, params: PriceFields, price: str) -> Object:
    """Change what of a price may be changed: never its amount, currency or interval."""
    return _recorded(world, params, world.get("price", price), "price.updated")


def list_all(world: World, params: PriceList) -> Object:
    """List prices, newest first, by any of the fields."""
    equal = {"active": params.active, "currency": params.currency, "product": params.product, "type": params.type}
    return page_of(world, params, "price", wanted=lambda price: _is_wanted(price, params), **equal)


def check_amount(amount: int, currency: str, param: str) -> None:
    """Refuse an amount that its currency cannot have.

    Raises:
        ApiError: 400, for a last digit other than 0 in a three-decimal currency.
    """
    step = smallest_step(currency.lower())
    if amount % step:
        raise invalid_request(f"Amounts in {currency.lower()} must be multiples of {step}: {amount}.", param=param)


def _is_wanted(price: Object, params: PriceList) -> bool:
    if params.lookup_keys is not None and price["lookup_key"] not in params.lookup_keys:
        return False
    if params.recurring is None:
        return True
    wanted = params.recurring
    return price["recurring"] is not None and all(
        value is None or price["recurring"][field] == value
        for field, value in (("interval", wanted.interval), ("usage_type", wanted.usage_type))
    )


def _recurring(recurring: Recurring) -> Object:
    return given(recurring) | {"meter": None, "trial_period_days": None}


def _recorded(world: World, params: PriceFields, before: Object, event: str) -> Object:
    changes = {name: getattr(params, name) for name in ("active", "lookup_key", "nickname", "tax_behavior")}
    price = before | {name: value for name, value in changes.items() if value is not UNSET}
    price["metadata"] = merged(before["metadata"], params.metadata)
    if price["lookup_key"] is not None:
        _take_lookup_key(world, price, transfer=params.transfer_lookup_key)
    world.put(price)
    world.emit(event, price, None if event == "price.created" else before)
    return price


def _take_lookup_key(world: World, price: Object, *, transfer: bool) -> None:
    for other in world.all("price", lookup_key=price["lookup_key"]):
        if other["id"] == price["id"]:
            continue
        if not transfer:
            raise invalid_request(
                f"A price (`{other['id']}`) already uses that lookup key (`{price['lookup_key']}`).", param="lookup_key"
            )
        released = other | {"lookup_key": None}
        world.put(released)
        world.emit("price.updated", released, other)


ROUTES = (
    Route("POST", "/v1/prices", create, NewPrice),
    Route("GET", "/v1/prices", list_all, PriceList),
    Route("GET", "/v1/prices/{price}", retrieve),
    Route("POST", "/v1/prices/{price}", update, PriceFields),
)
