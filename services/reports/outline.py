"""The report as a document: sections, pairs, tables and notes, with every value ready to read."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.billing.plan_views import amount_text
from services.billing.wording import period_text, setup_text, subscription_text, telling
from services.contract import wording
from services.contract.types import Account, Unit
from services.contract.views import LedgerEntryView, UsageMeterView
from services.contract.wording import LEVEL_TITLES
from services.reports.model import Align, BillingReport, Column, Outline, Section, Table

NO_BLOCKER = "No immediate billing blocker found."

# The legs that move what the customer has; their counter-entries stand in the CSV and JSON formats.
_OWN_ACCOUNTS = (Account.AVAILABLE, Account.OVERAGE)


def outline(report: BillingReport, *, ledger_rows: int | None = None) -> Outline:
    """Return the report's document. `ledger_rows` bounds the ledger table; what it leaves out is said."""
    customer = report.view.customer
    sections = [_summary(report), _blockers(report)]
    if meters := telling(report.view.usage):
        sections.append(_usage(meters))
    sections += [_lots(report), _invoices(report), _ledger(report, ledger_rows)]
    if report.audit is not None:
        sections.append(_audit(report))
    return Outline(
        title="Billing report",
        subject=customer.legal_name,
        subtitle=f"{customer.customer_id} · as of {wording.minute(report.generated_at)}",
        sections=tuple(sections),
    )


def _summary(report: BillingReport) -> Section:
    view = report.view
    billing, own = view.billing, view.credits
    state = _also(wording.STATE_TITLES[billing.state], billing.review_reference)
    rail = _also(wording.RAIL_TITLES[billing.payment_rail], billing.usage_tier and f"{billing.usage_tier} tier")
    approved = _also(_yes_no(billing.invoice_rail_approved), billing.commercial_reference)
    item = "none" if view.checklist.billing is None else wording.CHECKLIST_TITLES[view.checklist.billing]
    lots = f"{own.active_lots} active lot{'' if own.active_lots == 1 else 's'}"
    overage = [(u, o) for u, o in zip(Unit, (own.overage_workspace_hours, own.overage_ai_cents), strict=True)]
    unpaid = [wording.credit(unit, amount) for unit, amount in overage if amount.strip("0.")]
    pairs = [
        ("Billing state", state),
        ("Payment rail", rail),
        ("Plan", subscription_text(view.subscription)),
        ("Invoice rail approved", approved),
        ("Ownership", wording.OWNERSHIP_TITLES[view.customer.ownership]),
        ("Billing checklist item", item),
        ("Trial end", _date(billing.trial_ends_at)),
        ("Payment method on file", _yes_no(billing.payment_method_on_file)),
        ("Payment setup", "–" if view.payment_setup is None else setup_text(view.payment_setup)),
        ("Automatic collection", _yes_no(billing.automatic_collection)),
        ("Workspace time left", wording.credit(Unit.WORKSPACE_HOURS, own.workspace_hours)),
        ("Managed AI credit left", wording.credit(Unit.AI_CENTS, own.ai_cents)),
        ("Credit lots", lots),
        ("Use beyond credit", " and ".join(unpaid) or "none"),
        ("Provisioning", view.readiness.provisioning.status),
        ("Managed AI", view.readiness.managed_ai.status),
        ("Latest adjustment", _adjustment(report)),
    ]
    return Section(title="Summary", pairs=tuple(pairs))


def _adjustment(report: BillingReport) -> str:
    latest = report.view.latest_adjustment
    if latest is None:
        return "none"
    amount = wording.credit(latest.unit, latest.amount)
    return f"{wording.date(latest.booked_at)}: {amount} {latest.category} credit {wording.KIND_TITLES[latest.kind]}"


def _blockers(report: BillingReport) -> Section:
    blockers = report.view.blockers
    notices = tuple(notice.text for notice in report.view.notices)
    if not blockers:
        return Section(title="Billing blockers", notes=(NO_BLOCKER, *notices))
    columns = (Column("Blocker", 26), Column("Since", 12), Column("Blocks", 26), Column("What is the matter", 36))
    rows = tuple(
        (b.title, _date(b.since), wording.join([wording.AREA_TITLES[area] for area in b.blocks]), b.detail)
        for b in blockers
    )
    return Section(title="Billing blockers", table=Table(columns=columns, rows=rows), notes=notices)


def _usage(meters: Sequence[UsageMeterView]) -> Section:
    columns = (
        Column("Resource", 30),
        Column("In use", 18, Align.RIGHT),
        Column("In the plan", 18, Align.RIGHT),
        Column("Part", 10, Align.RIGHT),
        Column("Level", 24),
    )
    rows = tuple(
        (
            meter.title,
            amount_text(meter.resource, meter.used),
            "no limit" if meter.limit is None else amount_text(meter.resource, meter.limit),
            "–" if meter.percent is None else f"{meter.percent} %",
            "–" if meter.percent is None else LEVEL_TITLES[meter.level],
        )
        for meter in meters
    )
    return Section(title="Plan usage", table=Table(columns=columns, rows=rows))


def _lots(report: BillingReport) -> Section:
    lots = report.view.credits.lots
    if not lots:
        return Section(title="Credit lots", notes=("No credit lot has anything left.",))
    columns = (
        Column("Remaining", 15, Align.RIGHT),
        Column("Granted", 15, Align.RIGHT),
        Column("For", 18),
        Column("Category", 15),
        Column("Expires", 13),
        Column("Source", 24),
    )
    rows = tuple(
        (
            wording.credit(lot.unit, lot.remaining),
            wording.credit(lot.unit, lot.amount),
            wording.UNIT_TITLES[lot.unit],
            lot.category.value if lot.active else f"{lot.category.value}, inactive",
            _date(lot.expires_at),
            _also(lot.source, lot.reason),
        )
        for lot in lots
    )
    return Section(title="Credit lots", table=Table(columns=columns, rows=rows))


def _invoices(report: BillingReport) -> Section:
    if not report.invoices:
        return Section(title="Invoices", notes=("No invoices are on record.",))
    has_periods = any(period_text(invoice) for invoice in report.invoices)
    columns = (
        Column("Invoice", 18),
        Column("Issued", 12),
        Column("Due", 12),
        *([Column("Period", 24)] if has_periods else ()),
        Column("Status", 15),
        Column("Amount", 19, Align.RIGHT),
    )
    rows = tuple(
        (
            invoice.number,
            wording.date(invoice.issued_at),
            _date(invoice.due_at),
            *([period_text(invoice) or "–"] if has_periods else ()),
            invoice.status.value,
            wording.money(invoice.amount, invoice.currency),
        )
        for invoice in report.invoices
    )
    return Section(title="Invoices", table=Table(columns=columns, rows=rows))


def _ledger(report: BillingReport, most: int | None) -> Section:
    own = [entry for entry in report.ledger if entry.account in _OWN_ACCOUNTS]
    shown = own if most is None else own[:most]
    notes = tuple(_omitted(report, len(own) - len(shown)))
    if not shown:
        return Section(title="Ledger", notes=("No ledger entries.", *notes))
    columns = (
        Column("Booked", 12),
        Column("What", 22),
        Column("Amount", 13, Align.RIGHT),
        Column("Balance", 13, Align.RIGHT),
        Column("Source and reason", 40),
    )
    rows = tuple(_entry(entry) for entry in shown)
    return Section(title="Ledger", table=Table(columns=columns, rows=rows), notes=notes)


def _entry(entry: LedgerEntryView) -> tuple[str, ...]:
    what = f"{wording.UNIT_TITLES[entry.unit]} {wording.KIND_TITLES[entry.kind]}"
    if entry.account is Account.OVERAGE:
        what += ", beyond credit"
    return (
        wording.date(entry.booked_at),
        what,
        wording.credit(entry.unit, entry.amount),
        wording.credit(entry.unit, entry.balance_after),
        _also(entry.source, entry.reason),
    )


def _omitted(report: BillingReport, hidden: int) -> Iterator[str]:
    if hidden:
        yield f"{hidden:,} older entries are left out here; the CSV and JSON formats have them."
    if report.older_entries is None:
        yield "Older entries omitted."
    elif report.older_entries:
        yield f"{report.older_entries:,} older entries omitted."


def _audit(report: BillingReport) -> Section:
    if not report.audit:
        return Section(title="Audit references", notes=("No audited actions are on record.",))
    columns = (
        Column("Time (UTC)", 17),
        Column("Action", 21),
        Column("Outcome", 10),
        Column("By", 11),
        Column("No.", 5, Align.RIGHT),
        Column("Event", 36),
    )
    rows = tuple(
        (
            event.occurred_at[:16].replace("T", " "),
            wording.action_name(event.action),
            event.outcome.value,
            event.actor,
            str(event.sequence),
            event.audit_event_id,
        )
        for event in report.audit
    )
    notes = ("Older audit events omitted.",) if report.older_events else ()
    return Section(title="Audit references", table=Table(columns=columns, rows=rows), notes=notes)


def _also(text: str, more: str | None) -> str:
    return f"{text} ({more})" if more else text


def _date(moment: datetime | None) -> str:
    return "–" if moment is None else wording.date(moment)


def _yes_no(flag: bool | None) -> str:
    return "unknown" if flag is None else "yes" if flag else "no"
