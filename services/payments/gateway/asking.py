"""How Stripe is asked: one client, one deadline for each question, one way to fail."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import stripe

from services.contract.text import clean
from services.payments.gateway.faults import UnreadableAnswer, failed, is_settled, refusal_of, unreachable
from services.payments.gateway.http_client import Httpx2Client, Transport
from services.payments.gateway.shapes import Document, read_body
from services.payments.settings import PaymentSettings

_log = logging.getLogger(__name__)

V1 = stripe.V1Services
_Answer = TypeVar("_Answer")

_ANSWER_WITHIN = 15.0  # seconds for each try: Stripe answers most calls in less than one
RETRIES = 2
ALL_WITHIN = 20.0  # seconds for a question with all its calls and tries: the app waits a little longer


class _Envelope(msgspec.Struct):
    error: dict[str, Any] | None = None


class _CarefulClient(Httpx2Client):
    """The library's HTTP client that passes on JSON objects alone: the library stumbles over whatever else answers.

    Anything else counts as an empty one, which is an answer of Stripe's to nothing. A notice of Stripe's to developers
    goes to the log: the library would warn of it, on a screen that is in use.
    """

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Return the answer of a call: its body, status and headers."""
        body, status, found = await super().request_async(method, url, headers, post_data)
        answered = {name.lower(): value for name, value in found.items()}
        if notice := answered.pop("stripe-notice", None):
            _log.info("Stripe says: %s", clean(notice))
        return (body if _is_object(body) else b"{}"), status, answered


class Asking:
    """What every part of the gateway asks through. For one event loop.

    Args:
        settings: whom it asks, and with which key.
        sold: the lookup keys of all prices of plans.
        transport: what carries the calls, such as an ASGI application's; null: the network.
        retries: how often a call is repeated that failed, or was not answered, half a second later at the earliest.
        within: seconds until the answer to a question is given up.
    """

    def __init__(
        self,
        settings: PaymentSettings,
        *,
        sold: Sequence[str],
        transport: Transport | None = None,
        retries: int = RETRIES,
        within: float = ALL_WITHIN,
    ) -> None:
        self._settings = settings
        self._sold = tuple(sold)
        self._transport = transport
        self._retries = retries
        self._within = within
        self._http: Httpx2Client | None = None
        self._client: stripe.StripeClient | None = None

    @property
    def label(self) -> str:
        """What takes payments, in words."""
        return self._settings.label

    @property
    def livemode(self) -> bool:
        """Whether the money is real."""
        return self._settings.livemode

    async def hang_up(self) -> None:
        """Close the connections, in the event loop in which they were opened; a later question opens others."""
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.close_async()

    @asynccontextmanager
    async def _question(self) -> AsyncGenerator[V1, None]:
        """Let the block ask Stripe, and what it reads of the answer be Stripe's.

        Raises:
            Refused: as `port` says. What was caught is not chained: it may carry a body that is nobody's business.
        """
        try:
            async with asyncio.timeout(self._within):
                yield self._services()
        except TimeoutError:
            raise unreachable() from None
        except stripe.StripeError as error:
            raise refusal_of(error) from None
        except UnreadableAnswer:
            raise failed() from None

    async def _looked_up(self, kind: type[Document], path: str, **params: object) -> Document:
        """Return what stands at a path of the API, in one of our shapes; within a question.

        Without the library's objects: to make them only to take them apart again was half of such a look.
        """
        answer = await self._opened().raw_request_async("get", path, **params)
        return read_body(kind, answer.body)

    def _services(self) -> V1:
        return self._opened().v1

    def _opened(self) -> stripe.StripeClient:
        if self._client is None:
            settings = self._settings
            self._http = _CarefulClient(timeout=_ANSWER_WITHIN, transport=self._transport)
            self._client = stripe.StripeClient(
                settings.key,
                http_client=self._http,
                max_network_retries=self._retries,
                base_addresses={"api": settings.address.url} if settings.is_sandbox else {},
            )
        return self._client


async def once(ask: Callable[[stripe.RequestOptions], Awaitable[_Answer]], key: str) -> _Answer:
    """Ask for something to be done under an idempotency key; the same key again leads to the same.

    Stripe keeps a failure (5xx) of its own as the key's answer for a day, so that repeating it would never succeed.
    Only then it is asked anew, under a key that follows from this one. That does no harm twice: everything that is
    asked so opens a page or makes a customer whose address or id nobody has learned, or sets what is set already.
    """
    try:
        return await ask({"idempotency_key": key})
    except stripe.APIError as error:
        if not is_settled(error):
            raise
    return await ask({"idempotency_key": f"{key}-again"})


def _is_object(body: bytes) -> bool:
    try:
        body.decode()
        msgspec.json.decode(body, type=_Envelope)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    return True
