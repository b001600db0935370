"""The way to the payment provider: there from the start, without what it leads to (Stripe's library takes 120 ms)."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NoReturn, cast

from services.contract.errors import Code, Refused

if TYPE_CHECKING:
    from services.payments.port import PaymentProvider


class Payments:
    """Opens the provider when it is first asked for, and once.

    Args:
        label: what takes payments here, in words; "" for nothing.
        make: makes the provider, in a worker thread; raises `Refused` where it cannot be used now.
    """

    def __init__(self, label: str, make: "Callable[[], PaymentProvider]") -> None:
        self.label = label
        self._make = make
        self._opening = threading.Lock()
        self._provider: PaymentProvider | None = None
        self._under_way: set[asyncio.Task[Any]] = set()

    def open(self) -> "PaymentProvider":
        """Return the provider; in a worker thread, as it may take a moment.

        One that cannot be used refuses whatever it is asked, as the port allows: what is known without it is shown.
        """
        with self._opening:
            if self._provider is None:
                try:
                    self._provider = self._make()
                except Refused as refused:
                    return cast("PaymentProvider", _Refusing(refused))
            return self._provider

    def keep(self, task: "asyncio.Task[Any]") -> None:
        """Let a question go on for which nobody waits any more, until it is answered or the connections are closed."""
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def hang_up(self) -> None:
        """Give up what is under way and close the provider's connections, in the event loop of both."""
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._provider is not None:
            await self._provider.hang_up()


class _Refusing:
    """Answers every question with the same refusal."""

    label = ""
    livemode = False

    def __init__(self, refused: Refused) -> None:
        self._refused = refused

    def __getattr__(self, _question: str) -> Callable[..., Awaitable[NoReturn]]:
        async def refuse(*_asked: object, **_also: object) -> NoReturn:
            raise self._refused

        return refuse

    def read_webhook(self, *_asked: object) -> NoReturn:
        """Refuse this one as well, which is not awaited."""
        raise self._refused

    async def hang_up(self) -> None:
        """Do nothing: nobody was called."""


def nobody(why: Refused) -> Payments:
    """Return the way to nobody: whatever is asked is refused so."""

    def refuse() -> "PaymentProvider":
        raise why

    return Payments("", refuse)


NO_PAYMENTS = nobody(
    Refused(
        Code.UNAVAILABLE,
        "PAYMENTS_NOT_CONFIGURED",
        "Nothing takes payments here: set STRIPE_SECRET_KEY where the service runs.",
    )
)
"""Where nothing takes payments."""
