"""The API's edge, through the real client and through plain HTTP: who may call, what is not there, and expansion."""

import httpx2
import pytest
import stripe

from services.payments.sandbox.sandbox import TEST_KEY, Sandbox
from services.payments.sandbox.world import API_VERSION

BEARER = {"Authorization": f"Bearer {TEST_KEY}"}


async def test_the_real_client_makes_reads_changes_and_lists(client: stripe.StripeClient) -> None:
    product = await client.v1.products.create_async({"name": "Growth", "metadata": {"tier": "2"}})
    await client.v1.products.update_async(product.id, {"metadata": {"tier": "", "nodes": "5"}})
    read = await client.v1.products.retrieve_async(product.id)
    assert (read.name, read.metadata.to_dict(), read.livemode) == ("Growth", {"nodes": "5"}, False)
    assert [each.id for each in (await client.v1.products.list_async()).data] == [product.id]


async def test_errors_are_the_librarys(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.products.retrieve_async("prod_none")
    error = caught.value
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
    assert error.user_message == "No such product: 'prod_none'"
    assert (error.request_id or "").startswith("req_")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("sk_live_0123456789", "refuses live keys"),
        ("rk_live_0123456789", "refuses live keys"),
        ("pk_test_0123456789", "begin with sk_test_"),
        ("secret_0123456789", "begin with sk_test_"),
    ],
)
async def test_keys_that_are_no_test_keys_are_refused(sandbox: Sandbox, key: str, message: str) -> None:
    transport = httpx2.ASGITransport(app=sandbox.application)
    async with httpx2.AsyncClient(transport=transport, base_url=sandbox.base) as http:
        answer = await http.get("/v1/products", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert message in answer.json()["error"]["message"]
    assert key not in answer.text


async def test_the_client_takes_a_refused_key_for_what_it_is(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.AuthenticationError, match="refuses live keys"):
        await client.v1.products.list_async(options={"api_key": "sk_live_0123456789"})


async def test_a_key_is_needed_and_may_come_as_curl_sends_it(browser: httpx2.AsyncClient) -> None:
    assert (await browser.get("/v1/products")).status_code == 401
    assert (await browser.get("/v1/products", headers={"Authorization": "Basic !"})).status_code == 401
    assert (await browser.get("/v1/products", auth=("sk_test_anything", ""))).status_code == 200


async def test_a_plain_form_is_all_that_it_takes(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/v1/products", headers=BEARER, data={"name": "Växt", "metadata[a]": "1"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Växt")
    assert answer.headers["request-id"].startswith("req_")
    listed = await browser.get(f"/v1/products?ids[0]={answer.json()['id']}&limit=1", headers=BEARER)
    assert listed.json()["data"] == [answer.json()]


async def test_the_event_names_the_request(browser: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    headers = BEARER | {"Idempotency-Key": "op-1"}
    answer = await browser.post("/v1/products", headers=headers, data={"name": "Growth"})
    with sandbox.world() as world:
        (event,) = world.all("event")
    assert event["request"] == {"id": answer.headers["request-id"], "idempotency_key": "op-1"}


async def test_one_api_version_is_spoken(browser: httpx2.AsyncClient) -> None:
    spoken = await browser.get("/v1/products", headers=BEARER | {"Stripe-Version": API_VERSION})
    other = await browser.get("/v1/products", headers=BEARER | {"Stripe-Version": "2018-05-21"})
    assert (spoken.status_code, other.status_code) == (200, 400)
    assert API_VERSION in other.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/products"), ("GET", "/v1/")])
async def test_what_the_api_does_not_have_is_not_found(browser: httpx2.AsyncClient, method: str, path: str) -> None:
    answer = await browser.request(method, path, headers=BEARER)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == f"Unrecognized request URL ({method}: {path})."


async def test_json_and_other_bodies_are_refused(browser: httpx2.AsyncClient) -> None:
    for answer in (
        await browser.post("/v1/products", headers=BEARER, json={"name": "Growth"}),
        await browser.post("/v1/products", headers=BEARER, content="name=Växt".encode("latin-1")),
        await browser.get("/v1/products/prod_1?colour=red", headers=BEARER),
    ):
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert (await browser.post("/v1/products", headers=BEARER, content=b"x" * 1_100_000)).status_code == 413


async def test_ids_become_objects_where_that_is_asked_for(client: stripe.StripeClient) -> None:
    product = await client.v1.products.create_async({"name": "Growth"})
    params: dict[str, object] = {"product": product.id, "currency": "eur", "unit_amount": 500}
    price = await client.v1.prices.create_async({**params, "expand": ["product"]})  # type: ignore[typeddict-item]
    assert price.product["name"] == "Growth"  # type: ignore[index]
    listed = await client.v1.prices.list_async({"expand": ["data.product"]})
    assert listed.data[0].product["name"] == "Growth"  # type: ignore[index]
    assert (await client.v1.prices.retrieve_async(price.id)).product == product.id
    # null stays null, however much is asked for behind it
    nothing = await client.v1.products.retrieve_async(product.id, {"expand": ["default_price.product"]})
    assert nothing.default_price is None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("colour", "cannot be expanded (colour)"),
        ("name", "cannot be expanded (name)"),
        ("active.product", "cannot be expanded (active.product)"),
        ("a.b.c.d.e", "more than 4 levels"),
    ],
)
async def test_what_cannot_be_expanded_is_refused(client: stripe.StripeClient, path: str, message: str) -> None:
    product = await client.v1.products.create_async({"name": "Growth"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.products.retrieve_async(product.id, {"expand": [path]})
    assert message in str(caught.value)


# ── for this machine alone ────────────────────────────────────────────────────────────────────────────────────────────


async def test_other_machines_are_not_answered(sandbox: Sandbox) -> None:
    transport = httpx2.ASGITransport(app=sandbox.application, client=("192.0.2.7", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url=sandbox.base) as http:
        assert (await http.get("/v1/products", headers=BEARER)).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
async def test_a_name_that_leads_here_by_a_trick_is_not_answered(browser: httpx2.AsyncClient, host: str) -> None:
    assert (await browser.get("/sandbox", headers={"Host": host})).status_code == 403


async def test_another_sites_forms_are_not_taken(browser: httpx2.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.post("/sandbox/clock/advance", json={"seconds": 1}, headers=headers)).status_code == 403
    assert (await browser.get("/sandbox", headers=headers)).status_code == 200  # a link is harmless


async def test_a_defect_is_answered_and_not_hidden(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.close()
    transport = httpx2.ASGITransport(app=sandbox.application, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=sandbox.base) as http:
        answer = await http.get("/v1/products", headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["message"].split(":")[0]) == (500, "The sandbox failed")
