"""The app over a real server: a connection that comes and goes, an answer that is lost, a token that serves no more."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest

from billinghelp.server_desk import ServerDesk
from services.contract.principals import Role
from services.contract.requests import MarkInvoiceVerified, RevokeToken
from services.storage.engine import Store
from services.surface.http_client.client import HttpSurface
from tests.billinghelp.fake_desk import FakeDesk, make_identity
from tests.billinghelp.running import NARROW, WIDE, Running, running
from tests.builders import NOW
from tests.clocks import FakeClock
from tests.http_server import Served, serving
from tests.losing_proxy import LosingProxy, losing_proxy
from tests.surface import OWNER, Workbench, customer
from widgets.action_dialog import ActionDialog
from widgets.chat.composer import AskComposer


async def at_once(_seconds: float) -> None:
    """Wait no longer than others need to do something."""
    await asyncio.sleep(0)


@pytest.fixture
def bench(sqlite_store: Store) -> Workbench:
    bench = Workbench(sqlite_store)
    bench.feed(customer(), customer("bolt", legal_name="Bolt Works", billing={"payment_rail": "none"}))
    return bench


@pytest.fixture
def served(bench: Workbench) -> Iterator[Served]:
    """The bench's records as a server."""
    with serving(bench.surface, bench.store) as server:
        yield server


@pytest.fixture
def token(served: Served) -> str:
    """An operator's token."""
    return served.token(Role.OPERATOR, name="olga")


class Remote:
    """The app on a server, and the way between them."""

    def __init__(self, run: Running, proxy: LosingProxy, tokens: list[str]) -> None:
        self.run = run
        self.proxy = proxy
        self.tokens = tokens
        """The access token: the last one is used whenever the desk is opened."""
        self.held = asyncio.Event()
        """Set when something waits before it asks again."""
        self._mended = asyncio.Event()
        self._bench = run.bench

    @property
    def banner(self) -> bool:
        """Whether the header says that the connection is lost."""
        return f"▲ connection to {self.proxy.host} lost — trying again" in self.run.text

    def hold(self) -> None:
        """Let whatever wants to ask again wait until the way is mended."""

        async def until_mended(_seconds: float) -> None:
            self.held.set()
            await self._mended.wait()

        self.run.app.place.sleep = until_mended

    async def lose_connection(self) -> None:
        """Cut the way, and let the next look at the record find that; attempts to come back wait until it is mended."""
        self.hold()
        self.proxy.cut()
        await self.look()

    async def look(self) -> None:
        """Let the app look at the record, as it does every few seconds."""
        await self._bench.poll().wait()
        await self.run.settle()

    async def mend_connection(self) -> None:
        """Mend the way, and let the app find that by itself."""
        await self.proxy.open()
        self.run.app.place.sleep = at_once
        self._mended.set()
        await self.run.until(lambda: not self.run.app.place.link.lost)


@asynccontextmanager
async def remote(
    served: Served, token: str, customer_id: str | None = "acme-eu", size: tuple[int, int] = WIDE
) -> AsyncIterator[Remote]:
    """Run the app on a server until the test is done with it."""
    tokens = [token]
    async with losing_proxy(served.url) as proxy:

        def open_desk() -> ServerDesk:
            return ServerDesk(HttpSurface(proxy.url, tokens[-1], sleep=at_once))

        async with running(open_desk=open_desk, customer_id=customer_id, size=size, clock=FakeClock()) as run:
            run.app.place.sleep = at_once
            yield Remote(run, proxy, tokens)


# ── a connection that comes and goes ──────────────────────────────────────────────────────────────────────────────────


async def test_the_header_names_the_server_and_who_came_with_the_token(served: Served, token: str) -> None:
    async with remote(served, token) as there:
        assert f"● {there.proxy.host}" in there.run.text
        assert "olga (operator)" in there.run.text
        assert f"questions go to {there.proxy.host}" in there.run.text
        assert not there.banner


async def test_where_questions_go_is_never_said_wrongly_not_even_before_the_conversation_is_read(
    served: Served, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str | None] = []
    monkeypatch.setattr(AskComposer, "send_to", lambda _composer, host: said.append(host))
    async with remote(served, token) as there:
        assert set(said) == {there.proxy.host}


@pytest.mark.parametrize("customer_id", ["acme-eu", None])
async def test_a_lost_connection_is_said_calmly_and_goes_by_itself(
    served: Served, token: str, customer_id: str | None
) -> None:
    async with remote(served, token, customer_id) as there:
        await there.lose_connection()
        assert there.banner
        assert ("Acme GmbH" in there.run.text) == (customer_id is not None)
        await there.mend_connection()
        assert not there.banner
        assert "shown as it was" not in there.run.text


async def test_a_narrow_terminal_says_it_in_two_words(served: Served, token: str) -> None:
    async with remote(served, token, size=NARROW) as there:
        await there.lose_connection()
        assert "▲ no connection" in there.run.text


async def test_what_was_typed_is_kept_and_what_changed_meanwhile_is_shown(
    served: Served, token: str, bench: Workbench
) -> None:
    async with remote(served, token) as there:
        await there.run.press("i")
        await there.run.type("why are")
        await there.lose_connection()
        bench.act(bench.request(MarkInvoiceVerified))
        await there.run.type(" they")
        await there.mend_connection()
        await there.run.until(lambda: "No immediate billing blocker found." in there.run.text)
        assert "why are they" in there.run.text


async def test_a_read_that_failed_is_done_when_the_server_is_back(served: Served, token: str) -> None:
    async with remote(served, token) as there:
        await there.lose_connection()
        await there.run.press("n")
        assert "cannot be reached" in there.run.notice
        await there.mend_connection()
        assert there.run.notice == ""
        await there.run.press("n")
        await there.run.until(lambda: "Bolt Works" in there.run.text)


async def test_other_pages_say_it_too(served: Served, token: str) -> None:
    async with remote(served, token) as there:
        await there.run.press("f5")
        await there.lose_connection()
        assert there.banner
        await there.mend_connection()
        assert not there.banner
        await there.run.press("f2")
        assert not there.banner


async def test_an_unchanged_record_costs_one_small_request(served: Served, token: str) -> None:
    async with remote(served, token) as there:
        before = there.proxy.passed
        await there.look()
        assert there.proxy.requests[-1].startswith(b"POST /rpc/GetCustomerBillingView ")
        assert there.proxy.passed - before < 1_000


# ── an action without an answer ───────────────────────────────────────────────────────────────────────────────────────


async def confirm(run: Running) -> None:
    """Open the confirmation of marking the invoice verified, and fill it in, to the last Enter."""
    await run.press("v")
    await run.type("PO-7781 checked")
    await run.press("enter")


async def test_an_action_whose_answer_was_lost_is_recorded_once_and_the_operator_is_told(
    served: Served, token: str, bench: Workbench
) -> None:
    async with remote(served, token) as there:
        await confirm(there.run)
        there.proxy.lose = b"/rpc/MarkInvoiceVerified"
        await there.run.pilot.press("enter")
        await there.run.until(lambda: there.run.at_page)
        assert b'"outcome":"applied"' in there.proxy.lost[0]
        assert "No immediate billing blocker found." in there.run.text
        assert "Done" in there.run.notice
        assert not there.banner
    assert [event.action for event in bench.events() if event.outcome == "applied"].count("MarkInvoiceVerified") == 1


async def test_an_action_waits_for_the_server_to_come_back_and_what_was_typed_stays(
    served: Served, token: str, bench: Workbench
) -> None:
    async with remote(served, token) as there:
        await confirm(there.run)
        there.proxy.lose = b"/rpc/MarkInvoiceVerified"
        there.proxy.cut_when_lost = True
        there.hold()
        await there.run.pilot.press("enter")
        async with asyncio.timeout(5):
            await there.held.wait()
        await there.run.pilot.pause()
        assert there.run.shows(ActionDialog)
        assert "PO-7781 checked" in there.run.text
        assert "applying…" in there.run.text
        assert there.banner
        await there.mend_connection()
        await there.run.until(lambda: there.run.at_page)
        assert "Done" in there.run.notice
    assert [event.action for event in bench.events() if event.outcome == "applied"].count("MarkInvoiceVerified") == 1


async def test_an_action_that_could_not_be_sent_was_not_recorded_and_can_be_applied_again(
    served: Served, token: str, bench: Workbench
) -> None:
    async with remote(served, token) as there:
        await confirm(there.run)
        await there.lose_connection()
        there.run.app.place.sleep = at_once
        await there.run.press("enter")
        await there.run.until(lambda: "Apply  ↵" in there.run.text)
        assert "cannot be reached" in there.run.text
        assert "PO-7781 checked" in there.run.text
        await there.mend_connection()
        assert bench.view().billing.state == "needs_review"
        await there.run.until(lambda: "after" in there.run.text)  # the preview came by itself
        await there.run.press("enter", "enter")
        await there.run.until(lambda: there.run.at_page)
    assert bench.view().billing.state == "verified"


# ── a token that serves no more ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_revoked_token_is_said_with_what_to_do_and_a_new_one_opens_the_same_desk(
    served: Served, token: str
) -> None:
    async with remote(served, token) as there:
        await there.run.press("i")
        await there.run.type("why")
        await there.run.press("escape")
        served.surface.dispatch(OWNER, RevokeToken(token_id=token.partition(".")[0]))
        await there.look()
        assert "The server no longer lets you in" in there.run.text
        assert "This access token was revoked: ask for another one." in there.run.text
        assert "r try again" in there.run.text
        assert "Acme GmbH" not in there.run.text
        await there.run.press("r")
        assert "This access token was revoked: ask for another one." in there.run.text
        there.tokens.append(served.token(Role.OPERATOR, name="olga"))
        await there.run.press("r")
        await there.run.until(lambda: "Acme GmbH" in there.run.text)
        assert "no longer lets you in" not in there.run.text
        assert "why" in there.run.text


@pytest.mark.parametrize(("days", "said"), [(6, True), (8, False)])
async def test_a_token_that_expires_soon_is_mentioned(days: int, said: bool) -> None:
    identity = msgspec.structs.replace(make_identity(), expires_at=NOW + timedelta(days=days))
    async with running(FakeDesk(identity=identity), customer_id="acme-eu") as run:
        assert ("Your access token expires on 21 Oct, 12:00 UTC" in run.notice) == said


async def test_a_server_that_is_not_there_at_the_start_is_said_and_r_tries_again(served: Served, token: str) -> None:
    async with losing_proxy(served.url) as proxy:
        proxy.cut()

        def open_desk() -> ServerDesk:
            return ServerDesk(HttpSurface(proxy.url, token, sleep=at_once))

        async with running(open_desk=open_desk, customer_id="acme-eu", clock=FakeClock()) as run:
            assert "The desk could not be opened" in run.text
            assert "lost — trying again" not in run.text
            await proxy.open()
            await run.press("r")
            await run.until(lambda: "Acme GmbH" in run.text)
