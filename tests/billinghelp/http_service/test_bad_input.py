"""Whatever is sent, the answer is a plain refusal: never a fault, never a guess at what was meant."""

import base64
import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from billinghelp.config import ServerLimits
from services.contract.principals import Role
from tests.billinghelp.http_service.conftest import Token, in_process
from tests.surface import Workbench

LIST = "/rpc/ListBillingCustomers"
VIEW = "/rpc/GetCustomerBillingView"
DEEP = 200_000


def reason(answer: httpx2.Response) -> str:
    """Return why a call was refused."""
    found: str = answer.json()["error"]["reason"]
    return found


NOT_A_REQUEST = {
    "nothing": b"",
    "no JSON": b"page_size=3",
    "cut off": b'{"page_size": 3',
    "two documents": b'{"page_size": 3}{"page_size": 4}',
    "a trailing comma": b'{"page_size": 3,}',
    "single quotes": b"{'page_size': 3}",
    "a comment": b'{"page_size": 3} // three',
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"page_size": 3}'.encode("utf-16"),
    "a byte-order mark": b'\xef\xbb\xbf{"page_size": 3}',
    "half a character": b'{"query": "\\ud800"}',
    "a raw line break": b'{"query": "a\nb"}',
    "NaN": b'{"page_size": NaN}',
    "Infinity": b'{"page_size": -Infinity}',
    "a list": b"[]",
    "a text": b'"page_size"',
    "null": b"null",
    "an unknown field": b'{"page_sise": 3}',
    "a text for a number": b'{"page_size": "3"}',
    "a fraction": b'{"page_size": 3.5}',
    "a huge exponent": b'{"page_size": 1e400}',
    "a number of 10 000 digits": b'{"page_size": ' + b"9" * 10_000 + b"}",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"query":' * DEEP,
    "deep lists in a field": b'{"query": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "a field twice": b'{"page_size": 3, "page_size": 4}',
    "a field twice, spelled otherwise": b'{"page_size": 3, "page\\u005fsize": 4}',
}


@pytest.mark.parametrize("body", NOT_A_REQUEST.values(), ids=NOT_A_REQUEST)
async def test_what_is_no_request_is_refused_as_such(api: httpx2.AsyncClient, body: bytes) -> None:
    answer = await api.post(LIST, content=body)
    assert (answer.status_code, reason(answer)) == (400, "INVALID_REQUEST")
    assert len(answer.text) < 1_000


async def test_a_field_that_stands_twice_deeper_down_is_refused_too(api: httpx2.AsyncClient) -> None:
    body = b'{"customer_id": "acme-eu", "action": "ApplySupportCredit", "params": {"ai_cents": "1", "ai_cents": "2"}}'
    answer = await api.post("/rpc/PreviewBillingAction", content=body)
    assert answer.status_code == 400
    assert "“ai_cents” stands twice" in answer.json()["error"]["message"]


@pytest.mark.parametrize("size", [2**31, 2**63, 2**64, 10**400, -(2**63) - 1])
async def test_a_number_beyond_all_bounds_is_out_of_bounds(api: httpx2.AsyncClient, size: int) -> None:
    answer = await api.post(LIST, json={"page_size": size})
    assert (answer.status_code, reason(answer)) == (400, "INVALID_PAGE_SIZE")


@pytest.mark.parametrize("text", ["\0", "\x1b[31m", "a\r\nSet-Cookie: b=c", "../../etc/passwd", "' OR 1=1 --", "%00"])
async def test_odd_texts_are_texts(api: httpx2.AsyncClient, text: str) -> None:
    assert (await api.post(LIST, json={"query": text})).status_code in (200, 400)
    answer = await api.post(VIEW, json={"customer_id": text})
    assert (answer.status_code, reason(answer)) == (404, "CUSTOMER_NOT_FOUND")


@pytest.mark.parametrize(
    "kind",
    [
        *("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"),
        *("application/json; charset=utf-16", "application/json, text/plain", "application/jsonx", "json", ";"),
    ],
)
async def test_a_body_in_another_form_is_not_read(api: httpx2.AsyncClient, kind: str) -> None:
    answer = await api.post("/rpc/WhoAmI", content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, reason(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "kind", ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_may_be_announced_in_several_ways(api: httpx2.AsyncClient, kind: str) -> None:
    assert (await api.post("/rpc/WhoAmI", content=b"{}", headers={"Content-Type": kind})).status_code == 200


async def test_a_compressed_body_is_not_blown_up(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/rpc/WhoAmI", content=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, reason(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_content_type_that_stands_twice_is_none(api: httpx2.AsyncClient) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Type", "text/plain"), *api.headers.items()]
    api.headers.clear()
    answer = await api.post("/rpc/WhoAmI", content=b"{}", headers=headers)
    assert answer.status_code == 415


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 100_000


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(bench: Workbench, token: Token, announced: bool) -> None:
    content = b" " * 1_100_000 if announced else _pieces(11)
    async with in_process(bench, token(), ServerLimits(max_body_mib=1)) as client:
        answer = await client.post("/rpc/WhoAmI", content=content)
    assert (answer.status_code, reason(answer)) == (413, "BODY_TOO_LARGE")


async def test_who_may_not_import_is_not_given_room_for_an_import(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/rpc/ImportCustomers", content=b" " * 17_000_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("announced", [True, False])
async def test_an_import_may_be_larger_than_other_calls(bench: Workbench, token: Token, announced: bool) -> None:
    limits = ServerLimits(max_body_mib=1, max_import_mib=2)
    async with in_process(bench, token(Role.SERVICE), limits) as client:
        spaces = b" " * 1_100_000 if announced else _pieces(11)
        fits = await client.post("/rpc/ImportCustomers", content=spaces)
        too_large = await client.post("/rpc/ImportCustomers", content=b" " * 2_200_000)
    assert (fits.status_code, reason(fits)) == (400, "INVALID_REQUEST")
    assert too_large.status_code == 413


async def test_a_large_import_is_imported(bench: Workbench, token: Token) -> None:
    lines = "\n".join(json.dumps({"customer_id": f"c{n}", "legal_name": f"Customer {n}"}) for n in range(2_000))
    body = {"source": "a", "format": "jsonl", "content": base64.b64encode(lines.encode()).decode(), "dry_run": True}
    async with in_process(bench, token(Role.SERVICE)) as client:
        answer = await client.post("/rpc/ImportCustomers", json=body)
    assert answer.json() == {"created": 2_000, "updated": 0, "unchanged": 0, "dry_run": True}


@pytest.mark.parametrize("name", ["%00", "%2e%2e/metrics", "Who%0d%0aAmI", "x" * 5_000, "ä", "%ff", "WhoAmI%20"])
async def test_odd_methods_are_none(api: httpx2.AsyncClient, name: str) -> None:
    answer = await api.post(f"/rpc/{name}", json={})
    assert answer.status_code == 404
    assert reason(answer) in ("METHOD_NOT_FOUND", "PATH_NOT_FOUND")
