"""`POST /webhooks/stripe`: what Stripe tells is checked, written into the inbox, and acknowledged at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from billinghelp.http_service.body import read_body
from billinghelp.http_service.exchange import Receive, Scope, Send, exchange_of
from billinghelp.http_service.gate import Gate
from billinghelp.http_service.replies import reply
from services.contract.clock import Clock, system_clock
from services.contract.errors import Refused, invalid
from services.payments.door import Payments
from services.payments.inbox import receive
from services.payments.port import RemoteEvent
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
        within: seconds for a body to arrive.
    """

    def __init__(
        self,
        store: Store,
        payments: Payments,
        wake: Callable[[], None],
        *,
        clock: Clock = system_clock,
        within: float = _WITHIN,
    ) -> None:
        self._store = store
        self._payments = payments
        self._wake = wake
        self._clock = clock
        self._within = within
        self._gate = Gate(_MOST_AT_ONCE)
        # Its own: Stripe is answered whatever else waits for the database.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhooks")
        self._arrived: list[_Message] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive_message: Receive, send: Send) -> None:
        """Answer one webhook; a refusal leaves as `Refused`."""
        exchange = exchange_of(scope)
        exchange.method = "webhooks/stripe"
        exchange.quiet = True
        if scope["method"] != "POST":
            raise invalid("METHOD_NOT_ALLOWED", "Send the event as POST.", allowed="POST")
        announced = exchange.headers.announced
        body = await read_body(receive_message, announced=announced, most=_MOST_BYTES, within=self._within)
        with self._gate.pass_through():  # not before: who sends slowly would take the places of those who do not
            await self._written(body, _signature(scope))
        await reply(send, 200, b'{"received":true}')

    async def _written(self, body: bytes, signature: str | None) -> None:
        """Wait until a message is written down; it goes into one transaction with those that arrive meanwhile."""
        message = _Message(body, signature, asyncio.get_running_loop().create_future())
        self._arrived.append(message)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await message.written

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._arrived:
            messages, self._arrived = self._arrived, []
            try:
                refusals, new = await loop.run_in_executor(self._thread, self._received, messages)
            except Exception as fault:  # noqa: BLE001  (whoever waits for this is told)
                refusals, new = [fault] * len(messages), 0
            for message, refusal in zip(messages, refusals, strict=True):
                message.tell(refusal)
            if new:
                self._wake()

    def _received(self, messages: "list[_Message]") -> tuple[list[Exception | None], int]:
        """Write messages down; return of each why it was refused, and how many told something new."""
        provider = self._payments.open()
        now = self._clock()
        events, refusals = list[RemoteEvent](), list[Exception | None]()
        for message in messages:
            try:
                events.append(provider.read_webhook(message.body, message.signature, now))
                refusals.append(None)
            except Refused as refused:
                refusals.append(refused)
        return refusals, receive(self._store, events, now, livemode=provider.livemode)


class _Message(NamedTuple):
    """What was posted, and what its sender waits for."""

    body: bytes
    signature: str | None
    written: "asyncio.Future[None]"

    def tell(self, refusal: Exception | None) -> None:
        """Tell the sender what became of it, if it still waits."""
        if self.written.done():
            return
        if refusal is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(refusal)


def _signature(scope: Scope) -> str | None:
    found = [value for name, value in scope["headers"] if name == _SIGNATURE]
    return found[0].decode("latin-1") if len(found) == 1 else None
