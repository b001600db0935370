"""What Stripe tells: its list of events, and the messages that it sends."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import stripe

from services.contract.errors import Code, Refused
from services.payments.gateway import page_shapes as page_shapes
from services.payments.gateway import reading_pages
from services.payments.gateway.asking import Asking
from services.payments.gateway.shapes import read_as
from services.payments.port import RemoteEvent, RemoteEvents

OLDEST = 300
"""Seconds for which a signature stands, as Stripe recommends: it signs anew whenever it sends again."""

NEWEST = 60
"""Seconds by which a sender's clock may be ahead. Stripe's library takes signatures of any time to come."""


class EventsAndWebhooks(Asking):
    """The part of the gateway that hears of changes."""

    async def events(self, since: datetime, after: str | None) -> RemoteEvents:
        """Return events that were made at or after a moment; `after`: those that come after this one in the list."""
        params: stripe.params.EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        if after is not None:
            params["starting_after"] = after
        async with self._question() as v1:
            page = read_as(page_shapes.Events, await v1.events.list_async(params))
            return RemoteEvents(events=tuple([reading_pages.event(each) for each in page.data]), has_more=page.has_more)

    def read_webhook(self, body: bytes, signature: str | None, now: datetime) -> RemoteEvent:
        """Return the event that Stripe has signed and sent (see `port`)."""
        check_signature(body, signature, self._settings.webhook_secrets, now)
        try:
            return reading_pages.event(msgspec.json.decode(body, type=page_shapes.Event))
        except (msgspec.DecodeError, RecursionError):
            raise Refused(
                Code.INVALID_ARGUMENT,
                "WEBHOOK_UNREADABLE",
                "The message is signed, and is no event: send events of Stripe's to this address, as snapshots.",
            ) from None


def check_signature(body: bytes, signature: str | None, secrets: Sequence[str], now: datetime) -> None:
    """Check that a message was signed with one of these secrets, and lately.

    Raises:
        Refused: `WEBHOOK_NOT_SIGNED`; `PAYMENTS_NOT_CONFIGURED` without any secret.
    """
    if not secrets:
        raise Refused(
            Code.UNAVAILABLE,
            "PAYMENTS_NOT_CONFIGURED",
            "Webhooks cannot be checked: set STRIPE_WEBHOOK_SECRET to the signing secret that Stripe shows for them.",
        )
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise _unsigned("The message is not signed with this endpoint's secret: check STRIPE_WEBHOOK_SECRET.")
    age = int(now.timestamp()) - _signed_at(signature or "")
    if age > OLDEST:
        raise _unsigned("The message was signed too long ago: send it again, and check the clocks.")
    if age < -NEWEST:
        raise _unsigned("The message was signed in the future: check the clocks.")


def _is_signed(body: bytes, signature: str | None, secret: str) -> bool:
    try:
        # The library compares ASCII alone, and what is not UTF-8 is none of Stripe's. Time is looked at afterwards.
        (signature or "").encode("ascii")
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeError):
        return False
    return True


def _signed_at(signature: str) -> int:
    """Return the moment that a checked signature covers: the first one that stands in it, as the library takes it."""
    return next(int(parts[1]) for part in signature.split(",") if (parts := part.split("=", 2))[0] == "t")


def _unsigned(message: str) -> Refused:
    return Refused(Code.UNAUTHENTICATED, "WEBHOOK_NOT_SIGNED", message)
