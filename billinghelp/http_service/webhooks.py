"""`POST /webhooks/stripe`: what Stripe tells is checked, written into the inbox, and acknowledged at once."""

import asyncio
from collections.abc import Callable

from billinghelp.http_service.body import read_body
from billinghelp.http_service.exchange import Receive, Scope, Send, exchange_of
from billinghelp.http_service.gate import Gate
from billinghelp.http_service.replies import reply
from services.contract.clock import Clock, system_clock
from services.contract.errors import invalid
from services.payments.door import Payments
from services.payments.inbox import receive
from services.storage.engine import Store

PATH = "/webhooks/stripe"

_MOST_BYTES = 1024 * 1024  # several times as much as any event of Stripe's
_MOST_AT_ONCE = 64  # Stripe comes again to whom it finds busy
_WITHIN = 10.0  # seconds for a body to arrive: Stripe's own patience for the whole answer
_SIGNATURE = b"stripe-signature"


class Webhooks:
    """The ASGI application behind Stripe's address. Who cannot sign is told nothing but that.

    Args:
        wake: called when something new has arrived.
    """

    def __init__(
        self, store: Store, payments: Payments, wake: Callable[[], None], *, clock: Clock = system_clock
    ) -> None:
        self._store = store
        self._payments = payments
        self._wake = wake
        self._clock = clock
        self._gate = Gate(_MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive_message: Receive, send: Send) -> None:
        """Answer one webhook; a refusal leaves as `Refused`."""
        exchange = exchange_of(scope)
        exchange.method = "webhooks/stripe"
        exchange.quiet = True
        with self._gate.pass_through():
            if scope["method"] != "POST":
                raise invalid("METHOD_NOT_ALLOWED", "Send the event as POST.", allowed="POST")
            announced = exchange.headers.announced
            body = await read_body(receive_message, announced=announced, most=_MOST_BYTES, within=_WITHIN)
            new = await asyncio.to_thread(self._received, body, _signature(scope))
        if new:
            self._wake()
        await reply(send, 200, b'{"received":true}')

    def _received(self, body: bytes, signature: str | None) -> int:
        provider = self._payments.open()
        now = self._clock()
        event = provider.read_webhook(body, signature, now)
        return receive(self._store, [event], now, livemode=provider.livemode)


def _signature(scope: Scope) -> str | None:
    found = [value for name, value in scope["headers"] if name == _SIGNATURE]
    return found[0].decode("latin-1") if len(found) == 1 else None
