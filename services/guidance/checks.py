"""Lets an answer through sentence by sentence, each only when nothing is wrong with it. Pure.

A model writes with references to facts, `{{credits.workspace_hours}}`; what is checked is that text, unfilled. Every
sentence is held back until it is complete; with the first flag nothing more is let through.
"""

import re
from collections.abc import Collection
from itertools import islice

from services.contract.types import FlagKind
from services.guidance.checking.clauses import refuses
from services.guidance.checking.customer_part import opens_customer_part
from services.guidance.checking.flag import Flag as Flag
from services.guidance.checking.flag import make_flag
from services.guidance.checking.rules import Rules
from services.guidance.checking.sentence import Reader, Sentence
from services.guidance.model import Advice, Facts

LONGEST_SENTENCE = 2_000
LONGEST_ANSWER = 100_000
"""Characters. No answer that anybody wants to read comes near; beyond, checking would only keep the machine busy."""

MOST_FLAGS = 20
"""A sentence may be wrong in any number of ways, of which nobody reads more."""

_END = re.compile(r"\n|[.!?][*_)\]\"'”’]{0,8}(?=\s)")
_LONGEST_END = 10
_NUMERAL = re.compile(r"[\s>#*_]*\d{1,3}[.)][*_]*")
# These end with a point, and the sentence goes on.
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[Nn]o|[Nn]r|Mrs?|Ms|Dr|vs|ca|e\.g|i\.e|approx)\.\Z"
)
_ITEM = re.compile(r"\s*(?:>\s*)*(?:[-*+•|]|\d{1,2}[.)])(?:\s|\Z)")
_FINISHED = re.compile(r"[.!?:|][*_)\]\"'”’]*\Z")
_BREAK = re.compile(r"[ \t]*(?:\r?\n)?")
_CARRIED = 300
"""Characters of an unfinished line that the next one is read with: a claim may be broken over two lines."""


class Checker:
    """Checks one answer as it streams in; however it is cut into pieces, the outcome is the same."""

    def __init__(self, facts: Facts, advice: Advice, pseudonyms: Collection[str] = ()) -> None:
        self._rules = Rules(facts, advice, pseudonyms)
        self._reader = Reader(facts, advice)
        self._held = ""
        self._searched = 0  # up to here, what is held has no end of a sentence
        self._passed = 0
        self._starts_line = True
        self._before = ""
        self._under_refusal = False
        self._for_customer = False
        self._flags: tuple[Flag, ...] = ()

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What was wrong with the first sentence that did not pass; empty as long as all is well."""
        return self._flags

    def feed(self, piece: str) -> str:
        """Return the text that is complete with this piece and has passed."""
        if self._flags:
            return ""
        text = self._held + piece
        passed: list[str] = []
        start, searched = 0, self._searched
        while not self._flags and (end := self._end(text, start, searched)) is not None:
            passed.append(self._pass(text[start:end]))
            start = searched = end
        self._held = text[start:]
        self._searched = max(0, len(self._held) - _LONGEST_END)
        if len(self._held) > LONGEST_SENTENCE + _LONGEST_END and not self._flags:
            self._flags = (make_flag(FlagKind.MARKUP, self._held),)
        return "".join(passed)

    def close(self) -> str:
        """Return the rest, if it passes."""
        held, self._held = self._held, ""
        return self._pass(held) if held and not self._flags else ""

    def _end(self, text: str, start: int, searched: int) -> int | None:
        for match in _END.finditer(text, searched):
            end = match.end()
            is_numeral = self._starts_line and _NUMERAL.fullmatch(text, start, end)
            if match.group() == "\n" or not (is_numeral or _ABBREVIATION.search(text, max(start, end - 7), end)):
                return end
        return None

    def _pass(self, text: str) -> str:
        """Return a complete sentence or line, or nothing when it is flagged."""
        self._passed += len(text)
        if len(text) > LONGEST_SENTENCE or self._passed > LONGEST_ANSWER:
            self._flags = (make_flag(FlagKind.MARKUP, text),)
            return ""
        if text.isspace() and _BREAK.fullmatch(text):
            self._end_line(text, "")
            return _plain(text)
        self._for_customer = self._for_customer or opens_customer_part(text)
        if self._starts_line:
            self._begin_line(text)
        sentence = self._reader.read(
            text,
            starts_line=self._starts_line,
            under_refusal=self._under_refusal,
            for_customer=self._for_customer,
            before=self._before,
        )
        self._flags = tuple(islice(self._rules.check(sentence), MOST_FLAGS))
        if self._flags:
            return ""
        self._follow(sentence)
        return _plain(text)

    def _begin_line(self, line: str) -> None:
        if _ITEM.match(line):
            self._before = ""
        else:
            self._under_refusal = False

    def _follow(self, sentence: Sentence) -> None:
        """Keep what the next sentence has to be read with."""
        stripped = sentence.text.rstrip()
        leads = sentence.is_heading or stripped.endswith((":", ":**"))
        if leads:
            self._under_refusal = refuses(sentence.said)
        unfinished = not leads and not _FINISHED.search(stripped)
        self._end_line(sentence.text, sentence.said[-_CARRIED:] if unfinished else "")

    def _end_line(self, text: str, unfinished: str) -> None:
        blank = self._starts_line and text.isspace()
        self._starts_line = text.endswith("\n")
        self._before = "" if blank else unfinished or ("" if text.strip() else self._before)


def check(text: str, facts: Facts, advice: Advice, pseudonyms: Collection[str] = ()) -> tuple[Flag, ...]:
    """Return what is wrong with the first sentence of a whole answer that does not pass; empty when all of it does."""
    checker = Checker(facts, advice, pseudonyms)
    checker.feed(text)
    checker.close()
    return checker.flags


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\t", "    ")
