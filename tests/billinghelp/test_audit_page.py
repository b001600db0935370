"""The Audit page: events, one stream of them, the verification with its progress, and the trail as a file."""

import asyncio
from pathlib import Path

from billinghelp.pages.audit import AuditPage
from billinghelp.pages.audit_work import TrailVerdict, verify_trail
from services.audit.export import read_heads
from services.contract.errors import Code, Refused
from services.contract.requests import ListAuditEvents, VerifyAuditTrail
from services.contract.views import AuditPage as EventPage
from services.contract.views import AuditVerification, LedgerVerification, StreamVerification
from tests.billinghelp.fake_desk import FakeDesk
from tests.billinghelp.running import Running, running
from tests.builders import make_event


def verification(*streams: StreamVerification, token: str | None = None) -> AuditVerification:
    ledger = LedgerVerification(customers=2, entries=8, mismatched=[])
    return AuditVerification(streams=list(streams), ledger=ledger, next_page_token=token)


def sound(stream: str) -> StreamVerification:
    return StreamVerification(stream=stream, status="OK", length=3, last_hash="ab")


def broken(stream: str) -> StreamVerification:
    return StreamVerification(stream=stream, status="BROKEN", length=3, last_hash="ab", broken_at=2, detail="a byte")


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def open_page(run: Running) -> AuditPage:
    await run.press("f5")
    assert isinstance(run.app.screen, AuditPage)
    return run.app.screen


async def test_it_shows_all_events_newest_first() -> None:
    async with running() as run:
        await open_page(run)
        asked = run.desk.asked(ListAuditEvents)[-1]
        assert (asked.stream, asked.order) == (None, "newest")
        assert "ApplySupportCredit" in run.text
        assert "of all streams" in run.text


async def test_it_shows_the_events_of_one_customer_and_escape_shows_all_again() -> None:
    async with running() as run:
        await open_page(run)
        await run.press("slash", "down", "down", "enter")
        await run.type("bolt")
        await run.press("enter")
        assert run.desk.asked(ListAuditEvents)[-1].stream == "bolt"
        assert "of the stream bolt" in run.text
        await run.press("escape")
        assert run.desk.asked(ListAuditEvents)[-1].stream is None


async def test_it_shows_the_stream_of_what_has_no_customer() -> None:
    async with running() as run:
        await open_page(run)
        await run.press("slash", "down", "enter")
        assert run.desk.asked(ListAuditEvents)[-1].stream == "system"


async def test_sound_chains_are_one_sentence() -> None:
    async with running() as run:
        await open_page(run)
        await run.press("v")
        assert "3 streams OK, 12 ledger entries checked." in run.notice


async def test_only_what_is_broken_is_listed_then_the_summary() -> None:
    async with running() as run:
        await open_page(run)
        run.desk.scripts[VerifyAuditTrail] = lambda _request: verification(sound("acme-eu"), broken("bolt"))
        await run.press("v")
        assert "BROKEN at 2" in run.text
        assert "bolt" in run.text
        assert "acme-eu: " not in run.text
        assert "1 of 2 streams not OK." in run.notice


async def test_verifying_goes_page_by_page_and_tells_how_far_it_is() -> None:
    desk, told = FakeDesk(), list[str]()
    pages = {None: verification(sound("a"), sound("b"), token="t1"), "t1": verification(broken("c"))}
    desk.scripts[VerifyAuditTrail] = lambda request: pages[request.page_token]
    verdict = await verify_trail(desk, None, told.append)
    assert (verdict.streams, [stream.stream for stream in verdict.broken]) == (3, ["c"])
    assert told == ["Verified 2 streams so far…"]
    assert not verdict.sound


def test_balances_that_differ_from_their_ledger_are_not_sound() -> None:
    verdict = TrailVerdict(2, (), LedgerVerification(customers=2, entries=8, mismatched=["bolt"]))
    assert not verdict.sound
    assert verdict.summary == "balances that differ from the ledger: 1."


async def test_escape_stops_a_verification() -> None:
    async with running() as run:
        await open_page(run)
        gate = asyncio.Event()
        answer = run.desk.call

        async def slow(request: object) -> object:
            if isinstance(request, VerifyAuditTrail):
                await gate.wait()
            return await answer(request)  # type: ignore[arg-type]

        run.desk.call = slow  # type: ignore[method-assign]
        await run.pilot.press("v")
        await run.pilot.pause()
        assert "esc stops" in run.notice
        await run.press("escape")
        assert "Stopped." in run.notice


async def test_a_verification_that_fails_says_why() -> None:
    async with running() as run:
        await open_page(run)
        run.desk.refuse(VerifyAuditTrail, Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy."))
        await run.press("v")
        assert "The database is busy." in run.notice


async def test_the_export_is_a_file_that_later_verifications_can_be_held_against(tmp_path: Path) -> None:
    async with running(folder=tmp_path) as run:
        await open_page(run)
        pages = {
            None: EventPage(events=[make_event(sequence=1)], next_page_token="t1"),
            "t1": EventPage(events=[make_event(sequence=2, audit_event_id="event-2")], next_page_token=None),
        }
        run.desk.scripts[ListAuditEvents] = lambda request: pages[request.page_token]
        await run.press("e")
        (written,) = files(tmp_path)
        assert str(written) in run.notice
        assert run.desk.asked(ListAuditEvents)[-1].order == "oldest"
        heads = read_heads(written.read_bytes())
        assert [(head.stream, head.length) for head in heads] == [("acme-eu", 2)]


async def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    async with running(folder=tmp_path) as run:
        await open_page(run)
        run.desk.refuse(ListAuditEvents, Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy."))
        await run.press("e")
        assert "The database is busy." in run.notice
        assert files(tmp_path) == []
