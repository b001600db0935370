"""Finding customers: how text is folded, and how each database is asked which customers' text holds some words."""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    any_,
    column,
    func,
    literal,
    select,
    table,
)
from sqlalchemy import text as sql

from services.storage.tables import customers

# A legal name has 200 characters at most; what is longer than twice that names no customer.
_MAX_QUERY = 400
_TRIGRAM = 3
# What Unicode does not take apart into a base letter and an accent, and signs that keyboards replace by plainer ones.
_FOLDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u05f3", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u05f4", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_search_index = table("customers_search", column("rowid"), column("customers_search"))


def fold(text: str) -> str:
    """Return `text` as search and sort order see it: no case, no accents, one space between words; any script.

    Folding twice changes nothing. Hangul comes out as its letters, so that a half-typed syllable is found.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    plain = _without_accents(unicodedata.normalize("NFKD", text)).casefold()
    plain = _without_accents(unicodedata.normalize("NFKD", plain)).translate(_FOLDED)
    return " ".join(plain.split())


def search_text(
    legal_name: str, customer_id: str, review_reference: str | None = None, commercial_reference: str | None = None
) -> str:
    """Return what `customers.search_text` holds: the folded name, id and references, one a line."""
    return "\n".join(fold(part) for part in (legal_name, customer_id, review_reference, commercial_reference) if part)


class Query(msgspec.Struct, frozen=True):
    """What a person looks for: the folded phrase, and its different words, each of which must occur."""

    phrase: str
    words: tuple[str, ...]


def parse_query(text: str | None) -> Query | None:
    """Return what to look for, or None for nothing in particular. Overlong text is cut: the work stays bounded."""
    phrase = fold((text or "")[:_MAX_QUERY])[:_MAX_QUERY].rstrip()
    return Query(phrase, tuple(dict.fromkeys(phrase.split()))) if phrase else None


def prepare_list(connection: Connection) -> None:
    """Make the transaction plan each search for its own words.

    PostgreSQL's plan for any words whatever turned a prefix search into a 590 ms scan.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sql("SET LOCAL plan_cache_mode = force_custom_plan"))


def find(connection: Connection, query: Query, most: int) -> list[int] | None:
    """Return the rows (`customers.row`) that match, or None when there are more than `most`."""
    indexed, short = _split(connection, query)
    if indexed and not short:  # the index alone can tell
        statement = select(_search_index.c.rowid).where(_in_index(indexed))
    else:
        statement = matching(connection, query).with_only_columns(customers.c.row)
    found = list(connection.execute(statement.limit(most + 1)).scalars())
    return found if len(found) <= most else None


def found_among(connection: Connection, rows: list[int]) -> Select[Any]:
    """Return a statement for the ids of the customers in `rows`; however many they are, one parameter carries them."""
    if connection.dialect.name == "postgresql":
        return select(customers.c.customer_id).where(customers.c.row == any_(literal(rows, ARRAY(BigInteger))))
    listed = func.json_each(json.dumps(rows)).table_valued("value")
    return select(customers.c.customer_id).where(customers.c.row.in_(select(listed.c.value)))


def matching(connection: Connection, query: Query) -> Select[Any]:
    """Return a statement for the ids of the customers whose text holds every word, through an index if one serves."""
    indexed, short = _split(connection, query)
    statement = select(customers.c.customer_id)
    if indexed:
        statement = statement.join_from(_search_index, customers, customers.c.row == _search_index.c.rowid)
        return statement.where(_in_index(indexed), *_each_held(connection, short))
    if connection.dialect.name == "postgresql":
        # LIKE and not strpos, because a trigram index, where there is one, serves LIKE only.
        return statement.where(*(customers.c.search_text.contains(word, autoescape=True) for word in short))
    return statement.where(*_each_held(connection, short))


def holds(connection: Connection, query: Query) -> ColumnElement[bool]:
    """Return the test of one customer's text that is at hand anyway; no index serves it."""
    return and_(*_each_held(connection, query.words))


def count_up_to(connection: Connection, statement: Select[Any], most: int) -> int:
    """Return how many rows a statement has, or `most` + 1 when there are more; it reads no further than that."""
    return connection.execute(select(func.count()).select_from(statement.limit(most + 1).subquery())).scalar_one()


def _split(connection: Connection, query: Query) -> tuple[list[str], list[str]]:
    """Return the words that SQLite's trigram index serves, and the others."""
    if connection.dialect.name == "postgresql":
        return [], list(query.words)
    return [w for w in query.words if len(w) >= _TRIGRAM], [w for w in query.words if len(w) < _TRIGRAM]


def _each_held(connection: Connection, words: Iterable[str]) -> Iterator[ColumnElement[bool]]:
    position = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return (position(customers.c.search_text, word) > 0 for word in words)


def _in_index(words: list[str]) -> ColumnElement[bool]:
    # In quotes a word is text and nothing else to FTS5, whatever signs it holds; a quote itself is doubled.
    expression = " ".join('"' + word.replace('"', '""') + '"' for word in words)
    return _search_index.c.customers_search.op("MATCH", is_comparison=True)(expression)


def _without_accents(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text if not _ignored(c))


def _ignored(char: str) -> bool:
    # By Unicode combining class. To their readers nuktas, kana voicing marks and viramas (7–9) and the vowels and tones
    # of Thai, Lao and Tibetan (84–132) are letters; strokes (1), Semitic points (10–36) and accents (200 on) are not.
    mark = unicodedata.combining(char)
    if mark:
        return mark == 1 or 10 <= mark <= 36 or mark >= 200
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") and not char.isspace()
