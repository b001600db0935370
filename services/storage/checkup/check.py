"""The whole check of one database."""

from collections.abc import Iterator

import msgspec

from services.contract.clock import Clock
from services.contract.errors import Refused
from services.storage.checkup.finding import Finding
from services.storage.checkup.postgresql import may_upgrade, privileges, server
from services.storage.checkup.sqlite import file
from services.storage.checkup.structure import guards, structure
from services.storage.engine import Store
from services.storage.schema import SchemaState

_UPGRADE = "run billinghelp db upgrade"
_REMEDIES = {
    "empty": _UPGRADE,
    "older": _UPGRADE,
    "newer": "update the program: a newer one wrote this database",
    "foreign": "give Billing Help a database of its own: this one is another program's",
}
_DAMAGED = Finding(
    subject="database",
    found="it is damaged, or none of ours",
    remedy="check the database URL, or restore it from a backup",
)


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a database, one finding after the other; `schema` is null where nothing could be read."""

    schema: SchemaState | None
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What must be mended."""
        return tuple(finding for finding in self.findings if not finding.sound)


def check(store: Store, clock: Clock) -> Checkup:
    """Look a database over; nothing in it is changed. Of another schema than the current one only that much is said.

    Raises:
        Refused: `STORE_UNREACHABLE` and the like, where there is nothing to look at.
    """
    state, findings = None, list[Finding]()
    try:
        state = store.schema()
        findings.extend(_findings(store, state, clock))
    except Refused as refused:
        if refused.reason != "STORE_CORRUPT":
            raise
        findings.append(_DAMAGED)
    return Checkup(schema=state, findings=tuple(findings))


def _findings(store: Store, state: SchemaState, clock: Clock) -> Iterator[Finding]:
    if not store.missing:
        yield from _of_the_database(store, clock)
    if state.status == "current":
        yield Finding(subject="schema", found=f"current ({state.head})")
        yield from _of_the_schema(store)
    else:
        if store.kind == "postgresql":
            with store.transaction(writing=False) as conn:
                yield may_upgrade(conn)
        found = f"{state.status} (has {state.current or 'none'}, this version needs {state.head})"
        yield Finding(subject="schema", found=found, remedy=_REMEDIES[state.status])


def _of_the_database(store: Store, clock: Clock) -> Iterator[Finding]:
    with store.transaction(writing=False) as conn:
        if store.path is None:
            yield from server(conn, clock, store.connections)
        else:
            yield from file(conn, store.path, store.damage())


def _of_the_schema(store: Store) -> Iterator[Finding]:
    with store.transaction(writing=False) as conn:
        yield from structure(conn)
        yield guards(conn)
        if store.path is None:
            yield privileges(conn)
