"""Lets an answer through sentence by sentence, each only when nothing is wrong with it. Pure.

A model writes with references to facts, `{{credits.workspace_hours}}`; what is checked is that text, unfilled. Every
sentence is held back until it is complete; with the first flag nothing more is let through.
"""

from collections.abc import Collection, Iterable
from itertools import islice

from services.contract.types import FlagKind
from services.guidance.checking.flag import Flag as Flag
from services.guidance.checking.flag import make_flag
from services.guidance.checking.rules import Rules
from services.guidance.checking.sentences import LONGEST_END, LONGEST_SENTENCE, Passage, Sentences
from services.guidance.model import Advice, Facts

LONGEST_ANSWER = 100_000
"""Characters. No answer that anybody wants to read comes near; beyond, checking would only keep the machine busy."""

MOST_FLAGS = 20
"""A sentence may be wrong in any number of ways, of which nobody reads more."""


class Checker:
    """Checks one answer as it streams in; however it is cut into pieces, the outcome is the same."""

    def __init__(self, facts: Facts, advice: Advice, pseudonyms: Collection[str] = ()) -> None:
        self._rules = Rules(facts, advice, pseudonyms)
        self._sentences = Sentences(facts, advice)
        self._read = 0
        self._flags: tuple[Flag, ...] = ()

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What was wrong with the first sentence that did not pass; empty as long as all is well."""
        return self._flags

    def feed(self, piece: str) -> str:
        """Return the text that is complete with this piece and has passed."""
        passed = self._pass(self._sentences.feed(piece)) if not self._flags else ""
        # a little more than the longest: the end of a sentence is seen by what follows it
        if not self._flags and len(self._sentences.held) > LONGEST_SENTENCE + LONGEST_END:
            self._flags = (make_flag(FlagKind.MARKUP, self._sentences.held),)
        return passed

    def close(self) -> str:
        """Return the rest, if it passes."""
        return self._pass(self._sentences.close()) if not self._flags else ""

    def _pass(self, passages: Iterable[Passage]) -> str:
        """Return what passes, up to the first sentence that is flagged."""
        passed = []
        for passage in passages:
            self._read += len(passage.text)
            if len(passage.text) > LONGEST_SENTENCE or self._read > LONGEST_ANSWER:
                self._flags = (make_flag(FlagKind.MARKUP, passage.text),)
            elif passage.sentence is not None:
                self._flags = tuple(islice(self._rules.check(passage.sentence), MOST_FLAGS))
            if self._flags:
                break
            passed.append(passage.text.replace("\r\n", "\n").replace("\t", "    "))
        return "".join(passed)


def check(text: str, facts: Facts, advice: Advice, pseudonyms: Collection[str] = ()) -> tuple[Flag, ...]:
    """Return what is wrong with the first sentence of a whole answer that does not pass; empty when all of it does."""
    checker = Checker(facts, advice, pseudonyms)
    checker.feed(text)
    checker.close()
    return checker.flags
