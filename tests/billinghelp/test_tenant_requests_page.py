"""A tenant's Change Requests page on a real surface: tina asks for Clear Skies, olga decides elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from billinghelp.pages.change_requests import ChangeRequestsPage
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.pages.help import HelpScreen
from billinghelp.pages.tenant_requests import TenantRequestsPage
from billinghelp.server_desk import ServerDesk
from services.contract.errors import Code, Refused
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApproveTenantChangeRequest,
    CreateTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
    Request,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus, PolicyDecision
from services.contract.views import ChangeRequestView, ChangeRequestWorkspace, TenantChangePreview
from services.storage.engine import Store
from services.surface.http_client.client import HttpSurface
from tests.billinghelp.fake_desk import FakeDesk
from tests.billinghelp.real_desk import CUSTOMERS, real_app
from tests.billinghelp.running import NARROW, WIDE, Running, running
from tests.billinghelp.test_over_a_server import at_once
from tests.http_server import serving
from tests.keyboard import send
from tests.losing_proxy import losing_proxy
from tests.surface import ADMIN, OPERATOR, Workbench, customer
from widgets import confirmation
from widgets.tenant_change_dialog import TenantChangeDialog
from widgets.tenant_change_form import ChangeForm
from widgets.tenant_change_preview import ChangePreview
from widgets.tenant_take_back import TakeBackDialog

CLEAR = "c7-000037"
TENANT = Principal(actor="tina", role=Role.CUSTOMER_ADMIN, customer_id=CLEAR)
_SIGNS = {"enter": "⏎", "tab": "⇥", "escape": "⎋", "slash": "/", "question_mark": "?", "down": "j", "home": "g"}
REASON = "Immich import needs 3 Ti for its library"


@pytest.fixture(autouse=True)
def previews_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for previews without waiting for further keys: the tests type in one go."""
    monkeypatch.setattr(confirmation, "_PREVIEW_DELAY", 0.01)


class Tenancy(Running):
    """The app of tina, and the same store for everybody else."""

    elsewhere: Workbench

    @property
    def tenant_page(self) -> TenantRequestsPage:
        """The tenant's page."""
        page = self.app.page
        assert isinstance(page, TenantRequestsPage)
        return page

    async def turn_to_requests(self) -> None:
        """Leave the page at which one begins."""
        await self.settle()
        await self.pilot.press("f4")
        pages = (TenantRequestsPage, ChangeRequestsPage)
        await self.until(lambda: isinstance(self.app.page, pages) and self.app.page.has_begun)

    @property
    def form(self) -> dict[str, str]:
        """What stands in the fields of the form."""
        return {str(field.id): field.value for field in self.app.screen.query(Input)}

    @property
    def footer(self) -> str:
        """What the footer offers."""
        return " ".join(self.text.splitlines()[-1].split())

    def workspace(self, customer_id: str = CLEAR) -> ChangeRequestWorkspace:
        """Return what the surface says of a tenant."""
        found: ChangeRequestWorkspace = self.elsewhere.call(
            GetTenantChangeRequestWorkspace(customer_id=customer_id), OPERATOR
        )
        return found

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait each time until it has come to rest."""
        for key in keys:
            send(self.app, _SIGNS.get(key, key))
            await self.settle()

    async def until_previewed(self) -> None:
        """Wait until what stands in the form has its preview, or why it has none."""
        dialog = self.app.screen
        assert isinstance(dialog, TenantChangeDialog)
        form, table = dialog.query_one(ChangeForm), dialog.query_one(ChangePreview)
        await self.until(
            lambda: (
                dialog._preview_of == form.params
                and bool(dialog.preview or table.refusal or form.query(".-refused") or form.untouched)
            )
        )

    async def write(self, text: str) -> None:
        """Write into the field with the focus, instead of what stands there, and wait for the preview."""
        field = self.app.focused
        assert isinstance(field, Input)
        field.clear()
        await self.type(text)
        await self.until_previewed()

    async def fill_in(self, typed: str) -> None:
        """Type all of a form at once, and move on to its last button."""
        send(self.app, typed)
        await self.until(lambda: isinstance(self.app.screen, TenantChangeDialog) and self.app.screen.complete)
        await self.press("enter")

    async def ask_for_storage(self, storage: str, reason: str = REASON) -> None:
        """Fill in the form of the storage quota, up to its last button."""
        await self.fill_in(f"gjn{storage}⏎{reason}")

    async def look_again(self) -> None:
        """Let the page look for changes, as it does every few seconds."""
        self.tenant_page.poll()
        await self.settle()


@asynccontextmanager
async def tenancy(
    folder: Path, principal: Principal = TENANT, *, size: tuple[int, int] = WIDE, **how: Any
) -> AsyncIterator[Tenancy]:
    """Run the app for a person until the test is done with it."""
    with real_app(folder, principal=principal, **how) as (app, bench):
        async with app.run_test(size=size) as pilot:
            run = Tenancy(app, pilot, FakeDesk())
            run.elsewhere = bench
            await run.turn_to_requests()
            yield run


def ask_elsewhere(bench: Workbench, storage: str = "3Ti", customer_id: str = CLEAR) -> ChangeRequestView:
    """Ask for storage away from the app."""
    desired = {"storage": storage}
    kind = ChangeRequestKind.STORAGE_QUOTA
    preview: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=desired), ADMIN
    )
    request = CreateTenantChangeRequest(
        customer_id=customer_id,
        kind=kind,
        desired=desired,
        digest=preview.digest,
        reason=REASON,
        request_id=f"elsewhere-{customer_id}-{storage}",
    )
    asked: ChangeRequestView = bench.call(request, ADMIN).change_request
    return asked


def decide(bench: Workbench, asked: ChangeRequestView, *, approve: bool) -> None:
    """Decide a request away from the app."""
    preview: TenantChangePreview = bench.call(
        PreviewTenantChangeRequest(customer_id=asked.customer_id, change_request_id=asked.change_request_id), OPERATOR
    )
    fields: dict[str, Any] = {
        "customer_id": asked.customer_id,
        "change_request_id": asked.change_request_id,
        "reason": "There is room for it",
        "request_id": f"decides-{asked.change_request_id}",
    }
    request: Request = (
        ApproveTenantChangeRequest(**fields, digest=preview.digest) if approve else RejectTenantChangeRequest(**fields)
    )
    bench.call(request, OPERATOR)


# ── who sees what ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenants_administrator_finds_limits_beside_requests(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        assert run.shows(TenantRequestsPage)
        assert "Change requests  Clear Skies Ltd" in run.text
        assert f"business tier · policy {run.workspace().policy_version}" in run.text
        assert all(kind.title in run.text for kind in run.workspace().kinds)
        assert "Nothing was asked for yet. Choose a kind of change and press" in run.text
        await run.press("down")
        assert "500Gi" in run.text
        assert "Choose a tenant" not in {command.title for command in run.tenant_page.commands()}


async def test_an_operator_opens_a_tenant_s_page_over_the_queue_only_to_read_it(tmp_path: Path) -> None:
    async with tenancy(tmp_path, OPERATOR) as run:
        await run.pilot.press("f4")
        await run.app.push_screen(TenantRequestsPage(run.app.place, CLEAR, "Clear Skies Ltd"))
        await run.settle()
        assert "This tenant has asked for nothing yet." in run.text
        assert "ask for a change" not in run.text
        await run.press("question_mark")
        assert run.shows(HelpScreen)
        assert "Limits or requests" in run.text
        assert "Take the request back" not in run.text
        await run.press("escape", "enter")
        assert "Your role may not do this" in run.notice
        await run.press("escape", "escape")
        assert run.shows(ChangeRequestsPage)


async def test_the_footer_of_a_tenant_s_page_over_the_queue_has_what_serves_an_operator_there(tmp_path: Path) -> None:
    async with tenancy(tmp_path, OPERATOR) as run:
        ask_elsewhere(run.elsewhere)
        await run.pilot.press("f4")
        await run.app.push_screen(TenantRequestsPage(run.app.place, CLEAR, "Clear Skies Ltd"))
        await run.settle()
        assert run.footer == "esc back tab other side / tenant ? help ^p commands"
        await run.press("tab")
        assert run.footer == "esc back enter open tab other side / tenant ? help ^p commands"
        await run.press("slash")
        assert run.shows(CustomerSearch)
        await run.type("avalon")
        await run.until(lambda: "1 of 1" in run.text)
        await run.press("enter")
        assert "Change requests  AvalonBay Communities" in run.text
        await run.press("escape")
        assert run.shows(ChangeRequestsPage)


async def test_the_footer_offers_to_take_back_only_what_is_not_over(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        decide(run.elsewhere, ask_elsewhere(run.elsewhere, "4Ti"), approve=False)
        run.elsewhere.clock.advance(hours=1)
        ask_elsewhere(run.elsewhere, "3Ti")
        await run.look_again()
        await run.press("tab")
        assert run.footer == "n ask for a change x take back enter open tab other side ? help ^p commands"
        await run.press("down")
        assert "x take back" not in run.footer


async def test_on_a_request_a_change_of_its_kind_is_asked_for(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        ask_elsewhere(run.elsewhere)
        await run.look_again()
        await run.press("tab", "n")
        assert "Ask for a change · Storage quota" in run.text
        await run.press("escape", "tab", "n")
        assert "Ask for a change · Resource quota" in run.text


async def test_the_bounds_of_a_kind_are_scrolled_to_where_they_do_not_fit(tmp_path: Path) -> None:
    async with tenancy(tmp_path, size=NARROW) as run:
        *_, last = run.workspace().kinds[0].window.split()
        assert last not in run.text
        await run.pilot.press("pagedown")
        await run.settle()
        assert last in run.text
        await run.pilot.press("pageup")
        await run.settle()
        assert last not in run.text
        assert run.tenant_page.limits.selected == run.workspace().kinds[0]


async def test_a_platform_administrator_asks_for_a_tenant(tmp_path: Path) -> None:
    async with tenancy(tmp_path, ADMIN) as run:
        await run.app.push_screen(TenantRequestsPage(run.app.place, CLEAR, "Clear Skies Ltd"))
        await run.settle()
        await run.ask_for_storage("3Ti")
        await run.press("enter")
        assert [asked.requested_by for asked in run.workspace().requests] == ["ada"]


async def test_who_has_clients_turns_to_one_of_them_and_asks_there(tmp_path: Path) -> None:
    with real_app(tmp_path, principal=TENANT) as (app, bench):
        bench.feed(customer("client-1", legal_name="Small Client", parent_customer_id=CLEAR))
        async with app.run_test(size=WIDE) as pilot:
            run = Tenancy(app, pilot, FakeDesk())
            run.elsewhere = bench
            await run.turn_to_requests()
            await run.press("slash")
            assert run.shows(CustomerSearch)
            await run.type("small")
            await run.until(lambda: "1 of 1" in run.text or "Small Client" in run.text)
            await run.press("enter")
            assert "Change requests  Small Client" in run.text
            await run.ask_for_storage("3Ti")
            await run.press("enter")
            assert len(run.workspace("client-1").requests) == 1
            assert run.workspace(CLEAR).requests == []


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_form_says_of_every_value_what_it_comes_to(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        ask_elsewhere(run.elsewhere, "550Gi")
        await run.press("down", "enter")
        assert "Fill in what is to change" in run.text
        assert "for example: «Immich import needs 200 Gi storage" in run.text
        await run.write("520Gi")
        assert "✓ needs no request: it is done at once" in run.text
        assert "Apply  ↵" in run.text
        await run.write("600Gi")
        assert "✓ approved at once" in run.text
        assert "550Gi  →  600Gi" in run.text
        assert "+50Gi storage" in run.text
        await run.write("3Ti")
        assert "○ needs review by an operator" in run.text
        await run.write("30Ti")
        assert "✗ not possible, because" in run.text
        assert "30Ti of storage is above 20Ti, the most" in run.text
        await run.press("enter")
        await run.type("Immich import needs it by Friday")
        await run.until(lambda: "could still say: how much it needs" in run.text)
        await run.press("enter")
        assert "not possible as it stands: see above" in run.text
        assert run.form == {"desired-storage": "30Ti", "reason": "Immich import needs it by Friday"}


async def test_what_is_wrong_with_a_value_stands_at_its_field_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        send(run.app, "jjnapi.github.com⏎⏎")
        await run.until(lambda: run.shows(TenantChangeDialog))
        await run.write("everything")
        dialog = run.app.screen
        blamed = [str(field.id) for field in dialog.query(".-refused")]
        assert blamed == ["wanted-ports"]
        assert "What it comes to shows once that is mended." in run.text
        await run.write("443")
        assert not dialog.query(".-refused")
        assert "api.github.com" in run.text
        assert run.form["desired-hosts"] == "api.github.com"


async def test_a_change_is_asked_for_once_with_what_was_filled_in_and_shows_at_once(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        await run.fill_in("n50⏎⏎The shop needs 50 CPU before the sale")
        send(run.app, "⏎⏎⏎")
        await run.until(lambda: run.shows(TenantRequestsPage))
        [asked] = run.workspace().requests
        assert (asked.params, asked.status) == ({"cpu": "50"}, ChangeRequestStatus.PENDING)
        assert "waits for an operator's review" in run.notice
        assert "○ waiting" in run.text
        assert "1 open of 1" in run.text
        assert "1 waiting" in run.text


async def test_what_needs_no_request_is_done_and_holds_at_once(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        await run.ask_for_storage("600Gi")
        await run.press("enter")
        await run.ask_for_storage("550Gi", "Less will do by now")
        await run.press("enter")
        decisions = [asked.policy_decision for asked in run.workspace().requests]
        assert decisions == [PolicyDecision.SELF_SERVICE, PolicyDecision.AUTO_APPROVE]
        assert "550Gi" in run.text
        assert run.text.count("✓ applied") >= 2


async def test_a_preview_that_no_longer_holds_is_shown_afresh_and_asked_for_only_when_it_was_seen(
    tmp_path: Path,
) -> None:
    async with tenancy(tmp_path) as run:
        await run.ask_for_storage("3Ti")
        ask_elsewhere(run.elsewhere, "700Gi")
        await run.press("enter")
        assert run.shows(TenantChangeDialog)
        assert "has changed since you looked" in run.text
        assert "700Gi  →  3Ti" in run.text
        assert run.form == {"desired-storage": "3Ti", "reason": REASON}
        await run.press("enter", "enter")
        assert run.shows(TenantRequestsPage)
        assert run.workspace().requests[0].params == {"storage": "3Ti"}


async def test_a_form_left_empty_asks_for_nothing_and_what_is_typed_behind_the_key_fills_it(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        send(run.app, f"n⏎⏎{REASON}⏎")
        await run.until(lambda: run.form.get("reason") == REASON)
        assert run.shows(TenantChangeDialog)
        assert run.form == {"desired-cpu": "", "desired-memory": "", "reason": REASON}
        send(run.app, "⎋n8⏎16Gi⏎next week")
        await run.until(lambda: run.form.get("reason") == "next week")
        assert run.form == {"desired-cpu": "8", "desired-memory": "16Gi", "reason": "next week"}
        await run.press("escape")
        assert run.workspace().requests == []


async def test_a_read_only_session_asks_for_nothing_and_says_why(tmp_path: Path) -> None:
    async with tenancy(tmp_path, read_only=True) as run:
        assert "ask for a change" not in run.text
        await run.press("enter")
        assert "read-only" in run.notice


# ── taking back ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_open_request_is_taken_back_with_a_reason(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        await run.ask_for_storage("3Ti")
        await run.press("enter")
        send(run.app, "x⏎the import is cancelled")
        await run.until(lambda: run.shows(TakeBackDialog))
        assert "nobody decides this any more" in run.text
        await run.press("enter", "enter")
        assert run.workspace().requests[0].status is ChangeRequestStatus.CANCELLED
        assert "– taken back" in run.text
        assert "is taken back; nothing was changed" in run.notice
        await run.press("x")
        assert "This request is over" in run.notice


async def test_a_request_that_was_decided_meanwhile_cannot_be_taken_back_and_the_form_says_so(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        asked = ask_elsewhere(run.elsewhere)
        await run.look_again()
        send(run.app, "xnot needed⏎")
        await run.until(lambda: run.shows(TakeBackDialog))
        decide(run.elsewhere, asked, approve=False)
        await run.press("enter")
        assert run.shows(TakeBackDialog)
        assert "olga rejected this" in run.text
        assert "not needed" in run.text


# ── what others do ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_decisions_show_by_themselves_with_their_reason_and_the_cursor_stays(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        first, second = ask_elsewhere(run.elsewhere, "3Ti"), ask_elsewhere(run.elsewhere, "4Ti")
        await run.look_again()
        await run.press("tab", "down")
        assert run.notice == ""
        decide(run.elsewhere, first, approve=False)
        await run.look_again()
        assert "«Storage 500Gi → 3Ti» was rejected by olga: There is room for it." in run.notice
        assert "✗ rejected" in run.text
        decide(run.elsewhere, second, approve=True)
        await run.look_again()
        assert "«Storage 500Gi → 4Ti» was approved by olga: There is room for it." in run.notice
        assert "✓ applied" in run.text
        assert "4Ti" in dict(run.workspace().kinds[1].current).values()
        selected = run.tenant_page.requests.selected
        assert selected is not None
        assert selected.change_request_id == first.change_request_id


async def test_a_request_that_nobody_decided_in_time_is_said_to_have_expired(tmp_path: Path) -> None:
    async with tenancy(tmp_path) as run:
        ask_elsewhere(run.elsewhere)
        await run.look_again()
        run.elsewhere.clock.advance(days=30)
        await run.look_again()
        assert "expired." in run.notice
        assert "– expired" in run.text


async def test_what_cannot_be_read_is_said_and_comes_back_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tenancy(tmp_path) as run:
        desk = run.app.place.desk
        call = desk.call  # type: ignore[union-attr]  # the app has opened it

        async def fail(_request: Request) -> object:
            raise Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy: try again in a moment.")

        monkeypatch.setattr(desk, "call", fail)
        await run.look_again()
        assert "The database is busy: try again in a moment. Press r to try again." in run.text
        assert "Resource quota" in run.text
        await run.press("down", "n")
        await run.type("3Ti")
        await run.until(lambda: "▲ The database is busy" in run.text)
        monkeypatch.setattr(desk, "call", call)
        await run.look_again()
        await run.until(lambda: "○ needs review" in run.text)
        assert "Press r to try again" not in run.text


# ── a narrow terminal ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_narrow_terminal_shows_one_side_at_a_time(tmp_path: Path) -> None:
    async with tenancy(tmp_path, size=NARROW) as run:
        ask_elsewhere(run.elsewhere)
        await run.look_again()
        assert "1/2 limits ⇥" in run.text
        assert "open of" not in run.text
        await run.press("x")
        assert "There is no request here: turn to the tenant's requests first." in run.notice
        await run.press("tab")
        assert "2/2 requests ⇥" in run.text
        assert "Resource quota" not in run.text
        await run.press("enter")
        assert "request esc" in run.text
        assert "open of" not in run.text
        await run.press("escape")
        assert "1 open of 1" in run.text
        await run.press("escape", "escape")
        assert "1/2 limits ⇥" in run.text
        await run.ask_for_storage("4Ti")
        await run.press("enter")
        assert "2/2 requests ⇥" in run.text
        assert "2 open of 2" in run.text


# ── over a server ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_over_a_server_a_request_whose_answer_was_lost_is_made_once(sqlite_store: Store) -> None:
    bench = Workbench(sqlite_store)
    bench.feed(*CUSTOMERS)
    with serving(bench.surface, bench.store) as served:
        token = served.token(Role.CUSTOMER_ADMIN, CLEAR, name="tina")
        async with (
            losing_proxy(served.url) as proxy,
            running(open_desk=lambda: ServerDesk(HttpSurface(proxy.url, token, sleep=at_once))) as on,
        ):
            run = Tenancy(on.app, on.pilot, on.desk)
            run.elsewhere = bench
            run.app.place.sleep = at_once
            await run.until(lambda: "Clear Skies Ltd" in run.text)
            await run.turn_to_requests()
            await run.ask_for_storage("3Ti")
            proxy.lose = b"/rpc/CreateTenantChangeRequest"
            await run.press("enter")
            await run.until(lambda: run.shows(TenantRequestsPage))
            assert proxy.lost
            assert "waits for an operator's review" in run.notice
            assert len(run.workspace().requests) == 1
