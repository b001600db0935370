"""Writes that nobody reads an answer from go to PostgreSQL together, while the customer's row is locked.

Each statement sent alone waits once for the server. SQLite has nobody to wait for.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def pipelined(conn: Connection) -> Iterator[None]:
    """Send the statements of the block together; what rows they return is not told.

    Raises:
        DBAPIError: what one of them was refused for, told when the block ends.
    """
    if conn.dialect.name != "postgresql":
        yield
        return
    import psycopg

    driver = conn.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"a PostgreSQL connection is psycopg's, not {type(driver).__name__}")
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error
