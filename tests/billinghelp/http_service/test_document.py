"""The OpenAPI document says what the service does: each method, each type, each status."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest

from billinghelp.http_service.document import openapi_document
from billinghelp.http_service.statuses import STATUS, TRANSPORT_STATUS
from services.contract.errors import Code
from services.surface.table import METHODS
from services.surface.wire import encode
from tests.billinghelp.http_service.conftest import in_process
from tests.surface import Workbench

DOCUMENT = openapi_document("1.2.3")


def references(part: Any) -> Iterator[str]:
    """Yield everything the document refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_method_has_its_operation() -> None:
    operations = {path: operation["post"] for path, operation in DOCUMENT["paths"].items() if "post" in operation}
    assert set(operations) == {f"/rpc/{method.name}" for method in METHODS}
    for path, operation in operations.items():
        assert operation["operationId"] == path.rpartition("/")[2]
        assert operation["summary"]
        assert {"200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"} <= set(
            operation["responses"]
        )


def test_every_refusal_has_a_status_and_every_status_a_meaning() -> None:
    assert set(STATUS) == set(Code)
    assert set(DOCUMENT["components"]["responses"]) == {str(n) for n in {*STATUS.values(), *TRANSPORT_STATUS.values()}}


def test_it_refers_to_nothing_that_is_not_there() -> None:
    for reference in set(references(DOCUMENT)):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_request_has_exactly_the_fields_of_its_type(method: Any) -> None:
    schema = DOCUMENT["components"]["schemas"][method.name]
    assert set(schema["properties"]) == {field.name for field in msgspec.structs.fields(method.request)}
    assert set(schema.get("required", ())) == {f.name for f in msgspec.structs.fields(method.request) if f.required}
    assert schema["additionalProperties"] is False


async def test_anybody_may_read_it(bench: Workbench) -> None:
    async with in_process(bench, None) as anybody:
        answer: httpx2.Response = await anybody.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json() == json.loads(encode(openapi_document(answer.json()["info"]["version"])))
