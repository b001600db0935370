"""The real Stripe client, on a sandbox in this process."""

import httpx2
import stripe

from services.payments.gateway.http_client import Httpx2Client
from services.payments.sandbox.sandbox import Sandbox

TEST_KEY = "sk_test_sandbox"


def make_client(sandbox: Sandbox, *, retries: int = 0) -> stripe.StripeClient:
    """Return a client whose calls reach the sandbox without a socket; one for each event loop.

    Args:
        retries: how often the library repeats a call that failed, half a second later at the earliest.
    """
    return stripe.StripeClient(
        TEST_KEY,
        http_client=Httpx2Client(transport=httpx2.ASGITransport(app=sandbox.application)),
        max_network_retries=retries,
        base_addresses={"api": sandbox.base},
    )
