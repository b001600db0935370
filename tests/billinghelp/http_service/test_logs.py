"""The log of a server: a line a request, which names no customer and gives away no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from billinghelp.http_service.logs import log_to_standard_output
from services.contract.principals import Role
from tests.billinghelp.http_service.conftest import Token, in_process
from tests.surface import Workbench

SECRET = "correct-horse-battery"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as on standard output."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    names = (None, "billinghelp", "services", "uvicorn", "uvicorn.error")
    levels = {name: logging.getLogger(name).level for name in names}
    # Other servers of the tests have their own ways with these.
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
    server = logging.getLogger("uvicorn")
    own, propagates = server.handlers[:], server.propagate
    server.handlers, server.propagate = [], True
    out = io.StringIO()
    root.handlers = []  # those of the tests' own machinery are not closed
    log_to_standard_output([SECRET], out)
    yield out
    root.handlers = handlers
    server.handlers, server.propagate = own, propagates
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Return the lines; each is a JSON object of its own."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_a_request_leaves_one_line(bench: Workbench, token: Token, log: io.StringIO) -> None:
    text = token()
    async with in_process(bench, text) as client:
        await client.post(
            "/rpc/GetCustomerBillingView", json={"customer_id": "acme-eu"}, headers={"X-Request-Id": "r-1"}
        )
    [line] = [line for line in lines(log) if line["logger"].startswith("billinghelp.")]
    assert line.pop("time").endswith("Z")
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "INFO",
        "logger": "billinghelp.http_service.observing",
        "message": "answered",
        "request_id": "r-1",
        "method": "GetCustomerBillingView",
        "status": 200,
        "token_id": text.partition(".")[0],
    }


async def test_a_refusal_is_logged_with_its_reason_and_a_stranger_has_no_name(
    bench: Workbench, token: Token, log: io.StringIO
) -> None:
    forged = token().partition(".")[0] + "." + "x" * 43
    async with in_process(bench, forged) as client:
        await client.post("/rpc/WhoAmI", json={})
    [line] = [line for line in lines(log) if line["logger"].startswith("billinghelp.")]
    assert (line["status"], line["reason"]) == (401, "TOKEN_INVALID")
    assert "token_id" not in line


async def test_nothing_of_a_request_stands_in_the_log(bench: Workbench, token: Token, log: io.StringIO) -> None:
    text = token(Role.PLATFORM_ADMIN)
    view = bench.view()
    async with in_process(bench, text) as client:
        reason = {"reason": "the owner, Erika Mustermann, called", "request_id": "q1", "etag": view.billing.etag}
        await client.post("/rpc/MarkInvoiceVerified", json={"customer_id": "acme-eu"} | reason)
        await client.post("/rpc/ListBillingCustomers?q=acme-eu", json={"query": "Acme GmbH"})
        await client.post("/rpc/AskBillingChat", json={"customer_id": "acme-eu", "question": "What of Acme?"})
        await client.post("/rpc/CreateToken", json={"role": "service", "name": "Feeder of Acme"})
        await client.post("/rpc/acme-eu", json={"Acme": 1})
    written = log.getvalue()
    assert written.count("answered") == 5
    assert not [word for word in ("acme", "Acme", "Erika", "olga", "Feeder", text.partition(".")[2]) if word in written]


async def test_probes_that_find_all_well_are_not_logged(bench: Workbench, log: io.StringIO) -> None:
    async with in_process(bench, None) as anybody:
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            await anybody.get(path)
    assert not [line for line in lines(log) if line["logger"].startswith("billinghelp.")]


def test_secrets_are_blacked_out_and_the_line_stays_json(log: io.StringIO) -> None:
    logging.getLogger("any").warning(
        'no use: %s, sk-abcdefgh, Bearer "x", postgresql://me:pw@db/b', SECRET, extra={"url": f"https://{SECRET}@h/"}
    )
    [line] = lines(log)
    assert line["message"] == "no use: [hidden], [hidden], Bearer [hidden] postgresql://[hidden]@db/b"
    assert line["url"] == "https://[hidden]@h/"


def test_a_fault_is_logged_by_its_place_and_not_by_its_words(log: io.StringIO) -> None:
    try:
        try:
            dict[str, int]()["Acme GmbH"]
        except KeyError as error:
            raise ValueError("Acme GmbH owes 12 EUR") from error
    except ValueError:
        logging.getLogger("any").exception("a fault")
    [line] = lines(log)
    assert "Acme" not in json.dumps(line)
    assert "KeyError" in line["exc_info"]
    assert "ValueError" in line["exc_info"]
    assert "test_logs.py" in line["exc_info"]


def test_the_web_servers_own_lines_are_of_the_same_kind(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Shutting down", extra={"color_message": "\x1b[1mShutting down"})
    [line] = lines(log)
    assert (line["logger"], line["message"]) == ("uvicorn.error", "Shutting down")
    assert "color_message" not in line
