"""What the model server was asked, and how it ended."""

import json
import threading
from typing import Any


class Recorded:
    """One request as it arrived.

    `client_left` is set when the client goes away before it has got the whole reply.
    """

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.client_left = threading.Event()

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        document = json.loads(self.body)
        assert isinstance(document, dict)
        return document

    @property
    def model(self) -> str:
        """The model that was asked, and so the scenario."""
        return str(self.document["model"])
