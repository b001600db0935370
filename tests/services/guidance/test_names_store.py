"""Other customers are found by the first word of their names, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from services.guidance.names_store import MOST_IDS, MOST_WORDS, ids_among, names_like
from services.guidance.redaction.mentions import mentioned
from services.storage.engine import Store
from tests.services.billing.listed import Listed, write

NAMES = {
    "own": "Acme GmbH",
    "acme-2": "Acme, Inc.",
    "acme-3": "ACME",
    "acmeville": "Acmeville Foods",
    "globex": "Globex Robotics Ltd.",
    "loreal": "L’Oréal S.A.",
    "zabka": "Žabka Polska Sp. z o.o.",
    "later": "The Globex Heirs",
    "A.B:C": "NW Traders",
    "kunde_12": "Kd Zwölf",
    "Northwind": "Nordwind AG",
}


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as transaction:
        write(transaction, [Listed(customer_id=key, legal_name=name) for key, name in NAMES.items()])
    with store.read() as snapshot:
        yield snapshot


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["globex"], ["Globex Robotics Ltd."]),
        (["GLOBEX", "globex"], ["Globex Robotics Ltd."]),
        (["zabka"], ["Žabka Polska Sp. z o.o."]),
        (["l'oreal", "globex"], ["Globex Robotics Ltd.", "L’Oréal S.A."]),
        (["acme"], ["ACME", "Acme, Inc."]),
        (["robotics", "%", "_", "", "\x00", "\ud800"], []),
        ([], []),
    ],
)
def test_names_are_found_by_their_first_word_and_the_own_one_is_left_out(
    connection: Connection, words: list[str], expected: list[str]
) -> None:
    assert names_like(connection, words, "own", limit=10) == expected


def test_a_question_finds_whom_it_mentions(connection: Connection) -> None:
    assert names_like(connection, mentioned("why is žabka blocked, unlike globex?"), "own", 5) == [
        "Globex Robotics Ltd.",
        "Žabka Polska Sp. z o.o.",
    ]


def test_the_work_is_bounded(connection: Connection) -> None:
    many = [f"word{number}" for number in range(MOST_WORDS)]
    assert names_like(connection, [*many, "globex"], "own", 5) == []
    assert names_like(connection, ["acme"], "own", 1) == ["ACME"]


def test_a_name_that_begins_with_a_short_word_is_found_by_two(connection: Connection) -> None:
    assert names_like(connection, mentioned("is it like nw traders, or kd zwölf?"), "own", 5) == [
        "Kd Zwölf",
        "NW Traders",
    ]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["globex", "own", "nobody"], ["globex"]),
        (["GLOBEX", "a.b:c", "northwind", "Kunde_12"], ["A.B:C", "Northwind", "globex", "kunde_12"]),
        (["%", "", "\x00", "\ud800", "x" * 65], []),
        ([], []),
    ],
)
def test_ids_of_others_are_found_in_any_usual_case(
    connection: Connection, tokens: list[str], expected: list[str]
) -> None:
    assert ids_among(connection, tokens, "own") == expected


def test_the_number_of_ids_looked_up_is_bounded(connection: Connection) -> None:
    many = [f"token-{number}" for number in range(MOST_IDS)]
    assert ids_among(connection, [*many[1:], "globex"], "own") == ["globex"]
    assert ids_among(connection, [*many, "globex"], "own") == []
