"""The library's HTTP client: what goes wrong on the network becomes the library's own error."""

import ssl

import httpx2
import pytest
import stripe

from services.payments.gateway.http_client import Httpx2Client


class Broken(httpx2.AsyncBaseTransport):
    """Fails so many times, then answers an empty list."""

    def __init__(self, error: Exception, times: int = 1_000) -> None:
        self.error = error
        self.times = times
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if len(self.requests) <= self.times:
            raise self.error
        return httpx2.Response(200, json={"object": "list", "data": [], "has_more": False, "url": "/v1/products"})


def client_over(transport: httpx2.AsyncBaseTransport, retries: int = 0) -> stripe.StripeClient:
    """Return a client over a transport."""
    return stripe.StripeClient("sk_test_x", http_client=Httpx2Client(transport=transport), max_network_retries=retries)


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (httpx2.ConnectError("refused"), True),
        (httpx2.ConnectTimeout("late"), True),
        (httpx2.ReadError("reset"), True),
        (httpx2.RemoteProtocolError("broken off"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), False),
        (ssl.SSLError("wrong version"), False),
        (httpx2.UnsupportedProtocol("ftp"), False),
    ],
)
async def test_a_call_that_fails_says_whether_to_repeat_it_can_help(error: Exception, helps: bool) -> None:
    with pytest.raises(stripe.APIConnectionError) as caught:
        await client_over(Broken(error)).v1.products.list_async()
    assert caught.value.should_retry is helps
    assert caught.value.__cause__ is error
    assert type(error).__name__ in str(caught.value)


async def test_the_library_repeats_under_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def wait(_self: Httpx2Client, seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(Httpx2Client, "sleep_async", wait)
    transport = Broken(httpx2.ReadError("reset"), times=2)
    await client_over(transport, retries=2).v1.products.create_async({"name": "Växt & Co"})
    assert len({request.headers["Idempotency-Key"] for request in transport.requests}) == 1
    assert [request.content for request in transport.requests] == [b"name=V%C3%A4xt+%26+Co"] * 3
    assert len(waited) == 2
    assert all(0.5 <= seconds <= 1 for seconds in waited)


async def test_a_mistake_of_our_own_is_not_taken_for_the_network() -> None:
    with pytest.raises(ZeroDivisionError):
        await client_over(Broken(ZeroDivisionError())).v1.products.list_async()


async def test_it_tells_nobody_of_earlier_calls() -> None:
    transport = Broken(ZeroDivisionError(), times=0)
    client = client_over(transport)
    for _ in range(2):
        await client.v1.products.list_async()
    assert all("X-Stripe-Client-Telemetry" not in request.headers for request in transport.requests)


async def test_redirects_are_not_followed() -> None:
    class Elsewhere(httpx2.AsyncBaseTransport):
        hosts: list[str] = []

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            self.hosts.append(request.url.host)
            return httpx2.Response(302, headers={"Location": "https://evil.example/"})

    transport = Elsewhere()
    with pytest.raises(stripe.APIError):
        await client_over(transport).v1.products.list_async()
    assert transport.hosts == ["api.stripe.com"]
