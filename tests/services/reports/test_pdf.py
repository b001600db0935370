"""The PDF: names in any script, nothing missing in silence."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pypdf import PdfReader

from services.contract.types import ReportFormat
from services.reports.fonts import choose_fonts
from services.reports.pdf import LEDGER_ROWS, to_pdf
from services.reports.render import render
from tests.services.reports.reports import make_report, write_font
from tests.strategies import names

NO_FOLDERS: tuple[Path, ...] = ()


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def _pages(content: bytes) -> int:
    return len(PdfReader(io.BytesIO(content)).pages)


def test_a_usual_report_has_every_section_on_at_most_two_pages() -> None:
    content = to_pdf(make_report(transactions=12))
    text = _text(content)
    for part in ("Summary", "Billing blockers", "Plan usage", "Credit lots", "Invoices", "Ledger", "Audit references"):
        assert part in text
    for part in ("Visa ending in 4242", "limit reached", "2026-09-01 to 2026-10-01"):
        assert part in " ".join(text.split())
    assert "Acme GmbH" in text
    assert "1,299.00 USD" in text
    assert _pages(content) <= 2


def test_a_long_ledger_is_cut_and_the_document_says_where_the_rest_is() -> None:
    text = _text(to_pdf(make_report(transactions=LEDGER_ROWS + 20, older_entries=1_234)))
    assert "20 older entries are left out here; the CSV and JSON formats have them." in text
    assert "1,234 older entries omitted." in text


@pytest.mark.parametrize(
    "name",
    ["Société Générale S.A.", "Ørsted A/S", "Žabka Sp. z o.o.", "Київстар", "ΟΠΑΠ Α.Ε."],  # Greek it is
)
def test_the_bundled_font_sets_european_names_without_any_other(name: str) -> None:
    fonts = choose_fonts([name], NO_FOLDERS)
    assert not fonts.missing
    assert name in _text(to_pdf(make_report(name), fonts))


@pytest.mark.parametrize(
    "name", ["شركة الزيت العربية السعودية", "שטראוס גרופ בע״מ", "शक्ति पंप्स (इंडिया) लिमिटेड", "บริษัท ปตท. จำกัด (มหาชน)"]
)
def test_the_bundled_font_has_every_character_of_complex_scripts(name: str) -> None:
    assert choose_fonts([name], NO_FOLDERS).missing == frozenset()


def test_characters_without_a_font_are_written_as_code_points_and_the_document_says_so() -> None:
    name = "株式会社 Hitachi 🦊"
    text = _text(to_pdf(make_report(name), choose_fonts([name], NO_FOLDERS)))
    assert "[U+682A U+5F0F U+4F1A U+793E] Hitachi [U+1F98A]" in text
    assert "This machine has no font for some characters" in text


def test_nothing_is_said_about_fonts_when_none_is_missing() -> None:
    assert "no font" not in _text(to_pdf(make_report("Acme"), choose_fonts(["Acme"], NO_FOLDERS)))


def test_a_font_of_the_machine_serves_what_the_bundled_one_lacks(tmp_path: Path) -> None:
    write_font(tmp_path / "Squares.ttf", "株式会社")
    fonts = choose_fonts(["株式会社 Acme"], [tmp_path])
    assert fonts.fallbacks == (tmp_path / "Squares.ttf",)
    assert not fonts.missing
    assert "株式会社" in _text(to_pdf(make_report("株式会社 Acme"), fonts))


def test_fonts_of_the_machine_are_left_alone_where_the_bundled_one_suffices(tmp_path: Path) -> None:
    write_font(tmp_path / "Squares.ttf", "Acme")
    assert choose_fonts(["Acme"], [tmp_path]).fallbacks == ()


def test_a_font_that_must_not_be_embedded_or_cannot_be_read_does_not_serve(tmp_path: Path) -> None:
    write_font(tmp_path / "Restricted.ttf", "株", may_embed=False)
    (tmp_path / "Broken.ttf").write_bytes(b"not a font")
    (tmp_path / "Empty.otf").write_bytes(b"")
    fonts = choose_fonts(["株"], [tmp_path, tmp_path / "not there"])
    assert fonts.fallbacks == ()
    assert fonts.missing == frozenset("株")


def test_marks_that_nobody_sees_are_not_missed() -> None:
    assert choose_fonts(["a\u200db\ufe0f"], NO_FOLDERS).missing == frozenset()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(names)
def test_no_text_breaks_the_document(text: str) -> None:
    content = to_pdf(make_report(text), choose_fonts([text], NO_FOLDERS))
    assert content.startswith(b"%PDF-")
    assert "Audit references" in _text(content)
    assert b"/URI" not in content


def test_a_very_long_word_is_broken_and_not_lost() -> None:
    content = to_pdf(make_report("W" * 200))
    assert _text(content).count("W") >= 200


def test_the_same_report_gives_the_same_text_and_date() -> None:
    first, second = (PdfReader(io.BytesIO(to_pdf(make_report()))) for _ in range(2))
    assert first.metadata is not None
    assert second.metadata is not None
    assert first.metadata.creation_date == second.metadata.creation_date == make_report().generated_at
    assert [page.extract_text() for page in first.pages] == [page.extract_text() for page in second.pages]


def test_the_pdf_comes_as_a_file() -> None:
    file = render(make_report(), ReportFormat.PDF)
    assert file.filename == "billing-report-acme-eu-2026-10-15.pdf"
    assert file.media_type == "application/pdf"
    assert file.content.startswith(b"%PDF-")
