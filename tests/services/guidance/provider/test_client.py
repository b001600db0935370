"""The model client over real sockets: what is sent, what comes back, and how each failure is told apart."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, aclosing

import pytest

from services.contract.errors import Refused
from services.contract.types import FailureKind
from services.contract.views import ChatUsage
from services.guidance.provider import client
from services.guidance.provider.client import OPENAI_ADDRESS, ChatModel, ModelMessage, ModelSettings, OutputLimit, probe
from services.guidance.provider.failures import ModelFailed
from services.guidance.provider.reading import MAX_CHARACTERS
from tests.clocks import FakeClock
from tests.model_server import ModelServer, Pace
from tests.model_server.reply import USAGE
from tests.model_server.texts import CLEAN, HOSTILE

HALF = CLEAN[: len(CLEAN) // 2]
MESSAGES = (ModelMessage("system", "You are a guide. „Grüße“ {{ }}"), ModelMessage("user", "What blocks them?"))
USED = ChatUsage(input_tokens=USAGE["prompt_tokens"], output_tokens=USAGE["completion_tokens"])
SOON = 0.15
"""Seconds: the deadline of scenarios that would wait for ever."""

Ask = Callable[..., ChatModel]


@pytest.fixture
async def ask(model_server: ModelServer, clock: FakeClock) -> AsyncIterator[Ask]:
    """Makes a model of a scenario's name, with any settings; all are closed after the test."""
    models = []

    def make(name: str, **settings: object) -> ChatModel:
        values: dict[str, object] = {"model": name, "base_url": model_server.base_url, "api_key": "sk-test"}
        models.append(ChatModel(ModelSettings(**(values | settings)), clock))  # type: ignore[arg-type]
        return models[-1]

    yield make
    for model in models:
        await model.close()


class Answer:
    """What a model streamed, and how it ended."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.usage: ChatUsage | None = None
        self.failed: ModelFailed | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def kind(self) -> FailureKind | None:
        return self.failed.kind if self.failed else None


async def answer_of(model: ChatModel) -> Answer:
    answer = Answer()
    try:
        async with aclosing(model.stream(model.body(MESSAGES))) as stream:
            async for piece in stream:
                if isinstance(piece, str):
                    answer.pieces.append(piece)
                else:
                    answer.usage = piece
    except ModelFailed as failed:
        answer.failed = failed
    return answer


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["normal", "null-choices", "split-bytes"])
async def test_an_answer_streams_as_it_was_written(ask: Ask, name: str) -> None:
    answer = await answer_of(ask(name))
    assert (answer.text, answer.failed) == (CLEAN, None)


async def test_an_answer_comes_piece_by_piece_and_then_what_it_used(ask: Ask) -> None:
    answer = await answer_of(ask("normal"))
    assert len(answer.pieces) > 20
    assert answer.usage == USED


@pytest.mark.parametrize("name", ["usage-missing", "usage-rubbish"])
async def test_an_answer_whose_use_is_not_known_is_an_answer(ask: Ask, name: str) -> None:
    answer = await answer_of(ask(name))
    assert (answer.text, answer.usage, answer.failed) == (CLEAN, None, None)


@pytest.mark.parametrize("name", ["late-usage", "drop-after-finish"])
async def test_what_goes_wrong_after_the_last_word_does_not_spoil_the_answer(ask: Ask, name: str) -> None:
    answer = await answer_of(ask(name, first_piece_within=2 * SOON))
    assert (answer.text, answer.usage, answer.failed) == (CLEAN, None, None)


async def test_hostile_text_is_passed_on_as_it_is_for_the_checks_to_judge(ask: Ask) -> None:
    assert (await answer_of(ask("link"))).text == HOSTILE["link"]
    assert (await answer_of(ask("split-escape"))).text == "Look\x1b[31mhere\x1b]52;c;cm0=\x07\u202enow."
    assert (await answer_of(ask("injection-echo"))).text == "What blocks them?"


async def test_a_second_question_can_be_answered_otherwise(ask: Ask) -> None:
    model = ask("then-clean")
    assert [(await answer_of(model)).text, (await answer_of(model)).text] == [HOSTILE["invented-amount"], CLEAN]


async def test_a_test_can_say_what_the_model_answers(ask: Ask, model_server: ModelServer) -> None:
    model_server.pace = Pace(characters=1)
    model_server.script = lambda document: f"You sent {len(document['messages'])} messages."
    answer = await answer_of(ask("scripted"))
    assert answer.pieces == list("You sent 2 messages.")


async def test_a_slow_answer_goes_on_when_the_server_does(ask: Ask, model_server: ModelServer) -> None:
    model = ask("stall")
    text = ""
    async with aclosing(model.stream(model.body(MESSAGES))) as stream:
        async for piece in stream:
            text += piece if isinstance(piece, str) else ""
            if text == HALF:
                model_server.open_gate()
    assert text == CLEAN


# ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────────────

K = FailureKind


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("400", K.REJECTED, ""),
        ("401", K.AUTHENTICATION, ""),
        ("403", K.AUTHENTICATION, ""),
        ("404", K.UNKNOWN_MODEL, ""),
        ("no-such-model", K.UNKNOWN_MODEL, ""),
        ("409", K.REJECTED, ""),
        ("413", K.REJECTED, ""),
        ("422", K.REJECTED, ""),
        ("500", K.SERVER_ERROR, ""),
        ("html-502", K.SERVER_ERROR, ""),
        ("failed-behind", K.SERVER_ERROR, HALF),
        ("content-filter", K.REJECTED, HALF),
        ("drop-at-once", K.DROPPED, ""),
        ("drop", K.DROPPED, HALF),
        ("clean-end", K.TRUNCATED, HALF),
        ("no-finish", K.TRUNCATED, HALF),
        ("length", K.TRUNCATED, HALF),
        ("empty", K.EMPTY, ""),
        ("blank", K.EMPTY, " \n\n "),
        ("tool-calls", K.EMPTY, ""),
        ("redirect", K.PROTOCOL, ""),
        ("not-a-stream", K.PROTOCOL, ""),
        ("mislabelled", K.PROTOCOL, ""),
        ("web-page", K.PROTOCOL, ""),
        ("compressed", K.PROTOCOL, ""),
        ("flood", K.PROTOCOL, ""),
        ("bad-json", K.PROTOCOL, HALF),
        ("bad-utf8", K.PROTOCOL, HALF),
        ("lone-surrogate", K.PROTOCOL, HALF),
        ("bad-shape", K.PROTOCOL, HALF),
        ("no-choices", K.PROTOCOL, HALF),
        ("bare-null", K.PROTOCOL, HALF),
        ("deep-json", K.PROTOCOL, HALF),
        ("error-event", K.PROTOCOL, HALF),
    ],
)
async def test_a_failure_is_told_apart_and_what_was_written_is_kept(
    ask: Ask, name: str, kind: FailureKind, text: str
) -> None:
    answer = await answer_of(ask(name))
    assert (answer.kind, answer.text) == (kind, text)


async def test_a_failure_brings_no_word_of_the_server(ask: Ask) -> None:
    failed = (await answer_of(ask("error-event"))).failed
    assert failed is not None
    assert str(failed) == "protocol"
    assert (failed.__cause__, failed.__suppress_context__) == (None, True)


async def test_a_full_server_says_when_to_come_back(ask: Ask, model_server: ModelServer) -> None:
    answer = await answer_of(ask("429"))
    assert answer.failed is not None
    assert (answer.kind, answer.failed.retry_after) == (K.RATE_LIMITED, 7.0)
    assert len(model_server.requests) == 1  # and it was not asked again behind the operator's back


@pytest.mark.parametrize("name", ["500", "drop-at-once"])
async def test_nothing_is_tried_twice(ask: Ask, model_server: ModelServer, name: str) -> None:
    await answer_of(ask(name))
    assert len(model_server.requests) == 1


@pytest.mark.parametrize("name", ["slow-first-token", "silent", "keep-alive-only", "blank-only", "reasoning-only"])
async def test_a_model_that_does_not_begin_is_slow_whatever_it_sends_beside(ask: Ask, name: str) -> None:
    answer = await answer_of(ask(name, first_piece_within=SOON, total_within=10 * SOON))
    assert answer.kind is K.SLOW_FIRST_TOKEN


@pytest.mark.parametrize("name", ["stall", "keep-alive-after-text"])
async def test_a_model_that_falls_silent_runs_out_of_time(ask: Ask, name: str) -> None:
    answer = await answer_of(ask(name, first_piece_within=2 * SOON))
    assert (answer.kind, answer.text) == (K.TIMED_OUT, HALF)


async def test_a_model_that_never_comes_to_an_end_runs_out_of_time(ask: Ask) -> None:
    answer = await answer_of(ask("drip", total_within=SOON))
    assert answer.kind is K.TIMED_OUT
    assert answer.text.startswith("word word ")


async def test_the_time_a_reader_takes_is_not_the_models(ask: Ask) -> None:
    model, slow_model = ask("normal", first_piece_within=SOON), ask("silent", first_piece_within=2 * SOON)
    text = ""
    async with aclosing(model.stream(model.body(MESSAGES))) as stream:
        async for piece in stream:
            if not text:
                assert (await answer_of(slow_model)).kind is K.SLOW_FIRST_TOKEN  # which takes longer than a piece may
            text += piece if isinstance(piece, str) else ""
    assert text == CLEAN


async def test_an_answer_without_end_is_read_to_the_limit(ask: Ask, model_server: ModelServer) -> None:
    answer = await answer_of(ask("endless"))
    assert (answer.kind, len(answer.text)) == (K.TRUNCATED, MAX_CHARACTERS)
    assert await left(model_server)


async def test_a_server_that_is_not_there_is_unreachable(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    assert (await answer_of(ask("normal", base_url=f"http://127.0.0.1:{port}/v1"))).kind is K.UNREACHABLE


async def test_a_server_that_takes_no_connection_is_unreachable_and_not_slow(ask: Ask) -> None:
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        base_url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        assert (await answer_of(ask("normal", base_url=base_url, first_piece_within=SOON))).kind is K.UNREACHABLE


async def test_a_server_that_hangs_up_dropped_the_question_and_is_not_asked_again(ask: Ask, clock: FakeClock) -> None:
    calls = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1") as server:
        base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        assert (await answer_of(ask("normal", base_url=base_url))).kind is K.DROPPED
        assert len(calls) == 1
        failed = await probe(ModelSettings(model="m", base_url=base_url), clock)
    assert failed is not None
    assert failed.kind is K.DROPPED


async def test_a_name_that_leads_nowhere_is_unreachable(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert (await answer_of(ask("normal", base_url="http://model.invalid/v1"))).kind is K.UNREACHABLE


async def test_plain_text_on_a_secure_port_is_unreachable(ask: Ask, model_server: ModelServer) -> None:
    answer = await answer_of(ask("normal", base_url=f"https://{model_server.address}/v1"))
    assert answer.kind is K.UNREACHABLE


async def test_a_fault_of_the_reader_is_not_taken_for_one_of_the_model(ask: Ask) -> None:
    async def read_badly(model: ChatModel) -> None:
        async with aclosing(model.stream(model.body(MESSAGES))) as stream:
            async for _ in stream:
                raise TypeError("the reader's own")

    with pytest.raises(TypeError, match="the reader's own"):
        await read_badly(ask("normal"))


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def left(server: ModelServer) -> bool:
    return await asyncio.to_thread(server.requests[-1].client_left.wait, 5)


@pytest.mark.parametrize("name", ["silent", "slow-first-token", "stall", "keep-alive-only"])
async def test_cancelling_closes_the_connection_at_once(ask: Ask, model_server: ModelServer, name: str) -> None:
    asking = asyncio.create_task(answer_of(ask(name)))
    assert await asyncio.to_thread(model_server.asked.wait, 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await left(model_server)


async def test_a_reader_that_has_seen_enough_closes_the_connection(ask: Ask, model_server: ModelServer) -> None:
    model = ask("stall")
    async with aclosing(model.stream(model.body(MESSAGES))) as stream:
        assert await anext(stream) == CLEAN[: model_server.pace.characters]
    assert await left(model_server)


async def test_a_deadline_closes_the_connection(ask: Ask, model_server: ModelServer) -> None:
    await answer_of(ask("keep-alive-only", first_piece_within=SOON))
    assert await left(model_server)


async def test_a_model_that_was_closed_can_be_asked_again(ask: Ask) -> None:
    model = ask("normal")
    await answer_of(model)
    await model.close()
    assert (await answer_of(model)).text == CLEAN


# ── what is sent ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_sent_is_the_body_to_the_byte(ask: Ask, model_server: ModelServer) -> None:
    model = ask("normal")
    await answer_of(model)
    (request,) = model_server.requests
    assert request.body == model.body(MESSAGES)
    assert request.path == "/v1/chat/completions"


def test_the_body_is_readable_json_with_its_keys_in_order(clock: FakeClock) -> None:
    body = ChatModel(ModelSettings(model="m", max_output_tokens=9), clock).body(MESSAGES).decode()
    assert "„Grüße“" in body
    assert list(json.loads(body).items()) == [
        ("model", "m"),
        ("messages", [{"role": message.role, "content": message.content} for message in MESSAGES]),
        ("max_completion_tokens", 9),
        ("stream", True),
        ("stream_options", {"include_usage": True}),
    ]


@pytest.mark.parametrize(
    ("field", "sent"),
    [("max_completion_tokens", {"max_completion_tokens"}), ("max_tokens", {"max_tokens"}), ("none", set())],
)
def test_the_limit_goes_by_the_name_the_server_knows(clock: FakeClock, field: OutputLimit, sent: set[str]) -> None:
    document = json.loads(ChatModel(ModelSettings(model="m", max_output_tokens_field=field), clock).body(MESSAGES))
    assert {name for name in document if name.startswith("max_")} == sent


async def test_the_key_is_sent_and_nothing_about_this_machine(ask: Ask, model_server: ModelServer) -> None:
    await answer_of(ask("normal"))
    headers = dict(model_server.requests[0].headers)
    assert headers.pop("host") == model_server.address
    assert int(headers.pop("content-length")) > 0
    assert headers == {
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "authorization": "Bearer sk-test",
        "content-type": "application/json",
        "user-agent": "billinghelp",
    }


async def test_without_a_key_none_is_sent(ask: Ask, model_server: ModelServer) -> None:
    await answer_of(ask("normal", api_key=None))
    assert "authorization" not in model_server.requests[0].headers


async def test_a_name_and_password_in_the_address_are_sent_in_place_of_the_key(
    ask: Ask, model_server: ModelServer
) -> None:
    model = ask("normal", base_url=f"http://ada:s%40fe@{model_server.address}/v1")
    assert (await answer_of(model)).text == CLEAN
    assert model_server.requests[0].headers["authorization"] == "Basic YWRhOnNAZmU="
    assert model.host == model_server.address


async def test_the_environment_of_the_process_leads_nothing_elsewhere(
    ask: Ask, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        for name in ("OPENAI_BASE_URL", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
        monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
        monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody")
        monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-somebody")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-custom\nX-Team: somebody\nCookie: a=b")
        assert (await answer_of(ask("normal", api_key=None))).text == CLEAN
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody came
            elsewhere.accept()
    sent = json.dumps(model_server.requests[0].headers)
    assert set(model_server.requests[0].headers) == {
        *("accept", "accept-encoding", "content-length", "content-type", "host", "user-agent")
    }
    assert "somebody" not in sent


async def test_a_redirect_is_not_followed(ask: Ask, model_server: ModelServer) -> None:
    await answer_of(ask("redirect"))
    assert [request.path for request in model_server.requests] == ["/v1/chat/completions"]


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"model": ""}, "BILLINGHELP_MODEL"),
        ({"model": "two\nlines"}, "BILLINGHELP_MODEL"),
        ({"model": "m" * 201}, "BILLINGHELP_MODEL"),
        ({"api_key": ""}, "OPENAI_API_KEY"),
        ({"api_key": "sk-\n"}, "OPENAI_API_KEY"),
        ({"api_key": "sk-schlüssel"}, "OPENAI_API_KEY"),
        ({"base_url": "localhost:11434"}, "OPENAI_BASE_URL"),
        ({"first_piece_within": 0}, "greater than 0"),
        ({"total_within": -1}, "greater than 0"),
        ({"max_output_tokens": 0}, "greater than 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(Refused, match=word) as caught:
        ModelSettings(**({"model": "m"} | settings))  # type: ignore[arg-type]
    assert caught.value.reason == "CONFIG_INVALID"
    assert "schlüssel" not in caught.value.message


def test_without_an_address_openai_is_asked_and_shown(clock: FakeClock) -> None:
    model = ChatModel(ModelSettings(model="m"), clock)
    assert (model.label, model.host) == ("m", "api.openai.com")
    assert OPENAI_ADDRESS == "https://api.openai.com/v1"


def test_settings_do_not_show_their_secrets() -> None:
    settings = ModelSettings(model="m", api_key="sk-secret", base_url="https://ada:secret@models.example/v1")
    assert repr(settings) == "ModelSettings(model='m', host='models.example')"
    assert "secret" not in f"{settings}"


# ── probing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("v1", None),
        ("404/v1", None),
        ("501/v1", None),
        ("401/v1", K.AUTHENTICATION),
        ("429/v1", K.RATE_LIMITED),
        ("html-502/v1", K.SERVER_ERROR),
        ("redirect/v1", K.PROTOCOL),
    ],
)
async def test_a_server_can_be_probed(
    model_server: ModelServer, clock: FakeClock, path: str, kind: FailureKind | None
) -> None:
    base_url = f"http://{model_server.address}/{path}"
    failed = await probe(ModelSettings(model="m", base_url=base_url, api_key="sk-test"), clock)
    assert (failed and failed.kind) == kind
    (request,) = model_server.requests
    assert (request.method, request.path) == ("GET", f"/{path}/models")
    assert request.headers["authorization"] == "Bearer sk-test"


async def test_a_server_that_is_not_there_fails_the_probe(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    failed = await probe(ModelSettings(model="m", base_url=f"http://127.0.0.1:{port}/v1"), clock)
    assert failed is not None
    assert failed.kind is K.UNREACHABLE


async def test_a_server_that_says_nothing_fails_the_probe(
    model_server: ModelServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PROBE_WITHIN", SOON)
    failed = await probe(ModelSettings(model="m", base_url=f"http://{model_server.address}/silent/v1"), clock)
    assert failed is not None
    assert failed.kind is K.TIMED_OUT
    assert await left(model_server)


# ── loading ───────────────────────────────────────────────────────────────────────────────────────────────────────────

FIRST_QUESTION = """
import asyncio, sys
from services.contract.clock import system_clock
from services.guidance.provider import client
from services.guidance.provider.client import ChatModel, ModelMessage, ModelSettings

def loaded():
    return [name for name in ("openai", "httpx2", "pydantic") if name in sys.modules]

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60.0  # a busy machine is no fault
    model = ChatModel(ModelSettings(model="normal", base_url=sys.argv[1]), system_clock)
    body = model.body([ModelMessage("user", "?")])
    print(loaded())
    async for _ in model.stream(body):
        pass
    print(loaded())
    await model.close()

asyncio.run(main())
"""


def test_the_library_is_loaded_with_the_first_question_and_not_before(model_server: ModelServer) -> None:
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", FIRST_QUESTION, model_server.base_url]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    assert run.stdout.splitlines() == ["[]", "['openai', 'httpx2', 'pydantic']"]
    assert run.stderr == ""


async def test_two_first_questions_can_be_asked_at_once(ask: Ask) -> None:
    model = ask("normal")
    answers = await asyncio.gather(answer_of(model), answer_of(model))
    assert [answer.text for answer in answers] == [CLEAN, CLEAN]


async def test_preparing_asks_nothing(ask: Ask, model_server: ModelServer) -> None:
    model = ask("normal")
    await model.prepare()
    assert model_server.requests == []
    assert (await answer_of(model)).text == CLEAN
