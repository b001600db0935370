"""SQL that finds other customers by the words of a question (SQLAlchemy Core), so that they can be replaced."""

import re
from collections.abc import Sequence

from sqlalchemy import select, union_all

from services.contract.ids import is_customer_id
from services.storage.connection import Connection
from services.storage.search import fold
from services.storage.tables import customer_status, customers

MOST_WORDS = 12
"""How many words are looked up: a question has no more names, and a pasted text must not cost a look-up a word."""

MOST_IDS = 40
"""How many tokens are looked up among the ids of customers."""

_LAST_CHARACTER = "\U0010ffff"


def names_like(conn: Connection, words: Sequence[str], customer_id: str, limit: int) -> list[str]:
    """Return legal names of other customers whose first word is one of `words`, in the order of the names.

    Args:
        conn: a snapshot.
        words: as `mentioned` returns them; those beyond `MOST_WORDS` are left out.
        customer_id: the customer that is asked about, whose own name is no other's.
        limit: how many names there are at most for one word.
    """
    sought = list(dict.fromkeys(filter(None, map(fold, words))))[:MOST_WORDS]
    if not sought:
        return []
    # Each word is one range of the index by name, in its order: names with more words sort before longer first words,
    # because a space and most signs sort before letters and digits.
    ranges = [
        select(customer_status.c.customer_id, customer_status.c.sort_name)
        .where(customer_status.c.sort_name >= word, customer_status.c.sort_name < word + _LAST_CHARACTER)
        .order_by(customer_status.c.sort_name, customer_status.c.customer_id)
        .limit(limit + 1)
        .subquery()
        for word in sought
    ]
    found = union_all(*(select(one.c.customer_id, one.c.sort_name) for one in ranges)).subquery()
    statement = (
        select(customers.c.legal_name)
        .join(found, found.c.customer_id == customers.c.customer_id)
        .where(customers.c.customer_id != customer_id)
        .order_by(found.c.sort_name, customers.c.customer_id)
    )
    first_words = re.compile("|".join(rf"{re.escape(word)}(?!\w)" for word in sought))
    names = dict.fromkeys(conn.execute(statement).scalars())
    return [name for name in names if first_words.match(fold(name))]


def ids_among(conn: Connection, tokens: Sequence[str], customer_id: str) -> list[str]:
    """Return which tokens are ids of other customers, as they are stored, in their order.

    Ids are told apart by case, so a token is looked up as it is, in lower case, in upper case and with one capital:
    each of them is one look-up in the index, whatever the number of customers.

    Args:
        conn: a snapshot.
        tokens: as `mentioned_ids` returns them; those beyond `MOST_IDS` are left out.
        customer_id: the customer that is asked about.
    """
    sought = list(dict.fromkeys(filter(is_customer_id, tokens)))[:MOST_IDS]
    if not sought:
        return []
    spelled = {spelling for token in sought for spelling in (token, token.lower(), token.upper(), token.capitalize())}
    statement = (
        select(customers.c.customer_id)
        .where(customers.c.customer_id.in_(sorted(spelled)), customers.c.customer_id != customer_id)
        .order_by(customers.c.customer_id)
    )
    return list(conn.execute(statement).scalars())
