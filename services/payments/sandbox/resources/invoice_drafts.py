"""Drafts of invoices, recorded nowhere: a preview is no more than that."""

from typing import Any

from services.payments.sandbox.resources import currencies, invoice_lines
from services.payments.sandbox.resources.invoice_shapes import shape, with_totals
from services.payments.sandbox.world import Object, World

_DAY = 86_400
_DRAFT_SECONDS = 3_600  # how long Stripe leaves an invoice of its own a draft before it asks for the money


def for_subscription(
    world: World, subscription: Object, lines: list[Object], *, reason: str, period: tuple[int, int], **fields: Any
) -> Object:
    """Return a draft of a subscription's invoice that is recorded nowhere yet.

    Args:
        reason: Stripe's `billing_reason`, such as "subscription_cycle".
        period: the first and last moment during which what is on it came about.
        fields: what else is to stand in it.
    """
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    return draft(
        world,
        world.get("customer", subscription["customer"]),
        lines,
        currency=subscription["currency"],
        billing_reason=reason,
        collection_method=subscription["collection_method"],
        days_until_due=subscription["days_until_due"],
        parent=parent,
        period_start=period[0],
        period_end=period[1],
        **fields,
    )


def draft(
    world: World,
    customer: Object,
    lines: list[Object],
    *,
    collection_method: str,
    days_until_due: int | None,
    auto_advance: bool = True,
    **fields: Any,
) -> Object:
    """Return a draft of an invoice that is recorded nowhere yet.

    Args:
        days_until_due: of one that is sent.
        auto_advance: whether Stripe finalizes and charges it by itself.
        fields: what else is to stand in it; `currency` at least.
    """
    invoice_id = world.new_id("in")
    charged = collection_method == "charge_automatically"
    invoice = shape(world, invoice_id, customer) | {
        "collection_method": collection_method,
        "due_date": None if charged or days_until_due is None else world.now + days_until_due * _DAY,
        "lines": invoice_lines.listed(invoice_id, lines),
    }
    balance: int = currencies.paying_in(world, customer, fields["currency"])["balance"]
    return with_totals(advancing(world, invoice | fields, auto_advance=auto_advance), balance)


def advancing(world: World, invoice: Object, *, auto_advance: bool) -> Object:
    """Return an invoice that Stripe finalizes and charges by itself in an hour, or one that it leaves alone.

    What is paid, void or uncollectible is left alone in either case.
    """
    if invoice["status"] not in ("draft", "open"):
        return invoice
    moment = world.now + _DRAFT_SECONDS if auto_advance else None
    return invoice | {
        "auto_advance": auto_advance,
        "automatically_finalizes_at": moment if invoice["status"] == "draft" else None,
        "next_payment_attempt": moment if invoice["collection_method"] == "charge_automatically" else None,
    }
