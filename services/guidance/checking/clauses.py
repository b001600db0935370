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
_REFUSED = re.compile(rf"\s*(?:no\b|{_REFUSAL}(?!\w))")
_REFUSES = re.compile(rf"(?<!\w){_REFUSAL}(?!\w)")
_ONE_THING = re.compile(r"\b(?:trial|invoice|verif\w+|credit|checklist|item)\b")
# Denies what comes after it, up to where another thought begins.
_DENIES = re.compile(
    "n't(?!\\w)|(?<!\\w)"
    + any_of(
        rf"""not until, not, no, never, neither, nor, none, nothing, nobody, cannot, without(?= (?:\w+ )?\w+ing\b),
        unless, lacks?, impossible, waits?, rather than, instead of, too early, waiting, denied, fails?, whether,
        forbidden, premature, only (?:after|once|when|if|then), stops? short, {_REFUSAL}"""
    )
    + r"(?!\w)"
)
_LEAVES = pattern_of(
    """if, when, whenever, because, since, as, than, while, although, though, until, before, except, besides, but,
    apart from, around, avoid(?:ing)?, alternative to, option to, waiting for"""
)
_BEGINS_ANEW = pattern_of(
    r"(?:and|or) (?:the|it|this|they|you) (?:\w+ ){0,2}(?:can|may|could|should|must|is|are|has|have)"
)
# Denies what comes before it: said of it, or the condition that it waits for.
_IS_DENIED = re.compile(
    r"(?<!\w)(?:"
    + any_of(
        rf"""(?:is|are|was|were|be|being|been|does|do|did|can|could|would|will|should|must|may|has|have|need|needs|stays?
        |remains?)(?: (?:also|currently|now|still|both|all|therefore|yet|simply|just))* (?:not|no|never|neither|none),
        cannot, not (?:be )?{_OPEN}, not yet, not now, not before, not until, impossible, denied, waits?, has to wait,
        have to wait, must wait, waiting, too early, used up, fails?, forbidden, premature, no, never,
        only (?:after|once|when|if|then), (?:is|are) only, stops? short, unless, until, neither, nor,
        out of (?:the )?(?:question|reach|scope), {_REFUSAL},
        (?:would be|would become|will be|is) (?:\w+ )?{_OPEN} (?:only )?(?:once|after|when|if),
        becomes? (?:\w+ )?{_OPEN}"""
    )
    + r"|\w+n't)(?!\w)"
)
# Between an action and its denial: the denial is of something else.
_ANOTHER = pattern_of(
    """if, when, whenever, because, since, although, though, while, as, so, even, despite,
    (?:and|or) (?:the|it|they|you|nobody|nothing|we|this|that|there|no|then|not)"""
)
# Denials that deny nothing.
_EMPTY_DENIAL = pattern_of(
    r"""(?:don't|do not|never|no need to|need not) (?:hesitate to|forget to|worry(?: about)?|wait(?: for \w+| to)?),
    no (?:harm|problem|issue|risk|doubt|question|worries)(?: in| with)?(?: not to)?,
    no reason (?:not to|against|to (?:wait|worry|hesitate|refuse)),
    nothing (?:stops|prevents|keeps|speaks)(?: \w+)? (?:from|against), no matter \w+, regardless,
    without (?:delay|hesitation|waiting|approval|asking|further ado|doubt|an?y? \w+), not only, not just, why not,
    (?:cannot|can't|never|won't|not) (?:hurt|harm)s?(?: to)?, if not, not a problem,
    no longer (?:blocked|stuck|overdue|stopped|stops),
    (?:cannot|can't|nobody|no one|never|not|hardly|n't|nothing)(?: \w+){0,2} (?:den(?:y|ie[sd])|doubt\w*|disput\w+
    |minds?|mistaken|objects?|bothers?|complains?|go(?:es)? wrong|disagrees?|regrets?|questions?|wrong),
    not (?:too |so |very |at all |that )?(?:hard|difficult|wrong|bad|risky|forbidden|a mistake|complicated|much
    |too late),
    not(?= \w+ing\b.* (?:mistake|wrong|shame|pity|foolish|bad|unfair|unkind|silly|odd)\b)"""
)
# After a relative clause: `extending the trial, which was done before, is not allowed`.
_LATER_DENIAL = re.compile(
    r"(?:is|are|was|were|would be|stays?|remains?) (?:(?:both|all|currently|now) )*(?:not|refused|closed|ruled out)\b"
    r"|(?:is|are)n't|cannot|can't|does not|is no\b"
)
_CONDITION = pattern_of("once, when, whenever, if, as soon as, unless, whether, as long as, in case, should")
_TIME = pattern_of("after, before, until")
_NEW_SUBJECT = re.compile(
    r"(?<= )(?!(?:of|and|or|for|with|by|in|on|to|from|under|at|that|which|both|all) )[\w§'-]+ "
    r"(?:the|your|our|their|its|this|these|a|an|it|they|you|we|§)(?!\w)"
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
        for denial in _DENIES.finditer(text, left, end):
            if not (_LEAVES.search(text, denial.end(), start) or _BEGINS_ANEW.search(text, denial.end(), end)):
                return True
        said_of_it = _IS_DENIED.search(text, end, right if right >= 0 else len(text))
        if said_of_it and not _ANOTHER.search(text, end, said_of_it.start()):
            return True
        return right >= 0 and any(map(_LATER_DENIAL.match, text[right + 2 :].split(", ")))

    def is_conditional(self, start: int) -> bool:
        """Return whether what stands at `start` is under `once`, `if`, … in its part between commas.

        `after` and its like may merely date it: `after a short call the trial has been extended`.
        """
        left = self.text.rfind(", ", 0, start) + 1
        if _CONDITION.search(self.text, left, start):
            return True
        return any(
            not _NEW_SUBJECT.search(self.text, found.end(), start) for found in _TIME.finditer(self.text, left, start)
        )


def clauses(said: str, *, denied: bool) -> Iterator[Clause]:
    """Yield the clauses of a sentence; `denied`: it stands under a heading that denies it."""
    start, lead = 0, denied
    cuts = [(cut.start(), cut.end(), cut.group()) for cut in _CUT.finditer(said)]
    cuts.append((len(said), len(said), ""))
    asks = [mark == "?" for mark in _next_marks([mark for _, _, mark in cuts])]
    for (end, next_start, mark), question in zip(cuts, asks, strict=True):
        text = said[start:end].strip()
        if text:
            is_refused = mark == ":" and _REFUSED.match(said, next_start) is not None
            yield Clause(text, lead or is_refused, question, is_label=mark == ":")
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
