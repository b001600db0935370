"""Whom a question may mention: what other customers are looked up by. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise

from services.contract.ids import is_customer_id
from services.guidance.redaction.page import Page
from services.guidance.redaction.patterns import is_quantity
from services.guidance.redaction.words import is_ordinary

_SHORTEST_ALONE = 4
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ID = re.compile(r"[a-z0-9_.:-]+")
_LONGEST_ID = 64
_AROUND_ID = ".:-"  # at its end, these are the sentence's
_ANNOUNCED = re.compile(
    r"(?<!\w)(?:id|ids|(?:customer|client|account|tenant)[- ](?:id|number|no\.?|nr\.?)"
    r"|(?:kunden|konto)-?(?:id|nummer|nr\.?)|(?:kunden|konto) nr\.?)"
    r"(?: ?[:=] ?| (?:is |ist |lautet )?)[\"'`(]?\Z"
)
_LONGEST_ANNOUNCEMENT = 40


def mentioned(text: str) -> list[str]:
    """Return what other customers' names are looked up by: folded words, and pairs of them where the first is short.

    Words in lower case come first: where the number of look-ups is bounded, those in upper case are replaced anyway.
    """
    page = Page(text)
    words = list(_WORD.finditer(page.folded))
    alone = [
        (page.is_capital(*word.span()), word.group().removesuffix("'s"))
        for word in words
        if len(word.group()) >= _SHORTEST_ALONE and not is_ordinary(word.group())
    ]
    pairs = [
        (page.is_capital(*first.span()), " ".join((first.group(), second.group().removesuffix("'s"))))
        for first, second in pairwise(words)
        if 1 < len(first.group()) < _SHORTEST_ALONE
        and page.folded[first.end() : second.start()] == " "
        and not is_ordinary(first.group())
    ]
    return list(dict.fromkeys(word for _, word in sorted([*alone, *pairs], key=lambda each: each[0])))


def mentioned_ids(text: str) -> list[str]:
    """Return the tokens of a text, as they are typed, that may be the ids of other customers.

    A word that everybody uses and an amount are left out, unless the words before them announce an id. What is found by
    its shape anyway comes last.
    """
    page = Page(text)
    found: list[tuple[bool, str]] = []
    for start, end in _tokens(page.folded):
        typed = page.original(start, end)
        token = typed if is_customer_id(typed) else page.folded[start:end]
        if can_be_id(page.folded, start, end):
            found.append((any(map(str.isdecimal, token)) or page.is_capital(start, end), token))
    return list(dict.fromkeys(token for _, token in sorted(found, key=lambda each: each[0])))


def can_be_id(text: str, start: int, end: int) -> bool:
    """Return whether a place of a folded text can only be meant as an id, if there is such an id."""
    token = text[start:end]
    plain = is_quantity(token) or (is_ordinary(token) and not any(map(str.isdecimal, token)))
    return not plain or _ANNOUNCED.search(text, max(0, start - _LONGEST_ANNOUNCEMENT), start) is not None


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where tokens stand, and of "northwind-invoice" the beginning as well."""
    for match in _ID.finditer(text):
        token = match.group()
        start, end = match.end() - len(token.lstrip(_AROUND_ID)), match.start() + len(token.rstrip(_AROUND_ID))
        if 1 < end - start <= _LONGEST_ID:
            yield start, end
            head, _, tail = text[start:end].rpartition("-")
            if len(head) > 1 and is_ordinary(tail):
                yield start, start + len(head)
