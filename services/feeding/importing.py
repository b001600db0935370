"""The second reading of an import file: customers are created, updated or left as they are, batch by batch."""

from collections.abc import Iterator
from itertools import islice

import msgspec

from services.billing.model import CustomerFacts
from services.billing.projection import project
from services.contract.context import CallContext
from services.contract.progress import Progress
from services.contract.requests import ImportCustomers
from services.contract.types import InvoiceStatus
from services.contract.views import ImportResult
from services.feeding import levels_store, store, usage_days_store
from services.feeding.history import fold_history
from services.feeding.model import BadLine, ImportedCustomer, ImportedUsage, ResourceUse
from services.feeding.parse import parse
from services.feeding.survey import Survey, rejected
from services.feeding.usage_days_store import PlacedUse
from services.storage.connection import Connection

_CUSTOMERS_AT_ONCE = 1_000  # with ten ledger entries each some 30 MB of rows, written in a dozen statements


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One file on its way into the store; `source` is its name, cleaned."""

    request: ImportCustomers
    source: str
    context: CallContext

    def run(self, conn: Connection, surveyed: Survey, progress: Progress) -> ImportResult:
        """Carry the import out on a write connection; a dry run writes nothing and does with a read connection.

        Raises:
            Refused: `IMPORT_REJECTED`, when a parent is neither in the file nor in the store.
        """
        _require_parents(conn, surveyed)
        created = updated = done = 0
        for batch in _batches(self.request):
            known = store.known_customers(conn, [c.customer.customer_id for c in batch])
            fresh = [imported for imported in batch if imported.customer.customer_id not in known]
            new = [self._new(imported) for imported in fresh]
            changed = list(_changed(batch, known))
            used = {c.customer.customer_id: c.use for c in batch if c.use is not None}
            if not self.request.dry_run:
                store.add_customers(conn, new, self.context.now)
                self._add_usage(conn, fresh)
                store.update_identities(conn, changed, self.context.now)
                store.save_use(conn, used, self.context.now)
            created += len(new)
            updated += len({c.after.customer_id for c in changed} | _using_otherwise(used, known))
            done += len(batch)
            progress("writing", done, surveyed.customers)
        return ImportResult(
            created=created,
            updated=updated,
            unchanged=done - created - updated,
            dry_run=self.request.dry_run,
        )

    def _new(self, imported: ImportedCustomer) -> store.NewCustomer:
        now = self.context.now
        history = fold_history(imported.grants, imported.usage, self.source, self.context.new_id)
        facts = CustomerFacts(
            customer=imported.customer,
            billing=imported.billing,
            checklist=imported.checklist,
            credits=history.credits,
            invoices=tuple(i for i in imported.invoices if i.status is InvoiceStatus.OPEN),
            latest_adjustment=None,  # it is read from the ledger; no blocker rests on it
            revision=1,
            changed_at=now,
        )
        return store.NewCustomer(
            facts=facts, invoices=imported.invoices, history=history, projection=project(facts, now)
        )

    def _add_usage(self, conn: Connection, fresh: list[ImportedCustomer]) -> None:
        usage_days_store.add(conn, {c.customer.customer_id: map(_placed, c.usage) for c in fresh})
        measured = {c.customer.customer_id: c.levels for c in fresh if c.levels}
        levels_store.add_levels(conn, measured, self.source)


def _placed(use: ImportedUsage) -> PlacedUse:
    return PlacedUse(use.occurred_at, use.namespace, use.resource, use.unit, use.amount)


def _require_parents(conn: Connection, surveyed: Survey) -> None:
    found = store.existing_ids(conn, list(surveyed.lines_by_parent))
    missing = [
        BadLine(line, f"parent_customer_id {parent} is neither in this file nor a customer here")
        for parent, lines in surveyed.lines_by_parent.items()
        if parent not in found
        for line in lines
    ]
    if missing:
        raise rejected(missing)


def _changed(batch: list[ImportedCustomer], known: dict[str, store.KnownCustomer]) -> Iterator[store.ChangedIdentity]:
    for imported in batch:
        before = known.get(imported.customer.customer_id)
        if before is not None:
            # Whose the customer is, is not an import's to change. Who they are at Stripe may be known from elsewhere: a
            # file that does not know it takes nothing away.
            account_id = imported.customer.stripe_customer_id or before.customer.stripe_customer_id
            after = msgspec.structs.replace(
                imported.customer, ownership=before.customer.ownership, stripe_customer_id=account_id
            )
            if after != before.customer:
                yield store.ChangedIdentity(before=before, after=after)


def _using_otherwise(used: dict[str, ResourceUse], known: dict[str, store.KnownCustomer]) -> set[str]:
    return {customer_id for customer_id in used.keys() & known if used[customer_id] != known[customer_id].use}


def _batches(request: ImportCustomers) -> Iterator[list[ImportedCustomer]]:
    customers = _customers(request)
    while batch := list(islice(customers, _CUSTOMERS_AT_ONCE)):
        yield batch


def _customers(request: ImportCustomers) -> Iterator[ImportedCustomer]:
    for _, found in parse(request.content, request.format):
        if isinstance(found, BadLine):
            raise AssertionError(f"line {found.line} was good at the first reading")  # noqa: TRY004
        yield found
