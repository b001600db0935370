"""What the product needs of a payment provider, in the product's own words: Stripe's answer to it is `gateway.py`.

Everything that is asked of Stripe raises `Refused` in one of these ways, and nothing else:

- `PAYMENTS_UNREACHABLE` (unavailable): nobody answered, or not in time; what was asked may have been done all the same.
- `PAYMENTS_FAILED` (unavailable): Stripe failed; what was asked may have been done all the same.
- `PAYMENTS_BUSY` (resource_exhausted): too many requests; nothing was done. `details.retry_after`: seconds, if known.
- `CARD_DECLINED` (failed_precondition): with Stripe's sentence for the customer, and `details.decline_code`.
- `PAYMENTS_OBJECT_GONE` (not_found): what was asked for is no longer there. `details.param`: which of the things named.
- `PAYMENTS_REFUSED` (failed_precondition): Stripe does not do it as things stand; with its sentence.
- `PAYMENTS_NOT_CONFIGURED` (unavailable): the key is missing, wrong, or may not do this.

A repeated `key` (an idempotency key) leads to what the first call with it led to: whoever did not hear an answer asks
again with the same one. Money is in minor units of a lower-case ISO 4217 currency; moments are aware UTC.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from services.billing.model import PaymentMethod
from services.contract.types import BillingInterval, InvoiceStatus, SubscriptionStatus

MAY_BE_DONE = ("PAYMENTS_UNREACHABLE", "PAYMENTS_FAILED")
"""Why something was refused that may have been done all the same; for any other reason it was not."""


class RemotePrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price that can be bought: `amount` for each interval."""

    lookup_key: str
    price_id: str
    amount: int
    currency: str
    interval: BillingInterval


class RemoteAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A customer at Stripe, here called an account. `customer_id`: ours, as it was made with.

    `method`: what its invoices are charged to by default, or else the card that was added last.
    """

    account_id: str
    deleted: bool
    customer_id: str | None
    method: PaymentMethod | None
    currency: str | None


class RemoteSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription; `amount` for each interval, all items together. `next_…`: what its schedule changes it to.

    `product_name`: of what is no plan's price. `method`: what it is charged to; null: the customer's default.
    `replaces`: the subscription that was to end when this one was paid, as `start_checkout` was told.
    """

    subscription_id: str
    account_id: str
    status: SubscriptionStatus
    item_id: str
    price_id: str
    lookup_key: str | None
    product_name: str
    interval: BillingInterval
    amount: int
    currency: str
    created_at: datetime
    period_start: datetime
    period_end: datetime
    ends_at: datetime | None
    next_lookup_key: str | None
    next_name: str | None
    changes_at: datetime | None
    collects_automatically: bool
    method: PaymentMethod | None = None
    replaces: str | None = None


class RemoteInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice. `number`: null on most drafts. `issued_at`: when it was finalised, or else made.

    `due_at`: null while it is collected by itself, and from when on it is owed once nobody tries any more.
    """

    invoice_id: str
    account_id: str
    number: str | None
    amount: int
    amount_remaining: int
    currency: str
    status: InvoiceStatus
    issued_at: datetime
    due_at: datetime | None
    period_start: datetime
    period_end: datetime
    hosted_url: str | None
    pdf_url: str | None


class RemoteInvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an invoice, or of what one would be."""

    description: str
    quantity: int | None
    amount: int
    currency: str
    period_start: datetime | None
    period_end: datetime | None
    proration: bool


class RemoteAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to collect an invoice; `problem`: why it failed, in Stripe's words, or what it waits for."""

    attempted_at: datetime
    amount: int
    currency: str
    status: Literal["succeeded", "failed", "pending"]
    method: PaymentMethod | None
    problem: str | None


class RemoteInvoiceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice with what stands on it, and how its collection went, the latest attempt first."""

    invoice: RemoteInvoice
    lines: tuple[RemoteInvoiceLine, ...]
    attempts: tuple[RemoteAttempt, ...]
    next_attempt_at: datetime | None


class RemoteInvoices(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a customer's invoices, the newest first, and whether there are older ones."""

    invoices: tuple[RemoteInvoice, ...]
    has_more: bool


class Charges(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would be charged now (negative: credited), and the lines that it comes from.

    A credit for what is replaced stands among the lines, and is not taken off: Stripe keeps it for coming invoices.
    """

    due_now: int
    currency: str
    lines: tuple[RemoteInvoiceLine, ...]


class HostedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A page of Stripe's to be opened in a browser."""

    session_id: str
    url: str
    expires_at: datetime | None


class SessionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a Checkout page. `method_id`: what was registered, or subscribed with, on a finished one.

    `url`: where it waits; null once it is no longer open.
    """

    session_id: str
    mode: Literal["subscription", "setup", "payment"]
    status: Literal["open", "complete", "expired"]
    account_id: str | None
    subscription_id: str | None
    method_id: str | None
    expires_at: datetime
    url: str | None


class RemoteEvent(msgspec.Struct, frozen=True, kw_only=True):
    """That something changed: a hint, and not what it became. `account_id`: whose it is, where that can be told."""

    event_id: str
    type: str
    object_id: str
    object_kind: str
    account_id: str | None
    created_at: datetime
    livemode: bool


class RemoteEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Some events, the newest first, and whether there are older ones."""

    events: tuple[RemoteEvent, ...]
    has_more: bool


class PaymentProvider(Protocol):
    """Stripe, as the product asks it. All coroutines run in one event loop."""

    @property
    def label(self) -> str:
        """What takes payments, in words: `Stripe`, `Stripe test mode`, `Stripe sandbox`."""

    @property
    def livemode(self) -> bool:
        """Whether the money is real."""

    async def prices(self, lookup_keys: Sequence[str]) -> tuple[RemotePrice, ...]:
        """Return the active prices of these keys; a key without one is left out."""

    async def create_account(self, customer_id: str, name: str, key: str) -> str:
        """Make a customer at Stripe, which carries our id, and return its id there."""

    async def account(self, account_id: str) -> RemoteAccount:
        """Return a customer as it is at Stripe."""

    async def live_subscriptions(self, account_id: str) -> tuple[RemoteSubscription, ...]:
        """Return a customer's subscriptions that have not ended, the newest first."""

    async def subscription(self, subscription_id: str) -> RemoteSubscription:
        """Return a subscription, also one that has ended."""

    async def start_checkout(
        self, account_id: str, customer_id: str, price_id: str, *, replaces: str | None, key: str
    ) -> HostedSession:
        """Open the page where a price is subscribed to; `replaces`: the subscription that ends when it is paid."""

    async def start_setup(self, account_id: str, customer_id: str, currency: str, key: str) -> HostedSession:
        """Open the page where a payment method is registered."""

    async def start_portal(
        self,
        account_id: str,
        purpose: Literal["overview", "payment_method", "change_plan", "cancel"],
        *,
        subscription: RemoteSubscription | None,
        price_id: str | None,
        key: str,
    ) -> HostedSession:
        """Open the customer portal where `purpose` begins. With `price_id` a change begins with that price."""

    async def session(self, session_id: str) -> SessionOutcome:
        """Return what came of a Checkout page, for plans and for setups."""

    async def close_session(self, session_id: str) -> SessionOutcome:
        """Let a Checkout page lead nowhere any more, and return what came of it.

        One that is completed stays so, and one that cannot be closed is still open.
        """

    async def use_method(self, account_id: str, method_id: str, key: str) -> None:
        """Charge a customer's invoices to this payment method from now on."""

    async def end_subscription(self, subscription_id: str, key: str) -> None:
        """End a subscription now, crediting what is left of its period. One that has ended stays as it is."""

    async def set_collection(self, subscription_id: str, *, automatic: bool, key: str) -> None:
        """Let a subscription's invoices be charged by themselves, or sent to be paid by hand."""

    async def charges_for(self, account_id: str, replaced: RemoteSubscription | None, price_id: str) -> Charges:
        """Return what subscribing to a price now would be charged, with the credit for what it replaces."""

    async def invoices(self, account_id: str, *, after: str | None, limit: int) -> RemoteInvoices:
        """Return a customer's invoices; `after`: those that come after this one in the list."""

    async def invoice(self, invoice_id: str) -> RemoteInvoice:
        """Return an invoice."""

    async def invoice_detail(self, invoice_id: str) -> RemoteInvoiceDetail:
        """Return an invoice with its lines and payment attempts."""

    async def invoice_pdf(self, invoice: RemoteInvoice) -> bytes:
        """Return the document of an invoice that has one."""

    async def events(self, since: datetime, after: str | None) -> RemoteEvents:
        """Return events that were made at or after a moment; `after`: those that come after this one in the list."""

    def read_webhook(self, body: bytes, signature: str | None, now: datetime) -> RemoteEvent:
        """Return the event that Stripe has signed and sent.

        Raises:
            Refused: `WEBHOOK_NOT_SIGNED` (unauthenticated): forged, too old, or of the future. `WEBHOOK_UNREADABLE`
                (invalid_argument): signed, and no event. `PAYMENTS_NOT_CONFIGURED`: no secret to check it with.
        """

    async def hang_up(self) -> None:
        """Close the connections, in the event loop in which they were opened; a later question opens others."""
