"""What the schema must hold, by its names: tables and columns, constraints, indexes, and the triggers that guard it."""

from collections.abc import Iterable, Iterator, Sequence, Set

from sqlalchemy import Connection, Inspector, Table, inspect, text

from services.storage.checkup.finding import Finding, shortened
from services.storage.tables import APPEND_ONLY, metadata

_RESTORE = "restore the database from a backup, or make them again as the migrations do"

_SQLITE_TRIGGERS = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'")
# tgenabled A: it holds in replicated and restored sessions too. tgtype: 8 delete, 16 update, 32 truncate.
_POSTGRESQL_TRIGGERS = text(
    """
    SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE relnamespace = current_schema()::regnamespace AND tgenabled = 'A' AND tgtype & 56 = 56
    AND prosrc LIKE '%RAISE EXCEPTION%'
    """
)


def structure(conn: Connection) -> Iterator[Finding]:
    """Yield what is missing of what the product needs; more than that may be there."""
    tables = {table.name: table for table in metadata.sorted_tables}
    inspector = inspect(conn)
    there = sorted(tables.keys() & set(inspector.get_table_names()))
    yield _compared("tables", tables.keys(), set(there))
    known = [tables[name] for name in there]
    yield _compared("columns", _columns(known), _columns_there(inspector, there))
    yield _compared("constraints", _constraints(known), _constraints_there(inspector, there))
    yield _compared("indexes", _indexes(known), _indexes_there(inspector, there))


def guards(conn: Connection) -> Finding:
    """Return whether the database itself refuses changes of the ledger and of the audit trail."""
    if conn.dialect.name == "sqlite":
        expected = {f"{table.name}_no_{verb}" for table in APPEND_ONLY for verb in ("update", "delete", "replace")}
        there = set(conn.scalars(_SQLITE_TRIGGERS))
    else:
        expected = {f"{table.name}_append_only" for table in APPEND_ONLY}
        there = set(conn.scalars(_POSTGRESQL_TRIGGERS))
    if missing := sorted(expected - there):
        return Finding(
            subject="append-only",
            found=f"without {shortened(missing)}, or with no more than its name",
            remedy=f"{_RESTORE}, then run billinghelp audit verify",
        )
    names = " and ".join(table.name for table in APPEND_ONLY)
    return Finding(subject="append-only", found=f"{names} refuse every change")


def _compared(subject: str, expected: Set[str], there: Set[str]) -> Finding:
    if missing := sorted(expected - there):
        return Finding(subject=subject, found=f"without {shortened(missing)}", remedy=_RESTORE)
    return Finding(subject=subject, found=f"all {len(expected)} are there")


def _columns(tables: Iterable[Table]) -> set[str]:
    return {f"{table.name}.{column.name}" for table in tables for column in table.columns}


def _columns_there(inspector: Inspector, tables: Sequence[str]) -> set[str]:
    found = inspector.get_multi_columns(filter_names=tables)
    return {f"{table}.{column['name']}" for (_schema, table), columns in found.items() for column in columns}


def _constraints(tables: Iterable[Table]) -> set[str]:
    return {str(constraint.name) for table in tables for constraint in table.constraints}


def _constraints_there(inspector: Inspector, tables: Sequence[str]) -> set[str]:
    names = [key["name"] for key in inspector.get_multi_pk_constraint(filter_names=tables).values()]
    for some in inspector.get_multi_unique_constraints(filter_names=tables).values():
        names += [each["name"] for each in some]
    for others in inspector.get_multi_foreign_keys(filter_names=tables).values():
        names += [each["name"] for each in others]
    for checks in inspector.get_multi_check_constraints(filter_names=tables).values():
        names += [each["name"] for each in checks]
    return {str(name) for name in names}


def _indexes(tables: Iterable[Table]) -> set[str]:
    return {str(index.name) for table in tables for index in table.indexes}


def _indexes_there(inspector: Inspector, tables: Sequence[str]) -> set[str]:
    found = inspector.get_multi_indexes(filter_names=tables)
    return {str(index["name"]) for indexes in found.values() for index in indexes}
