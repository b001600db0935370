"""Answers are written with references, `{{credits.workspace_hours}}`, and filled in from the facts as they stream.

So every figure and every name in an answer is a fact's value, and which facts an answer used is known.
"""

import re

from services.contract.markdown import escape
from services.contract.text import clean
from services.guidance.model import Fact, Facts

_REFERENCE = re.compile(r"\{\{([A-Za-z0-9_.]+)\}\}")
# A reference that has begun and may be completed by the next piece.
_BEGUN = re.compile(r"\{(?:\{[A-Za-z0-9_.]{0,200}\}?)?\Z")


def ref(key: str) -> str:
    """Return the reference to a fact."""
    return "{{" + key + "}}"


def fill_plain(text: str, facts: Facts) -> str:
    """Return plain text with its references filled in: nothing is escaped, as nothing will read it as Markdown."""
    return _REFERENCE.sub(lambda match: clean(facts[match.group(1)].value), text)


class References:
    """Fills in references over a stream of pieces. A value is never looked into: what it holds stays as it is."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._held = ""
        self._used: dict[str, Fact] = {}

    @property
    def used(self) -> tuple[Fact, ...]:
        """The facts referred to so far, in the order of their first use."""
        return tuple(self._used.values())

    def feed(self, piece: str) -> str:
        """Return the text that is complete with this piece.

        Raises:
            KeyError: a reference to a fact that is not there.
        """
        text = self._held + piece
        begun = _BEGUN.search(text)
        self._held = text[begun.start() :] if begun else ""
        return _REFERENCE.sub(self._fill, text[: begun.start()] if begun else text)

    def close(self) -> str:
        """Return what was held back: the beginning of a reference that was never completed."""
        held, self._held = self._held, ""
        return held

    def _fill(self, match: re.Match[str]) -> str:
        fact = self._facts[match.group(1)]
        self._used[fact.key] = fact
        return escape(fact.value)
