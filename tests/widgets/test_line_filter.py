"""The last gate before the terminal."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color

from services.contract.text import is_clean
from widgets.line_filter import CleanLineFilter

BLACK = Color(0, 0, 0)


def test_ordinary_lines_pass_untouched() -> None:
    segments = [Segment("┌─ Zażółć 日本語 ▲ ● 👩\u200d👩", Style(bold=True)), Segment(" ")]
    assert CleanLineFilter().apply(segments, BLACK) == segments


def test_an_escape_sequence_loses_what_makes_it_one() -> None:
    (segment,) = CleanLineFilter().apply([Segment("a\x1b]52;c;ZXZpbA==\x07b\u202ec\x9bd")], BLACK)
    assert segment.text == "a]52;c;ZXZpbA==bcd"


def test_the_terminals_own_controls_are_kept() -> None:
    control = Segment("\x1b[H", None, [(ControlType.HOME,)])
    assert CleanLineFilter().apply([control, Segment("\x07")], BLACK)[0] is control


@given(st.text(max_size=40))
def test_what_leaves_is_clean_and_as_wide_as_before(text: str) -> None:
    (segment,) = CleanLineFilter().apply([Segment(text)], BLACK)
    assert is_clean(segment.text)
    if text.isprintable() or not any(ord(char) > 0x2000 for char in text):
        # Beyond, a joiner may change what its neighbours measure together.
        assert cell_len(segment.text) == cell_len(text)
