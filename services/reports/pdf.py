"""The report as a PDF: a calm document of a page or two, set in one family, with figures to the right.

Importing this module loads fpdf2, fontTools and Pillow (0.6 s), so `render` does it on first use.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fpdf import FPDF, FontFace
from fpdf.enums import Align as TextAlign
from fpdf.enums import TableBordersLayout, VAlign, XPos, YPos

from services.contract.text import clean
from services.reports.fonts import FontSet, choose_fonts
from services.reports.model import Align, BillingReport, Outline, Section, Table
from services.reports.outline import outline

LEDGER_ROWS = 30
"""A document of a page or two has room for about so many ledger rows; it says how many it leaves out."""

_MISSING = "This machine has no font for some characters: they are written as Unicode code points in square brackets."

_FAMILY = "FiraGO"
_MARGIN = 18.0  # millimetres, as all lengths here; type sizes are points
_Color = tuple[int, int, int]
_INK = (32, 36, 44)
_QUIET = (104, 112, 124)
_ACCENT = (24, 88, 136)
_HAIRLINE = (214, 219, 226)


def to_pdf(report: BillingReport, fonts: FontSet | None = None) -> bytes:
    """Return the report as a PDF file, set in `fonts`; null: the fonts that its text needs."""
    return set_document(outline(report, ledger_rows=LEDGER_ROWS), report.generated_at, fonts)


def set_document(document: Outline, created: datetime, fonts: FontSet | None = None) -> bytes:
    """Return an outline as a PDF file that was created then, set in `fonts`; null: the fonts that its text needs."""
    chosen = choose_fonts(_texts(document)) if fonts is None else fonts
    with tempfile.TemporaryDirectory(prefix="billinghelp-") as folder:
        paper = _Paper(document, chosen, Path(folder))
        paper.set_creation_date(created)
        paper.write_document()
        return bytes(paper.output())


def _texts(document: Outline) -> Iterator[str]:
    yield from (document.subject, document.subtitle)
    for section in document.sections:
        yield from (value for _, value in section.pairs)
        yield from section.notes
        if section.table is not None:
            yield from (cell for row in section.table.rows for cell in row)


class _Paper(FPDF):
    """The pages of one document."""

    def __init__(self, document: Outline, fonts: FontSet, folder: Path) -> None:
        super().__init__(format="A4")
        self._document = document
        self._fonts = fonts
        self.set_margin(_MARGIN)
        self.set_auto_page_break(True, margin=_MARGIN + 4)
        self.set_title(f"{document.title}: {clean(document.subject)}")
        self.set_creator("Billing Help")
        self.set_draw_color(*_HAIRLINE)
        self.set_line_width(0.2)
        self.c_margin = 0  # text begins where the hairlines begin
        self._load_fonts(folder)

    def _load_fonts(self, folder: Path) -> None:
        for style, font in (("", self._fonts.regular), ("B", self._fonts.bold)):
            path = folder / f"{_FAMILY}{style}.ttf"  # fpdf2 takes fonts from files only
            path.write_bytes(font)
            self.add_font(_FAMILY, style, path)
        names = [f"fallback{number}" for number in range(len(self._fonts.fallbacks))]
        for name, path in zip(names, self._fonts.fallbacks, strict=True):
            self.add_font(name, "", path)
        self.set_fallback_fonts(names, exact_match=False)
        self.set_font(_FAMILY, size=9)
        # Joins Arabic letters, places Devanagari and Thai signs, orders right to left; figures all of one width.
        self.set_text_shaping(True, features={"tnum": True})

    def footer(self) -> None:
        """Write the foot of each page."""
        self.set_y(-_MARGIN + 3)
        self._ink(_QUIET, 7.5)
        self.cell(self.epw * 0.8, 4, self._safe(self._document.subtitle))
        self.cell(self.epw * 0.2, 4, f"{self.page_no()} / {{nb}}", align=TextAlign.R)

    def write_document(self) -> None:
        """Write all pages."""
        self.add_page()
        self._line(self._document.title, _ACCENT, 9, style="B")
        self._line(self._document.subject, _INK, 18, style="B", height=9)
        self._line(self._document.subtitle, _QUIET, 9)
        for section in self._document.sections:
            self._section(section)
        if self._fonts.missing:
            self.ln(4)
            self._line(_MISSING, _QUIET, 8)

    def _section(self, section: Section) -> None:
        # A heading stays with the first lines beneath it.
        if self.will_page_break(26):
            self.add_page()
        self.ln(6)
        self._line(section.title, _ACCENT, 11, style="B", height=6)
        self.ln(0.8)
        if section.pairs:
            self._pairs(section.pairs)
        if section.table is not None:
            self._table(section.table)
        for number, note in enumerate(section.notes):
            if number or section.table is not None:
                self.ln(1.2)
            self._line(note, _QUIET if section.table is not None or number else _INK, 9)

    def _pairs(self, pairs: tuple[tuple[str, str], ...]) -> None:
        """Write labels and values in two columns, read downwards."""
        half = (len(pairs) + 1) // 2
        quiet = FontFace(color=_QUIET)
        self._ink(_INK, 9)
        with self.table(
            col_widths=(22, 28, 22, 28),
            first_row_as_headings=False,
            borders_layout=TableBordersLayout.NONE,
            line_height=5,
            text_align=TextAlign.L,
            v_align=VAlign.T,
            padding=(0.3, 2, 0.3, 0),
        ) as table:
            for left, right in zip(pairs[:half], (*pairs[half:], ("", "")), strict=False):
                row = table.row()
                for label, value in (left, right):
                    row.cell(label, style=quiet)
                    row.cell(self._safe(value))

    def _table(self, source: Table) -> None:
        self._ink(_INK, 8.5)
        with self.table(
            col_widths=tuple(column.width for column in source.columns),
            headings_style=FontFace(emphasis="BOLD", color=_QUIET, size_pt=7.5),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=4.4,
            text_align=tuple(TextAlign.R if c.align is Align.RIGHT else TextAlign.L for c in source.columns),
            v_align=VAlign.T,
            padding=(0.9, 4, 0.9, 0),
        ) as table:
            table.row([column.title for column in source.columns])
            for row in source.rows:
                table.row([self._safe(cell) for cell in row])

    def _line(self, text: str, color: _Color, size: float, *, style: str = "", height: float = 4.6) -> None:
        self._ink(color, size, style)
        self.multi_cell(self.epw, height, self._safe(text), align=TextAlign.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _ink(self, color: _Color, size: float, style: str = "") -> None:
        self.set_font(_FAMILY, style, size)
        self.set_text_color(*color)

    def _safe(self, text: str) -> str:
        return self._fonts.printable(clean(text))
