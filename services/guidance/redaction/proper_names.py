"""Names of people and companies that nobody told us: by their capitals, by their scripts, by the words before them."""

import re
from collections.abc import Iterator
from enum import Enum, auto

from services.contract.types import ACTION_TITLES, STARTER_TITLES
from services.guidance.redaction.legal_names import end_of_name, is_generic
from services.guidance.redaction.page import Page, Place, folded, is_uncased
from services.guidance.redaction.words import ALSO_NAMES, is_ordinary, words_in

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Between the words of one name: a space, a hyphen, the point of an initial.
_WITHIN = re.compile(r" |-| ?& ?|'")
_AFTER_INITIAL = re.compile(r"\.[ -]?")
_ABBREVIATIONS = words_in("st ste jr sr")
_PARTICLES = words_in("of de del della di da dos das du van von vom der den ter la le el al bin ibn y e")
_INTRODUCTION = re.compile(
    r"(?<!\w)(?:(?P<honorific>mr|mrs|ms|miss|mx|dr|prof|sir|herrn?|frau|mme|mlle|monsieur|madame|senora?|sig|signora?)\b\.?"
    r"|(?:my|his|her|their|your|customer|legal|company|contact)(?:'s)? name(?: is)?|i am called|mein name ist"
    r"|ich heisse|contact(?: person)?(?: is)?|ansprechpartner(?:in)? ist"
    r"|(?:spoke|talked|spoken|speak|talk) (?:to|with)|from)[: ] ?"
)
_NOTHING_BEFORE = re.compile(r"(?:\A|[.!?:;\"(\0]) ?\Z")
_BEFORE = re.compile(r"([^\W\d_]+) \Z")
# What lies beyond Greek and Cyrillic, with the vowel signs that are no letters to `\w`; no punctuation of Latin texts.
_FOREIGN = re.compile("[\u0530-\u1c7f\u2e80-\U0010ffff]+(?: [\u0530-\u1c7f\u2e80-\U0010ffff]+)*")
_MOST_INTRODUCED = 3  # words; without capitals nothing says where a name ends but the next ordinary word
_TITLES = re.compile(
    r"(?<!\w)(?:"
    + "|".join(re.escape(folded(t)) for t in (*ACTION_TITLES, *ACTION_TITLES.values(), *STARTER_TITLES.values()))
    + r")(?!\w)"
)


def titles(page: Page) -> Iterator[Place]:
    """Yield the names and titles of actions and starters, which are written with capitals and stay."""
    return (match.span() for match in _TITLES.finditer(page.folded))


def introduced(page: Page) -> Iterator[Place]:
    """Yield names that the words before them announce: in lower case, and after "Mr" whatever they mean otherwise."""
    done = 0
    for match in _INTRODUCTION.finditer(page.folded):
        words = _announced(page, max(match.end(), done), honorific=match["honorific"] is not None)
        if words:
            done = end_of_name(page, words[-1].end())
            yield words[0].start(), done


def capitalised(page: Page) -> Iterator[Place]:
    """Yield runs of capitalised words that hold an unknown one, with the legal form that follows."""
    done = 0
    for run in _runs(page):
        parts = _without_outer_particles(run)
        if any(role is _Role.UNKNOWN for _, role in parts):
            start, end = parts[0][0].start(), parts[-1][0].end()
            # "Peter's": what is owned stays readable
            end = end_of_name(page, end) if not page.folded[start:end].endswith("'s") else end - 2
            if start >= done:
                yield start, end
                done = end


def foreign(page: Page) -> Iterator[Place]:
    """Yield words of other scripts in a text that is mostly Latin, Greek or Cyrillic; elsewhere nothing tells them."""
    letters = [character for character in page.folded if character.isalpha()]
    if 2 * sum(map(is_uncased, letters)) > len(letters):
        return
    for match in _FOREIGN.finditer(page.folded):
        if any(map(is_uncased, match.group())):
            yield match.span()


def _announced(page: Page, place: int, *, honorific: bool) -> list[re.Match[str]]:
    """Return the words of the name that begins at `place`. Other names in upper case are found by that."""
    words: list[re.Match[str]] = []
    while len(words) < _MOST_INTRODUCED and (word := _WORD.match(page.folded, place)) is not None:
        capital, ordinary = page.is_capital(*word.span()), is_ordinary(word.group())
        if words:
            taken = not ordinary and capital == page.is_capital(*words[0].span())
        else:
            again = _INTRODUCTION.match(page.folded, place) is not None  # "Herr Dr."
            taken = not again and ((honorific and ordinary and len(word.group()) > 1) if capital else not ordinary)
        if not taken:
            break
        words.append(word)
        gap = _WITHIN.match(page.folded, word.end())
        if gap is None:
            break
        place = gap.end()
    return words


class _Role(Enum):
    """What a word can be in a name."""

    UNKNOWN = auto()
    COMPANION = auto()  # an ordinary word in upper case that names have as well
    PARTICLE = auto()


_Run = list[tuple[re.Match[str], _Role]]


def _runs(page: Page) -> Iterator[_Run]:
    """Yield the longest runs of words that may make up a name."""
    run: _Run = []
    for word in _WORD.finditer(page.folded):
        role = _role(page, word)
        if run and (role is None or not _joined(page.folded, run[-1][0], word)):
            yield run
            run = []
        if role is not None:
            run.append((word, role))
    if run:
        yield run


def _joined(text: str, before: re.Match[str], word: re.Match[str]) -> bool:
    """Return whether two words can be of one name: a point between them ends a sentence, unless it is an initial's."""
    if _WITHIN.fullmatch(text, before.end(), word.start()):
        return True
    short = len(before.group()) == 1 or before.group() in _ABBREVIATIONS
    return short and _AFTER_INITIAL.fullmatch(text, before.end(), word.start()) is not None


def _role(page: Page, word: re.Match[str]) -> _Role | None:
    text = word.group()
    if text in _PARTICLES:
        return _Role.PARTICLE
    if not page.is_capital(*word.span()):
        return None
    if not is_ordinary(text):
        return _Role.UNKNOWN
    if text.removesuffix("'s") in ALSO_NAMES:
        if _begins_sentence(page, word.start()):
            return None  # "Grant Peter five hours"
        return _Role.UNKNOWN if _is_within_sentence(page, word.start()) else _Role.COMPANION  # "Ask Grant about it"
    initial = len(text) == 1 and page.folded[word.end() : word.end() + 1] in (".", "&")
    return _Role.COMPANION if initial or is_generic(text) else None


def _begins_sentence(page: Page, place: int) -> bool:
    return _NOTHING_BEFORE.search(page.folded, max(0, place - 2), place) is not None


def _is_within_sentence(page: Page, place: int) -> bool:
    """Return whether the word before has no needless capital, so that the one at `place` says something."""
    before = _BEFORE.search(page.folded, max(0, place - 30), place)
    return before is not None and (not page.is_capital(*before.span(1)) or _begins_sentence(page, before.start(1)))


def _without_outer_particles(run: _Run) -> _Run:
    inner = [number for number, (_, role) in enumerate(run) if role is not _Role.PARTICLE]
    return run[inner[0] : inner[-1] + 1] if inner else []
