"""Finding a customer: folding, and what each database finds for whatever a person types."""

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from services.storage.engine import Store
from services.storage.search import find, fold, found_among, holds, matching, parse_query, prepare_list, search_text
from services.storage.tables import customers
from tests.clocks import START
from tests.names import WORLD

FOLDED = [
    ("  ACME   Ltd\t", "acme ltd"),
    ("Société Générale S.A.", "societe generale s.a."),
    ("Münchener Rück", "munchener ruck"),
    ("Straße", "strasse"),
    ("Ørsted A/S – Mærsk", "orsted a/s - maersk"),
    ("Łódź", "lodz"),
    ("Türkiye İş Bankası", "turkiye is bankasi"),
    ("L\u2019Oréal", "l'oreal"),
    ("ПАО «Газпром нефть»", 'пао "газпром нефть"'),
    ("Київстар", "киівстар"),
    ("ΟΠΑΠ Α.Ε.", "οπαπ α.ε."),
    ("ΟΔΟΣ", "οδοσ"),
    ("ＡＣＭＥ　株式会社", "acme 株式会社"),
    ("ﬁnance", "finance"),
    ("㈱日立", "(株)日立"),
    ("بَنْك", "بنك"),
    ("שָׁלוֹם", "שלום"),
    ("a\x00b\x1bc\u202ed\u00ade\ud800f", "abcdef"),
    ("\u0301", ""),
]


@pytest.mark.parametrize(("raw", "folded"), FOLDED)
def test_case_accents_and_width_do_not_matter(raw: str, folded: str) -> None:
    assert fold(raw) == folded


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("ดี", "ดิ"), ("शक्ति", "शक्त")])
def test_what_is_another_letter_to_its_readers_stays_another(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_half_typed_hangul_syllable_is_found() -> None:
    assert fold("삼ㅅ"[:1]) in fold("삼성전자")
    assert fold("서") in fold("삼성전자")


@given(st.text())
@example("\u0345")
@example("`´")
def test_folding_twice_changes_nothing(raw: str) -> None:
    once = fold(raw)
    assert fold(once) == once
    assert once == once.strip()
    assert "\n" not in once
    once.encode()


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_takes_a_short_way_to_the_same_result(raw: str) -> None:
    assert fold(raw) == fold(raw + "\u0301")


def test_the_search_text_holds_name_id_and_references_one_a_line() -> None:
    assert search_text("Acme GmbH", "ACME-eu", None, "PO-7781") == "acme gmbh\nacme-eu\npo-7781"


def test_a_query_is_its_different_words() -> None:
    query = parse_query("  Acme  GmbH acme ")
    assert query is not None
    assert (query.phrase, query.words) == ("acme gmbh acme", ("acme", "gmbh"))


@pytest.mark.parametrize("nothing", [None, "", "   ", "\u0301", "\x00"])
def test_an_empty_query_asks_for_nothing_in_particular(nothing: str | None) -> None:
    assert parse_query(nothing) is None


def test_an_overlong_query_is_cut() -> None:
    query = parse_query("ab " * 5_000 + "ﷺ" * 5_000)
    assert query is not None
    assert len(query.phrase) <= 400


# ── in a database ─────────────────────────────────────────────────────────────────────────────────────────────────────


def add(connection: Connection, **names: str) -> None:
    connection.execute(
        insert(customers),
        [
            {
                "customer_id": customer_id,
                "legal_name": name,
                "ownership": "external",
                "search_text": search_text(name, customer_id),
                "created_at": START,
            }
            for customer_id, name in names.items()
        ],
    )


def found(connection: Connection, raw: str) -> set[str]:
    """Return the ids found for `raw`, having asked in each of the ways there are."""
    query = parse_query(raw)
    assert query is not None
    prepare_list(connection)
    by_index = set(connection.execute(matching(connection, query)).scalars())
    by_test = set(connection.execute(select(customers.c.customer_id).where(holds(connection, query))).scalars())
    rows = find(connection, query, len(by_index))
    assert rows is not None
    assert set(connection.execute(found_among(connection, rows)).scalars()) == by_index == by_test
    assert find(connection, query, len(by_index) - 1) is None or not by_index
    return by_index


@pytest.fixture
def world(store: Store) -> Iterator[Connection]:
    """A store in which the customers have names in many scripts."""
    with store.write() as connection:
        add(connection, **{f"world-{number}": name for number, name in enumerate(WORLD)})
    with store.read() as connection:
        yield connection


QUERIES = [
    ("acme", {"one", "two"}),
    ("ACMÉ", {"one", "two"}),
    ("cme", {"one", "two"}),
    ("gmbh acme", {"one"}),
    ("a", {"one", "two", "three"}),
    ("me gm", {"one"}),
    ("100%", {"three"}),
    ("_r", {"three"}),
    ("e_", set()),
    ('"', {"three"}),
    ('"quoted"', {"three"}),
    ("'", set()),
    ("日立", {"four"}),
    ("株式会社", {"four"}),
    ("삼서", set()),
    ("acme OR quoted", set()),
    ("NOT acme", set()),
    ("acm*", set()),
    ("NEAR(acme gmbh)", set()),
    ("search_text:acme", set()),
    ("^acme", set()),
    ("\\", {"two"}),
]


@pytest.mark.parametrize(("query", "ids"), QUERIES)
def test_every_word_counts_as_it_stands(store: Store, query: str, ids: set[str]) -> None:
    names = {
        "one": "Acme GmbH",
        "two": "ACMÉ \\ Sons",
        "three": '100% "Quoted" Company_R',
        "four": "株式会社日立製作所",
    }
    with store.write() as connection:
        add(connection, **names)
        assert found(connection, query) == ids


hostile = st.text(st.sampled_from("aA\"'*^():-+{}\\%_ /&|~\x00\x1b\ud800é日ß;") | st.characters(), max_size=60)
words = st.sampled_from([word for name in WORLD for word in name.split()])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(hostile | words, max_size=6).map(" ".join))
@example('"' * 10_000)
@example(" ".join(chr(0x4E00 + number) * 3 for number in range(200)))
@example(" ".join(chr(0x4E00 + number) for number in range(400)))
def test_no_query_troubles_the_database(world: Connection, raw: str) -> None:
    query = parse_query(raw)
    expected = {
        customer_id
        for customer_id, searched in world.execute(select(customers.c.customer_id, customers.c.search_text))
        if query is not None and all(word in searched for word in query.words)
    }
    assert query is None or found(world, raw) == expected


def test_every_name_is_found_by_itself_and_by_each_of_its_words(world: Connection) -> None:
    for number, name in enumerate(WORLD):
        for raw in (name, name.upper(), unicodedata.normalize("NFD", name), *name.split()):
            assert f"world-{number}" in found(world, raw), raw


def test_the_index_follows_its_customers(sqlite_store: Store) -> None:
    with sqlite_store.write() as connection:
        add(connection, one="Acme", two="Acme Sons")
        connection.execute(update(customers).where(customers.c.customer_id == "one").values(search_text="zenith\none"))
        assert (found(connection, "acme"), found(connection, "zenith")) == ({"two"}, {"one"})
        connection.execute(delete(customers).where(customers.c.customer_id == "two"))
        assert found(connection, "acme") == set()
        connection.execute(text("INSERT INTO customers_search (customers_search, rank) VALUES ('integrity-check', 1)"))


def test_a_changed_row_number_is_followed_too(sqlite_store: Store) -> None:
    with sqlite_store.write() as connection:
        add(connection, one="Acme")
        connection.execute(update(customers).values(row=77))
        assert find(connection, parse_query("acme") or pytest.fail("no query"), 5) == [77]


def test_three_letters_are_answered_from_the_index(sqlite_store: Store) -> None:
    query = parse_query("acm son")
    assert query is not None
    with sqlite_store.read() as connection:
        statement = matching(connection, query).compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert plan == [
        "SCAN customers_search VIRTUAL TABLE INDEX 0:M1",
        "SEARCH customers USING INTEGER PRIMARY KEY (rowid=?)",
    ]
