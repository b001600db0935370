"""How webhooks leave the sandbox. Importing this loads the HTTP library (50 ms)."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from services.payments.sandbox.deliveries import Post

_ANSWERED_WITHIN = 10.0  # seconds, of each step of a delivery


@asynccontextmanager
async def posting() -> AsyncIterator[Post]:
    """Yield what posts over HTTP to this machine, keeping its connections until the block ends."""
    async with httpx2.AsyncClient(
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # nothing is encrypted here; whom to trust takes 30 ms to load
        trust_env=False,  # the proxies of the environment do not lead to this machine
        timeout=_ANSWERED_WITHIN,
        follow_redirects=False,
    ) as http:

        async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
            try:
                answer = await http.post(url, content=body, headers=dict(headers))
            except (httpx2.HTTPError, OSError):
                return None
            return answer.status_code

        yield post
