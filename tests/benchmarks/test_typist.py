"""What is measured of a program in a terminal: when a text came, and how long a key's effect took to the screen."""

from math import inf

import pytest

from tests.benchmarks.terminal import Chunk, ProgramEndedError, running
from tests.benchmarks.typist import Key, Screen, Sign, latencies


def shows(text: str) -> Sign:
    def shown(screen: Screen) -> bool:
        return any(text in line for line in screen)

    return shown


def test_a_key_took_until_the_chunk_that_completes_its_effect() -> None:
    chunks = [Chunk(1.0, b"\x1b[5;5H"), Chunk(2.5, b"a"), Chunk(2.75, b"\x1b[1"), Chunk(3.5, b"mb")]
    assert latencies(chunks, [Key(2.0, shows("a")), Key(2.7, shows("ab"))]) == pytest.approx([0.5, 0.8])


def test_what_stood_there_before_the_key_is_not_its_effect_yet() -> None:
    chunks = [Chunk(1.0, b"a"), Chunk(2.5, b"b")]
    assert latencies(chunks, [Key(2.0, shows("a"))]) == [0.5]


def test_a_key_that_a_later_one_has_overtaken_was_never_seen() -> None:
    chunks = [Chunk(1.0, b"-"), Chunk(3.0, b"\rthe second")]
    assert latencies(chunks, [Key(1.5, shows("the first")), Key(2.0, shows("the second"))]) == [inf, 1.0]


def test_a_key_without_any_effect_took_for_ever() -> None:
    assert latencies([Chunk(1.0, b"-")], [Key(0.5, shows("x")), Key(2.0, shows("x"))]) == [inf, inf]


def test_a_terminal_answers_what_a_program_asks_it() -> None:
    # asks where the cursor is, and shows the answer's last letter
    ask = r"stty raw -echo; printf '\033[6n'; dd bs=1 count=6 2>/dev/null | tr -d '\033'; echo ' was the answer'"
    with running(["/bin/sh", "-c", ask]) as terminal:
        assert terminal.wait_for("[1;1R was the answer") > terminal.started


def test_a_program_that_ends_without_the_text_is_an_error_that_shows_what_it_said() -> None:
    with running(["/bin/sh", "-c", "echo something else"]) as terminal, pytest.raises(ProgramEndedError, match="else"):
        terminal.wait_for("READY")
