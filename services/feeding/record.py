"""One record of an import (PRODUCT.md §6), whichever format it came in, made into an `ImportedCustomer`."""

import re
from collections.abc import Iterable
from typing import Any

from services.billing.model import BillingRecord, ChecklistItem, Customer, Invoice
from services.contract.quantities import parse_bytes, parse_cpu
from services.contract.types import (
    BillingState,
    Category,
    ChecklistStatus,
    InvoiceStatus,
    Ownership,
    PaymentRail,
    Unit,
)
from services.credits.model import DEFAULT_PRIORITY
from services.feeding.fields import MAX_WHOLE, Fields
from services.feeding.model import ImportedCustomer, ImportedGrant, ImportedUsage, Level, ResourceUse
from services.feeding.problems import UnreadableError, shown
from services.feeding.usage import MEASURED

MAX_PRIORITY = 100
# All grants, or all uses, of one customer and unit together: a quarter of what a database column holds.
MAX_TOTAL = 2**61
MAX_LEVEL = 2**60
"""The most of a plan's resource, as `RecordUsage` has it."""

_NAMED_PROBLEMS = 5  # more on one line say the same again

_CUSTOMER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_CUSTOMER_ID_WORDS = "1 to 64 of the characters A-Z a-z 0-9 _ . : -"
_USAGE_TIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


def read_customer(record: Any) -> ImportedCustomer:
    """Return what a record says.

    Raises:
        UnreadableError: it is no object, or its fields are wrong; the message names each, one sentence a field.
    """
    if not isinstance(record, dict):
        raise UnreadableError("this is not a JSON object: write one customer a line, between { and }")
    problems: list[str] = []
    fields = Fields(record, problems)
    found = ImportedCustomer(
        customer=_customer(fields),
        billing=_billing(fields),
        checklist=_checklist(fields),
        grants=_grants(fields),
        usage=_usage(fields),
        invoices=_invoices(fields),
        use=_use(fields),
        levels=_levels(fields),
    )
    fields.finish()
    _check_totals(fields, "credit_grants", found.grants)
    _check_totals(fields, "usage", found.usage)
    if problems:
        more = len(problems) - _NAMED_PROBLEMS
        raise UnreadableError("; ".join(problems[:_NAMED_PROBLEMS]) + (f"; and {more} more" if more > 0 else ""))
    return found


def _customer(fields: Fields) -> Customer:
    customer_id = fields.required_key("customer_id", _CUSTOMER_ID, _CUSTOMER_ID_WORDS)
    parent = fields.key("parent_customer_id", _CUSTOMER_ID, _CUSTOMER_ID_WORDS)
    if parent is not None and parent == customer_id:
        fields.note("parent_customer_id", "names the customer itself: leave it out")
    return Customer(
        customer_id=customer_id,
        legal_name=fields.required_text("legal_name"),
        ownership=fields.word("ownership", Ownership, Ownership.EXTERNAL),
        parent_customer_id=parent,
        stripe_customer_id=fields.text("stripe_customer_id"),
    )


def _billing(fields: Fields) -> BillingRecord:
    billing = fields.group("billing")
    record = BillingRecord(
        state=billing.word("state", BillingState, BillingState.NEEDS_REVIEW),
        review_reference=billing.text("review_reference"),
        payment_rail=billing.word("payment_rail", PaymentRail, PaymentRail.NONE),
        usage_tier=billing.key("usage_tier", _USAGE_TIER, "a slug of the plan catalogue, like growth"),
        invoice_rail_approved=billing.flag("invoice_rail_approved") or False,
        commercial_reference=billing.text("commercial_reference"),
        trial_ends_at=billing.moment("trial_ends_at"),
        payment_method_on_file=fields.flag("payment_method_on_file"),
        automatic_collection=fields.flag("automatic_collection") or False,
    )
    billing.finish()
    return record


def _checklist(fields: Fields) -> tuple[ChecklistItem, ...]:
    found = []
    for item in fields.items("checklist"):
        found.append(ChecklistItem(item=item.required_text("item"), status=item.word("status", ChecklistStatus)))
        item.finish()
    _check_unique(fields, "checklist", (item.item for item in found))
    return tuple(found)


def _grants(fields: Fields) -> tuple[ImportedGrant, ...]:
    found = []
    for grant in fields.items("credit_grants"):
        unit = grant.word("unit", Unit)
        effective_at, expires_at = grant.moment("effective_at"), grant.moment("expires_at")
        if effective_at is not None and expires_at is not None and expires_at <= effective_at:
            grant.note("expires_at", "must lie after effective_at")
        found.append(
            ImportedGrant(
                unit=unit,
                amount=grant.amount("amount", unit),
                category=grant.word("category", Category),
                priority=grant.whole("priority", 0, MAX_PRIORITY, DEFAULT_PRIORITY),
                effective_at=effective_at,
                expires_at=expires_at,
                source=grant.text("source"),
                reason=grant.text("reason"),
            )
        )
        grant.finish()
    return tuple(found)


def _usage(fields: Fields) -> tuple[ImportedUsage, ...]:
    found = []
    for use in fields.items("usage"):
        unit = use.word("unit", Unit)
        found.append(
            ImportedUsage(
                unit=unit,
                amount=use.amount("amount", unit),
                occurred_at=use.required_moment("occurred_at"),
                namespace=use.place("namespace"),
                resource=use.place("resource"),
            )
        )
        use.finish()
    return tuple(found)


def _levels(fields: Fields) -> tuple[Level, ...]:
    found = []
    for level in fields.items("levels"):
        found.append(
            Level(
                resource=level.word("resource", MEASURED),
                amount=level.whole("amount", 0, MAX_LEVEL),
                measured_at=level.required_moment("measured_at"),
            )
        )
        level.finish()
    _check_unique(fields, "levels", (level.resource for level in found))
    return tuple(found)


def _invoices(fields: Fields) -> tuple[Invoice, ...]:
    found = []
    for invoice in fields.items("invoices"):
        found.append(
            Invoice(
                number=invoice.required_text("number"),
                amount=invoice.whole("amount", 0, MAX_WHOLE),
                currency=invoice.required_key("currency", _CURRENCY, "three letters, like usd").lower(),
                status=invoice.word("status", InvoiceStatus),
                issued_at=invoice.required_moment("issued_at"),
                due_at=invoice.moment("due_at"),
            )
        )
        invoice.finish()
    _check_unique(fields, "invoices", (invoice.number for invoice in found))
    return tuple(found)


def _use(fields: Fields) -> ResourceUse | None:
    use = fields.group("use")
    if not use.says_something():
        return None
    found = ResourceUse(  # all three at once: what is not named is not known to be nothing
        cpu=use.quantity("cpu", parse_cpu),
        memory=use.quantity("memory", parse_bytes),
        storage=use.quantity("storage", parse_bytes),
    )
    use.finish()
    return found


def _check_unique(fields: Fields, name: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            fields.note(name, f"names {shown(key)} twice")
        seen.add(key)


def _check_totals(fields: Fields, name: str, amounts: tuple[ImportedGrant | ImportedUsage, ...]) -> None:
    for unit in Unit:
        if sum(a.amount for a in amounts if a.unit is unit) > MAX_TOTAL:
            fields.note(name, f"adds up to more {unit} than can be kept")
