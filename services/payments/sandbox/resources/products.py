"""`/v1/products`: what is sold."""

from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources.params import Metadata, NullableText, Params, Text, given, merged
from services.payments.sandbox.routing import ListParams, Route, page_of
from services.payments.sandbox.world import Object, World


class MarketingFeature(Params, frozen=True, kw_only=True):
    """One line of what a product can do."""

    name: str


class ProductFields(Params, frozen=True, kw_only=True):
    """What is said of a product; all of it may be changed later."""

    active: bool | UnsetType = UNSET
    description: NullableText = UNSET
    images: list[str] | UnsetType = UNSET
    marketing_features: list[MarketingFeature] | UnsetType = UNSET
    metadata: Metadata = UNSET
    statement_descriptor: Text = UNSET
    unit_label: NullableText = UNSET
    url: NullableText = UNSET


class NewProduct(ProductFields, frozen=True, kw_only=True):
    """The parameters of a product's creation."""

    name: str
    id: Text = UNSET


class ProductChange(ProductFields, frozen=True, kw_only=True):
    """The parameters of a product's update."""

    name: Text = UNSET
    default_price: NullableText = UNSET


class ProductList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of products."""

    active: bool | None = None
    ids: list[str] | None = None


def create(world: World, params: NewProduct) -> Object:
    """Create a product, under an id of the caller's choice if it has one."""
    if isinstance(params.id, str) and world.find("product", params.id) is not None:
        raise invalid_request("Product already exists.", param="id", code="resource_already_exists")
    product: Object = {
        "id": world.new_id("prod"),
        "object": "product",
        "active": True,
        "created": world.now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": world.now,
        "url": None,
    }
    product |= given(params, "metadata") | {"metadata": merged({}, params.metadata)}
    world.put(product)
    world.emit("product.created", product)
    return product


def retrieve(world: World, params: None, product: str) -> Object:  # noqa: ARG001 - it takes none
    """Return a product."""
    return world.get("product", product)


def update(world: World, params: ProductChange, product_id: str) -> Object:
    """Change what is said of a product."""
    before = world.get("product", product_id)
    metadata = merged(before["metadata"], params.metadata)
    product = before | given(params, "metadata") | {"metadata": metadata, "updated": world.now}
    world.put(product)
    world.emit("product.updated", product, before)
    return product


def list_all(world: World, params: ProductList) -> Object:
    """List products, newest first."""
    ids = params.ids
    return page_of(world, params, "product", wanted=lambda each: ids is None or each["id"] in ids, active=params.active)


ROUTES = (
    Route("POST", "/v1/products", create, NewProduct),
    Route("GET", "/v1/products", list_all, ProductList),
    Route("GET", "/v1/products/{product}", retrieve),
    Route("POST", "/v1/products/{product}", update, ProductChange),
)
