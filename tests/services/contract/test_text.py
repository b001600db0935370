"""Text from outside: what is taken out of it, and that nothing visible goes with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.text import clean, clean_block, is_clean


@given(st.text())
def test_cleaned_text_is_clean_on_one_line_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert is_clean(cleaned)
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned
    assert "\n" not in cleaned


@given(st.text(st.characters(categories=["L", "N", "P", "Sm", "Sc"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_letters_figures_and_signs_are_kept(text: str) -> None:
    assert clean(text) == text.strip()


@pytest.mark.parametrize("blank", ["\u3164" * 3, "\u200d" * 3, "\u2800\u3164", " \u200c ", "\u202e\u202e", "\x1b\x07"])
def test_what_nobody_can_see_is_nothing(blank: str) -> None:
    assert clean(blank) == ""


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\tb\nc", "a b c"),
        ("\x1b]52;c;eA==\x07name", "]52;c;eA==name"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("  Bêta 株式会社  ", "Bêta 株式会社"),
    ],
)
def test_controls_go_and_spelling_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_block_keeps_its_lines() -> None:
    assert clean_block("one\r\ntwo\x1b[31m\n\n  three\u202e") == "one\ntwo[31m\n\nthree"
