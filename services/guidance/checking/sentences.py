"""Cuts an answer into sentences as it streams in, and keeps what each has to be read with. Pure."""

import re
from collections.abc import Iterator

import msgspec

from services.guidance.checking.clauses import refuses
from services.guidance.checking.customer_part import opens_customer_part
from services.guidance.checking.sentence import REFERENCE, Reader, Sentence
from services.guidance.model import Advice, Facts

LONGEST_SENTENCE = 2_000
"""Characters. What is longer is not read at all, and `Checker` does not let it through."""

_END = re.compile(r"\n|[.!?][*_)\]\"'”’]{0,8}(?=\s)")
LONGEST_END = 10
"""Characters of an end of a sentence, with what has to follow it."""

_NUMERAL = re.compile(r"[\s>#*_]*\d{1,3}[.)][*_]*")
# These end with a point, and the sentence goes on.
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[Nn]o|[Nn]r|Mrs?|Ms|Dr|vs|ca|e\.g|i\.e|approx)\.\Z"
)
_ITEM = re.compile(r"\s*(?:>\s*)*(?:[-*+•|]|\d{1,2}[.)])(?:\s|\Z)")
_FINISHED = re.compile(r"[.!?:|][*_)\]\"'”’]*\Z")
_BREAK = re.compile(r"[ \t]*(?:\r?\n)?")
_DANGLING = re.compile(REFERENCE.pattern + r"\Z")
_CARRIED = 300
"""Characters of an unfinished line that the next one is read with: a claim may be broken over two lines."""


class Passage(msgspec.Struct, frozen=True):
    """A piece of an answer that is complete: a sentence as it was written, or a mere break between lines."""

    text: str
    sentence: Sentence | None


class Sentences:
    """The sentences of one answer; however it is cut into pieces, they are the same."""

    def __init__(self, facts: Facts, advice: Advice) -> None:
        self._reader = Reader(facts, advice)
        self._held = ""
        self._searched = 0  # up to here, what is held has no end of a sentence
        self._starts_line = True
        self._before = ""
        self._dangling = ""
        self._counted = 0
        self._under_refusal = False
        self._for_customer = False

    @property
    def held(self) -> str:
        """The sentence that is not complete yet."""
        return self._held

    def feed(self, piece: str) -> Iterator[Passage]:
        """Yield what is complete with this piece; it has to be read to its end before the next one comes."""
        text = self._held + piece
        start, searched = 0, self._searched
        while (end := self._end(text, start, searched)) is not None:
            yield self._passage(text[start:end])
            start = searched = end
        self._held = text[start:]
        self._searched = max(0, len(self._held) - LONGEST_END)

    def close(self) -> Iterator[Passage]:
        """Yield the rest."""
        held, self._held = self._held, ""
        if held:
            yield self._passage(held)

    def _end(self, text: str, start: int, searched: int) -> int | None:
        for match in _END.finditer(text, searched):
            end = match.end()
            is_numeral = self._starts_line and _NUMERAL.fullmatch(text, start, end)
            if match.group() == "\n" or not (is_numeral or _ABBREVIATION.search(text, max(start, end - 7), end)):
                return end
        return None

    def _passage(self, text: str) -> Passage:
        if len(text) > LONGEST_SENTENCE or (text.isspace() and _BREAK.fullmatch(text)):
            self._end_line(text, None)
            return Passage(text, None)
        self._for_customer = self._for_customer or opens_customer_part(text)
        if self._starts_line:
            self._begin_line(text)
        sentence = self._reader.read(
            text,
            starts_line=self._starts_line,
            counted=self._counted,
            under_refusal=self._under_refusal,
            for_customer=self._for_customer,
            before=self._before,
            dangling=self._dangling,
        )
        self._counted = sentence.counted
        leads = sentence.is_heading or text.rstrip().endswith((":", ":**"))
        if leads:
            self._under_refusal = refuses(sentence.said)
        self._end_line(text, None if leads or _FINISHED.search(text.rstrip()) else sentence)
        return Passage(text, sentence)

    def _begin_line(self, line: str) -> None:
        if _ITEM.match(line):
            self._before = self._dangling = ""
        else:
            self._under_refusal = False

    def _end_line(self, text: str, unfinished: Sentence | None) -> None:
        """Keep what the next sentence has to be read with."""
        blank = text.isspace()
        if unfinished is not None:
            dangling = _DANGLING.search(unfinished.spelled)
            self._before = unfinished.said[-_CARRIED:]
            self._dangling = dangling.group() if dangling else ""
        elif not blank or self._starts_line:
            self._before = self._dangling = ""
        self._starts_line = text.endswith("\n")
