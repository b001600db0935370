"""One request over a real socket."""

import http.client
from typing import Any, NamedTuple

import msgspec

from services.contract.requests import Request

PATIENCE = 30.0
"""Seconds after which a test gives up."""


class Answer(NamedTuple):
    """What came back; `body` is decoded."""

    status: int
    headers: dict[str, str]
    body: Any


def post(port: int, token: str, request: Request) -> Answer | None:
    """Send a request and return its answer, or None where the connection broke before there was one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", f"/rpc/{type(request).__name__}", msgspec.json.encode(request), headers)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, msgspec.json.decode(answer.read()))
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()
