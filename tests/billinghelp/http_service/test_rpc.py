"""One call over HTTP is one call of the surface: the same answer, and a status that says what kind it is."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest

from billinghelp.config import ServerLimits
from services.contract.policy import Policy
from services.contract.principals import Role
from services.contract.requests import MarkInvoiceVerified
from services.contract.views import CustomerBillingView
from services.surface.surface import Surface
from tests.billinghelp.http_service.conftest import Token, in_process
from tests.surface import Workbench

VIEW = "/rpc/GetCustomerBillingView"
ACME = {"customer_id": "acme-eu"}


def error(answer: httpx2.Response) -> dict[str, Any]:
    """Return an error's four fields."""
    body: dict[str, dict[str, Any]] = answer.json()
    assert set(body["error"]) == {"code", "reason", "message", "details"}
    return body["error"]


async def test_the_answer_is_the_one_that_is_given_in_process(api: httpx2.AsyncClient, bench: Workbench) -> None:
    answer = await api.post(VIEW, json=ACME)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    view = msgspec.json.decode(answer.content, type=CustomerBillingView)
    assert view == msgspec.structs.replace(bench.view(), as_of=view.as_of)


async def test_no_answer_is_kept_on_the_way(api: httpx2.AsyncClient) -> None:
    assert (await api.post("/rpc/WhoAmI", json={})).headers["cache-control"] == "no-store"


async def test_an_action_is_carried_out_once_however_often_its_request_arrives(api: httpx2.AsyncClient) -> None:
    etag = (await api.post(VIEW, json=ACME)).json()["billing"]["etag"]
    request = ACME | {"reason": "agreed with finance", "request_id": "req-1", "etag": etag}
    first, again = [await api.post("/rpc/MarkInvoiceVerified", json=request) for _ in range(2)]
    assert (first.status_code, first.json()["replayed"]) == (200, False)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    assert first.json()["audit_event_id"] == again.json()["audit_event_id"]


# ── conditional reads ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_view_has_its_etag_and_is_not_sent_again_while_it_is_current(api: httpx2.AsyncClient) -> None:
    first = await api.post(VIEW, json=ACME)
    assert first.headers["etag"] == f'"{first.json()["view_etag"]}"'
    again = await api.post(VIEW, json=ACME, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_view_that_has_changed_is_sent_whole(api: httpx2.AsyncClient, bench: Workbench) -> None:
    first = await api.post(VIEW, json=ACME)
    bench.act(bench.request(MarkInvoiceVerified))
    again = await api.post(VIEW, json=ACME, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.json()["billing"]["state"] == "verified"


@pytest.mark.parametrize("header", ["*", "v1-0", '"other"', '"a", "b"', '"', ""])
async def test_an_etag_that_is_not_the_current_one_leads_to_the_whole_view(
    api: httpx2.AsyncClient, header: str
) -> None:
    assert (await api.post(VIEW, json=ACME, headers={"If-None-Match": header})).status_code == 200


async def test_who_asks_by_the_body_is_answered_with_a_document(api: httpx2.AsyncClient) -> None:
    etag = (await api.post(VIEW, json=ACME)).json()["view_etag"]
    again = await api.post(VIEW, json=ACME | {"if_none_match": etag})
    assert (again.status_code, again.json()) == (200, {"not_modified": 1})


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────────

REFUSALS: list[tuple[str, dict[str, Any], int, str]] = [
    ("Nothing", {}, 404, "METHOD_NOT_FOUND"),
    ("GetCustomerBillingView", {"customer_id": "nobody"}, 404, "CUSTOMER_NOT_FOUND"),
    ("GetCustomerBillingView", {}, 400, "INVALID_REQUEST"),
    ("ListBillingCustomers", {"page_size": 0}, 400, "INVALID_PAGE_SIZE"),
    ("ImportCustomers", {"source": "s", "format": "csv", "content": ""}, 403, "PERMISSION_DENIED"),
    ("ExtendTrial", ACME | {"reason": "why not", "request_id": "r1", "etag": "stale"}, 409, "STALE_ETAG"),
]


@pytest.mark.parametrize(("method", "body", "status", "reason"), REFUSALS)
async def test_the_status_follows_the_code(
    api: httpx2.AsyncClient, method: str, body: dict[str, Any], status: int, reason: str
) -> None:
    answer = await api.post(f"/rpc/{method}", json=body)
    assert (answer.status_code, error(answer)["reason"]) == (status, reason)


async def test_a_change_that_the_record_does_not_allow_cannot_be_processed(
    api: httpx2.AsyncClient, bench: Workbench
) -> None:
    body = ACME | {"reason": "why not", "request_id": "r1", "etag": bench.view().billing.etag}
    answer = await api.post("/rpc/ExtendTrial", json=body)
    assert (answer.status_code, error(answer)["reason"]) == (422, "NOT_ON_TRIAL")


@pytest.mark.parametrize("credential", [None, "", "Bearer", "Bearer ", "Bearer nonsense", "Basic b2xnYTpwdw=="])
async def test_who_shows_no_token_is_told_what_to_send(bench: Workbench, credential: str | None) -> None:
    async with in_process(bench, None) as stranger:
        headers = {} if credential is None else {"Authorization": credential}
        answer = await stranger.post("/rpc/WhoAmI", json={}, headers=headers)
    assert (answer.status_code, error(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_tokens_are_none(bench: Workbench, token: Token) -> None:
    headers = [("Authorization", f"Bearer {token(name=name)}") for name in ("olga", "omar")]
    async with in_process(bench, None) as stranger:
        answer = await stranger.post("/rpc/WhoAmI", json={}, headers=headers)
    assert error(answer)["reason"] == "TOKEN_MISSING"


async def endless() -> AsyncIterator[bytes]:
    """Yield a body without an end."""
    while True:
        yield b" " * 100_000


@pytest.mark.parametrize("how", ["Nothing", "WhoAmI/more", "GET", "text", "torn", "large", "chunked"])
async def test_a_stranger_learns_nothing_but_that(bench: Workbench, how: str) -> None:
    limits = ServerLimits(max_body_mib=1)
    async with in_process(bench, "bht_000001." + "x" * 43, limits) as stranger:
        match how:
            case "GET":
                answer = await stranger.get("/rpc/WhoAmI")
            case "text":
                answer = await stranger.post("/rpc/WhoAmI", content="{}", headers={"Content-Type": "text/plain"})
            case "torn":
                answer = await stranger.post("/rpc/WhoAmI", content="{")
            case "chunked":
                answer = await stranger.post("/rpc/WhoAmI", content=endless())
            case "large":
                answer = await stranger.post("/rpc/ImportCustomers", content=b" " * 3_000_000)
            case path:
                answer = await stranger.post(f"/rpc/{path}", json={})
    assert (answer.status_code, error(answer)["reason"]) == (401, "TOKEN_INVALID")


async def test_a_tenant_reads_its_own_customers_alone(bench: Workbench, token: Token) -> None:
    async with in_process(bench, token(Role.CUSTOMER_ADMIN, "beta")) as tenant:
        own, other = [await tenant.post(VIEW, json={"customer_id": name}) for name in ("beta", "acme-eu")]
        missing = await tenant.post(VIEW, json={"customer_id": "nobody"})
    assert own.status_code == 200
    assert other.status_code == missing.status_code == 404
    assert other.json() == missing.json()


async def test_a_token_that_has_made_its_calls_is_told_when_to_come_again(bench: Workbench, token: Token) -> None:
    surface = Surface(bench.store, policy=Policy(), clock=bench.clock, calls_a_minute=2)
    bench.surface, first = surface, bench.surface
    try:
        async with in_process(bench, token()) as client:
            statuses = [(await client.post("/rpc/WhoAmI", json={})).status_code for _ in range(2)]
            answer = await client.post("/rpc/WhoAmI", json={})
    finally:
        bench.surface = first
    assert statuses == [200, 200]
    assert (answer.status_code, error(answer)["reason"]) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_a_database_that_is_gone_is_no_fault_of_the_callers_and_is_not_named(
    api: httpx2.AsyncClient, bench: Workbench
) -> None:
    bench.view()
    path = bench.store.label
    os.rename(path, f"{path}.away")
    answer = await api.post("/rpc/WhoAmI", json={})
    assert (answer.status_code, error(answer)["reason"]) == (503, "STORE_TAKEN_AWAY")
    assert int(answer.headers["retry-after"]) >= 1
    assert path not in answer.text


class Broken(Surface):
    """A surface with a fault that it does not know of."""

    async def call(self, *_: Any, **__: Any) -> Any:
        raise ValueError("Acme GmbH owes 12 EUR")


async def test_a_fault_of_our_own_tells_nothing_but_a_reference(
    bench: Workbench, token: Token, caplog: pytest.LogCaptureFixture
) -> None:
    bench.surface.__class__ = Broken
    try:
        async with in_process(bench, token()) as client:
            answer = await client.post("/rpc/WhoAmI", json={}, headers={"X-Request-Id": "ref-1"})
    finally:
        bench.surface.__class__ = Surface
    assert (answer.status_code, error(answer)["details"]) == (500, {"reference": "ref-1"})
    assert "Acme" not in answer.text
    assert "ValueError while a request was answered" in caplog.messages


@pytest.mark.parametrize(
    ("limits", "status", "reason"),
    [
        (ServerLimits(max_concurrent=1), 503, "SERVER_BUSY"),
        (ServerLimits(max_concurrent_strangers=1), 503, "SERVER_BUSY"),
        (ServerLimits(max_concurrent_per_token=1), 429, "TOO_MANY_AT_ONCE"),
    ],
)
async def test_calls_beyond_what_is_taken_at_once_are_told_to_come_again(
    bench: Workbench, token: Token, limits: ServerLimits, status: int, reason: str
) -> None:
    entered, leave = threading.Event(), threading.Event()
    clock = bench.clock.__call__

    def waiting_clock() -> Any:
        entered.set()
        leave.wait(10)
        return clock()

    surface = Surface(bench.store, policy=Policy(), clock=waiting_clock)
    text = token()
    bench.surface, first = surface, bench.surface
    try:
        async with in_process(bench, text, limits) as client:
            under_way = asyncio.create_task(client.post("/rpc/WhoAmI", json={}))
            await asyncio.to_thread(entered.wait, 10)
            refused = await client.post("/rpc/WhoAmI", json={})
            leave.set()
            answered = await under_way
            later = await client.post("/rpc/WhoAmI", json={})
    finally:
        bench.surface = first
    assert (refused.status_code, error(refused)["reason"]) == (status, reason)
    assert refused.headers["retry-after"] == "1"
    assert (answered.status_code, later.status_code) == (200, 200)


# ── paths and ids ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/rpc", "/docs", "/redoc", "/healthz/", "/rpcx/WhoAmI", "//rpc/WhoAmI"])
async def test_there_is_nothing_else(api: httpx2.AsyncClient, path: str) -> None:
    answer = await api.post(path, json={})
    assert (answer.status_code, error(answer)["reason"]) == (404, "PATH_NOT_FOUND")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_calls_are_sent_as_post(api: httpx2.AsyncClient, verb: str) -> None:
    answer = await api.request(verb, "/rpc/WhoAmI")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("chosen", ["abc-1", "A.b_9-" * 10])
async def test_the_callers_request_id_is_answered(api: httpx2.AsyncClient, chosen: str) -> None:
    answer = await api.post("/rpc/WhoAmI", json={}, headers={"X-Request-Id": chosen})
    assert answer.headers["x-request-id"] == chosen


@pytest.mark.parametrize("chosen", ["", "a b", "x" * 65, 'a"b', "ä".encode().decode("latin-1"), "<script>"])
async def test_a_request_id_that_could_do_harm_in_a_log_is_not_taken(api: httpx2.AsyncClient, chosen: str) -> None:
    answer = await api.post("/rpc/WhoAmI", json={}, headers=[(b"X-Request-Id", chosen.encode("latin-1"))])
    assert answer.headers["x-request-id"] != chosen
    assert answer.headers["x-request-id"].startswith("req_")
