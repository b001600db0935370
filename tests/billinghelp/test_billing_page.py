"""The Billing page on a scripted desk: what it shows to whom, what it asks for when, and that customers never mix."""

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.events import Key

from billinghelp.cli.parser import build_parser
from billinghelp.pages import billing_plans
from billinghelp.pages.billing import BillingPage
from billinghelp.pages.customer_search import CustomerSearch
from billinghelp.payment_availability import ONLY_ADMINISTRATORS
from services.contract.errors import Code, Refused
from services.contract.requests import (
    GetCostDrivers,
    GetCustomerBillingView,
    GetInvoice,
    ListInvoices,
    ListNodes,
    ListPlans,
    RefreshBillingPaymentSetup,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    UpdateBillingAutomaticCollection,
)
from services.contract.types import BillingInterval, BlockerCode, InvoiceStatus
from services.contract.views import InvoiceDetail, InvoicePage, NodePage, PlanList
from tests.billinghelp.fake_desk import FakeDesk
from tests.billinghelp.payments_desk import (
    STRIPE_AWAY,
    PaymentsDesk,
    administrator,
    invoices_of,
    operator,
    payments_view,
    subscription,
)
from tests.billinghelp.running import NARROW, WIDE, Running, running
from tests.builders import NOW, make_view
from tests.clocks import FakeClock
from widgets import confirmation
from widgets.collection_dialog import CollectionDialog
from widgets.hosted_page_dialog import HostedPageDialog
from widgets.payment_invoice_dialog import InvoiceDialog
from widgets.payment_nodes import no_node


@pytest.fixture(autouse=True)
def previews_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for previews without waiting for further keys."""
    monkeypatch.setattr(confirmation, "_PREVIEW_DELAY", 0.01)
    monkeypatch.setattr(billing_plans, "PREVIEW_AFTER", 0.01)


class Paying(Running):
    """The app on the Billing page."""

    desk: PaymentsDesk

    @property
    def billing(self) -> BillingPage:
        """The page."""
        page = self.app.page
        assert isinstance(page, BillingPage)
        return page

    @property
    def footer(self) -> str:
        """What the footer offers."""
        return " ".join(self.text.splitlines()[-1].split())

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and wait each time until everything has come to rest."""
        for key in keys:
            await self.burst(key)

    async def burst(self, *keys: str) -> None:
        """Press keys without waiting for what any of them does."""
        for key in keys:
            event = Key(key, None if len(key) > 1 else key)
            event.set_sender(self.app)
            assert self.app._driver is not None
            self.app._driver.send_message(event)
        await self.settle()


@asynccontextmanager
async def paying(
    desk: PaymentsDesk | None = None, *, size: tuple[int, int] = WIDE, **how: Any
) -> AsyncIterator[Paying]:
    """Run the app for whom the desk says, on the Billing page, until the test is done with it."""
    desk = desk or PaymentsDesk()
    async with running(desk, size=size, **how) as run:
        there = Paying(run.app, run.pilot, desk)
        if not isinstance(run.app.page, BillingPage):
            await there.press("f3")
        yield there


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


# ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tenant_begins_at_its_plan_its_usage_and_its_invoices() -> None:
    async with paying() as run:
        shown = run.text
        assert [each for each in ("Growth  ✓ active", "renews on 2026-11-01", "3 of 5") if each not in shown] == []
        assert "▲ close to limit" in shown
        assert "✗ limit reached" in shown
        assert "Stripe sandbox: no real money" in shown
        assert "An invoice is overdue" in shown
        assert "1,299.00 USD  ▲ overdue" in shown
        assert "128,000 JPY  ✗ uncollectible" in shown
        assert "1,234.567 KWD" in shown
        assert "as of 12 s ago" in shown


async def test_the_view_is_there_before_stripe_has_said_anything() -> None:
    desk = PaymentsDesk()
    desk.refuse(ListInvoices, STRIPE_AWAY)
    async with paying(desk) as run:
        assert "Growth  ✓ active" in run.text
        assert "✗ Stripe did not answer: try again in a moment. Press r to try again." in run.text
        asked = [type(call).__name__ for call in desk.calls]
        assert asked.index("GetCustomerBillingView") < asked.index("ListInvoices")
        del desk.scripts[ListInvoices]
        await run.press("r")
        assert "Stripe did not answer" not in run.text
        assert "▲ overdue" in run.text
        assert desk.asked(ListInvoices)[-1].refresh


async def test_what_was_known_stays_with_why_it_is_not_newer() -> None:
    desk = PaymentsDesk(problem="Stripe did not answer.", fetched_at=NOW - timedelta(minutes=4))
    async with paying(desk) as run:
        assert "▲ Stripe did not answer." in run.text
        assert "as of 4 min ago" in run.text
        assert "▲ overdue" in run.text


async def test_each_view_is_read_when_it_is_turned_to_and_once() -> None:
    async with paying() as run:
        assert not run.desk.asked(ListPlans)
        await run.press("2", "3", "4", "2", "3", "4")
        assert [len(run.desk.asked(kind)) for kind in (ListInvoices, ListPlans, GetCostDrivers, ListNodes)] == [1] * 4
        assert "▲ lagging" in run.text
        assert "3 of 4" in run.text
        await run.press("3")
        assert "acme-eu-production · workspace-build" in run.text
        assert "60.70 USD" in run.text


async def test_what_changed_elsewhere_shows_by_itself() -> None:
    clock = FakeClock(NOW)
    async with paying(clock=clock) as run:
        clock.advance(timedelta(seconds=12))
        run.billing.poll()
        await run.settle()
        assert "refreshed just now" in run.text
        before = len(run.desk.asked(ListInvoices))
        run.desk.tell("acme-eu", open_invoices=[], blockers=[])
        run.billing.poll()
        await run.settle()
        assert "An invoice is overdue" not in run.text
        assert len(run.desk.asked(ListInvoices)) == before + 1
        away = Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy: try again in a moment.")
        run.desk.refuse(GetCustomerBillingView, away)
        run.billing.poll()
        await run.settle()
        assert "▲ shown as it was: The database is busy" in run.text
        assert "Growth  ✓ active" in run.text


async def test_a_customer_without_a_plan_a_card_or_usage_has_a_page_too() -> None:
    desk = PaymentsDesk(identity=administrator("bolt"))
    desk.views["bolt"] = make_view(customer_id="bolt", legal_name="Bolt Works", usage_tier=None)
    async with paying(desk) as run:
        assert "no subscription" in run.text
        assert "No plan limits what may be used." in run.text
        await run.press("c")
        assert "It is not known whether invoices are collected automatically" in run.notice


# ── who may do what ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_operator_sees_the_selected_customer_and_what_is_the_customers_own_choice_dimmed() -> None:
    async with paying(PaymentsDesk(identity=operator()), customer_id="crux") as run:
        assert "Crux SA" in run.text
        assert "Only the customer's" in run.text
        await run.press("2", "right")
        await run.until(lambda: "Stripe would charge" in run.text)
        assert "opens Stripe Checkout" not in run.text
        for key in ("o", "c", "enter"):
            await run.press(key)
            assert run.notice.endswith(ONLY_ADMINISTRATORS)
        assert not run.desk.asked(UpdateBillingAutomaticCollection)
        await run.press("slash")
        assert run.shows(CustomerSearch)
        await run.type("acme")
        await run.press("enter", "f2")
        assert run.bench.session.customer_id == "acme-eu"  # who is selected is so on both pages
        await run.press("f3")
        del run.desk.views["acme-eu"]
        run.billing.select("acme-eu")
        await run.settle()
        assert "No such customer here" in run.notice
        assert "Press / to find a customer" in run.text


async def test_an_msps_administrator_turns_to_a_client_and_nothing_of_the_other_stays() -> None:
    async with paying() as run:
        await run.press("2", "3", "4", "1")
        calls = len(run.desk.calls)
        await run.press("slash")
        await run.type("bolt")
        await run.press("enter")
        assert "Bolt Works" in run.text
        for key in ("1", "2", "3", "4"):
            await run.press(key)
            assert "acme" not in run.text.casefold().replace("acme gmbh", "")
        asked = {getattr(call, "customer_id", None) for call in run.desk.calls[calls:]}
        assert asked == {"bolt", None}


async def test_an_answer_about_the_customer_before_is_dropped() -> None:
    desk = PaymentsDesk(identity=operator())
    async with paying(desk, customer_id="acme-eu") as run:
        state = run.billing._show_invoices(run.desk._answer(ListInvoices(customer_id="acme-eu")))
        run.billing.select("bolt")

        async def late() -> Any:
            run.billing.session.select("crux")
            return run.desk._answer(ListInvoices(customer_id="bolt"))

        await run.billing._bring(next(iter(run.billing._fresh), run.billing.views.shown), late(), lambda _found: state)
        assert not run.billing.views.state(run.billing.views.shown).known


async def test_whoever_has_no_rights_there_sees_nothing_new() -> None:
    async with running(FakeDesk(), customer_id="acme-eu") as run:
        assert "F3" not in run.text
        await run.press("f3", "b")
        assert run.at_page


async def test_a_read_only_desk_shows_everything_and_starts_nothing() -> None:
    async with paying(PaymentsDesk(identity=administrator(read_only=True))) as run:
        assert "▲ overdue" in run.text
        for key in ("p", "s", "o", "c"):
            await run.press(key)
            assert "read-only" in run.notice


async def test_what_was_not_done_is_no_longer_said_once_something_else_is() -> None:
    async with paying() as run:
        for key in ("s", "c", "2"):
            await run.press("1", "down", "p")
            assert "✗ Not done This invoice is" in run.notice
            await run.press(key)
            assert not run.notice
            await run.press("escape")
        for key in ("2", "question_mark"):
            await run.press("y")
            assert "Copied" in run.notice
            await run.press(key)
            assert not run.notice
            await run.press("escape")
        await run.press("1", "down", "p")
        assert "✗ Not done" in run.notice
        await run.press("escape")
        assert not run.notice


async def test_what_was_done_on_a_page_is_not_said_when_one_comes_back_to_it_nor_to_be_done_elsewhere() -> None:
    desk = PaymentsDesk(identity=operator())
    async with paying(desk, customer_id="acme-eu") as run:
        await run.press("p")
        desk.tell("acme-eu", open_invoices=[], changed_at=NOW)
        run.billing.look_for_arrival()
        await run.settle()
        await run.press("escape")
        assert "✓ Done Invoice ACME-EU-0100 is settled." in run.notice
        await run.press("f2")
        await run.bench.poll().wait()
        assert run.bench.session.view == desk.views["acme-eu"]
        assert "changed elsewhere" not in run.text
        await run.press("f3")
        assert not run.notice


async def test_who_has_no_billing_help_page_reads_here_what_else_blocks() -> None:
    view = make_view(blockers=[BlockerCode.NO_PREPAID_BALANCE])
    blocked = payments_view(blockers=view.blockers, open_invoices=[])
    for identity, key in ((administrator(), ""), (operator(), "F2")):
        desk = PaymentsDesk(identity=identity)
        desk.views["acme-eu"] = blocked
        async with paying(desk, customer_id="acme-eu") as run:
            [row] = [row for row in run.text.splitlines() if "▲ 1 other blocker" in row]
            assert row.partition("1 other blocker")[2].split("│")[0].strip() == key
            assert (view.blockers[0].title in run.text) == (not key)


# ── invoices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_invoice_opens_and_its_document_is_written_where_exports_go(tmp_path: Path) -> None:
    async with paying(folder=tmp_path) as run:
        await run.press("d")
        assert "✓ Done Invoice ACME-EU-0100 is in" in run.notice
        await run.press("enter")
        assert run.shows(InvoiceDialog)
        said = ("✗ failed", "Your card has insufficient funds.", "Stripe tries again on 2026-10-16")
        assert [each for each in said if each not in run.text] == []
        await run.press("d")
        assert names_in(tmp_path) == ["invoice-ACME-EU-0100-2.pdf", "invoice-ACME-EU-0100.pdf"]
        assert (tmp_path / "invoice-ACME-EU-0100.pdf").read_bytes() == b"%PDF-1.7 ACME-EU-0100"
        await run.press("escape")
        run.desk.refuse(GetInvoice, STRIPE_AWAY)
        await run.press("d")
        assert "Stripe did not answer" in run.notice
        assert len(names_in(tmp_path)) == 2


async def test_only_what_is_open_is_paid_and_only_what_has_a_document_is_downloaded() -> None:
    async with paying() as run:
        await run.press("down", "p")
        assert "This invoice is paid: there is nothing to pay." in run.notice
        await run.press("escape", *["down"] * 5, "d")
        assert "There is no PDF of this invoice." in run.notice


async def test_where_there_is_no_node_the_command_that_registers_one_is_named() -> None:
    desk = PaymentsDesk()
    nodes = NodePage(nodes=[], plan=None, generation=1, changed_at=None, next_page_token=None)
    desk.scripts[ListNodes] = lambda _: nodes
    async with paying(desk) as run:
        await run.press("4")
        said = " ".join(run.text.replace("│", " ").split())
        assert "one appears here with its token" in said
    create = no_node("a customer").rpartition(": ")[2]
    options = build_parser().parse_args(shlex.split(create)[1:])
    assert (options.role, options.customer, options.node) == ("service", "a customer", "NODE")


async def test_more_invoices_come_with_the_last_row_or_a_key() -> None:
    async with paying(PaymentsDesk(page_size=5)) as run:
        table = run.billing.views.invoices
        assert len(table.invoices) == 5
        await run.press("n")
        assert len(table.invoices) == 10
        await run.press("G")
        assert [each.number for each in table.invoices] == [each.number for each in invoices_of("acme-eu")]
        await run.press("n")
        assert "These are all invoices." in run.notice


async def test_what_is_under_the_cursor_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with paying() as run:
        monkeypatch.setattr(run.app, "copy_to_clipboard", copied.append)
        await run.press("y", "2", "y", "3", "y", "4", "y")
    assert copied == [
        "ACME-EU-0100  2026-09-01  2026-08-02 – 09-01  1,299.00 USD  overdue",
        "Growth  49.00 USD a month  490.00 USD a year  Nodes 5  Users 25  Storage 500 GiB",
        "acme-eu-production  workspace-build  310.50 workspace_hours  37.26 USD  +12 %",
        "acme-eu-0  node_acme-eu_0",
    ]


# ── plans and cost drivers ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_plan_under_the_cursor_says_what_it_would_change_and_cost() -> None:
    async with paying() as run:
        await run.press("2")
        assert "Your plan Growth" in run.text
        await run.press("right")
        await run.until(lambda: "74.20 USD is due when it is bought." in run.text)
        assert "Upgrade to Business" in run.text
        assert "Nodes            5        →  20" in run.text
        await run.press("left", "left")
        assert "Downgrade to Starter" in run.text
        assert "takes effect on 2026-11-01" in run.text
        assert "▲ More is in use than this plan includes" in run.text
        await run.press("right", "right")
        previews = [call for call in run.desk.asked(ListPlans) if call.plan is not None]
        assert [call.plan for call in previews] == ["business"]  # what was looked at is known
        await run.press("right", "enter")
        assert "Enterprise is agreed on with people" in run.notice


async def test_a_plan_can_be_compared_as_it_is_paid_by_the_year() -> None:
    async with paying() as run:
        await run.press("2", "i", "right")
        await run.until(lambda: run.desk.asked(ListPlans)[-1].plan == "business")
        assert run.desk.asked(ListPlans)[-1].interval is BillingInterval.YEAR
        assert "yearly · takes effect when it is paid" in run.text
        run.desk.refuse(ListPlans, STRIPE_AWAY)
        await run.press("i")
        await run.until(lambda: "What it would cost now is not known: Stripe did not answer" in run.text)


async def test_a_longer_cycle_says_that_the_portal_charges_it_at_once() -> None:
    desk = PaymentsDesk()
    async with paying(desk) as run:
        await run.press("2", "i")
        await run.until(lambda: "74.20 USD is paid at once in the portal, the sum of these." in run.text)
        assert "yearly · begins and is charged at once" in run.text
        assert "enter opens the customer portal" in run.text
        asked = desk.asked(ListPlans)[-1]
        assert (asked.plan, asked.interval) == ("growth", BillingInterval.YEAR)
        desk.scripts[ListPlans] = lambda request: replace(desk._answer(request), preview=None)
        await run.press("left")
        await run.until(lambda: "The portal says how much before anything is paid." in run.text)
        assert "Downgrade to Starter" in run.text
        assert "when the current period ends" not in run.text


async def test_what_is_in_use_beyond_a_scheduled_plan_stands_beside_it_before_the_plans_are_looked_at() -> None:
    desk = PaymentsDesk()
    changes = NOW + timedelta(days=17)
    had = subscription(next_plan="starter", next_plan_name="Starter", changes_at=changes)
    desk.tell("acme-eu", subscription=had)
    desk.scripts[ListPlans] = lambda request: scheduled_to_starter(desk._answer(request))
    async with paying(desk) as run:
        assert "▲ More is in use than Starter" in run.text
        assert [asked.plan for asked in desk.asked(ListPlans)] == [None]
        await run.press("2", "right")
        await run.until(lambda: desk.asked(ListPlans)[-1].plan == "business")


def scheduled_to_starter(found: PlanList) -> PlanList:
    """Return the plans with the smallest as the one that follows."""
    starter, *others = found.plans
    change = replace(starter.change, how="none", allowed=False, reason="ALREADY_SCHEDULED")
    return replace(found, plans=[replace(starter, change=change), *others])


async def test_a_plan_that_ends_is_kept_where_the_cursor_stands_on_it() -> None:
    desk = PaymentsDesk()
    ends = NOW + timedelta(days=17)
    desk.tell("acme-eu", subscription=subscription(ends_at=ends, outlook="Growth until 2026-11-01, then none"))
    async with paying(desk) as run:
        await run.press("2")
        assert "monthly · ends on 2026-11-01, then no limits and no features" in run.text
        assert "enter opens the customer portal" in run.text
        await run.press("enter")
        assert [asked.purpose for asked in desk.asked(StartCustomerPortal)] == ["overview"]


async def test_cost_is_shown_by_week_or_month_and_period_by_period() -> None:
    async with paying() as run:
        await run.press("3", "left", "left", "right", "w", "right", "m")
        asked = [(call.period, call.back) for call in run.desk.asked(GetCostDrivers)]
        assert asked == [("month", 0), ("month", 1), ("month", 2), ("month", 1), ("week", 0), ("month", 0)]


# ── automatic collection ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_collection_is_chosen_with_a_reason_on_the_record_as_it_is_shown_and_shown_again_when_it_changed() -> (
    None
):
    async with paying() as run:
        await run.press("c")
        assert run.shows(CollectionDialog)
        assert "by hand  →  automatic" in run.text
        await run.type("we want it so")
        view = run.desk.views["acme-eu"]
        run.desk.tell("acme-eu", billing=replace(view.billing, etag="b9"))
        await run.press("enter", "enter")
        await run.until(lambda: "The record has changed since you looked" in run.text)
        assert run.shows(CollectionDialog)
        await run.until(lambda: isinstance(run.app.screen, CollectionDialog) and run.app.screen.complete)
        await run.press("enter", "enter")
        await run.until(lambda: run.app.screen is run.billing)
        first, second = run.desk.asked(UpdateBillingAutomaticCollection)
        assert (first.etag, second.etag) == ("b1", "b9")
        assert (second.enabled, second.reason) == (True, "we want it so")
        assert "collected automatically from now on" in run.notice
        assert "✓ automatic" in run.text


async def test_why_collection_cannot_be_changed_stands_beside_it() -> None:
    async with paying(PaymentsDesk(identity=administrator("bolt"))) as run:
        assert "complete the" in run.text
        await run.press("c")
        assert "No payment method is on file" in run.notice


# ── coming from Billing Help ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_payment_blocker_leads_to_its_invoice_or_to_the_setup() -> None:
    desk = PaymentsDesk(identity=operator())
    number = invoices_of("acme-eu")[3].number
    late = replace(invoices_of("acme-eu")[0], number=number, due_at=NOW - timedelta(days=30))
    desk.views["acme-eu"] = payments_view(open_invoices=[invoices_of("acme-eu")[0], late])
    async with running(desk, customer_id="acme-eu") as run:
        line = next(each for each in run.text.splitlines() if "An invoice is overdue" in each)
        assert line.split("overdue")[1].split()[0] == "b"
        await run.press("b")
        page = run.app.page
        assert isinstance(page, BillingPage)
        selected = page.views.invoices.selected
        assert selected is not None
        assert selected.number == number
        incomplete = make_view(blockers=[BlockerCode.PAYMENT_SETUP_INCOMPLETE]).blockers
        desk.tell("acme-eu", open_invoices=[], blockers=incomplete)
        await run.press("f2")
        await run.bench.poll().wait()
        await run.press("b")
        assert "Payment setup is not complete: s starts the payment setup." in run.notice
        desk.tell("acme-eu", blockers=make_view(blockers=[BlockerCode.MISSING_PAYMENT_RAIL]).blockers)
        await run.press("f2")
        await run.bench.poll().wait()
        await run.press("b")
        assert "No payment rail is set: s starts the payment setup." in run.notice


async def test_a_blocker_has_the_key_that_leads_out_of_it_and_is_clicked_for_the_same() -> None:
    desk = PaymentsDesk(identity=administrator("bolt"))
    missing = make_view(blockers=[BlockerCode.MISSING_PAYMENT_RAIL]).blockers
    desk.tell("bolt", blockers=missing)
    async with paying(desk) as run:
        row = next(at for at, line in enumerate(run.text.splitlines()) if "▲ No payment rail is set" in line)
        assert run.text.splitlines()[row].split("set")[1].split()[0] == "s"
        await run.pilot.click(offset=(run.text.splitlines()[row].index("No payment"), row))
        await run.until(lambda: run.shows(HostedPageDialog))
        assert len(desk.asked(StartBillingPaymentSetup)) == 1


async def test_the_key_of_overdue_invoices_leads_to_the_longest_overdue_that_can_be_paid_here() -> None:
    desk = PaymentsDesk()
    latest, *_, older, imported = invoices_of("acme-eu")[:5]
    late = replace(older, status=InvoiceStatus.OPEN, due_at=NOW - timedelta(days=30), payable=True)
    later = replace(imported, status=InvoiceStatus.OPEN, due_at=NOW - timedelta(days=60), payable=False)
    desk.views["acme-eu"] = payments_view(open_invoices=[latest, late, later])
    async with paying(desk) as run:
        await run.press("2", "1")
        selected = run.billing.views.invoices.selected
        assert selected is not None
        assert selected.number == late.number
        desk.tell("acme-eu", open_invoices=[later])
        await run.press("r", "1")
        selected = run.billing.views.invoices.selected
        assert selected is not None
        assert selected.number == later.number


async def test_an_invoice_that_stripe_did_not_issue_says_that_it_is_paid_elsewhere() -> None:
    desk = PaymentsDesk()
    imported = replace(invoices_of("acme-eu")[0], invoice_id=None, payable=False, has_pdf=False)
    desk.views["acme-eu"] = payments_view(open_invoices=[imported])
    page = InvoicePage(invoices=[imported], next_page_token=None, fetched_at=NOW)
    detail = InvoiceDetail(
        invoice=imported, lines=[], attempts=[], next_attempt_at=None, amount_remaining=129_900, hosted_url=None
    )
    desk.scripts |= {ListInvoices: lambda _: page, GetInvoice: lambda _: detail}
    async with paying(desk) as run:
        assert "It cannot be paid here" in " ".join(run.text.split())
        await run.press("p")
        assert "This invoice cannot be paid here, as it was not issued by Stripe" in run.notice
        await run.press("escape", "enter")
        assert "– This invoice cannot be paid here" in run.text
        assert "Not known: Stripe did not issue this invoice." in run.text
        assert "p pay" not in run.text.splitlines()[-2]
        assert not desk.asked(StartBillingInvoicePayment)


# ── narrow, lost, refreshed ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_narrow_terminal_shows_one_side_at_a_time() -> None:
    async with paying(size=NARROW) as run:
        assert "1/2 plan & usage" in run.text
        assert "▲ overdue" not in run.text
        assert "p pay" not in run.footer
        await run.press("tab")
        assert "2/2 invoices" in run.text
        assert "▲ overdue" in run.text
        await run.press("escape", "2")
        assert "2/2 plans" in run.text


async def test_refreshing_has_stripe_asked_and_says_where_that_fails() -> None:
    desk = PaymentsDesk()
    async with paying(desk) as run:
        desk.tell("acme-eu", open_invoices=[], blockers=[])
        await run.press("r")
        assert len(desk.asked(RefreshBillingPaymentSetup)) == 1
        assert "An invoice is overdue" not in run.text
        desk.refuse(RefreshBillingPaymentSetup, STRIPE_AWAY)
        await run.press("r")
        assert "Stripe did not answer" in run.notice
