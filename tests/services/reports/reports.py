"""What the tests of this folder share: a full report, and a font made for one character."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from msgspec.structs import replace

from services.contract.types import Account, Category, EntryKind, InvoiceStatus, Outcome, Unit
from services.contract.views import NoticeView
from services.reports.build import build_report
from services.reports.model import BillingReport
from tests.builders import make_adjustment, make_blocked_view, make_entry, make_event, make_invoice, make_lot
from tests.subscribed import make_payable, make_subscription, subscribed_view


def make_report(
    text: str = "Acme GmbH", *, transactions: int = 3, older_entries: int | None = 0, audit: bool = True
) -> BillingReport:
    """Return a report in which every section has something, with `text` wherever a record holds free text."""
    overdue = replace(make_payable(), number=text)
    blocked = make_blocked_view(
        legal_name=text,
        review_reference=text,
        commercial_reference=text,
        latest_adjustment=make_adjustment(reason=text),
        lots=[
            make_lot(source=text),
            make_lot("g2", Unit.AI_CENTS, "1234", amount="5000", category=Category.SUPPORT, reason=text),
        ],
        open_invoices=[overdue],
        notices=[NoticeView(code="balance_low", text=f"Only little is left, {text}.")],
    )
    plan = subscribed_view(make_subscription(name=text))
    view = replace(blocked, subscription=plan.subscription, usage=plan.usage, payment_setup=plan.payment_setup)
    entries = []
    for number in range(transactions):
        legs = ((Account.AVAILABLE, "-3.25"), (Account.CONSUMED, "3.25"))
        entries += [
            make_entry(
                amount, transaction_id=f"t{number}", kind=EntryKind.CONSUME, account=account, source=text, reason=text
            )
            for account, amount in legs
        ]
    events = [make_event(actor=text, reason=text), make_event("MarkInvoiceVerified", outcome=Outcome.DENIED)]
    return build_report(
        view,
        invoices=[overdue, make_invoice("INV-6", 98_000, currency="jpy", status=InvoiceStatus.PAID)],
        entries=entries,
        older_entries=older_entries,
        events=events if audit else None,
    )


def write_font(path: Path, characters: str, *, may_embed: bool = True) -> None:
    """Write a font that has a square for each of `characters`."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(point)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *(f"u{ord(char):04X}" for char in characters)])
    builder.setupCharacterMap({ord(char): f"u{ord(char):04X}" for char in characters})
    names = builder.font.getGlyphOrder()
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular", "psName": "Squares"})
    builder.setupOS2(fsType=0 if may_embed else 0x0002)
    builder.setupPost()
    builder.save(path)
