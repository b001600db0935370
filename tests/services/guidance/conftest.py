"""A model server for the tests that ask a model."""

from collections.abc import Iterator

import pytest

from tests.model_server import ModelServer


@pytest.fixture(scope="session")
def running_model_server() -> Iterator[ModelServer]:
    """The one model server of the session."""
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_server(running_model_server: ModelServer) -> Iterator[ModelServer]:
    """A model server that has been asked nothing yet, its gate closed."""
    running_model_server.reset()
    yield running_model_server
    running_model_server.open_gate()
