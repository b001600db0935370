"""Plan, use, payments and periods in every format of the report, and nothing of them where there is nothing."""

import csv
import io

import msgspec

from services.contract.types import ReportFormat, SubscriptionStatus
from services.contract.views import CustomerBillingView
from services.reports.build import build_report
from services.reports.model import BillingReport
from services.reports.render import render
from tests.builders import make_invoice, make_view
from tests.subscribed import make_payable, make_subscription, subscribed_view, unset_view

PAID = make_subscription(SubscriptionStatus.PAST_DUE, outlook="Growth until 2026-12-31, then Starter")


def report_of(view: CustomerBillingView) -> BillingReport:
    return build_report(view, invoices=[make_payable(), make_invoice("INV-6")], entries=[], events=None)


def markdown(view: CustomerBillingView) -> str:
    return render(report_of(view), ReportFormat.MD).content.decode()


def rows(view: CustomerBillingView, section: str) -> list[list[str]]:
    content = render(report_of(view), ReportFormat.CSV).content.decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(content, newline="")) if row[0] == section]


def test_markdown_has_the_plan_the_card_and_the_collection_in_its_summary() -> None:
    text = markdown(subscribed_view(PAID))
    assert "| Plan | Growth until 2026-12-31, then Starter (past due, 49.00 USD monthly) |" in text
    assert "| Payment setup | complete (Visa ending in 4242, expires 04/2029) |" in text
    assert "| Automatic collection | yes |" in text


def test_markdown_has_the_use_of_the_plan_beneath_what_blocks() -> None:
    text = markdown(subscribed_view())
    assert "## Plan usage\n\n| Resource | In use | In the plan | Part | Level |" in text
    assert "| Storage | 500 GiB | 500 GiB | 100 % | limit reached |" in text
    assert text.index("## Billing blockers") < text.index("## Plan usage") < text.index("## Credit lots")


def test_periods_have_a_column_where_one_is_known() -> None:
    text = markdown(subscribed_view())
    assert "| INV-7 | 2026-09-25 | 2026-10-03 | 2026-09-01 to 2026-10-01 | open | 1,299.00 USD |" in text
    assert "| INV-6 | 2026-09-25 | 2026-10-25 | – | open | 1,299.00 USD |" in text
    unknown = build_report(make_view(), invoices=[make_invoice()], entries=[], events=None)
    assert "| Invoice | Issued | Due | Status | Amount |" in render(unknown, ReportFormat.MD).content.decode()


def test_a_customer_without_plan_and_use_has_no_section_of_it() -> None:
    for view in (make_view(), unset_view()):
        assert "Plan usage" not in markdown(view)
        assert not rows(view, "usage")
        assert not rows(view, "plan")


def test_csv_has_figures_of_plan_and_use_in_columns_of_their_own() -> None:
    view = subscribed_view(PAID)
    assert rows(view, "plan") == [
        [
            "plan",
            "2026-11-01",
            "past due",
            "monthly, Growth until 2026-12-31, then Starter",
            "49.00",
            "USD",
            "",
            "growth",
        ]
    ]
    assert [row[2:6] for row in rows(view, "usage")] == [
        ["nodes", "of 5, 60 %, within limit", "3", "nodes"],
        ["users", "of 25, 84 %, close to limit", "21", "users"],
        ["storage", f"of {500 * 1024**3}, 100 %, limit reached", str(500 * 1024**3), "bytes"],
    ]


def test_csv_tells_a_period_behind_the_due_date() -> None:
    assert [row[3] for row in rows(subscribed_view(), "invoice")] == [
        "due 2026-10-03, period 2026-09-01 to 2026-10-01",
        "due 2026-10-25",
    ]


def test_json_has_all_of_it_and_is_read_back() -> None:
    report = report_of(subscribed_view(PAID))
    content = render(report, ReportFormat.JSON).content
    assert msgspec.json.decode(content, type=BillingReport) == report
    view = msgspec.json.decode(content)["view"]
    assert view["subscription"]["outlook"] == PAID.outlook
    assert view["payment_setup"]["method"]["last4"] == "4242"
    assert [meter["level"] for meter in view["usage"]] == ["ok", "close", "reached"]
