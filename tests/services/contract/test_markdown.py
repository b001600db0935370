"""Untrusted text renders as exactly itself, wherever it stands."""

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from services.contract.markdown import escape
from services.contract.text import clean
from tests.strategies import HOSTILE, hostile_texts, names


def _inline(markdown: str) -> list[tuple[str, str]]:
    tokens = MarkdownIt("gfm-like").parse(markdown)
    return [(child.type, child.content) for token in tokens for child in token.children or ()]


@given(names)
def test_a_paragraph_shows_the_text_and_nothing_else(text: str) -> None:
    assert [token.type for token in MarkdownIt("gfm-like").parse(escape(text))] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]
    assert _inline(escape(text)) == [("text", text)]


@given(names)
@pytest.mark.parametrize("around", ["- {}", "> {}", "1. {}", "see {}, please", "**x** ({}).", "a: {}"])
def test_within_other_markup_it_adds_no_markup(around: str, text: str) -> None:
    kinds = [token.type for token in MarkdownIt("gfm-like").parse(around.format(escape(text)))]
    assert kinds == [token.type for token in MarkdownIt("gfm-like").parse(around.format("word"))]
    shown = "".join(content for kind, content in _inline(around.format(escape(text))) if kind == "text")
    assert text in shown


@given(names)
def test_a_table_cell_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {escape(text)} | end |"
    tokens = MarkdownIt("gfm-like").parse(table)
    assert [token.content for token in tokens if token.type == "inline"][3] == "end"
    assert ("text", text) in _inline(table)


@given(hostile_texts)
def test_no_control_character_survives(text: str) -> None:
    assert "\x1b" not in escape(text)
    assert "\n" not in escape(text)


@pytest.mark.parametrize("text", ["Acme, Inc.", "A.P. Møller – Mærsk A/S", "INV-7", "12.50 h", "c7_000035", "株式会社"])
def test_ordinary_names_stay_readable_in_the_source(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_each_known_trick_renders_literally(text: str) -> None:
    assert _inline("x " + escape(text)) == [("text", f"x {clean(text)}")]
