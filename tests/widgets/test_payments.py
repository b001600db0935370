"""The panes of the Billing page: numbers line up, states have words, no text breaks out, and codes can be read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from services.contract.requests import ListPlans
from services.contract.types import BillingInterval, BlockerCode, InvoiceStatus, Resource
from services.contract.views import HostedPage, NoticeView, PaymentSetupView
from tests.billinghelp.payments_desk import (
    GIB,
    HOSTED,
    VISA,
    PaymentsDesk,
    costs_of,
    invoice,
    invoices_of,
    meter,
    nodes_of,
    payments_view,
    plans_for,
    subscription,
)
from tests.builders import NOW, make_view
from tests.subscribed import make_payable
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent
from widgets.blockers import PAYMENT_BLOCKERS
from widgets.collection_dialog import collection_preview
from widgets.column_chart import column_chart
from widgets.format import ACCENT, DIM
from widgets.hosted_page_dialog import HostedPageDialog
from widgets.line_block import LineBlock
from widgets.payment_blockers import PaymentBlockers
from widgets.payment_costs import CostHeading, CostTable
from widgets.payment_format import as_of, cost, first_to_pay, period
from widgets.payment_heading import PaymentHeading
from widgets.payment_invoice_lines import InvoiceLines
from widgets.payment_invoices import InvoiceTable
from widgets.payment_keys import Key, Keys
from widgets.payment_nodes import NodeTable
from widgets.payment_plan import PlanSummary
from widgets.payment_tabs import Shown, State, ViewTabs
from widgets.payment_usage import UsageBars
from widgets.payment_ways import PaymentWays
from widgets.plan_change import PlanChange, Wish
from widgets.plan_comparison import PlanComparison
from widgets.plan_table import PlanTable
from widgets.qr_code import QrCode, draw, draw_within
from widgets.row_list import RowList

ALL_HOSTILE = " ".join(HOSTILE_NAMES)
MONTH = BillingInterval.MONTH
WIDTHS = (20, 36, 44, 58, 65, 75, 84, 100, 140)


def text_of(block: LineBlock, width: int = 70) -> str:
    return "\n".join(row.content.plain for row in block.lines(width))


def rows_of(table: RowList, width: int) -> list[str]:
    return ["".join(text for text, _role in table.row(index, width)) for index in range(table.row_count)]


# ── usage ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bars(*meters: Any, width: int = 40, compact: bool = False) -> list[str]:
    pane = UsageBars()
    pane.set_reactive(UsageBars.meters, meters)
    pane.set_reactive(UsageBars.compact, compact)
    return text_of(pane, width).splitlines()


@given(used=st.integers(0, 2_000), limit=st.integers(1, 1_000), width=st.integers(32, 120), compact=st.booleans())
def test_a_bar_is_full_only_at_the_limit_and_says_so_in_words_from_80_percent_on(
    used: int, limit: int, width: int, compact: bool
) -> None:
    lines = bars(meter(Resource.NODES, used, limit, f"{used} of {limit}"), width=width, compact=compact)
    drawn = "\n".join(lines)
    percent = used * 100 // limit
    assert all(cell_len(line) <= width for line in lines)
    assert f"{used} of {limit}" in drawn or (compact and f"{used}/{limit}" in drawn)
    assert ("▲" in drawn) == (80 <= percent < 100)
    assert ("✗" in drawn) == (percent >= 100)
    if "━" in drawn or "─" in drawn:
        assert ("─" not in drawn) == (percent >= 100)
        assert ("━" not in drawn) == (percent == 0)
    if not compact:
        assert ("close to limit" in drawn) == (80 <= percent < 100)
        assert ("limit reached" in drawn) == (percent >= 100)


def test_bars_that_are_compared_begin_and_end_together() -> None:
    lines = bars(meter(Resource.NODES, 3, 5, "3 of 5"), meter(Resource.USERS, 25, 25, "25 of 25"))
    nodes, users = (line.split(" ")[0] for line in lines[1::2])
    assert len(nodes) == len(users) == len("━" * 23)


def test_long_numbers_are_said_shorter_where_their_bar_would_have_no_room() -> None:
    meters = [
        meter(Resource.USERS, 21, 25, "21 of 25"),
        meter(Resource.STORAGE, 425 * GIB, 500 * GIB, "425 GiB of 500 GiB"),
    ]
    for width, said in ((60, "425 GiB of 500 GiB"), (39, "425 of 500 GiB"), (37, "425/500 GiB")):
        users, storage = bars(*meters, width=width, compact=True)
        assert said in storage
        assert "━" in storage
        assert storage.index("━") == users.index("━")
        assert len(users[16:].split()[0]) == len(storage[16:].split()[0])
    assert "21/25" in bars(*meters, width=37, compact=True)[0]
    mixed = meter(Resource.STORAGE, 900 * GIB, 4096 * GIB, "900 GiB of 4 TiB")
    assert "900 GiB/4 TiB" in bars(mixed, width=36, compact=True)[0]


def test_what_has_no_limit_has_no_bar() -> None:
    assert bars(meter(Resource.USERS, 25, None, "25"), width=20) == ["Users             25"]


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_is_as_wide_as_the_table_and_no_amount_is_cut(width: int) -> None:
    invoices, nodes, costs = InvoiceTable(), NodeTable(), CostTable()
    invoices.show(invoices_of("acme-eu"), None)
    nodes.show(nodes_of("acme-eu"))
    costs.show(costs_of("acme-eu", "month", 0).drivers, (2, "84.5"))
    assert "2 more, 0.84 USD" in rows_of(costs, width)[-1]
    for table in (invoices, nodes, costs):
        heading = "".join(text for text, _role in table.heading(width))
        if width >= 36:
            assert {cell_len(row) for row in [heading, *rows_of(table, width)]} == {width}
    if width >= 44:
        drawn = "\n".join(rows_of(invoices, width))
        amounts = ("1,299.00 USD", "128,000 JPY", "1,234.567 KWD", "✗ uncollectible")
        assert [each for each in amounts if each not in drawn] == []


def test_an_open_invoice_past_its_due_time_is_overdue() -> None:
    table = InvoiceTable()
    table.now = NOW
    table.show([invoice("acme-eu", 0), invoice("acme-eu", 0, due_at=NOW), invoice("acme-eu", 1)], None)
    words = [row.split()[-3:-1] for row in rows_of(table, 75)]
    assert words == [["▲", "overdue"], ["●", "open"], ["✓", "paid"]]


def test_the_cursor_stays_on_its_invoice() -> None:
    table = InvoiceTable()
    table.show(invoices_of("acme-eu")[1:], None)
    assert table.select("ACME-EU-0097")
    table.show(invoices_of("acme-eu"), None)
    assert table.selected is not None
    assert table.selected.number == "ACME-EU-0097"
    assert not table.select("nothing")


@pytest.mark.parametrize("width", WIDTHS)
def test_plans_stand_side_by_side_about_the_cursor(width: int) -> None:
    table = PlanTable()
    table.set_reactive(PlanTable.plans, plans_for(payments_view()))
    for column in range(4):
        table.set_reactive(PlanTable.column, column)
        lines = text_of(table, width).splitlines()
        assert all(cell_len(line) <= width for line in lines)
        assert table.selected is not None
        assert table.selected.name[:4] in lines[0]
        has_all = width >= 67
        assert ("Starter" in lines[0] and "Enterprise" in lines[0]) == has_all
        assert ("◂" in lines[0] or "▸" in lines[0]) == (not has_all)


async def test_in_a_low_terminal_what_a_plan_would_change_stands_before_the_features() -> None:
    comparison = PlanComparison()
    async with running(Host(comparison), (60, 14)) as pilot:
        plans = plans_for(payments_view())
        comparison.show(plans)
        comparison.table.move(1)
        comparison.show_wish(Wish(plans[2], MONTH, "enter", "opens Stripe Checkout", "takes effect when it is paid"))
        for low, seen, unseen in (
            (True, ("↑ upgrade", "Upgrade to Business", "takes effect", "Nodes            5"), "Single sign-on"),
            (False, ("Business", "Single sign-on"), "takes effect"),
        ):
            comparison.set_low(low=low)
            await pilot.pause()
            shown = screen_text(pilot.app)
            assert [each for each in seen if each not in shown] == []
            assert unseen not in shown
        comparison.set_low(low=True)
        await pilot.pause()
        comparison.scroll_end(animate=False)
        await pilot.pause()
        last = screen_text(pilot.app)
        assert [each for each in ("Business", "Single sign-on", "Priority support") if each not in last] == []


def test_what_a_plan_would_change_is_said_in_order() -> None:
    starter, _growth, business, _enterprise = plans_for(payments_view())
    change = PlanChange()
    preview = PaymentsDesk()._plans(ListPlans(customer_id="acme-eu", plan="business")).preview
    wish = Wish(business, MONTH, "enter", "opens it", "takes effect soon", preview=preview)
    change.set_reactive(PlanChange.wish, wish._replace(due="74.20 USD is due"))
    drawn = text_of(change)
    effect = "199.00 USD monthly · takes effect soon"
    order = ("Upgrade to Business", effect, "74.20 USD is due", "Unused time on Growth", "Nodes")
    assert [drawn.index(each) for each in order] == sorted(drawn.index(each) for each in order)
    change.set_reactive(PlanChange.wish, Wish(starter, MONTH, "enter", "opens it", why_not="Not you."))
    assert "▲ More is in use than this plan includes\n  Nodes: 3 in use, 1 included" in text_of(change)
    assert "– Not you." in text_of(change)


def test_a_plan_that_begins_by_itself_is_scheduled_and_says_when() -> None:
    starter = plans_for(payments_view())[0]
    message = "Starter begins on 2026-11-01."
    why = replace(starter.change, how="none", allowed=False, reason="ALREADY_SCHEDULED", message=message)
    plan = replace(starter, change=why)
    table, change = PlanTable(), PlanChange()
    table.set_reactive(PlanTable.plans, [plan])
    change.set_reactive(PlanChange.wish, Wish(plan, MONTH, "enter", why_not=message))
    assert "→ scheduled" in text_of(table)
    assert "downgrade" not in (text_of(table) + text_of(change)).casefold()
    assert text_of(change).count(message) == 1


@pytest.mark.parametrize("width", [36, 58, 71, 120])
def test_a_cost_says_what_it_is_compared_with_by_the_last_day_of_each_period(width: int) -> None:
    heading = CostHeading()
    heading.set_reactive(CostHeading.costs, costs_of("acme-eu", "month", 0))
    drawn = " ".join(text_of(heading, width).split())
    assert "Month 2026-10-01 – 10-15 60.70 USD +12 % against 54.22 USD in 09-01 – 09-15" in drawn
    whole = replace(
        costs_of("acme-eu", "month", 0), period_end=datetime(2026, 11, 1, tzinfo=UTC), change="same", days=[]
    )
    heading.set_reactive(CostHeading.costs, whole)
    drawn = " ".join(text_of(heading, width).split())
    assert "2026-10-01 – 10-31 60.70 USD same as 54.22 USD" in drawn


def test_what_each_driver_cost_before_stands_beside_it_where_its_name_is_whole_all_the_same() -> None:
    table, drivers = CostTable(), costs_of("acme-eu", "month", 0).drivers
    for namespace, width, has_column in (("acme", 69, False), ("acme", 70, True), ("acme-eu-production", 71, False)):
        table.show([replace(drivers[0], namespace=namespace, previous_cost="3327")])
        assert ("Before" in table.heading(width)[0][0]) == has_column
        assert ("33.27" in rows_of(table, width)[0]) == has_column
        assert f"{namespace} · workspace-build" in rows_of(table, width)[0]


# ── the rail ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("width", [30, 36, 38, 39, 56])
def test_no_value_of_the_rail_is_cut(width: int, compact: bool) -> None:
    year = subscription(
        "business",
        period_start=datetime(2026, 12, 21, tzinfo=UTC),
        period_end=datetime(2027, 12, 21, tzinfo=UTC),
        outlook="Business until 2027-12-21, then Growth",
    )
    view = payments_view(subscription=year)
    method = replace(VISA, brand="mastercard", last4="4444")
    view = replace(view, payment_setup=replace(view.payment_setup, method=method) if view.payment_setup else None)
    panes: list[tuple[Any, tuple[str, ...]]] = [
        (PlanSummary(), ("2026-12-21 – 2027-12-21", "until 2027-12-21, then Growth")),
        (PaymentWays(), ("Mastercard ·· 4444", *(() if compact else ("expires 04/2029",)))),
    ]
    for pane, values in panes:
        pane.set_reactive(type(pane).view, view)
        pane.set_reactive(type(pane).compact, compact)
        drawn = text_of(pane, width)
        assert "…" not in drawn
        assert all(cell_len(row) <= width for row in drawn.splitlines())
        words = " ".join(drawn.replace(" s\n", "\n").split())
        assert [value for value in values if value not in words] == []
        if width >= 38:
            assert values[0] in drawn


@pytest.mark.parametrize(("on_file", "said"), [(None, "? not known"), (False, "○ none on file"), (True, "✓ on file")])
def test_what_the_record_does_not_know_of_a_payment_method_is_not_said_to_be_missing(
    on_file: bool | None, said: str
) -> None:
    view = payments_view()
    none = PaymentSetupView(status="none", method=None, open_until=None)
    ways = PaymentWays()
    billing = replace(view.billing, payment_method_on_file=on_file)
    ways.set_reactive(PaymentWays.view, replace(view, payment_setup=none, billing=billing))
    assert said in text_of(ways)


def test_blockers_that_are_cleared_elsewhere_are_counted_with_the_key_that_leads_there_or_named() -> None:
    codes = [BlockerCode.OVERDUE_INVOICE, BlockerCode.NO_PREPAID_BALANCE]
    view = make_view(blockers=codes)
    pane = PaymentBlockers()
    pane.set_reactive(PaymentBlockers.view, view)
    title = next(each.title for each in view.blockers if each.code is codes[1])
    assert "▲ 1 other blocker" in text_of(pane)
    assert title in text_of(pane)
    assert "Only support can clear it: ask there." in text_of(pane)
    pane.set_reactive(PaymentBlockers.others_key, "F2")
    [row] = [row for row in text_of(pane).splitlines() if "1 other blocker" in row]
    assert row.endswith("F2")
    assert title not in text_of(pane)
    assert "support" not in text_of(pane)
    pane.set_reactive(PaymentBlockers.view, make_view())
    assert text_of(pane) == ""


def test_a_plan_that_is_not_paid_says_which_invoice_is_open_and_which_keys_help() -> None:
    notice = NoticeView(code="subscription_not_paid", text="The last payment for the plan failed.")
    by_itself = replace(make_payable("INV-2"), due_at=None)
    view = make_view(open_invoices=[make_payable("INV-1"), by_itself], notices=[notice])
    pane = PaymentBlockers()
    pane.set_reactive(PaymentBlockers.view, view)
    [title] = [row for row in pane.lines(60) if "The last payment failed" in row.content.plain]
    assert (title.content.plain.split()[-1], title.target) == ("1", "invoices")
    said = " ".join(text_of(pane, 60).split())
    assert "Invoice INV-2 of the plan is still to be paid: 1, then p on it." in said
    assert "s registers another card, which alone does not pay it." in said
    assert first_to_pay(view) == view.open_invoices[0]  # that one is overdue
    pane.set_reactive(PaymentBlockers.keys, Keys(setup=Key("s", "It is read-only.")))
    assert "another card" not in text_of(pane, 60)
    pane.set_reactive(PaymentBlockers.compact, True)
    assert "pay: 1, p · card: s" in text_of(pane)
    unknown = replace(view, open_invoices=[])
    pane.set_reactive(PaymentBlockers.view, unknown)
    assert "o leads to where it can be paid." in text_of(pane, 60)
    assert "portal" in {row.target for row in pane.lines(60)}
    assert first_to_pay(replace(view, open_invoices=[by_itself])) == by_itself
    assert first_to_pay(replace(view, open_invoices=[by_itself], notices=[])) is None


def test_a_smaller_plan_that_follows_says_what_is_in_use_beyond_it() -> None:
    pane = PlanSummary()
    pane.set_reactive(PlanSummary.exceeded, ("Nodes: 3 in use, 1 included",))
    following = subscription(
        next_plan="starter", next_plan_name="Starter", changes_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    for had, said in ((following, True), (subscription(), False)):
        pane.set_reactive(PlanSummary.view, payments_view(subscription=had))
        drawn = " ".join(text_of(pane, 39).split())
        assert ("▲ More is in use than Starter includes. Nodes: 3 in use, 1 included." in drawn) == said


def test_an_invoice_below_nothing_is_credited_and_nobody_has_to_collect_it() -> None:
    detail = PaymentsDesk()._invoice("acme-eu", "ACME-EU-0099", pdf=False)
    credit = replace(detail.invoice, amount=-2_529)
    lines = InvoiceLines(credit, NOW)
    lines.set_reactive(InvoiceLines.detail, replace(detail, invoice=credit, attempts=[], next_attempt_at=None))
    drawn = text_of(lines)
    assert "This amount is credited to coming invoices" in drawn
    assert [each for each in ("Due", "nobody has tried", "Payment attempts") if each in drawn] == []


@pytest.mark.parametrize("code", PAYMENT_BLOCKERS)
def test_every_blocker_that_is_cleared_here_has_the_key_that_leads_there(code: BlockerCode) -> None:
    pane = PaymentBlockers()
    pane.set_reactive(PaymentBlockers.view, make_view(blockers=[code]))
    pane.set_reactive(PaymentBlockers.keys, Keys(setup=Key("F7"), invoices=Key("F8", "It is read-only.")))
    _heading, title, *_ = pane.lines(60)
    assert "blocks" in text_of(pane)
    pane.set_reactive(PaymentBlockers.compact, True)
    assert "blocks" not in text_of(pane)
    overdue = code is BlockerCode.OVERDUE_INVOICE
    assert title.content.plain.endswith("F8" if overdue else "F7")
    assert title.target is code
    assert str(title.content.spans[-1].style) == (DIM if overdue else ACCENT)  # what does not serve now is dimmed


@pytest.mark.parametrize(
    ("payable", "said"),
    [
        ((True,), None),
        ((False,), "It cannot be paid here: pay as the invoice says."),
        ((False, False), "None cannot be paid here"),
        ((True, False), "1 of 2 cannot be paid here: pay as the invoice says."),
    ],
)
def test_an_overdue_invoice_that_is_not_stripes_says_that_it_is_paid_elsewhere(
    payable: tuple[bool, ...], said: str | None
) -> None:
    invoices = [replace(make_payable(f"INV-{at}"), payable=here) for at, here in enumerate(payable)]
    later = replace(make_payable("INV-9", due_at=NOW + timedelta(days=1)), payable=False)
    pane = PaymentBlockers()
    pane.set_reactive(PaymentBlockers.view, make_view(open_invoices=[*invoices, later]))
    drawn = text_of(pane)
    assert ("paid here" in drawn) == (said is not None)
    assert said is None or said in drawn


def test_a_plan_that_does_not_renew_says_what_holds_then_and_which_key_keeps_it() -> None:
    ends = datetime(2026, 11, 1, tzinfo=UTC)
    pane = PlanSummary()
    for had, said in (
        (subscription(), "renews on 2026-11-01"),
        (
            subscription(ends_at=ends),
            "ends on 2026-11-01, then no limits and no features. It can be kept in the portal.",
        ),
        (subscription(changes_at=ends, next_plan_name="Starter"), "until 2026-11-01, then Starter. It can be kept"),
    ):
        pane.set_reactive(PlanSummary.view, payments_view(subscription=had))
        for compact in (False, True):
            pane.set_reactive(PlanSummary.compact, compact)
            drawn = text_of(pane, 39)
            assert said in " ".join(drawn.replace(" o\n", "\n").split())
            assert drawn.splitlines()[0].endswith(" o") == (said != "renews on 2026-11-01")


def test_who_has_no_plan_has_no_limits_and_the_key_to_choose_one() -> None:
    pane = PlanSummary()
    for tier, said in (
        (None, "none 2 no subscription, so no limits and no features"),
        ("growth", "growth tier 2 no subscription"),
    ):
        pane.set_reactive(PlanSummary.view, make_view(usage_tier=tier))
        assert " ".join(text_of(pane, 60).split()) == f"Plan {said}"


# ── small things ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(values=st.lists(st.floats(0, 1e9), max_size=40), height=st.integers(1, 6), cells=st.integers(1, 7))
def test_a_chart_is_as_high_as_asked_and_shows_all_that_is_above_zero(
    values: list[float], height: int, cells: int
) -> None:
    lines = column_chart(values, height, cells)
    width = max(len(values) * cells - (cells > 1 and bool(values)), 0)
    assert [len(line) for line in lines] == [width] * height
    for at, value in enumerate(values):
        assert (lines[-1][at * cells] != " ") == (value > 0)
    if max(values, default=0) > 0:
        assert "█" in lines[0]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "just now"), (12, "12 s ago"), (59, "59 s ago"), (61, "1 min ago"), (-5, "just now")]
)
def test_an_age_is_said_in_seconds_at_first(seconds: int, said: str) -> None:
    assert as_of(NOW - timedelta(seconds=seconds), NOW) == f"as of {said}"


def test_a_period_says_each_year_once() -> None:
    november, january = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert period(november, november) == "2026-11-01 – 11-01"
    assert period(november, january) == "2026-11-01 – 2027-01-01"
    assert period(november, january, short=True) == "11-01 – 01-01"
    assert period(None, january) == "–"


@given(st.decimals(0, 10**9, places=4))
def test_a_cost_is_said_to_the_cent_and_never_as_nothing(cents: Decimal) -> None:
    said = cost(f"{cents:f}")
    assert (said == "0.00 USD") == (cents == 0)
    assert abs(Decimal(said.removesuffix(" USD").replace(",", "")) * 100 - cents) <= Decimal("0.5")


def test_the_tabs_say_what_is_shown_how_old_it_is_and_what_is_wrong() -> None:
    tabs = ViewTabs({shown: str(at) for at, shown in enumerate(Shown, start=1)})
    tabs.set_reactive(ViewTabs.now, NOW)
    tabs.set_reactive(ViewTabs.state, State(fetched_at=NOW - timedelta(seconds=12), problem="Stripe is away."))
    first, _rule, problem = text_of(tabs, 70).splitlines()
    assert " ".join(first.split()) == "1 Invoices 2 Plans 3 Cost drivers 4 Nodes as of 12 s ago"
    assert problem == "▲ Stripe is away."
    assert text_of(tabs, 58).splitlines()[0].endswith("4 Nodes      12 s ago")
    assert text_of(tabs, 47).splitlines()[0].rstrip().endswith("4 Nodes")
    for state, said in (
        (State(under_way="Asking Stripe"), "… Asking Stripe"),
        (State(nothing="Nothing was invoiced yet."), "Nothing was invoiced yet."),
        (State(failure="It failed.", problem="hidden"), "✗ It failed."),
        (State(), ""),
    ):
        tabs.set_reactive(ViewTabs.state, state)
        assert "\n".join(text_of(tabs, 70).splitlines()[2:]) == said


# ── codes and dialogs ─────────────────────────────────────────────────────────────────────────────────────────────────

_UPPER, _LOWER = frozenset("▀█"), frozenset("▄█")


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=300))
def test_a_code_is_the_librarys_module_by_module_with_its_quiet_zone(text: str) -> None:
    drawn = draw(text)
    assert drawn is not None
    modules = [[char in half for char in line] for line in drawn.lines for half in (_UPPER, _LOWER)]
    wanted = [[bool(each) for each in row] for row in segno.make(text, error="l", micro=False).matrix_iter(border=4)]
    assert modules[: len(wanted)] == wanted
    assert not any(any(row) for row in modules[len(wanted) :])


def test_a_code_is_drawn_only_where_it_fits_whole_and_dark_on_light() -> None:
    assert draw("x" * 4_000) is None
    drawn = draw(HOSTED)
    assert drawn is not None
    cells, rows = drawn.size
    assert draw_within(HOSTED, cells, rows) == drawn
    smaller = draw_within(HOSTED, cells - 1, rows)
    assert smaller is not None
    assert smaller.size[0] == cells - 4
    assert draw_within(HOSTED, smaller.size[0] - 1, rows) is None
    code = QrCode()
    code.set_reactive(QrCode.code, drawn)
    assert {str(span.style) for row in code.lines(0) for span in row.content.spans} == {"#000000 on #ffffff"}


def page(url: str) -> HostedPage:
    kind: Any = "checkout"
    return HostedPage(kind=kind, url=url, expires_at=None, notice=ALL_HOSTILE, replayed=False, audit_event_id="e")


@pytest.mark.parametrize("size", [(140, 44), SIZES[1], SIZES[-1]])
async def test_a_hosted_page_bears_any_text_in_any_terminal(size: tuple[int, int]) -> None:
    dialog = HostedPageDialog(ALL_HOSTILE, ALL_HOSTILE, "acme-eu", ALL_HOSTILE, sandbox=True)
    async with running(Host(dialog=dialog), size) as pilot:
        dialog.show_page(page(HOSTED), "tomorrow", openable=True)
        await pilot.pause()
        assert ("▀▀▀▀▀" in screen_text(pilot.app)) == (size == (140, 44))
        dialog.show_page(page(HOSTED + ALL_HOSTILE), "", openable=False)
        dialog.say(ALL_HOSTILE, failed=True)
        await pilot.pause()
        assert "▀▀▀▀▀" not in screen_text(pilot.app)
        assert "\x1b" not in screen_text(pilot.app)


async def test_of_a_page_from_which_something_came_only_that_is_shown() -> None:
    dialog = HostedPageDialog("Invoice 7", "Pay 12.00 USD.", "acme-eu", "Acme GmbH")
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        dialog.show_page(replace(page(HOSTED), notice="It is open."), "tomorrow", openable=True)
        await pilot.pause()
        assert "o open" in screen_text(pilot.app)
        dialog.say("There is no browser here.", failed=True)
        dialog.show_arrival("Invoice 7 is settled.")
        dialog.say("There is no browser here.", failed=True)  # an answer may come late
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert "✓ Invoice 7 is settled." in shown
        assert [each for each in ("Pay 12.00", "o open", "y copy", "It is open", "Not done") if each in shown] == []
        assert "enter close" in shown
        await pilot.press("o", "y")
        assert not sent(app, HostedPageDialog.OpenWanted) + sent(app, HostedPageDialog.CopyWanted)
        assert dialog.has_left


async def test_a_page_that_is_not_there_is_neither_opened_nor_copied() -> None:
    dialog = HostedPageDialog("Payment setup", "Register a payment method.", "acme-eu", "Acme GmbH")
    app = Host(dialog=dialog)
    async with running(app) as pilot:
        assert [each for each in ("o open", "y copy") if each in screen_text(app)] == []
        await pilot.press("o", "y")
        assert not sent(app, HostedPageDialog.OpenWanted) + sent(app, HostedPageDialog.CopyWanted)
        dialog.show_failure("Stripe has no price for this now.", again=False)
        await pilot.press("r")
        assert not sent(app, HostedPageDialog.AgainWanted)
        dialog.show_failure("Stripe did not answer.", again=True)
        await pilot.pause()
        assert "r try again" in screen_text(app)
        await pilot.press("r")
        assert len(sent(app, HostedPageDialog.AgainWanted)) == 1
        assert "… Asking Stripe for the page" in screen_text(app)
        dialog.show_silence(silent=True)
        await pilot.pause()
        assert "… The server does not answer: it is asked again" in screen_text(app)
        assert "Stripe" not in screen_text(app)
        await pilot.press("r", "escape")
        assert len(sent(app, HostedPageDialog.AgainWanted)) == 1
        assert dialog.has_left


def test_a_choice_that_somebody_else_has_made_is_no_choice_any_more() -> None:
    view = payments_view()
    assert collection_preview(view, enabled=True).allowed
    assert "It is so already" in collection_preview(view, enabled=False).message
    assert (
        "This cannot be changed now."
        in collection_preview(replace(view, automatic_collection=None), enabled=True).message
    )


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
@pytest.mark.parametrize("width", [20, 60, 110])
def test_no_text_breaks_out_of_its_line(name: str, width: int) -> None:
    method = replace(VISA, text=name, brand=name)
    view = payments_view(legal_name=name, subscription=subscription(plan_name=name, outlook=name))
    view = replace(view, payment_setup=replace(view.payment_setup, method=method) if view.payment_setup else None)
    plan = replace(plans_for(view)[2], name=name, summary=name)
    detail = PaymentsDesk()._invoice("acme-eu", "ACME-EU-0100", pdf=False)
    detail = replace(
        detail,
        problem=name,
        lines=[replace(detail.lines[0], description=name)],
        attempts=[replace(detail.attempts[0], method=name, problem=name)],
    )
    shown: list[tuple[LineBlock, str, Any]] = [
        (PlanSummary(), "view", view),
        (PaymentWays(), "view", view),
        (PaymentBlockers(), "view", view),
        (PaymentHeading("/"), "customer", (name, name)),
        (CostHeading(), "costs", costs_of(name, "month", 0)),
        (PlanTable(), "plans", [plan]),
        (PlanChange(), "wish", Wish(plan, MONTH, "enter", "opens it", name, name, due=name, no_preview=name)),
        (InvoiceLines(detail.invoice, NOW), "detail", detail),
    ]
    for pane, field, value in shown:
        pane.set_reactive(getattr(type(pane), field), value)
        drawn = text_of(pane, width)
        assert "\x1b" not in drawn
        assert all(cell_len(line) <= width for line in drawn.splitlines()), type(pane)
    for table, rows in (
        (NodeTable(), [replace(nodes_of(name)[0], name=name, version=name)]),
        (CostTable(), costs_of(name, "month", 0).drivers),
        (InvoiceTable(), [invoice("x", 0, number=name, status=InvoiceStatus.VOID)]),
    ):
        table.show(rows, None) if isinstance(table, InvoiceTable) else table.show(rows)  # type: ignore[arg-type]
        assert all(cell_len(row) <= max(width, 36) and "\x1b" not in row for row in rows_of(table, width))


def test_a_short_period_of_a_year_tells_its_years() -> None:
    start = datetime(2026, 11, 21, tzinfo=UTC)
    assert period(start, start.replace(year=2027), short=True) == "2026-11 – 2027-11"
    assert period(start, start.replace(month=12), short=True) == "11-21 – 12-21"
