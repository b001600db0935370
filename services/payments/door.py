"""The way to the payment provider: there from the start, without what it leads to (Stripe's library takes 120 ms)."""

import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, cast

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

    async def hang_up(self) -> None:
        """Close the provider's connections, in the event loop in which they were opened."""
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


def _nobody() -> "PaymentProvider":
    raise Refused(
        Code.UNAVAILABLE,
        "PAYMENTS_NOT_CONFIGURED",
        "Nothing takes payments here: set STRIPE_SECRET_KEY where the service runs.",
    )


NO_PAYMENTS = Payments("", _nobody)
"""Where nothing takes payments."""
