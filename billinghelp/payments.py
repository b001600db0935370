"""Who takes payments: Stripe with the configured key, or without one a sandbox of Stripe's that comes along.

The sandbox keeps what it knows in a file beside the store, so that what the records name is there the next time, and
is reached like Stripe itself, by the same client, at an address of this machine. Its pages open in any browser here.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from billinghelp.config import APP_NAME, Settings
from services.contract.errors import Code, Refused
from services.contract.plans import PlanCatalogue
from services.contract.types import BillingInterval
from services.payments.door import Payments, nobody

if TYPE_CHECKING:
    from services.payments.port import PaymentProvider
    from services.payments.sandbox.catalogue import PlanPrice
    from services.payments.sandbox.sandbox import Sandbox
    from services.payments.settings import PaymentSettings

_log = logging.getLogger(__name__)

SANDBOX_LABEL = "Stripe sandbox"

# What plans cost in the sandbox, a month, in dollars; a plan of another name costs what its place in the list suggests.
_SANDBOX_DOLLARS = {"starter": 19, "growth": 79, "business": 299}
_DOLLARS_A_PLACE = 50
_MONTHS_A_YEAR = 10  # who pays for a year gets two months for nothing


class PaymentOffice:
    """Makes providers, one for each event loop, and runs the sandbox while there is need of one.

    Args:
        settings: null for the sandbox.
        state: where the sandbox keeps what it knows; null: in memory.
        furnished: what is put into the sandbox before it is used, and goes on while it is.
    """

    def __init__(
        self,
        settings: "PaymentSettings | None",
        state: Path | None,
        plans: PlanCatalogue,
        furnished: "Callable[[Sandbox], AbstractContextManager[None]] | None" = None,
    ) -> None:
        self._settings = settings
        self._state = state
        self._plans = plans
        self._furnished = furnished
        self._opening = threading.Lock()
        self._running = ExitStack()
        self.door = Payments(SANDBOX_LABEL if settings is None else settings.label, self.provider)

    @property
    def is_sandbox(self) -> bool:
        """Whether the sandbox that comes along takes the payments."""
        return self._settings is None or self._settings.is_sandbox

    @property
    def hears_webhooks(self) -> bool:
        """Whether Stripe's own messages can be told from forged ones, as it takes to act on them."""
        return self._settings is not None and bool(self._settings.webhook_secrets)

    def provider(self) -> "PaymentProvider":
        """Return a provider for one event loop; in a worker thread, as Stripe's library takes 120 ms to load.

        Raises:
            Refused: `CONFIG_INVALID`; `PAYMENTS_NOT_CONFIGURED`, when the sandbox cannot use its file.
        """
        from services.payments.gateway.stripe_gateway import StripeGateway

        with self._opening:
            if self._settings is None:
                self._settings = self._run_sandbox()
            return StripeGateway(self._settings, sold=self._plans.lookup_keys)

    def close(self) -> None:
        """End the sandbox, where it runs."""
        with self._opening:
            self._running.close()

    def _run_sandbox(self) -> "PaymentSettings":
        from billinghelp.listening import listen
        from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
        from services.payments.sandbox.server import served
        from services.payments.settings import PaymentSettings

        with ExitStack() as running:
            listener = running.enter_context(listen("127.0.0.1", 0))
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                sandbox = running.enter_context(closing(Sandbox(self._state, base=base)))
            except sqlite3.Error as error:
                message = f"The Stripe sandbox cannot use {self._state} ({error}): move it away, and it begins anew."
                raise Refused(Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", message) from error
            sandbox.ensure_catalogue(sandbox_prices(self._plans))
            if self._furnished is not None:
                running.enter_context(self._furnished(sandbox))
            running.enter_context(served(sandbox, listener))
            self._running = running.pop_all()
        _log.info("The Stripe sandbox runs on %s", base)
        return PaymentSettings(key=TEST_KEY, api_base=base)


def open_office(settings: Settings, folder: Path | None) -> PaymentOffice:
    """Return who takes payments.

    Args:
        folder: where the sandbox keeps what it knows; null: in the user's data folder.

    Raises:
        Refused: `CONFIG_INVALID`, when the key or an address cannot be used.
    """
    chosen = payment_settings(settings)
    if chosen is not None:
        return PaymentOffice(chosen, None, settings.policy.plans)
    state = sandbox_state(folder)
    looks_only = settings.read_only and not state.exists()  # then it leaves no file behind
    return PaymentOffice(None, None if looks_only else state, settings.policy.plans)


def sandbox_state(folder: Path | None) -> Path:
    """Return where the sandbox that comes along keeps what it knows; `folder`: as in `open_office`."""
    return (folder or _data_folder()) / "stripe-sandbox.db"


def open_payments(settings: Settings, folder: Path | None) -> tuple[Payments, PaymentOffice | None]:
    """Return the way to who takes payments, and who that is: nobody, where the key or an address cannot be used.

    What is asked then is refused with the reason, which the log has too: the store is good without it.
    """
    try:
        office = open_office(settings, folder)
    except Refused as refused:
        _log.warning("No payments are taken: %s", refused.message)
        return nobody(Refused(Code.UNAVAILABLE, "PAYMENTS_NOT_CONFIGURED", refused.message)), None
    return office.door, office


def payment_settings(settings: Settings) -> "PaymentSettings | None":
    """Return how Stripe is reached; null without a key.

    Raises:
        Refused: `CONFIG_INVALID`.
    """
    if settings.stripe_secret_key is None:
        return None
    from services.payments.settings import PaymentSettings, split_secrets  # where there is a key

    secret = settings.stripe_webhook_secret
    return PaymentSettings(
        key=settings.stripe_secret_key.reveal(),
        api_base=settings.stripe_api_base,
        webhook_secrets=split_secrets(None if secret is None else secret.reveal()),
        return_url=settings.stripe_return_url,
    )


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path(APP_NAME, appauthor=False, ensure_exists=True)


def sandbox_prices(plans: PlanCatalogue) -> "list[PlanPrice]":
    """Return what the sandbox sells plans for, by the month and by the year."""
    from services.payments.sandbox.catalogue import PlanPrice

    found = []
    for place, plan in enumerate(plans.offered):
        monthly = 100 * _SANDBOX_DOLLARS.get(plan.slug, _DOLLARS_A_PLACE * (place + 1))
        for interval in BillingInterval:
            key = plan.lookup_key(interval)
            if key is not None:
                amount = monthly if interval is BillingInterval.MONTH else monthly * _MONTHS_A_YEAR
                found.append(
                    PlanPrice(
                        product_name=plan.name,
                        lookup_key=key,
                        amount=amount,
                        currency="usd",
                        interval=interval.value,
                    )
                )
    return found
