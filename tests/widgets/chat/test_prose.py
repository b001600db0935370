"""An answer's Markdown as rows: read while it is written, and harmless whatever it says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.content import Content
from textual.style import Style

from services.contract.text import is_clean
from tests.widgets.harness import HOSTILE_NAMES
from widgets.chat.prose import Prose
from widgets.chat.rows import Row, flowed, wrapped

WIDTH = 40

# What means something in Markdown, and what is just said: joined at random they make every block and half of each.
WORDS = st.sampled_from(
    [
        *("word", "another one", " ", "  ", "\n", "\n\n", "    ", "\t", "- ", "* ", "+ ", "1. ", "2) ", "10. ", "> "),
        *("# ", "## ", "---", "***", "===", "```", "~~~", "`", "**", "*", "_", "~~", "|", "|---|", "| a | b |", ":-:"),
        *("[x](https://e.org)", "[a]: https://e.org", "[a]", "<b>", "&amp;", "&#8238;", "\\", "!", "\r\n", "日本語"),
    ]
)
SOURCES = st.lists(WORDS, max_size=40).map("".join)


def shown(source: str, width: int = WIDTH) -> list[str]:
    return [(row.lead + row.text).plain.rstrip() for row in Prose(source).rows(width)]


def picture(rows: list[Row]) -> list[tuple[str, str, str]]:
    return [(row.lead.markup, row.text.markup, row.joint) for row in rows]


def styled(source: str, words: str) -> set[str]:
    """Return the styles of `words`."""
    (content,) = [row.text for row in Prose(source).rows(200) if words in row.text.plain]
    start = content.plain.index(words)
    return {str(span.style) for span in content.spans if span.start <= start and span.end >= start + len(words)}


# ── what each block looks like ────────────────────────────────────────────────────────────────────────────────────────


def test_paragraphs_are_wrapped_and_stand_apart() -> None:
    assert shown("one two\nthree\n\nfour", 8) == ["one two", "three", "", "four"]


def test_a_hard_break_is_kept() -> None:
    assert shown("one\\\ntwo") == ["one", "two"]


@pytest.mark.parametrize(
    ("source", "style"),
    [("**x y**", "bold"), ("*x y*", "italic"), ("~~x y~~", "strike"), ("`x y`", "bold $text-primary")],
)
def test_emphasis_and_code_have_their_style(source: str, style: str) -> None:
    assert style in styled(f"say {source}.", "x y")


def test_emphasis_within_emphasis_has_both() -> None:
    assert styled("**a *b* c**", "b") == {"bold", "italic"}


def test_headings_are_bold() -> None:
    assert shown("## Next *steps*\ntext") == ["Next steps", "", "text"]
    assert "bold" in styled("## Next", "Next")


def test_lists_hang_behind_their_markers_and_nest() -> None:
    source = "1. first item of two\n   - nested\n     - deeper\n2. second"
    assert shown(source, 20) == ["1. first item of two", "   • nested", "     • deeper", "2. second"]
    assert shown(source, 19) == ["1. first item of", "   two", "   • nested", "     • deeper", "2. second"]


def test_where_an_indent_leaves_no_room_the_marker_stands_alone() -> None:
    assert shown("10. several words", 13) == ["10.", "several words"]


def test_an_ordered_list_begins_with_its_own_number_and_counts_on() -> None:
    assert shown("7. a\n7. b\n7. c") == ["7. a", "8. b", "9. c"]


def test_a_list_stands_apart_from_what_comes_before_and_after() -> None:
    assert shown("a\n\n- b\n\n- c\n\n* d\n\ne") == ["a", "", "• b", "• c", "", "• d", "", "e"]


def test_an_item_with_two_paragraphs_keeps_them_apart() -> None:
    assert shown("- a\n\n  b\n- c") == ["• a", "", "  b", "• c"]


def test_quotations_have_a_bar() -> None:
    assert shown("> Hello\n>\n> - a\n> - b") == ["▎ Hello", "▎ • a", "▎ • b"]
    assert shown("> Hello\n>\n> you") == ["▎ Hello", "▎", "▎ you"]


def test_code_is_shown_as_it_was_written() -> None:
    assert shown("```py\ndef f():\n    return **1**\n\nx\n```") == ["┊ def f():", "┊     return **1**", "┊", "┊ x"]


def test_a_rule_is_as_wide_as_the_text() -> None:
    assert shown("a\n\n---", 12) == ["a", "", "─" * 12]


def test_a_table_that_fits_is_aligned() -> None:
    assert shown("| Invoice | Amount |\n|---|--:|\n| INV-1 | $1,204.00 |\n| INV-22 | $2 |") == [
        "Invoice      Amount",
        "───────────────────",
        "INV-1     $1,204.00",
        "INV-22           $2",
    ]


def test_a_table_that_does_not_fit_is_shown_record_by_record() -> None:
    source = "| Invoice | What it is for |\n|---|---|\n| INV-1 | rather many words |\n| INV-2 | few |"
    assert shown(source, 24) == [
        *("Invoice  INV-1", "What it is for  rather", "                many", "                words"),
        *("", "Invoice  INV-2", "What it is for  few"),
    ]


def test_a_link_says_where_it_leads_and_only_an_https_one_can_be_clicked() -> None:
    rows = Prose("[docs](https://e.org/x) [plain](http://e.org) <https://e.org> [run](javascript:x)").rows(200)
    (text,) = [row.text for row in rows]
    assert text.plain == "docs (https://e.org/x) plain (http://e.org) https://e.org [run](javascript:x)"
    links = [(text.plain[span.start : span.end], span.style) for span in text.spans]
    assert [(words, style.meta["href"]) for words, style in links if isinstance(style, Style)] == [
        ("docs (https://e.org/x)", "https://e.org/x"),
        ("https://e.org", "https://e.org"),
    ]


def test_html_images_and_definitions_are_just_text() -> None:
    assert shown("<b>x</b> ![alt](u.png)", 80) == ["<b>x</b> alt (u.png)"]
    assert shown("[a]: https://e.org", 80) == ["[a]: https://e.org"]


def test_markup_of_the_screen_is_just_text() -> None:
    assert shown("[b]x[/b] [/x] [@click=app.quit]y[/]") == ["[b]x[/b] [/x] [@click=app.quit]y[/]"]


# ── while it is written ───────────────────────────────────────────────────────────────────────────────────────────────


@given(source=SOURCES, cuts=st.lists(st.integers(0, 200)), widths=st.sampled_from([(40, 40), (40, 12), (7, 90)]))
@example(source="a\n***b*** c", cuts=[5], widths=(40, 40))
@example(source="a\n- b", cuts=[3], widths=(40, 40))
@example(source="9. a\n9. b\n\n   c\n9. d\n\ne\n\n1. f", cuts=[5, 10, 20], widths=(40, 40))
def test_a_text_in_any_pieces_gives_the_same_rows_as_the_whole(
    source: str, cuts: list[int], widths: tuple[int, int]
) -> None:
    prose, start = Prose(), 0
    for cut in sorted(cuts):
        prose.add(source[start:cut])
        prose.rows(widths[0])
        start = max(start, cut)
    prose.add(source[start:])
    assert picture(prose.rows(widths[1])) == picture(Prose(source).rows(widths[1]))


def test_a_finished_block_is_wrapped_once() -> None:
    prose = Prose("first\n\nsecond\n\n")
    first = prose.rows(WIDTH)[0]
    prose.add("third")
    assert prose.rows(WIDTH)[0] is first
    assert [row.text.plain for row in prose.rows(WIDTH)] == ["first", "", "second", "", "third"]


def test_nothing_but_blanks_is_nothing_to_read() -> None:
    assert not Prose(" \n\n")
    assert Prose("\n.")


# ── whatever it says ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(source=SOURCES, width=st.integers(1, 60))
def test_no_row_is_wider_than_it_may_be_but_for_what_cannot_be_broken(source: str, width: int) -> None:
    for row in Prose(source).rows(width):
        assert (row.lead + row.text).cell_length <= max(width, 12)


@given(st.text(max_size=200))
def test_no_control_character_gets_through(source: str) -> None:
    assert all(is_clean((row.lead + row.text).plain) for row in Prose(source).rows(WIDTH))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_texts_are_shown_clean(name: str) -> None:
    for source in (name, f"- {name}", f"| {name} |\n|---|\n| {name} |", f"> {name}", f"```\n{name}\n```"):
        assert all(is_clean((row.lead + row.text).plain) for row in Prose(source).rows(WIDTH))


def test_an_entity_cannot_spell_what_may_not_be_written() -> None:
    assert shown("a&#8238;b&#x202e;c&lrm;d") == ["abcd"]


def test_deep_nesting_and_a_very_long_line_do_no_harm() -> None:
    assert shown("> " * 500 + "x\n\nafter it", 30)[-1] == "after it"
    assert len(shown("word " * 10_000)) > 1_000


def test_of_a_text_that_is_far_too_long_the_beginning_is_shown_in_whatever_pieces_it_came() -> None:
    source = "item\n\n" * 50_000
    rows = shown(source)
    assert rows[-3:] == ["", "… the rest is too long to be shown;", "copying takes all of it"]
    assert 10_000 < len(rows) < 30_000
    prose = Prose()
    for start in range(0, len(source), 9_999):
        prose.add(source[start : start + 9_999])
    assert picture(prose.rows(WIDTH)) == picture(Prose(source).rows(WIDTH))


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(st.sampled_from("ab \n日e\u0301"), max_size=60), st.integers(2, 12))
def test_wrapped_rows_say_the_same_as_the_text_when_they_are_put_together(text: str, width: int) -> None:
    together = "".join(row.joint + row.text.plain for row in wrapped(Content(text), width))
    assert together.split() == text.split()


def test_items_flow_into_as_few_rows_as_they_need() -> None:
    rows = flowed([Content("one"), Content("two"), Content("three")], 9)
    assert [row.text.plain for row in rows] == ["one  two", "three"]
