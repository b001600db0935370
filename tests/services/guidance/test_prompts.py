"""Prompts are files: each has its front matter, strict placeholders, and a hash that changes with its words."""

from pathlib import Path

import pytest

import prompts
from services.contract.types import Starter
from services.guidance.prompts import Prompt, parse_prompt, read_prompt

NAMES = sorted(path.stem for path in Path(prompts.__file__).parent.glob("*.md"))
FRONT = '+++\nid = "x"\nversion = 2\npurpose = "A test."\n+++\n'


def test_there_is_a_prompt_for_every_starter_and_for_the_system() -> None:
    assert {"system", "case", "retry", *Starter} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_called_as_its_file_and_says_what_it_is_for(name: str) -> None:
    prompt = read_prompt(name)
    assert prompt.id == name
    assert prompt.version >= 1
    assert prompt.purpose.endswith(".")
    assert prompt.text == prompt.text.strip() != ""


def test_a_prompt_is_filled_in_and_a_value_is_never_looked_into() -> None:
    prompt = parse_prompt(FRONT + "\nSay $what to $whom.\n")
    assert prompt.fill(what="$whom {{x}} ${y}", whom="them") == "Say $whom {{x}} ${y} to them."
    assert (prompt.id, prompt.version, prompt.purpose) == ("x", 2, "A test.")


@pytest.mark.parametrize("values", [{}, {"what": "a"}, {"what": "a", "whom": "b", "more": "c"}])
def test_a_placeholder_without_a_value_and_a_value_without_a_placeholder_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="placeholders"):
        parse_prompt(FRONT + "Say $what to $whom.").fill(**values)


def test_a_dollar_that_is_no_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="placeholders"):
        parse_prompt(FRONT + "It costs $5.").fill()


def test_the_hash_changes_with_the_words_alone() -> None:
    def hash_of(text: str) -> str:
        return parse_prompt(text).hash

    assert hash_of(FRONT + "Words.") == hash_of(FRONT.replace("= 2", "= 3") + "\n\nWords.\n")
    assert hash_of(FRONT + "Words.") != hash_of(FRONT + "words.")


@pytest.mark.parametrize(
    "text",
    [
        "No front matter.",
        '+++\nid = "x"\n',
        '+++\nid = "x"\n+++\nNo version.',
        FRONT.replace("2", '"two"') + "x",
        FRONT.replace("version", "=") + "x",
        "before\n" + FRONT + "x",
        FRONT.replace("purpose", "more = 1\npurpose") + "x",
    ],
)
def test_a_prompt_without_its_front_matter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="front matter"):
        parse_prompt(text)


def test_what_is_kept_with_an_answer_names_the_words() -> None:
    prompt: Prompt = read_prompt("system")
    assert prompt.as_chat_prompt().hash == prompt.hash
    assert len(prompt.hash) == 64
