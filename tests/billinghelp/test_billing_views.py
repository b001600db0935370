"""The views of the Billing page: a node opens, both sides scroll by letters, and no key is offered for nothing."""

from services.contract.requests import ListInvoices
from services.contract.views import InvoicePage
from tests.billinghelp.payments_desk import PaymentsDesk
from tests.billinghelp.running import NARROW
from tests.billinghelp.test_billing_page import paying
from tests.builders import NOW
from widgets.payment_node_dialog import NodeDialog


async def test_a_node_opens_and_tells_since_when_what_it_lags_behind_is_wanted() -> None:
    async with paying() as run:
        await run.press("4", "down", "down", "enter")
        assert run.shows(NodeDialog)
        assert "generation 3 of the plan's entitlements; 4 is wanted" in run.text
        assert "since 2026-10-15 12:00 UTC" in run.text
        await run.press("escape")
        assert run.app.screen is run.billing
        assert "enter open" in run.footer


async def test_no_key_is_offered_for_an_invoice_where_there_is_none() -> None:
    desk = PaymentsDesk()
    desk.scripts[ListInvoices] = lambda _: InvoicePage(invoices=[], next_page_token=None, fetched_at=NOW)
    async with paying(desk) as run:
        assert "Nothing was invoiced yet." in run.text
        assert [each for each in ("enter open", "p pay", "d PDF") if each in run.footer] == []


async def test_plan_and_usage_scroll_by_letters_where_only_they_are_shown() -> None:
    async with paying(size=(60, 12)) as run:
        facts = run.billing.rail.facts
        assert facts.max_scroll_y > 1
        for key, line in (("j", 1), ("k", 0), ("G", facts.max_scroll_y), ("g", 0)):
            await run.press(key)
            assert facts.scroll_y == line


async def test_the_footer_of_the_plans_names_what_moves_among_them_and_scrolls() -> None:
    async with paying() as run:
        await run.press("2")
        assert "← back → on i cycle j down" in run.footer
    async with paying(size=NARROW) as run:
        await run.press("2", "right")
        assert "enter open ← back → on i cycle j down ? help" in run.footer
        await run.press("j")
        assert run.billing.views.plans.scroll_y == 1
        await run.press("tab", "tab", "G")
        await run.until(lambda: run.billing.views.plans.scroll_y > 1)
