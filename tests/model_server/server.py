"""The model server: an ASGI app under uvicorn, in a thread, on a loopback port."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Self

import uvicorn

from tests.model_server.recording import Recorded
from tests.model_server.reply import ClientLeft, Pace, Reply, Send
from tests.model_server.scenarios import SCENARIOS, Scenario, answering, refusing
from tests.model_server.texts import CLEAN, HOSTILE

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Script = str | Callable[[dict[str, Any]], str]


class ModelServer:
    """A model server to be told what to do. A context manager: it serves inside.

    Attributes:
        pace: how text is streamed.
        script: what the model "scripted" answers: a text, or a function of the request's document.
        requests: what was asked since the last `reset`, oldest first.
        asked: set with the first of them.
    """

    def __init__(self, port: int = 0, pace: Pace = Pace()) -> None:  # noqa: B008  (frozen)
        self.pace = self._first_pace = pace
        self.script: Script = CLEAN
        self.requests: list[Recorded] = []
        self.asked = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        # Silent: half of the scenarios are what uvicorn rightly complains about.
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            proxy_headers=False,
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="model server", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gate = asyncio.Event()

    @property
    def address(self) -> str:
        """Host and port, as an app shows it."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def base_url(self) -> str:
        """What `OPENAI_BASE_URL` must be."""
        return f"http://{self.address}/v1"

    def open_gate(self) -> None:
        """Let the scenarios go on that wait."""
        if self._loop and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._gate.set)

    def reset(self) -> None:
        """Forget what was asked and told, and close the gate again."""
        self.requests = []
        self.asked.clear()
        self.script = CLEAN
        self.pace = self._first_pace
        if self._loop:
            self._loop.call_soon_threadsafe(self._gate.clear)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open_gate()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def wait(self) -> None:
        """Serve until the program is interrupted."""
        self._thread.join()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    # ── ASGI ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _app(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Recorded(scope["method"], scope["path"], headers, await _body(receive))
        scenario = self._scenario(request)
        self.requests.append(request)
        self.asked.set()
        left = asyncio.Event()
        reply = Reply(request, send, self.pace, self._gate, left)
        watching = asyncio.create_task(_watch(receive, reply, left))
        try:
            await scenario(reply)
        except ClientLeft:
            pass  # noted in `request.client_left`
        finally:
            watching.cancel()

    def _scenario(self, request: Recorded) -> Scenario:
        if request.method == "GET":
            # There is no model's name to choose by, so the path does it: /503/v1/models.
            name = request.path.split("/")[1]
            return _models if name == "v1" else self._named(name)
        return self._named(request.model, request)

    def _named(self, name: str, request: Recorded | None = None) -> Scenario:
        if name == "scripted" and request:
            return answering(self.script if isinstance(self.script, str) else self.script(request.document))
        if name == "then-clean":
            asked_before = any(earlier.model == name for earlier in self.requests)
            return answering(CLEAN if asked_before else HOSTILE["invented-amount"])
        if name.isdecimal() and name not in SCENARIOS:
            return refusing(int(name))
        return SCENARIOS.get(name, refusing(404))


async def _models(reply: Reply) -> None:
    listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in SCENARIOS]}
    await reply.whole(200, json.dumps(listed).encode(), content_type="application/json")


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _watch(receive: Receive, reply: Reply, left: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    if not reply.is_complete:
        left.set()
        reply.request.client_left.set()
