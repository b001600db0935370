"""Pages of Stripe's that a person opens: Checkout, and the registering of a payment method. The portal is beside it."""

import logging
from typing import TYPE_CHECKING

import stripe

from services.contract.errors import Code, Refused
from services.payments.gateway import page_shapes as page_shapes
from services.payments.gateway import reading, reading_pages
from services.payments.gateway.asking import V1, Asking, once
from services.payments.gateway.faults import refusal_of
from services.payments.gateway.shapes import read_as
from services.payments.port import HostedSession, SessionOutcome
from services.payments.settings import is_web_address

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

_log = logging.getLogger(__name__)

_SESSION = "{CHECKOUT_SESSION_ID}"
"""What stands in an address for the session that was completed."""


class CheckoutPages(Asking):
    """The part of the gateway that opens Checkout, and learns what came of it."""

    async def start_checkout(
        self, account_id: str, customer_id: str, price_id: str, *, replaces: str | None, key: str
    ) -> HostedSession:
        """Open the page where a price is subscribed to; `replaces`: the subscription that ends when it is paid."""
        metadata = {reading.CUSTOMER_ID: customer_id} | ({} if replaces is None else {reading.REPLACES: replaces})
        params: SessionCreateParams = {
            "mode": "subscription",
            "line_items": [{"price": price_id, "quantity": 1}],
            "subscription_data": {"metadata": metadata},
        }
        return await self._open(params, account_id, metadata, key)

    async def start_setup(self, account_id: str, customer_id: str, currency: str, key: str) -> HostedSession:
        """Open the page where a payment method is registered."""
        metadata = {reading.CUSTOMER_ID: customer_id}
        params: SessionCreateParams = {
            "mode": "setup",
            "currency": currency,
            "setup_intent_data": {"metadata": metadata},
        }
        return await self._open(params, account_id, metadata, key)

    async def session(self, session_id: str) -> SessionOutcome:
        """Return what came of a Checkout page, for plans and for setups."""
        async with self._question() as v1:
            return await _outcome(v1, session_id)

    async def close_session(self, session_id: str) -> SessionOutcome:
        """Let a Checkout page lead nowhere any more, and return what came of it; one that is completed stays so.

        Stripe expires open ones alone, and needs no key for it, as that can be done but once. What came of the page is
        what its reader needs to know: one that could not be closed is still open in the answer.
        """
        async with self._question() as v1:
            try:
                await v1.checkout.sessions.expire_async(session_id)
            except stripe.StripeError as error:
                _log.info("The page %s was not closed: %s", session_id, refusal_of(error).reason)
            return await _outcome(v1, session_id)

    async def _open(
        self, params: "SessionCreateParams", account_id: str, metadata: dict[str, str], key: str
    ) -> HostedSession:
        async with self._question() as v1:
            address = await self._return_address(v1)
            whose: SessionCreateParams = {
                "customer": account_id,
                "client_reference_id": metadata[reading.CUSTOMER_ID],
                "metadata": metadata,
                "success_url": address,
            }
            if _SESSION not in address:  # which Stripe fills in where it leads on, and nowhere else
                whose["cancel_url"] = address
            answer = await once(lambda options: v1.checkout.sessions.create_async({**params, **whose}, options), key)
            return reading_pages.checkout_page(read_as(page_shapes.CheckoutSession, answer))

    async def _return_address(self, v1: V1) -> str:
        """Return where a browser goes after Checkout, which has to be said: this product has no web site.

        A sandbox's own page says what came of it and that it can be closed. Stripe has none; it knows the web site of
        the account's business, though, which every account that takes real money has given.
        """
        settings = self._settings
        if settings.return_url is not None:
            return settings.return_url
        if settings.is_sandbox:
            return f"{settings.address.url}/c/pay/{_SESSION}"
        profile = read_as(page_shapes.Account, await v1.accounts.retrieve_current_async()).business_profile
        url = None if profile is None else profile.url
        if url is None or not is_web_address(url):
            raise Refused(
                Code.UNAVAILABLE,
                "PAYMENTS_NOT_CONFIGURED",
                "Stripe asks where customers go after Checkout: set STRIPE_RETURN_URL to the address of a page, or name"
                " the web site of the business in Stripe.",
            )
        return url


async def _outcome(v1: V1, session_id: str) -> SessionOutcome:
    answer = await v1.checkout.sessions.retrieve_async(session_id, {"expand": ["setup_intent", "subscription"]})
    return reading_pages.outcome(read_as(page_shapes.CheckoutSession, answer))
