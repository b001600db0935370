"""The service fuzzed from its own document: for whatever that allows or forbids, an answer that the document names.

The same examples in every run; EXAMPLES=1000 in the environment tries more.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from billinghelp.http_service.document import openapi_document
from services.contract.principals import Role
from services.storage.engine import Store
from tests.http_server import Served, serving
from tests.services.payments.paying import paying
from tests.surface import customer

EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
PATIENCE = 10.0
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
    ignored_auth,
]
ALLOWED, FORBIDDEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPERATIONS = [(verb.upper(), path) for path, verbs in openapi_document("0")["paths"].items() for verb in verbs]
RUNS = [(*operation, mode) for operation in OPERATIONS for mode in (ALLOWED, FORBIDDEN)]


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with two customers, whose payments a sandbox takes: without one, a refusal is all there would be."""
    store = Store(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('fuzzing') / 'store.db')}")
    with paying(store) as bench:
        bench.feed(customer(), customer("beta", billing={"payment_rail": "none"}))
        with serving(bench.surface, store) as server:
            yield server
    bench.surface.close()


@pytest.fixture(scope="module")
def schema(served: Served) -> Any:
    """The document as the service gives it."""
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


@pytest.fixture(scope="module")
def session(served: Served) -> Iterator[requests.Session]:
    """A caller who may do everything."""
    with requests.Session() as caller:
        caller.headers["Authorization"] = f"Bearer {served.token(Role.PLATFORM_ADMIN)}"
        yield caller


@pytest.mark.parametrize(
    ("verb", "path", "mode"),
    # a page takes nothing, so that nothing is forbidden there
    [run for run in RUNS if run[0] == "POST" or run[2] is ALLOWED],
    ids=lambda part: part.rpartition("/")[2] if isinstance(part, str) else part.value,
)
def test_every_answer_is_one_that_the_document_names(
    schema: Any, session: requests.Session, verb: str, path: str, mode: GenerationMode
) -> None:
    operation = schema[path][verb]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        if known and mode is ALLOWED and isinstance(case.body, dict) and "customer_id" in case.body:
            case.body["customer_id"] = "acme-eu"  # what is made up finds nobody
        case.call_and_validate(session=session, checks=CHECKS, timeout=PATIENCE)

    ask()


@pytest.mark.parametrize("verb", ["TRACE", "CONNECT", "QUERY", "PROPFIND"])
def test_odd_verbs_are_refused(served: Served, session: requests.Session, verb: str) -> None:
    assert session.request(verb, f"{served.url}/rpc/WhoAmI", timeout=PATIENCE).status_code in (400, 405)
