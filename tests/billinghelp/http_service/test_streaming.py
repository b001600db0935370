"""An answer of the chat over HTTP: its events, its pulse, and its end when nobody listens any more."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import msgspec
import pytest
from fastapi import FastAPI

from billinghelp.config import ServerLimits
from billinghelp.http_service.app import make_app
from services.contract.errors import Code, Refused
from services.contract.principals import Role
from services.contract.requests import CreateToken, GetBillingChatThread
from services.contract.views import ChatAnswer, ChatDelta, ChatEvent, ChatThread
from services.guidance.guide import Guide
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.billinghelp.http_service.asgi import Caller
from tests.model_server.texts import CLEAN
from tests.services.guidance.scripted import ScriptedModel
from tests.surface import OWNER, Workbench, customer

PATH = "/rpc/AskBillingChat"
QUESTION = {"customer_id": "acme-eu", "starter": "unblock_billing"}
PULSE = b": keep-alive\n\n"
NEVER = 60.0


class Chat:
    """An application whose model says what a test tells it to."""

    def __init__(self, store: Store, *script: str | asyncio.Event, **limits: Any) -> None:
        self.model = ScriptedModel(script)
        self.bench = Workbench(store, guide=Guide(self.model))
        self.bench.feed(customer())
        self.app: FastAPI = make_app(
            self.bench.surface, store, ServerLimits(**({"pulse_seconds": NEVER, "body_seconds": NEVER} | limits))
        )

    def ask(self, question: dict[str, Any] | None = None, role: Role = Role.OPERATOR) -> Caller:
        """Return somebody who asks."""
        token = self.bench.surface.dispatch(OWNER, CreateToken(role=role, name="olga")).token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return Caller(self.app, PATH, question or QUESTION, headers)

    def thread(self) -> ChatThread:
        """Return what was kept."""
        thread: ChatThread = self.bench.call(GetBillingChatThread(customer_id="acme-eu"))
        return thread

    async def figures(self) -> str:
        """Return the figures for Prometheus."""
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://s") as client:
            return (await client.get("/metrics")).text


def event(message: Any) -> dict[str, Any]:
    """Return the event that a piece of the answer holds."""
    text: bytes = message["body"]
    assert text.startswith(b"data: ")
    assert text.endswith(b"\n\n")
    found: dict[str, Any] = json.loads(text[len(b"data: ") :])
    return found


async def events(caller: Caller) -> list[dict[str, Any]]:
    """Return the events of a whole answer."""
    start = await caller.next()
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    found = []
    while (message := await caller.next()).get("more_body"):
        found.append(event(message))
    return found


async def test_each_event_is_sent_as_it_comes_and_the_answer_comes_last(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, CLEAN)
    async with chat.ask() as caller:
        found = await events(caller)
        await caller.end()
    assert [each["type"] for each in found[:-1]] == ["delta"] * (len(found) - 1)
    msgspec.convert(found[0], ChatDelta)
    answer = msgspec.convert(found[-1], ChatAnswer)
    assert chat.thread().messages[-1] == answer.message


async def test_the_stream_says_what_it_is_and_that_nobody_is_to_gather_it(sqlite_store: Store) -> None:
    async with Chat(sqlite_store, CLEAN).ask() as caller:
        headers = dict((await caller.next())["headers"])
    assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"x-request-id" in headers


@pytest.mark.parametrize(
    ("question", "role", "status", "reason"),
    [
        ({"customer_id": "nobody", "starter": "unblock_billing"}, Role.OPERATOR, 404, "CUSTOMER_NOT_FOUND"),
        ({"customer_id": "acme-eu"}, Role.OPERATOR, 400, "INVALID_QUESTION"),
        (QUESTION, Role.SERVICE, 403, "PERMISSION_DENIED"),
    ],
)
async def test_a_question_that_is_refused_is_answered_as_any_other_call(
    sqlite_store: Store, question: dict[str, Any], role: Role, status: int, reason: str
) -> None:
    async with Chat(sqlite_store, CLEAN).ask(question, role) as caller:
        start, body = await caller.next(), await caller.next()
    assert start["status"] == status
    assert json.loads(body["body"])["error"]["reason"] == reason


async def test_while_the_model_is_silent_the_connection_is_shown_to_be_alive(sqlite_store: Store) -> None:
    gate = asyncio.Event()
    chat = Chat(sqlite_store, gate, CLEAN, pulse_seconds=0.01)
    async with chat.ask() as caller:
        assert (await caller.next())["status"] == 200
        assert [(await caller.next())["body"] for _ in range(3)] == [PULSE] * 3
        gate.set()
        while (message := await caller.next())["body"] == PULSE:
            pass
        assert event(message)["type"] == "delta"


class LateRefusal(Surface):
    """A surface that takes its time to refuse."""

    gate: asyncio.Event

    async def stream(self, *_: Any) -> AsyncGenerator[ChatEvent, None]:
        await self.gate.wait()
        raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "Try again.", {"retry_after": 3})
        yield


async def test_a_refusal_after_a_sign_of_life_is_the_last_event(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, CLEAN, pulse_seconds=0.01)
    chat.bench.surface.__class__ = LateRefusal
    LateRefusal.gate = asyncio.Event()
    async with chat.ask() as caller:
        assert (await caller.next())["status"] == 200
        assert (await caller.next())["body"] == PULSE
        LateRefusal.gate.set()
        while (message := await caller.next())["body"] == PULSE:
            pass
        assert not (await caller.next()).get("more_body")
        await caller.end()
    assert event(message) == {
        "type": "error",
        "code": "unavailable",
        "reason": "STORE_LOCKED",
        "message": "Try again.",
        "details": {"retry_after": "3"},
    }


async def test_who_hangs_up_stops_the_model_at_once_and_what_was_written_is_kept(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, CLEAN, asyncio.Event())
    async with chat.ask() as caller:
        await caller.next()
        assert event(await caller.next())["type"] == "delta"
        assert "billinghelp_chat_streams_open 1.0" in await chat.figures()
        caller.hang_up()
        await caller.end()
    assert chat.model.closed == 1
    assert chat.thread().messages[-1].partial == "stopped"
    figures = await chat.figures()
    assert "billinghelp_chat_streams_open 0.0" in figures
    assert 'billinghelp_requests_total{method="AskBillingChat",status="499"} 1.0' in figures


async def test_who_hangs_up_before_the_first_word_stops_the_model_too(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, asyncio.Event(), pulse_seconds=0.01)
    async with chat.ask() as caller:
        while not chat.model.sent:
            await caller.next()  # a sign of life, which may come before the model is asked
        caller.hang_up()
        await caller.end()
    assert chat.model.closed == 1


async def test_who_takes_nothing_is_not_written_to_for_ever(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, CLEAN, asyncio.Event(), body_seconds=0.01, pulse_seconds=0.01)
    async with chat.ask() as caller:
        await caller.next()
        caller.stop_accepting()
        await caller.end()
    assert chat.model.closed == 1


async def test_more_answers_than_are_written_at_once_are_told_to_come_again(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, asyncio.Event(), pulse_seconds=0.01, max_chat_streams=1)
    async with chat.ask() as first:
        await first.next()
        async with chat.ask() as second:
            start = await second.next()
            assert start["status"] == 503
            assert (b"retry-after", b"1") in start["headers"]


async def test_a_shutdown_that_has_waited_long_enough_keeps_what_was_written(sqlite_store: Store) -> None:
    chat = Chat(sqlite_store, CLEAN, asyncio.Event())
    async with chat.ask() as caller:
        await caller.next()
        await caller.next()
        caller.cancel()
        await caller.end()
    assert chat.thread().messages[-1].partial == "stopped"
