"""Whatever answers at the platform's address, and however, becomes one typed answer; over real sockets."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contract.types import ChangeRequestKind
from services.platform.http_platform import HttpPlatform
from services.platform.port import (
    Answer,
    Applied,
    ChangeOrder,
    Declined,
    OrderedAllowance,
    OrderedBackup,
    OrderedEgress,
    Unanswered,
)
from services.platform.settings import PlatformSettings
from tests import platform_server as server
from tests.clocks import START, FakeClock
from tests.platform_server import TOKEN, Answering, PlatformServer

BEFORE = OrderedAllowance(
    cpu="500m",
    memory="4Gi",
    storage="50Gi",
    egress=[OrderedEgress("api.github.com", [443])],
    hostnames=[],
    ingress_classes=["internal"],
    capabilities=[],
    assignment_mode="shared",
    backup=OrderedBackup(schedule="daily", retention_days=7, default_protection=True),
)
ORDER = ChangeOrder(
    change_request_id="cr_0001",
    customer_id="acme-eu",
    kind=ChangeRequestKind.EXPOSURE_HOSTNAME,
    desired={"hostnames": "photos.müller.example"},
    before=BEFORE,
    after=BEFORE,
    reason="Immich import needs a name until Friday.",
    requested_by="anna",
    decided_by="olga",
    decided_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    policy_version="1",
)


@pytest.fixture
async def client(platform: PlatformServer) -> AsyncIterator[HttpPlatform]:
    found = HttpPlatform(PlatformSettings(url=platform.url, token=TOKEN, answer_within=5), FakeClock())
    yield found
    await found.hang_up()


async def asked(client: HttpPlatform, platform: PlatformServer, answering: Answering) -> Answer:
    platform.answers(answering)
    return await client.send(ORDER)


async def test_the_platform_is_told_everything_once_and_who_tells(
    client: HttpPlatform, platform: PlatformServer
) -> None:
    assert await client.send(ORDER) == Applied()
    [told] = platform.told
    assert told.path == "/changes"
    assert told.key == "cr_0001"
    assert told.headers["authorization"] == f"Bearer {TOKEN}"
    assert told.headers["content-type"] == "application/json"
    assert told.document["desired"] == {"hostnames": "photos.müller.example"}
    assert told.document["before"]["egress"] == [{"target": "api.github.com", "ports": [443]}]
    assert told.document["after"]["backup"] == {"schedule": "daily", "retention_days": 7, "default_protection": True}
    assert told.document["decided_at"] == "2026-11-20T12:00:00Z"


async def test_without_a_token_none_is_sent(platform: PlatformServer) -> None:
    client = HttpPlatform(PlatformSettings(url=platform.url), FakeClock())
    assert await client.send(ORDER) == Applied()
    await client.hang_up()
    assert "authorization" not in platform.told[0].headers


async def test_an_order_may_be_told_again_after_hanging_up(client: HttpPlatform) -> None:
    assert await client.send(ORDER) == Applied()
    await client.hang_up()
    assert await client.send(ORDER) == Applied()


@pytest.mark.parametrize("status", [200, 201])
async def test_what_was_carried_out_is_applied(client: HttpPlatform, platform: PlatformServer, status: int) -> None:
    assert await asked(client, platform, server.replies(status, {"status": "applied", "more": 1})) == Applied()


@pytest.mark.parametrize("answering", [server.accepted, server.replies(202, body=b""), server.replies(202, [])])
async def test_what_is_only_accepted_is_asked_about_again(
    client: HttpPlatform, platform: PlatformServer, answering: Answering
) -> None:
    assert await asked(client, platform, answering) == Unanswered(
        problem=f"The platform at {platform.host} is still at it."
    )


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
async def test_what_the_platform_declines_is_declined_in_its_words(
    client: HttpPlatform, platform: PlatformServer, status: int
) -> None:
    said = {"message": "  The cluster\n\x1b[31mis full\u202e until Monday. "}
    assert await asked(client, platform, server.replies(status, said)) == Declined(
        "The cluster [31mis full until Monday."
    )


async def test_a_long_story_is_cut_and_no_story_is_said_to_be_none(
    client: HttpPlatform, platform: PlatformServer
) -> None:
    long = await asked(client, platform, server.replies(409, {"message": "x" * 5_000}))
    assert long == Declined("x" * 199 + "…")
    assert await asked(client, platform, server.replies(409, {"message": " \n"})) == Declined("it did not say why")


@pytest.mark.parametrize(
    ("answering", "problem"),
    [
        (server.replies(408), "The platform at {host} cannot do it now (408)."),
        (server.replies(425), "The platform at {host} cannot do it now (425)."),
        (server.replies(500), "The platform at {host} cannot do it now (500)."),
        (server.replies(503, {"message": "maintenance"}), "The platform at {host} cannot do it now (503)."),
        (server.replies(429), "The platform at {host} is told too much at once (429)."),
        (server.replies(401), "The platform at {host} does not take the token (401): check [platform] token."),
        (server.replies(302, Location="/other"), "What answers at {host} leads elsewhere (302): check [platform] url."),
        (
            server.replies(307, Location="http://127.0.0.1:1/"),
            "What answers at {host} leads elsewhere (307): check [platform] url.",
        ),
        (server.hang_up, "What answers at {host} is no platform, or broke off: check [platform] url."),
        (server.break_off, "What answers at {host} is no platform, or broke off: check [platform] url."),
        (server.babble, "What answers at {host} is no platform, or broke off: check [platform] url."),
        (server.flood, "What answers at {host} is no platform, or broke off: check [platform] url."),
    ],
)
async def test_what_decides_nothing_is_told_again(
    client: HttpPlatform, platform: PlatformServer, answering: Answering, problem: str
) -> None:
    assert await asked(client, platform, answering) == Unanswered(problem=problem.format(host=platform.host))
    assert platform.strayed == []
    assert len(platform.told) == 1


@pytest.mark.parametrize("status", [200, 404, 405, 409])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b'{"status": "done"}',
        b'{"status": 1}',
        b'{"message": 1}',
        b'["applied"]',
        b"[" * 60_000,
        b'{"status": "\xff"}',
        b"\x1f\x8b\x08\x00",
        b"null",
    ],
    ids=lambda body: repr(body[:12]),
)
async def test_what_no_platform_says_decides_nothing(
    client: HttpPlatform, platform: PlatformServer, status: int, body: bytes
) -> None:
    assert await asked(client, platform, server.replies(status, body=body)) == Unanswered(
        problem=f"What answers at {platform.host} is no platform ({status}): check [platform] url."
    )


async def test_words_of_a_refusal_do_not_end_an_order_that_was_carried_out_or_an_outage(
    client: HttpPlatform, platform: PlatformServer
) -> None:
    both = {"status": "applied", "message": "no"}
    assert await asked(client, platform, server.replies(200, both)) == Applied()
    assert isinstance(await asked(client, platform, server.replies(500, both)), Unanswered)


@pytest.mark.parametrize("answering", [server.silence, server.drip])
async def test_who_does_not_answer_in_time_is_not_waited_for(platform: PlatformServer, answering: Answering) -> None:
    hasty = HttpPlatform(PlatformSettings(url=platform.url, answer_within=0.2), FakeClock())
    assert await asked(hasty, platform, answering) == Unanswered(
        problem=f"The platform at {platform.host} did not answer in time."
    )
    await hasty.hang_up()


async def test_a_platform_that_is_not_there_is_told_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = HttpPlatform(PlatformSettings(url=f"http://127.0.0.1:{port}"), FakeClock())
    assert await client.send(ORDER) == Unanswered(problem=f"The platform at 127.0.0.1:{port} cannot be reached.")
    await client.hang_up()


async def test_what_speaks_no_tls_is_not_trusted_with_the_order(platform: PlatformServer) -> None:
    client = HttpPlatform(PlatformSettings(url=platform.url.replace("http:", "https:"), token=TOKEN), FakeClock())
    assert isinstance(await client.send(ORDER), Unanswered)
    await client.hang_up()
    assert platform.told == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ((START + timedelta(minutes=2)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 120.0),
        ("Fri, 20 Nov 2020 12:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("9" * 50, None),
    ],
)
async def test_when_to_come_again_is_what_the_platform_says(
    client: HttpPlatform, platform: PlatformServer, said: str, seconds: float | None
) -> None:
    for status in (202, 429, 503):
        answer: Any = await asked(client, platform, server.replies(status, Retry_After=said))
        assert answer.retry_after == seconds
