"""`/v1/invoices`: the requests about invoices, but for previews."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from services.payments.sandbox.errors import invalid_request
from services.payments.sandbox.resources import (
    invoice_drafts,
    invoice_endings,
    invoice_items,
    invoice_lines,
    invoices,
    payment_methods,
)
from services.payments.sandbox.resources.params import (
    Metadata,
    NullableText,
    Params,
    Text,
    given,
    merged,
    named,
    refuse_created,
)
from services.payments.sandbox.routing import ListParams, Route, page_of, paged, whole_list
from services.payments.sandbox.world import Object, World

CollectionMethod = Literal["charge_automatically", "send_invoice"]
Status = Literal["draft", "open", "paid", "uncollectible", "void"]
_DAYS = Annotated[int, msgspec.Meta(ge=0, le=365)]


class NewInvoice(Params, frozen=True, kw_only=True):
    """The parameters of an invoice's creation."""

    customer: str
    auto_advance: bool = False
    collection_method: CollectionMethod = "charge_automatically"
    currency: str | None = None
    days_until_due: _DAYS | None = None
    default_payment_method: str | None = None
    description: str | None = None
    due_date: int | None = None
    footer: str | None = None
    metadata: Metadata = UNSET
    pending_invoice_items_behavior: Literal["exclude", "include"] = "exclude"
    subscription: str | None = None


class InvoiceUpdate(Params, frozen=True, kw_only=True):
    """The parameters of an invoice's update."""

    auto_advance: bool | UnsetType = UNSET
    default_payment_method: Text = UNSET
    description: NullableText = UNSET
    due_date: int | UnsetType = UNSET
    footer: NullableText = UNSET
    metadata: Metadata = UNSET


class Finalization(Params, frozen=True, kw_only=True):
    """The parameters of a finalization."""

    auto_advance: bool | UnsetType = UNSET


class Payment(Params, frozen=True, kw_only=True):
    """The parameters of a payment."""

    off_session: bool = True
    paid_out_of_band: bool = False
    payment_method: str | None = None


class InvoiceList(ListParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of the list of invoices."""

    collection_method: CollectionMethod | None = None
    customer: str | None = None
    status: Status | None = None
    subscription: str | None = None


def create(world: World, params: NewInvoice) -> Object:
    """Draft an invoice of what waits for one; by itself nothing happens to it unless `auto_advance` says so."""
    customer = named(world, "customer", params.customer, "customer")
    _check_due(params)
    apart = ("customer", "currency", "days_until_due", "metadata", "pending_invoice_items_behavior", "subscription")
    fields = {name: value for name, value in given(params, *apart).items() if value is not None}
    if params.default_payment_method is not None:
        fields["default_payment_method"] = _card(world, params.default_payment_method, params.customer)
    if params.subscription is not None:
        named(world, "subscription", params.subscription, "subscription")
        details = {"metadata": {}, "subscription": params.subscription}
        fields["parent"] = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    waits = params.subscription is not None or params.pending_invoice_items_behavior == "include"
    waiting = invoice_items.waiting(world, params.customer, params.subscription) if waits else []
    if params.subscription is not None and not waiting:
        raise invalid_request("Nothing to invoice for subscription", code="invoice_no_subscription_line_items")
    currency = waiting[0]["currency"] if waiting else (params.currency or customer["currency"] or "usd").lower()
    waiting = [item for item in waiting if item["currency"] == currency]
    invoice = invoice_drafts.draft(
        world,
        customer,
        [invoice_lines.of_item(world, item) for item in waiting],
        currency=currency,
        days_until_due=params.days_until_due,
        metadata=merged({}, params.metadata),
        **fields,
    )
    return invoices.record(world, invoice, waiting)


def retrieve(world: World, params: None, invoice: str) -> Object:  # noqa: ARG001 - it takes none
    """Return an invoice."""
    return world.get("invoice", invoice)


def update(world: World, params: InvoiceUpdate, invoice_id: str) -> Object:
    """Change an invoice: once it is finalized, its metadata, card and automatic collection only."""
    before = world.get("invoice", invoice_id)
    fields = given(params, "auto_advance", "metadata")
    if before["status"] != "draft" and (fixed := fields.keys() - {"default_payment_method"}):
        raise invalid_request(
            "Finalized invoices can't be updated in this way.", param=min(fixed), code="invoice_not_editable"
        )
    if isinstance(params.default_payment_method, str):
        fields["default_payment_method"] = _card(world, params.default_payment_method, before["customer"])
    invoice = before | fields | {"metadata": merged(before["metadata"], params.metadata)}
    if isinstance(params.auto_advance, bool):
        invoice = invoice_drafts.advancing(world, invoice, auto_advance=params.auto_advance)
    world.put(invoice)
    world.emit("invoice.updated", invoice, before)
    return invoice


def finalize(world: World, params: Finalization, invoice_id: str) -> Object:
    """Open a draft for payment."""
    if isinstance(params.auto_advance, bool):
        invoice = world.get("invoice", invoice_id)
        world.put(invoice_drafts.advancing(world, invoice, auto_advance=params.auto_advance))
    return invoices.finalize(world, invoice_id)


def pay(world: World, params: Payment, invoice_id: str) -> Object:
    """Pay an invoice now."""
    if params.paid_out_of_band:
        return invoices.pay_out_of_band(world, invoice_id)
    return invoices.pay(world, invoice_id, params.payment_method)


def send(world: World, params: None, invoice_id: str) -> Object:  # noqa: ARG001 - it takes none
    """Send an invoice to its customer; a draft is finalized first."""
    invoice = world.get("invoice", invoice_id)
    if invoice["collection_method"] != "send_invoice":
        raise invalid_request("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if invoice["status"] == "draft":
        invoice = invoices.finalize(world, invoice_id)
    world.emit("invoice.sent", invoice)
    return invoice


def void(world: World, params: None, invoice: str) -> Object:  # noqa: ARG001 - it takes none
    """Void an invoice."""
    return invoice_endings.void(world, invoice)


def mark_uncollectible(world: World, params: None, invoice: str) -> Object:  # noqa: ARG001 - it takes none
    """Mark an invoice as uncollectible."""
    return invoice_endings.mark_uncollectible(world, invoice)


def list_all(world: World, params: InvoiceList) -> Object:
    """List invoices, newest first."""
    fields = ("collection_method", "customer", "status", "subscription")
    return page_of(world, params, "invoice", **{field: getattr(params, field) for field in fields})


def list_lines(world: World, params: ListParams, invoice: str) -> Object:
    """List an invoice's lines."""
    refuse_created(params)
    return paged(world, params, world.get("invoice", invoice)["lines"]["data"])


def payments_of(world: World, invoice: Object) -> Object:
    """Return what lies behind `invoice.payments`."""
    found = world.all("invoice_payment", invoice=invoice["id"])
    return whole_list(f"/v1/invoice_payments?invoice={invoice['id']}", found)


def confirmation_secret_of(world: World, invoice: Object) -> Object | None:
    """Return what lies behind `invoice.confirmation_secret`: how a browser pays an open invoice."""
    for payment in world.all("invoice_payment", invoice=invoice["id"], status="open"):
        intent = world.get("payment_intent", payment["payment"]["payment_intent"])
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None


def _card(world: World, payment_method: str, customer: str) -> str:
    card = payment_methods.attached(world, payment_method, customer, "default_payment_method")
    return str(card["id"])


def _check_due(params: NewInvoice) -> None:
    sent = params.collection_method == "send_invoice"
    if sent and params.days_until_due is None and params.due_date is None:
        raise invalid_request(
            "Missing required param: days_until_due.", param="days_until_due", code="parameter_missing"
        )
    if not sent and (params.days_until_due is not None or params.due_date is not None):
        raise invalid_request(
            "You can only set `days_until_due` or `due_date` if `collection_method` is `send_invoice`."
        )


ROUTES = (
    Route("POST", "/v1/invoices", create, NewInvoice),
    Route("GET", "/v1/invoices", list_all, InvoiceList),
    Route("GET", "/v1/invoices/{invoice}", retrieve),
    Route("POST", "/v1/invoices/{invoice}", update, InvoiceUpdate),
    Route("POST", "/v1/invoices/{invoice}/finalize", finalize, Finalization),
    Route("POST", "/v1/invoices/{invoice}/pay", pay, Payment),
    Route("POST", "/v1/invoices/{invoice}/send", send),
    Route("POST", "/v1/invoices/{invoice}/void", void),
    Route("POST", "/v1/invoices/{invoice}/mark_uncollectible", mark_uncollectible),
    Route("GET", "/v1/invoices/{invoice}/lines", list_lines, ListParams),
)
EXPANDERS = {("invoice", "payments"): payments_of, ("invoice", "confirmation_secret"): confirmation_secret_of}
