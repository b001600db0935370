"""Known values are found as people write them, and ordinary words that resemble them stay."""

import re
import time
from collections.abc import Collection

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.guidance.model import Fact, FactKind, Facts
from services.guidance.privacy import Pseudonyms

OWN = Facts(
    Fact(key=key, kind=FactKind.TEXT, label=key, value=value, unit=None, source="test")
    for key, value in {
        "customer.name": "Käthe Brøderbund Holding GmbH",
        "customer.id": "priv-0042",
        "billing.commercial_reference": "PO-88123",
        "billing.review_reference": "PO-SECRET-77",
        "billing.usage_tier": "tier-named",
        "invoice.1.number": "INV PRIV/9",
        "invoice.2.number": "30-day",
        "audit.1.actor": "omar.haddad@desk.example",
    }.items()
)
TYPED = ["order-hush", "hush money for Ulrike", "cus_Hidden", "An other", "crm"]
PEOPLE = ["olga", "operator"]
OTHER_IDS = ["northwind", "kunde_12", "A.B:C", "other-1", "globex-emea", "trial", "100", "nw"]
OTHER_NAMES = ["NW Traders", "Kd Zwölf", "Globex Corp"]


def sent(question: str, ids: Collection[str] = OTHER_IDS) -> str:
    """Return what is sent of a question, with the letters of pseudonyms left out."""
    redacted = Pseudonyms("priv-0042", OWN, typed=TYPED, people=PEOPLE).redact(question, OTHER_NAMES, ids)
    return re.sub(r"(?<=[A-Z]-)[A-Z]{4,}\b", "x", redacted)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # separators
        ("PO 88123, po88123, po_88123, PO/88123, PO #88123", "REF-x, REF-x, REF-x, REF-x, REF-x"),
        ("po secret 77 is valid", "REF-x is valid"),
        ("po-secret77, POSECRET77", "REF-x, REF-x"),
        ("inv-priv-9 is late", "INV-x is late"),
        ("customer priv0042 or priv 0042", "customer CUSTOMER-ID or CUSTOMER-ID"),
        ("tier named plan?", "TIER-x plan?"),
        ("po 881234", "ID-x"),
        # umlauts, and letters set apart
        ("kaethe broederbund holding wants a refund", "CUSTOMER wants a refund"),
        ("why is KAETHE blocked", "why is CUSTOMER blocked"),
        ("K ä t h e is angry, k.ae.t.h.e, K-A-T-H-E", "CUSTOMER is angry, CUSTOMER, CUSTOMER"),
        ("p o 8 8 1 2 3", "REF-x"),
        # what was typed beside the facts
        ("does order-hush still count? order hush!", "does ID-x still count? ID-x!"),
        ("was it hush money for ulrike?", "was it TEXT-x?"),
        ("is cus_hidden right", "is ID-x right"),
        # people
        ("My boss, olga, wants it", "My boss, PERSON-x, wants it"),
        ("omar or haddad said so", "PERSON-x or PERSON-x said so"),
        # other customers
        ("compare with globex-emea please", "compare with ID-x please"),
        ("is northwind blocked too, or the northwind-invoice", "is ID-x blocked too, or the ID-x"),
        ("and kunde_12? A.B:C? a.b:c.", "and ID-x? ID-x? ID-x."),
        ("customer other-1", "customer ID-x"),
        ("ask nw, or nw-emea", "ask ID-x, or ID-x"),
        ("is it like nw traders or kd zwölf", "is it like NAME-x or NAME-x"),
        ("customer id trial, id: 100", "customer id ID-x, id: ID-x"),
    ],
)
def test_a_known_value_is_replaced_as_people_write_it(question: str, expected: str) -> None:
    assert sent(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "is the trial over, can the customer trial it?",
        "apply 100 hours",
        "a 30 day trial, another one",
        "can the operator do that?",
        "the po is 88 days old",
    ],
)
def test_ordinary_words_that_resemble_a_known_value_stay(question: str) -> None:
    assert sent(question) == question


def test_figures_alone_are_found_only_as_they_are_stored() -> None:
    """In another spelling they are an amount."""
    known = Facts([Fact(key="invoice.1.number", kind=FactKind.TEXT, label="", value="12-50", unit=None, source="")])
    assert Pseudonyms("c1", known).redact("apply $12.50") == "apply $12.50"
    assert Pseudonyms("c1", known).redact("invoice 12-50").startswith("invoice INV-")


def test_the_exact_value_wins_over_another_ones_spelling() -> None:
    numbers = {"invoice.1.number": "INV-1-1", "invoice.2.number": "INV-11"}
    known = Facts(
        Fact(key=key, kind=FactKind.TEXT, label="", value=value, unit=None, source="") for key, value in numbers.items()
    )
    pseudonyms = Pseudonyms("c1", known)
    for key, value in numbers.items():
        assert pseudonyms.redact(f"invoice {value}") == f"invoice {pseudonyms.of(key)}"


_PIECES = st.sampled_from(
    (
        *("PO", "88123", "secret", "77", "kaethe", "K ä t h e", "Brøderbund", "priv", "0042", "tier", "named", "olga"),
        *("northwind", "globex", "emea", "nw", "traders", "kunde_12", "id", "other-1", "order", "hush", "trial", "ID"),
        *("REF-ABCD", "CUSTOMER", "CUSTOMER-ID", "j.doe at corp dot example", "omar.haddad@desk.example", "30", "day"),
        *(" ", " ", " ", "-", "_", "/", ".", ":", "#", "'", ", ", "\n"),
    )
)


@example("nwnwnwnwkaethe")
@example("nwolgakunde_12northwind PO")
@given(st.lists(_PIECES, max_size=14).map("".join))
def test_a_redacted_text_stays_as_it_is(text: str) -> None:
    def redact(text: str) -> str:
        pseudonyms = Pseudonyms("priv-0042", OWN, typed=TYPED, people=PEOPLE)
        return pseudonyms.redact(text, OTHER_NAMES, OTHER_IDS)

    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "piece", ["po 88123 ", "k a t h e ", "po-", "aeoeue", "p o 8 ", "id ", "a at b dot ", "a.b", "nw", "globex-nwx-"]
)
def test_spellings_take_no_more_than_their_share_of_time(piece: str) -> None:
    """Anything quadratic takes minutes here."""
    text = piece * (100_000 // len(piece))
    typed = [f"order-{number}-hush" for number in range(200)]
    begun = time.process_time()
    Pseudonyms("priv-0042", OWN, typed=typed, people=PEOPLE).redact(text, OTHER_NAMES, OTHER_IDS)
    assert time.process_time() - begun < 10
