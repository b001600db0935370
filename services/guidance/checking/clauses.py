"""Splits what is said into clauses, and tells whether one is denied, asked or put under a condition."""

import re
from collections.abc import Iterator

import msgspec

from services.guidance.checking.phrases import any_of, pattern_of

_MARKS = frozenset(";:.!?")
_NEW_THOUGHTS = any_of(
    r"""but\b, however\b, instead(?! of)\b, yet\b, nevertheless\b, nonetheless\b, so(?! that)\b, therefore\b, thus\b,
    anyway\b, otherwise\b, hence\b,
    and (?:you|then|please|we|i|use|press|choose|pick|go|approve|extend|apply|mark|verify|reverse|refund)\b"""
)
# Each starts a new thought: what was denied before it says nothing about what comes after it.
_CUT = re.compile(rf"[;:.!?](?=\s|$)| - |,? (?={_NEW_THOUGHTS})")

_OPEN = any_of("possible, available, allowed, permitted, open, an option, applicable, eligible")
_REFUSAL = any_of(
    rf"""not (?:be )?(?:currently |yet |now )?{_OPEN}, (?:is|are)n't {_OPEN},
    (?:un|in)(?:available|applicable|eligible), cannot (?:be )?(?:used|applied|taken|run|serve), refused, ruled out,
    dimmed, blocked, closed, off the table, no longer, greyed out, do(?:es)? not apply"""
)
_REFUSES = re.compile(rf"(?<!\w){_REFUSAL}(?!\w)")
_ONE_THING = re.compile(r"\b(?:trial|invoice|verif\w+|credit|checklist|item)\b")
_DENIAL = re.compile(
    "n't(?!\\w)|(?<!\\w)"
    + any_of(
        rf"""not, no, never, neither, nor, none, nothing, nobody, cannot, without, unless, lacks?, impossible, waits?,
        rather than, instead of, too early, waiting, used up, denied, fails?, whether, forbidden, premature,
        only (?:after|once|when|if|then), stops? short, out of (?:question|reach|scope), {_REFUSAL},
        (?:would be|would become|will be|is) (?:\w+ )?{_OPEN} (?:only )?(?:once|after|when|if),
        becomes? (?:\w+ )?{_OPEN}"""
    )
    + r"(?!\w)"
)
# Denials that deny nothing.
_EMPTY_DENIAL = pattern_of(
    r"""(?:don't|do not|never|no need to|need not) (?:hesitate to|forget to|worry(?: about)?|wait(?: for \w+| to)?),
    no (?:reason|harm|problem|issue|risk|doubt|question|worries)(?: in| with)?(?: not to)?,
    nothing (?:stops|prevents|keeps|speaks)(?: \w+)? (?:from|against), no matter \w+, regardless,
    without (?:delay|hesitation|waiting|approval|asking|further ado|doubt|an?y? \w+), not only, not just, why not,
    (?:cannot|can't|never|won't|not) (?:hurt|harm)s?(?: to)?, if not, not a problem,
    no longer (?:blocked|stuck|overdue|stopped|stops)"""
)
# After a relative clause: `extending the trial, which was done before, is not allowed`.
_LATER_DENIAL = re.compile(
    r"(?:is|are|was|were|would be|stays?|remains?) (?:(?:both|all|currently|now) )*(?:not|refused|closed|ruled out)\b"
    r"|(?:is|are)n't|cannot|can't|does not|is no\b"
)
_CONDITION = pattern_of(
    "once, until, when, whenever, after, if, as soon as, unless, before, whether, as long as, in case, should"
)


class Clause(msgspec.Struct, frozen=True):
    """One thought.

    Args:
        text: in lower case.
        denied: the words that lead to it deny all of it (`not allowed now:`).
        question: it asks.
        is_label: a colon follows it.
    """

    text: str
    denied: bool
    question: bool
    is_label: bool

    def negates(self, start: int, end: int) -> bool:
        """Return whether what stands at `start:end` is denied, by the part between commas that it stands in."""
        if self.denied:
            return True
        text = _EMPTY_DENIAL.sub(lambda match: "~" * len(match.group()), self.text)
        left = text.rfind(", ", 0, start) + 1
        right = text.find(", ", end)
        if _DENIAL.search(text, left, right if right >= 0 else len(text)):
            return True
        return right >= 0 and any(map(_LATER_DENIAL.match, text[right + 2 :].split(", ")))

    def is_conditional(self, start: int) -> bool:
        """Return whether what stands at `start` comes after `once`, `if`, … in its part between commas."""
        return _CONDITION.search(self.text, self.text.rfind(", ", 0, start) + 1, start) is not None


def clauses(said: str, *, denied: bool) -> Iterator[Clause]:
    """Yield the clauses of a sentence; `denied`: it stands under a heading that denies it."""
    start, lead = 0, denied
    cuts = [(cut.start(), cut.end(), cut.group()) for cut in _CUT.finditer(said)]
    cuts.append((len(said), len(said), ""))
    asks = [mark == "?" for mark in _next_marks([mark for _, _, mark in cuts])]
    for (end, next_start, mark), question in zip(cuts, asks, strict=True):
        text = said[start:end].strip()
        if text:
            yield Clause(text, lead, question, is_label=mark == ":")
        goes_on = said.startswith((" and ", ", and "), end)
        lead = denied or (mark in (":", " - ") and refuses(text)) or (goes_on and lead)
        start = next_start


def refuses(lead: str) -> bool:
    """Return whether a heading or lead says that what comes is not allowed; not one that speaks of one thing alone."""
    return _REFUSES.search(lead) is not None and _ONE_THING.search(lead) is None


def _next_marks(marks: list[str]) -> list[str]:
    """Return for every cut the punctuation mark that it comes before, or is."""
    following = ""
    found = []
    for mark in reversed(marks):
        following = mark if mark in _MARKS else following
        found.append(following)
    return found[::-1]
