"""The sandbox on a real socket: the real client, lost connections, and webhooks that arrive by themselves."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

import httpx2
import pytest
import stripe

from services.payments.gateway.http_client import Httpx2Client
from services.payments.sandbox.faults import Fault
from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.sandbox.server import served


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox that is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sandbox = Sandbox(base=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with served(sandbox, listener):
            yield sandbox
    sandbox.close()


async def test_the_real_client_reaches_it_over_a_socket_whatever_proxies_there_are(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    http = Httpx2Client()
    client = stripe.StripeClient(TEST_KEY, http_client=http, base_addresses={"api": sandbox.base})
    product = await client.v1.products.create_async({"name": "Growth"})
    assert (await client.v1.products.retrieve_async(product.id)).name == "Growth"
    await http.close_async()


async def test_a_dropped_connection_and_a_slow_answer_are_what_they_are_on_the_network(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    http = Httpx2Client(timeout=0.2)
    client = stripe.StripeClient(TEST_KEY, http_client=http, base_addresses={"api": sandbox.base})
    made = await client.v1.products.create_async({"name": "Starter"})
    for fault in (Fault(kind="drop"), Fault(kind="slow", seconds=0.4)):
        sandbox.fail(fault)
        with pytest.raises(stripe.APIConnectionError) as caught:
            await client.v1.products.list_async()
        assert caught.value.should_retry
    assert (await client.v1.products.retrieve_async(made.id)).name == "Starter"
    await http.close_async()
    assert caplog.messages == []  # what was ordered is no defect to be logged


def test_a_webhook_arrives_by_itself(sandbox: Sandbox) -> None:
    received: Queue[tuple[bytes, str]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.put((body, self.headers["stripe-signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_what: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        secret = sandbox.add_webhook(f"http://127.0.0.1:{server.server_port}/hook")["secret"]
        headers = {"Authorization": f"Bearer {TEST_KEY}"}
        httpx2.post(f"{sandbox.base}/v1/products", headers=headers, data={"name": "Scale"}, trust_env=False)
        body, signature = received.get(timeout=10)
        server.shutdown()
        thread.join()
    event = stripe.StripeClient(TEST_KEY).construct_event(body, signature, secret)
    assert (event.type, event.data.object["name"]) == ("product.created", "Scale")


def test_two_processes_can_share_a_state(tmp_path: Path) -> None:
    first, second = Sandbox(tmp_path / "state.db"), Sandbox(tmp_path / "state.db")
    with first.world() as world:
        world.put({"id": "prod_1", "object": "product", "name": "Growth"})
    first.advance(60)
    with second.world() as world:
        assert world.get("product", "prod_1")["name"] == "Growth"
        assert world.settings.clock_offset == 60
    first.close()
    second.close()
