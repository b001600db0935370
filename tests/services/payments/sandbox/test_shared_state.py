"""Two sandboxes on one state file, each at an address of its own, as processes are that come one after the other."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.payments.sandbox.sandbox import Sandbox
from tests.services.payments.sandbox.client import make_client
from tests.services.payments.sandbox.shop import stocked

BASES = ("http://127.0.0.1:4001", "http://127.0.0.1:4002")
HOOK = "http://127.0.0.1:8700/webhooks/stripe"
Pair = tuple[Sandbox, Sandbox]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yield the two."""
    first, second = (Sandbox(tmp_path / "state.db", base=base) for base in BASES)
    yield first, second
    first.close()
    second.close()


async def test_addresses_are_those_of_whoever_answers(pair: Pair) -> None:
    shop = stocked(pair[0], make_client(pair[0]))
    page = await shop.checkout()
    shop.subscribe()
    invoice = shop.one("invoice")
    assert page.url == f"{BASES[0]}/c/pay/{page.id}"
    assert invoice["hosted_invoice_url"].startswith(BASES[0])

    other = make_client(pair[1])
    assert (await other.v1.checkout.sessions.retrieve_async(page.id)).url == f"{BASES[1]}/c/pay/{page.id}"
    found = await other.v1.invoices.retrieve_async(invoice["id"])
    assert found.hosted_invoice_url == f"{BASES[1]}/i/{invoice['id']}"
    assert found.invoice_pdf == f"{BASES[1]}/i/{invoice['id']}/pdf"
    told = await other.v1.events.list_async({"type": "invoice.finalized"})
    assert told.data[0].data.object["invoice_pdf"] == found.invoice_pdf


async def test_a_repeated_call_is_answered_with_the_addresses_of_whoever_answers_it(pair: Pair) -> None:
    shop = stocked(pair[0], make_client(pair[0]))
    request = {"customer": shop.customer, "return_url": "https://shop.example/billing"}
    pages = [
        await make_client(each).v1.billing_portal.sessions.create_async(request, {"idempotency_key": "once"})  # type: ignore[arg-type]
        for each in pair
    ]
    assert pages[0].id == pages[1].id
    assert [page.url for page in pages] == [f"{base}/p/session/{pages[0].id}" for base in BASES]


async def test_a_webhook_carries_the_addresses_of_whoever_delivers_it(pair: Pair) -> None:
    pair[0].add_webhook(HOOK, enabled_events=["invoice.finalized"])
    shop = stocked(pair[0], make_client(pair[0]))
    shop.subscribe()
    received: list[str] = []

    async def post(_url: str, body: bytes, _headers: Mapping[str, str]) -> int:
        received.append(json.loads(body)["data"]["object"]["hosted_invoice_url"])
        return 200

    await pair[1].deliver_due(post)
    assert received == [f"{BASES[1]}/i/{shop.one('invoice')['id']}"]
