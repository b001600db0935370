"""Stripe's invoices and charges, as far as the product reads them (see `shapes`)."""

from typing import Literal

import msgspec

from services.payments.gateway.shapes import Amount, Card, Currency, Id, Moment, Reference, Word


class Period(msgspec.Struct, frozen=True):
    """From when until when."""

    start: Moment
    end: Moment


class SubscriptionPart(msgspec.Struct, frozen=True):
    """Where a line comes from."""

    proration: bool = False


class LineParent(msgspec.Struct, frozen=True):
    """Where a line comes from: a subscription, or something that waited for an invoice."""

    subscription_item_details: SubscriptionPart | None = None
    invoice_item_details: SubscriptionPart | None = None


class Line(msgspec.Struct, frozen=True):
    """One line of an invoice."""

    amount: Amount
    currency: Currency
    period: Period
    description: str | None = None
    quantity: int | None = None
    parent: LineParent | None = None


class Lines(msgspec.Struct, frozen=True):
    """Some lines of an invoice."""

    data: list[Line]
    has_more: bool = False


class StatusTransitions(msgspec.Struct, frozen=True):
    """When an invoice became what it is."""

    finalized_at: Moment | None = None


class Intent(msgspec.Struct, frozen=True):
    """Somebody's wish to pay: what is charged for it, and what it waits for."""

    id: Id
    created: Moment
    amount: Amount
    currency: Currency
    status: Word


class Payment(msgspec.Struct, frozen=True):
    """What pays an invoice: a payment intent, or a charge of older days."""

    payment_intent: Intent | None = None
    charge: Reference | None = None


class InvoicePayment(msgspec.Struct, frozen=True):
    """What pays an invoice, or a part of it."""

    payment: Payment


class InvoicePayments(msgspec.Struct, frozen=True):
    """All that pays an invoice."""

    data: list[InvoicePayment]


class Invoice(msgspec.Struct, frozen=True):
    """An invoice; `payments` only where they were asked for."""

    id: Id
    customer: Reference
    currency: Currency
    total: Amount
    amount_due: Amount
    amount_remaining: Amount
    created: Moment
    period_start: Moment
    period_end: Moment
    lines: Lines
    status: Word | None = None
    number: str | None = None
    collection_method: Word | None = None
    attempted: bool = False
    due_date: Moment | None = None
    next_payment_attempt: Moment | None = None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None
    status_transitions: StatusTransitions = msgspec.field(default_factory=StatusTransitions)
    payments: InvoicePayments | None = None


class Invoices(msgspec.Struct, frozen=True):
    """A page of invoices."""

    data: list[Invoice]
    has_more: bool = False


class Preview(msgspec.Struct, frozen=True):
    """What an invoice would be."""

    currency: Currency
    total: Amount
    amount_due: Amount
    lines: Lines


class ChargedMethod(msgspec.Struct, frozen=True):
    """What a charge was tried with."""

    type: Word
    card: Card | None = None


class Charge(msgspec.Struct, frozen=True):
    """One attempt to take money."""

    created: Moment
    amount: Amount
    currency: Currency
    status: Literal["succeeded", "failed", "pending"]
    payment_method: str | None = None
    payment_method_details: ChargedMethod | None = None
    failure_message: str | None = None


class ChargePage(msgspec.Struct, frozen=True):
    """A page of charges."""

    data: list[Charge]
