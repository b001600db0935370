"""The tables of invoices and nodes: which columns there is room for, names that are told apart, and a node in full."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.containers import VerticalScroll

from tests.billinghelp.payments_desk import PaymentsDesk, costs_of, invoice, nodes_of, payments_view, plans_for
from tests.builders import NOW
from tests.widgets.harness import HOSTILE_NAMES, Host, running, screen_text
from tests.widgets.test_payments import page, rows_of, text_of
from widgets.column_choice import columns_within
from widgets.hosted_page_dialog import HostedPageDialog
from widgets.hosted_page_words import PageState, address_lines
from widgets.payment_costs import CostHeading, CostTable
from widgets.payment_invoice_dialog import InvoiceDialog
from widgets.payment_invoices import InvoiceTable
from widgets.payment_node_dialog import NodeDialog, NodeLines, entitlements_words
from widgets.payment_nodes import NodeTable
from widgets.plan_grid import columns_of, grid_lines, name_row
from widgets.plan_table import PlanTable

NEEDS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1)


@given(needs=NEEDS, room=st.integers(0, 120))
def test_columns_never_take_more_than_there_is_and_none_is_left_out_that_still_fits(
    needs: dict[str, int], room: int
) -> None:
    by_worth = sorted(needs)
    chosen = columns_within(needs, by_worth, by_worth[::-1], room)
    left = room - sum(chosen.values())
    assert left >= 0
    assert list(chosen) == [column for column in by_worth[::-1] if column in chosen]
    assert all(needs[column] > left for column in by_worth if column not in chosen)


# ── invoices ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("width", "number"), [(58, False), (71, True), (100, True)])
def test_an_invoice_always_has_its_period_and_its_number_where_there_is_room(width: int, number: bool) -> None:
    table = InvoiceTable()
    table.show([invoice("x", 0, number="INV-202609-991188"), invoice("x", 1, number="INV-2")], None)
    first, second = rows_of(table, width)
    assert "09-01 " in first
    assert ("INV-20…991188 " in first) == number
    assert ("INV-2 " in second) == number
    assert first.endswith("✓")


@pytest.mark.parametrize("width", [58, 71, 100])
def test_a_years_period_has_its_years(width: int) -> None:
    begun = datetime(2026, 7, 2, tzinfo=UTC)
    year = invoice("x", 1, number="INV-2027", period_start=begun, period_end=begun.replace(year=2027))
    table = InvoiceTable()
    table.show([year], None)
    [row] = rows_of(table, width)
    assert "2026-07 – 2027-07" in row or "2026-07-02 – 2027-07-02" in row
    assert "…" not in row


# ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_node_has_its_version_and_its_users_in_a_small_terminal_and_more_in_a_larger_one() -> None:
    table = NodeTable()
    table.show(nodes_of("acme-eu"))
    for width, names in (
        (58, ("Node", "State", "Version", "Users", "Storage")),
        (72, ("Node", "State", "Version", "Users", "Storage", "Generation")),
        (100, ("Node", "Node id", "State", "Version", "Users", "Storage", "Generation")),
    ):
        heading = table.heading(width)[0][0]
        assert [name for name in names if name not in heading] == []
    lagging, never = rows_of(table, 72)[2], rows_of(table, 72)[4]
    assert "3 of 4" in lagging
    assert never.split()[-6:] == ["–", "–", "–", "–", "of", "4"]


def test_nodes_whose_names_begin_alike_or_are_the_same_are_told_apart() -> None:
    first, second, third, *_ = nodes_of("acme-eu")
    table = NodeTable()
    table.show(
        [
            replace(first, name="archive of the press department, primary"),
            replace(second, name="archive of the press department, replica"),
        ]
    )
    names = [row[:20] for row in rows_of(table, 58)]
    assert len(set(names)) == 2
    assert all("…" in name for name in names)
    table.show([replace(second, name="archive"), replace(third, name="archive"), replace(first, name="")])
    rows = rows_of(table, 100)
    assert rows[0].startswith("archive · node_acme-eu_1")
    assert rows[1].startswith("archive · node_acme-eu_2")
    assert rows[2].startswith("node_acme-eu_0")


def test_what_a_node_runs_and_what_is_wanted_since_when_is_said_in_words() -> None:
    current, _updating, lagging, silent, never = nodes_of("acme-eu")
    since = datetime(2026, 10, 12, 9, 5, tzinfo=UTC)
    runs = "It runs generation 3 of the plan's entitlements"
    assert entitlements_words(lagging, since) == f"{runs}; 4 is wanted since 2026-10-12 09:05 UTC."
    assert entitlements_words(replace(silent, state="retired"), since) == f"{runs}."
    assert entitlements_words(current, None).endswith(
        "generation 4 of the plan's entitlements, the one that is wanted."
    )
    assert entitlements_words(never, None).endswith("entitlements it runs; 4 is wanted.")


def test_a_node_in_full_tells_all_that_is_known_of_it() -> None:
    lagging, never = nodes_of("acme-eu")[2], nodes_of("acme-eu")[4]
    drawn = text_of(NodeLines(lagging, NOW, NOW - timedelta(days=3)), 80)
    known = ("node_acme-eu_2", "acme-eu-2", "▲ lagging", "4.2.2", "180 GiB", "8 min ago", "2026-09-05")
    assert [each for each in known if each not in drawn] == []
    drawn = text_of(NodeLines(never, NOW, None), 80)
    assert drawn.count("not known") == 3
    assert "never" in drawn


@pytest.mark.parametrize("said", [False, True])
async def test_an_invoices_last_line_can_be_read_in_a_low_terminal(said: bool) -> None:
    desk = PaymentsDesk()
    detail = desk._invoice("acme-eu", "ACME-EU-0100", pdf=False)
    detail = replace(detail, attempts=detail.attempts * 6, next_attempt_at=NOW)
    dialog = InvoiceDialog(detail.invoice, "Acme GmbH", "acme-eu", NOW)
    app = Host(dialog=dialog)
    async with running(app, (60, 20)) as pilot:
        dialog.show_detail(detail)
        if said:
            dialog.say("There is no PDF of this invoice.", failed=True)
        await pilot.pause()
        dialog.query_one("#detail", VerticalScroll).scroll_end(animate=False)
        await pilot.pause()
        screen = screen_text(app)
        assert "Stripe tries again on" in screen
        assert ("There is no PDF" in screen) == said
        assert "esc close" in screen


@pytest.mark.parametrize("size", [(60, 20), (20, 5)])
async def test_a_node_in_full_scrolls_where_it_does_not_fit_and_bears_any_text(size: tuple[int, int]) -> None:
    name = " ".join(HOSTILE_NAMES)
    node = replace(nodes_of("acme-eu")[0], name=name, version=name)
    dialog = NodeDialog(node, name, "acme-eu", NOW, None)
    app = Host(dialog=dialog)
    async with running(app, size) as pilot:
        assert "UTC, just" not in screen_text(app)
        await pilot.press("pagedown")
        detail = dialog.query_one("#detail", VerticalScroll)
        assert detail.scroll_y == 10
        detail.scroll_end(animate=False)
        await pilot.pause()
        assert "UTC, just" in screen_text(app)
        assert "\x1b" not in screen_text(app)
        await pilot.press("enter")
        assert dialog.has_left


# ── cost drivers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_period_in_which_nothing_was_used_no_cost_is_compared() -> None:
    heading = CostHeading()
    costs = replace(costs_of("acme-eu", "week", 0), drivers=[], cost="0", previous_cost="0", change="same")
    heading.set_reactive(CostHeading.costs, costs)
    assert text_of(heading).rstrip() == "Week  2026-10-01 – 10-07"


def test_what_is_no_longer_used_has_no_cost_and_says_so() -> None:
    driver = replace(costs_of("acme-eu", "month", 0).drivers[0], used="0.00", cost="0", change="gone")
    table = CostTable()
    table.show([driver])
    [row] = rows_of(table, 71)
    assert row.split()[-4:] == ["not", "used", "–", "gone"]


# ── the address of a hosted page ──────────────────────────────────────────────────────────────────────────────────────


def links_of(state: PageState, width: int) -> list[str | None]:
    return [
        None if isinstance(span.style, str) else span.style.link
        for row in address_lines(state, width)
        for span in row.content.spans
    ]


def test_every_line_of_an_address_leads_to_the_whole_of_it_where_a_browser_may_be_pointed_at_it() -> None:
    url = "https://checkout.stripe.com/c/pay/cs_test_" + "a1" * 40
    assert links_of(PageState("", url=url), 50) == [url] * 3
    assert links_of(PageState("", url="javascript:alert(1)" * 5, openable=False), 50) == []


@pytest.mark.parametrize("size", [(140, 44), (100, 30), (70, 30)])
async def test_an_address_stands_on_one_line_where_the_terminal_is_wide_enough(size: tuple[int, int]) -> None:
    dialog = HostedPageDialog("Customer portal", "Change the plan.", "acme-eu", "Acme GmbH")
    url = "http://127.0.0.1:43453/p/session/bps_BTDNxKgFPSJCeeZxSYC7Njfz"
    app = Host(dialog=dialog)
    async with running(app, size) as pilot:
        dialog.show_page(page(url), "", openable=True)
        await pilot.pause()
        assert screen_text(app).count(url) == 1
        dialog.show_arrival("It is done.")
        await pilot.pause()
        assert url not in screen_text(app)


# ── the columns of plans ──────────────────────────────────────────────────────────────────────────────────────────────


@given(width=st.integers(20, 140), cursor=st.integers(0, 3))
def test_a_click_meets_the_plan_that_stands_there_however_wide_its_column_is(width: int, cursor: int) -> None:
    plans = plans_for(payments_view())
    columns = columns_of(plans, cursor, width)
    names = grid_lines(plans, [name_row(plans)], cursor, width)[0].content.plain
    for at in range(columns.first, columns.first + columns.shown):
        assert columns.column_at(names.index(plans[at].name[:4])) == at
    assert columns.column_at(columns.label - 1) is None
    assert columns.column_at(width) is None


def test_the_longest_price_does_not_touch_what_stands_beside_it() -> None:
    plans = plans_for(payments_view())
    table = PlanTable()
    table.set_reactive(PlanTable.plans, plans)
    assert "1,990.00 USD  by contract" in text_of(table, 71)
