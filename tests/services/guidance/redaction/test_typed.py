"""What was typed into a customer's records is collected wherever it stands; figures and ordinary words are left out."""

import json

import pytest

from services.contract.views import CustomerBillingView
from services.guidance.model import GuidanceInput
from services.guidance.redaction.typed import actors, typed_texts
from tests.builders import make_adjustment, make_entry, make_event, make_lot, make_view


def typed_in(view: CustomerBillingView, **more: object) -> list[str]:
    """Return the typed texts of what is known."""
    return typed_texts(GuidanceInput(view=view, **more))  # type: ignore[arg-type]  # the names are those of the input


def test_texts_are_collected_from_all_records() -> None:
    view = make_view(
        parent_customer_id="globex",
        lots=[make_lot(source="order-hush", reason="for Ulrike")],
        latest_adjustment=make_adjustment(source="deal-9911", reason="Tomas asked"),
    )
    entry = make_entry(source="ticket-77123", reason="asked by Wilma")
    event = make_event(reason="Quux said so", payload=json.dumps({"changes": [{"after": "PO-4711"}]}))
    found = typed_in(view, entries=(entry,), events=(event,))
    for text in ("globex", "order-hush", "for Ulrike", "deal-9911", "Tomas asked"):
        assert text in found
    for text in ("ticket-77123", "asked by Wilma", "Quux said so", "PO-4711"):
        assert text in found


@pytest.mark.parametrize(
    "text",
    [
        "support",
        "goodwill",
        "1.00 h",
        "$1,299.00",
        "2026-10-31",
        "2026-10-31T12:00:00Z",
        "Blockers",
        "Q3 2026",
        "12",
        "Manual invoice rail approved",
    ],
)
def test_what_questions_are_about_is_left_out(text: str) -> None:
    event = make_event(reason=None, payload=json.dumps({"params": [text]}))
    assert text not in typed_in(make_view(), events=(event,))


def test_a_sentence_of_ordinary_words_is_somebodys() -> None:
    assert "paid late but paid in full" in typed_in(make_view(lots=[make_lot(reason="paid late but paid in full")]))


@pytest.mark.parametrize("payload", ["hush, no JSON", '{"a": "hush', "[" * 100_000 + '"hush"'])
def test_a_damaged_payload_is_a_text(payload: str) -> None:
    assert payload in typed_in(make_view(), events=(make_event(payload=payload),))


def test_who_has_acted_is_listed_once() -> None:
    events = tuple(make_event(actor=actor) for actor in ("olga", "omar", "olga"))
    assert actors(GuidanceInput(view=make_view(), events=events)) == ["olga", "omar"]
