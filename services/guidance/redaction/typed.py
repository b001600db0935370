"""What somebody typed into a customer's records beside the facts: it is known, and so it is no guess to replace it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from services.guidance.model import GuidanceInput
from services.guidance.redaction.page import Match, Page
from services.guidance.redaction.patterns import quantities
from services.guidance.redaction.words import is_ordinary

_WORD = re.compile(r"[^\W\d_]+")
_FIGURES = re.compile("[0-9]{3,}")
_YEAR = re.compile("(?:19|20)[0-9][0-9]")
_ENOUGH_WORDS = 4  # so many ordinary ones in a row are somebody's sentence


def typed_texts(known: GuidanceInput) -> list[str]:
    """Return the different texts in a customer's records that people or other systems have typed, and that tell.

    Left out are words that everybody uses ("support", "goodwill") and amounts, dates and counts: they are what
    questions are about. Who has acted is not here either: see `actors`.
    """
    sentences = (text for text in filter(None, _texts(known)) if _tells(text) or _is_sentence(text))
    values = (text for event in known.events for text in _strings(_document(event.payload)) if _tells(text))
    return list(dict.fromkeys((*sentences, *values)))


def actors(known: GuidanceInput) -> list[str]:
    """Return who has acted on the customer lately."""
    return list(dict.fromkeys(event.actor for event in known.events))


def _texts(known: GuidanceInput) -> Iterator[str | None]:
    view = known.view
    yield view.customer.parent_customer_id
    yield view.customer.stripe_customer_id
    for lot in view.credits.lots:
        yield from (lot.grant_id, lot.source, lot.reason)
    if view.latest_adjustment is not None:
        yield from (view.latest_adjustment.source, view.latest_adjustment.reason)
    yield from (item.item for item in view.checklist.items)
    for invoice in view.open_invoices:
        yield from (invoice.number, invoice.invoice_id)
    if view.payment_setup is not None and view.payment_setup.method is not None:
        yield view.payment_setup.method.last4
    for entry in known.entries:
        yield from (entry.source, entry.reason, entry.grant_id, entry.entry_id, entry.transaction_id)
    for event in known.events:
        yield from (event.audit_event_id, event.reason, event.request_id)


def _document(payload: str) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):  # a damaged event: its text is known all the same
        return payload


def _strings(document: Any) -> Iterator[str]:
    """Yield the texts among the values of a document, however deep."""
    left = [document]
    while left:
        value = left.pop()
        match value:
            case str():
                yield value
            case dict():
                left += reversed(value.values())
            case list():
                left += reversed(value)


def _is_sentence(text: str) -> bool:
    """Return whether a text is somebody's sentence although its words are everybody's; a payload has labels as well."""
    return len(_WORD.findall(text)) >= _ENOUGH_WORDS


def _tells(text: str) -> bool:
    """Return whether a text has a word or a number that is not everybody's."""
    page = Page(text)
    page.take(Match(start, end, None) for start, end, _ in quantities(page))
    words = _WORD.findall(page.folded)
    if not all(map(is_ordinary, words)):
        return True
    return any(not _YEAR.fullmatch(figures) for figures in _FIGURES.findall(page.folded))
