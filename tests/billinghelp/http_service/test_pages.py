"""What those who run the service look at: is it alive, is it ready, how much does it do."""

import asyncio
import os
import re
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import make_url

from billinghelp.config import ServerLimits
from billinghelp.http_service.app import make_app
from services.contract.policy import Policy
from services.storage import schema
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.billinghelp.http_service.conftest import Token, in_process
from tests.databases import Cluster
from tests.surface import Workbench


async def test_a_process_that_answers_lives(bench: Workbench) -> None:
    async with in_process(bench, None) as anybody:
        answer = await anybody.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
        assert (await anybody.head("/healthz")).status_code == 200
        assert (await anybody.post("/healthz")).status_code == 405


async def test_it_is_ready_when_the_database_answers(bench: Workbench) -> None:
    async with in_process(bench, None) as anybody:
        answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_it_is_not_ready_without_its_database_and_says_why_without_naming_it(bench: Workbench) -> None:
    bench.view()
    os.rename(bench.store.label, f"{bench.store.label}.away")
    async with in_process(bench, None) as anybody:
        answer = await anybody.get("/readyz")
        alive = await anybody.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["error"]["reason"] in ("STORE_TAKEN_AWAY", "STORE_NEEDS_UPGRADE")
    assert bench.store.label not in answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert alive.status_code == 200


async def test_it_is_not_ready_for_a_database_that_another_version_has_upgraded(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "HEAD", "billinghelp_0001")
    async with in_process(bench, None) as anybody:
        answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "STORE_NEWER")


async def test_it_is_not_ready_when_it_is_about_to_end(bench: Workbench) -> None:
    app = make_app(bench.surface, bench.store, ServerLimits(), is_stopping=lambda: True)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://s") as anybody:
        answer = await anybody.get("/readyz")
        alive = await anybody.get("/healthz")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "SHUTTING_DOWN")
    assert alive.status_code == 200


@pytest.mark.parametrize(("records", "expected"), [(True, (503, "STORE_READ_ONLY")), (False, (200, None))])
async def test_it_is_not_ready_when_nothing_can_be_recorded_unless_it_is_to_record_nothing(
    postgres_url: str, postgres_cluster: Cluster, records: bool, expected: tuple[int, str | None]
) -> None:
    store = Store(postgres_url)
    surface = Surface(store, policy=Policy())
    app = make_app(surface, store, ServerLimits(), records=records)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://s") as anybody:
        before = await anybody.get("/readyz")
        name = make_url(postgres_url).database
        postgres_cluster.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        store.close()  # what is connected already may write on
        answer = await anybody.get("/readyz")
    surface.close()
    assert before.status_code == 200
    assert (answer.status_code, answer.json().get("error", {}).get("reason")) == expected


class CountingStore(Store):
    """A store whose schema is looked at slowly."""

    looks = 0
    looking: threading.Event
    leave: threading.Event

    def schema(self) -> schema.SchemaState:
        self.looks += 1
        self.looking.set()
        self.leave.wait(10)
        return super().schema()


async def test_a_crowd_that_asks_costs_one_look(sqlite_path: Path) -> None:
    store = CountingStore(f"sqlite:///{sqlite_path}")
    store.looking, store.leave = threading.Event(), threading.Event()
    surface = Surface(store, policy=Policy())
    app = make_app(surface, store, ServerLimits())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://s") as anybody:
        crowd = [asyncio.create_task(anybody.get("/readyz")) for _ in range(50)]
        await asyncio.to_thread(store.looking.wait, 10)
        store.leave.set()
        answers = await asyncio.gather(*crowd)
    surface.close()
    assert {answer.status_code for answer in answers} == {200}
    assert store.looks == 1


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def figures(text: str) -> dict[str, float]:
    """Return the figures by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_requests_are_counted_by_method_and_status(bench: Workbench, token: Token) -> None:
    async with in_process(bench, token()) as client:
        for _ in range(3):
            await client.post("/rpc/WhoAmI", json={})
        await client.post("/rpc/GetCustomerBillingView", json={"customer_id": "nobody"})
        found = figures((await client.get("/metrics")).text)
    assert found['billinghelp_requests_total{method="WhoAmI",status="200"}'] == 3
    assert found['billinghelp_requests_total{method="GetCustomerBillingView",status="404"}'] == 1
    assert found['billinghelp_request_seconds_count{method="WhoAmI"}'] == 3
    assert found["billinghelp_requests_in_flight"] == 1  # the one that asks
    assert found["billinghelp_chat_streams_open"] == 0
    assert found["billinghelp_rate_limited_total"] == 0


async def test_calls_beyond_a_tokens_rate_are_counted(bench: Workbench, token: Token) -> None:
    text = token()
    surface = Surface(bench.store, policy=Policy(), clock=bench.clock, calls_a_minute=1)
    app = make_app(surface, bench.store, ServerLimits())
    headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://s", headers=headers
    ) as client:
        for _ in range(3):
            await client.post("/rpc/WhoAmI", json={})
        found = figures((await client.get("/metrics")).text)
    surface.close()
    assert found["billinghelp_rate_limited_total"] == 2


async def test_no_caller_can_add_a_label_and_nobody_is_named(bench: Workbench, token: Token) -> None:
    async with in_process(bench, token()) as client:
        for n in range(20):
            await client.post(f"/rpc/SecretMethod{n}", json={})
            await client.get(f"/secret/{n}")
            await client.request(f"SECRET{n}", "/rpc/WhoAmI")
            await client.post("/rpc/GetCustomerBillingView", json={"customer_id": "acme-eu"})
        text = (await client.get("/metrics")).text
    methods = set(re.findall(r'method="([^"]*)"', text))
    assert methods == {"other", "WhoAmI", "GetCustomerBillingView"}
    assert not [name for name in ("acme", "Acme", "olga", "bht_", "ecret") if name in text]


async def test_each_process_has_figures_of_its_own(bench: Workbench, token: Token) -> None:
    async with in_process(bench, token()) as first, in_process(bench, token()) as second:
        await first.post("/rpc/WhoAmI", json={})
        found: dict[str, Any] = figures((await second.get("/metrics")).text)
    assert 'billinghelp_requests_total{method="WhoAmI",status="200"}' not in found
