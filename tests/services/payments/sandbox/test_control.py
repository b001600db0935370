"""What steers the sandbox from outside: the same for programs as JSON, and for a person as forms of one page."""

import httpx2
import pytest

from services.payments.sandbox.sandbox import TEST_KEY
from tests.clocks import START


async def test_the_clock_goes_forwards_by_seconds_or_to_a_moment(browser: httpx2.AsyncClient) -> None:
    start = int(START.timestamp())
    by = await browser.post("/sandbox/clock/advance", json={"seconds": 60})
    to = await browser.post("/sandbox/clock/advance", json={"to": start + 90})
    assert (by.json()["now"], to.json()["now"], to.json()["clock_offset"]) == (start + 60, start + 90, 90)


@pytest.mark.parametrize("body", [{"seconds": -1}, {"to": 0}, {}, {"seconds": 1, "to": 1}, {"seconds": "soon"}])
async def test_the_clock_goes_no_other_way(browser: httpx2.AsyncClient, body: dict[str, object]) -> None:
    assert (await browser.post("/sandbox/clock/advance", json=body)).status_code == 400
    assert (await browser.get("/sandbox/status")).json()["clock_offset"] == 0


async def test_time_brings_what_is_due(browser: httpx2.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {TEST_KEY}"}
    customer = (await browser.post("/v1/customers", headers=headers, data={"name": "Acme"})).json()["id"]
    form = {"mode": "setup", "currency": "eur", "customer": customer, "success_url": "https://shop.example/"}
    session = (await browser.post("/v1/checkout/sessions", headers=headers, data=form)).json()
    await browser.post("/sandbox/clock/advance", json={"seconds": 86_401})
    later = (await browser.get(f"/v1/checkout/sessions/{session['id']}", headers=headers)).json()
    assert (session["status"], later["status"]) == ("open", "expired")


async def test_everything_that_is_set_is_told(browser: httpx2.AsyncClient) -> None:
    url = "http://localhost:9/hook"
    endpoint = (await browser.post("/sandbox/webhooks", json={"url": url, "secret": "whsec_x"})).json()["endpoint"]
    assert (endpoint["url"], endpoint["secret"], endpoint["enabled_events"]) == (url, "whsec_x", ["*"])
    await browser.post("/sandbox/switches", json={"copies": 2, "disorder": 7, "paused": True})
    await browser.post("/sandbox/faults", json={"faults": [{"kind": "error", "after": True, "times": 3}]})
    status = (await browser.get("/sandbox/status")).json()
    assert status["switches"] == {"copies": 2, "delay": 0.0, "disorder": 7, "paused": True}
    assert [(each["kind"], each["after"], each["times"]) for each in status["faults"]] == [("error", True, 3)]
    assert (status["webhooks"], status["waiting_deliveries"]) == ([url], 0)


async def test_an_address_that_gets_webhooks_already_gets_them_once_with_the_secret_given_last(
    browser: httpx2.AsyncClient,
) -> None:
    for secret in ("whsec_old", "whsec_new"):
        given = {"url": "http://localhost:9/hook", "secret": secret}
        endpoint = (await browser.post("/sandbox/webhooks", json=given)).json()["endpoint"]
        assert endpoint["secret"] == secret
    assert (await browser.get("/sandbox/status")).json()["webhooks"] == ["http://localhost:9/hook"]


async def test_a_delivery_can_be_ordered_and_one_that_fails_waits(
    browser: httpx2.AsyncClient, unused_tcp_port: int
) -> None:
    await browser.post("/sandbox/webhooks", json={"url": f"http://127.0.0.1:{unused_tcp_port}/"})
    await browser.post("/v1/products", headers={"Authorization": f"Bearer {TEST_KEY}"}, data={"name": "Growth"})
    answer = (await browser.post("/sandbox/deliver")).json()
    assert (answer["delivered"], answer["waiting_deliveries"]) == (1, 1)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sandbox/switches", b'{"copies": 0}', 400),
        ("/sandbox/switches", b'{"speed": 1}', 400),
        ("/sandbox/faults", b'{"faults": [{"kind": "fire"}]}', 400),
        ("/sandbox/webhooks", b'{"url": "https://example.com/"}', 400),
        ("/sandbox/faults", b"[]", 400),
        ("/sandbox/faults", b"{", 400),
        ("/sandbox/nothing", b"", 404),
    ],
)
async def test_what_is_wrong_changes_nothing(browser: httpx2.AsyncClient, path: str, body: bytes, status: int) -> None:
    before = (await browser.get("/sandbox/status")).json()
    answer = await browser.post(path, content=body)
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert (await browser.get("/sandbox/status")).json() == before


async def test_a_person_does_it_by_forms_and_comes_back_to_the_page(browser: httpx2.AsyncClient) -> None:
    moved = await browser.post("/sandbox/clock/advance", data={"seconds": "86400"})
    assert (moved.status_code, moved.headers["location"]) == (303, "/sandbox")
    await browser.post("/sandbox/switches", data={"copies": "2", "delay": "0.5", "disorder": "", "paused": "true"})
    await browser.post("/sandbox/faults", data={})
    page = await browser.get("/sandbox")
    assert page.status_code == 200
    assert "Sandbox" in page.text
    assert "2026-11-21 12:00 UTC" in page.text
    assert "0 waiting, paused" in page.text


async def test_an_address_without_a_page_says_so(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/nothing")
    assert answer.status_code == 404
    assert "Nothing is here" in answer.text
