"""The platform behind an address over HTTP. Importing this loads the HTTP library (50 ms)."""

import asyncio
import ssl

import httpx2
import msgspec

from services.contract.clock import Clock
from services.platform.answers import Reply, read_answer
from services.platform.port import Answer, ChangeOrder, Unanswered
from services.platform.settings import PlatformSettings

_MOST_BYTES = 64 * 1024  # an answer is a word or a sentence
_FAILURES = (httpx2.HTTPError, httpx2.StreamError, ssl.SSLError, EOFError)
_UNREACHED = (httpx2.ConnectError, httpx2.ProxyError, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
_MANY_AT_ONCE = 32


class HttpPlatform:
    """Tells one address, and no other: redirects are not followed. Each call tells once (`PlatformPort`)."""

    def __init__(self, settings: PlatformSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._address = settings.address
        self._http: httpx2.AsyncClient | None = None

    @property
    def answers_within(self) -> float:
        """Seconds after which an answer is not waited for any longer."""
        return self._settings.answer_within

    async def send(self, order: ChangeOrder) -> Answer:
        """Tell the platform of a change, once, and return what came of it; whatever goes wrong is an answer too."""
        host = self._address.host
        try:
            # One deadline for all of it: a platform that sends a byte now and then would outlast any other.
            async with asyncio.timeout(self.answers_within):
                reply = await self._post(order)
        except TimeoutError:
            return Unanswered(problem=f"The platform at {host} did not answer in time.")
        except _FAILURES as error:
            return Unanswered(problem=_problem(error, host))
        return read_answer(reply, host, self._clock())

    async def hang_up(self) -> None:
        """Close the connections, in the event loop in which they were opened; a later order opens others."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _post(self, order: ChangeOrder) -> Reply:
        headers = {"idempotency-key": order.change_request_id}
        async with self._client().stream(
            "POST", self._settings.url, content=msgspec.json.encode(order), headers=headers
        ) as response:
            body = bytearray()
            async for piece in response.aiter_raw():  # not decoded: none was asked for, and it may stand for millions
                body += piece
                if len(body) > _MOST_BYTES:
                    raise httpx2.DecodingError("longer than any answer")
            return Reply(response.status_code, bytes(body), response.headers.get("retry-after"))

    def _client(self) -> httpx2.AsyncClient:
        if self._http is None:
            token = self._settings.token
            # Whom the system trusts takes 30 ms to load; without encryption nobody asks.
            encrypted = self._address.url.startswith("https://")
            self._http = httpx2.AsyncClient(
                verify=httpx2.create_ssl_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                follow_redirects=False,  # the token goes to the address that was configured, and nowhere else
                trust_env=not self._address.is_loopback,  # the proxies of the environment do not lead to this machine
                timeout=None,  # the deadline is the call's
                # A connection that is kept gains little between orders, and one that has gone stale looks like a drop.
                limits=httpx2.Limits(max_connections=_MANY_AT_ONCE, max_keepalive_connections=0),
                headers={
                    "accept": "application/json",
                    "accept-encoding": "identity",
                    "content-type": "application/json",
                    "user-agent": "billinghelp",
                }
                | ({"authorization": f"Bearer {token}"} if token else {}),
            )
        return self._http


def _problem(error: Exception, host: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"What answers at {host} does not prove that it is the platform: its certificate is not valid here."
    if isinstance(error, _UNREACHED):
        return f"The platform at {host} cannot be reached."
    if isinstance(error, httpx2.DecodingError | httpx2.RemoteProtocolError):
        return f"What answers at {host} is no platform, or broke off: check [platform] url."
    return f"The connection to the platform at {host} broke off."
