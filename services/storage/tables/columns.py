"""What all tables share: types of columns that are the same on both databases, and how constraints are named."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return the stored integer."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the aware datetime."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class SinceMoment(TypeDecorator[datetime]):
    """A moment that may be unknown, stored so that the unknown sorts last on both databases."""

    impl = BigInteger
    cache_ok = True
    UNKNOWN = 2**62

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int:  # noqa: ARG002
        """Return the stored integer."""
        return self.UNKNOWN if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the aware datetime, or None for the unknown."""
        return None if value is None or value == self.UNKNOWN else _EPOCH + timedelta(microseconds=value)


# PostgreSQL sorts text by locale unless told otherwise; keys must sort the same on both.
Key = String().with_variant(String(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def customer_column() -> Column[str]:
    """Return the column of whose a row is, a part of the primary key."""
    return Column("customer_id", Key, ForeignKey("customers.customer_id"), primary_key=True)
