"""How Stripe's library reaches Stripe: over our HTTP client. Importing this loads the library (110–140 ms)."""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx2
import stripe

stripe.enable_telemetry = False  # it would write a file, and tell of one call in the next

Transport = httpx2.AsyncBaseTransport
"""What carries calls."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_FAILURES = (httpx2.HTTPError, httpx2.StreamError, OSError, EOFError)
_REPEAT_DOES_NOT_HELP = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, ssl.SSLError)


class Httpx2Client(stripe.HTTPClient):
    """The library's HTTP client, async alone; for one event loop.

    What did not reach Stripe, or whose answer did not arrive, becomes a `stripe.APIConnectionError`; the library then
    repeats it where `should_retry` says that this can help.

    Args:
        timeout: seconds until the whole answer is there.
        transport: what carries the calls, such as an ASGI application's; null: the network.
    """

    name = "httpx2"

    def __init__(self, *, timeout: float = 15.0, transport: Transport | None = None) -> None:
        super().__init__()
        self._timeout = timeout
        self._http = httpx2.AsyncClient(
            transport=transport,
            verify=_trusted(),
            timeout=None,  # the deadline is the call's: one that is sent byte by byte would outlast any other
            follow_redirects=False,  # the key goes to the address that was configured, and nowhere else
            # The proxies of the environment do not lead to this machine.
            mounts={f"all://{host}": None for host in _LOOPBACK},
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Return the answer of a call: its body, status and headers (whose names may be in any letters)."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http.request(method, url, headers=dict(headers), content=post_data or None)
        except _FAILURES as error:
            raise _unreached(error) from error
        return answer.content, answer.status_code, answer.headers

    async def sleep_async(self, secs: float) -> None:
        """Wait between one try and the next."""
        await asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close the connections, in the event loop in which they were opened."""
        await self._http.aclose()

    def close(self) -> None:
        """Do nothing: this client has no connections that are not of an event loop."""


@cache
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context()  # 30 ms, once


def _unreached(error: Exception) -> stripe.APIConnectionError:
    certificate = "CERTIFICATE_VERIFY_FAILED" in str(error)
    return stripe.APIConnectionError(  # type: ignore[no-untyped-call]  # as the library leaves it
        f"Stripe was not reached, or its answer did not arrive ({type(error).__name__}).",
        should_retry=not (certificate or isinstance(error, _REPEAT_DOES_NOT_HELP)),
    )
