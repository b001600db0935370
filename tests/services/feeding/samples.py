"""Records of the import format for tests, and the two kinds of file they come in."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from services.contract.ids import NewId
from services.feeding.csv_rows import COLUMNS, LIST_COLUMNS
from services.feeding.model import BadLine, ImportedCustomer
from services.feeding.parse import parse

Record = dict[str, Any]

GROUPS = ("billing", "use")
"""The fields that hold fields, which CSV flattens."""

# PRODUCT.md §6, to the letter, but for the parent.
ACME: Record = {
    "customer_id": "acme-eu",
    "legal_name": "Acme GmbH",
    "ownership": "external",
    "parent_customer_id": None,
    "billing": {
        "state": "needs_review",
        "review_reference": None,
        "payment_rail": "invoice",
        "usage_tier": "growth",
        "invoice_rail_approved": True,
        "commercial_reference": "PO-7781",
        "trial_ends_at": None,
    },
    "checklist": [{"item": "billing", "status": "open"}],
    "credit_grants": [
        {
            "unit": "workspace_hours",
            "amount": "40",
            "category": "paid",
            "effective_at": None,
            "expires_at": "2027-01-31T00:00:00Z",
            "source": "order-1182",
        }
    ],
    "usage": [{"unit": "workspace_hours", "amount": "3.25", "occurred_at": "2026-10-02T09:00:00Z"}],
    "payment_method_on_file": None,
    "automatic_collection": False,
    "invoices": [
        {
            "number": "INV-7",
            "amount": 129900,
            "currency": "usd",
            "status": "open",
            "issued_at": "2026-10-01T00:00:00Z",
            "due_at": "2026-10-31T00:00:00Z",
        }
    ],
    "stripe_customer_id": None,
    "use": {"cpu": "2500m", "memory": "12Gi", "storage": "80Gi"},
}


def record(**fields: Any) -> Record:
    """Return the least that an import takes, with some fields more; a name may be dotted."""
    made: Record = {"customer_id": "acme-eu", "legal_name": "Acme GmbH"}
    for name, value in fields.items():
        made[name] = value
    return made


def grant(**fields: Any) -> Record:
    """Return a valid credit grant, but for what is given."""
    return {"unit": "workspace_hours", "amount": "40", "category": "paid"} | fields


def use(**fields: Any) -> Record:
    """Return a valid use, but for what is given."""
    return {"unit": "workspace_hours", "amount": "3.25", "occurred_at": "2026-10-02T09:00:00Z"} | fields


def invoice(**fields: Any) -> Record:
    """Return a valid invoice, but for what is given."""
    issued = {"number": "INV-7", "amount": 129900, "currency": "usd", "status": "open"}
    return issued | {"issued_at": "2026-10-01T00:00:00Z"} | fields


def jsonl(*records: Any) -> bytes:
    """Return a JSONL file."""
    return "".join(json.dumps(r) + "\n" for r in records).encode()


def csv_file(*records: Mapping[str, Any], columns: Iterable[str] = COLUMNS) -> bytes:
    """Return a CSV file as a spreadsheet writes it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    writer.writerows(_row(r) for r in records)
    return text.getvalue().encode()


def parsed(content: bytes, file_format: str = "jsonl") -> list[ImportedCustomer | BadLine]:
    """Return what the lines of a file say, without their numbers."""
    return [found for _, found in parse(content, "csv" if file_format == "csv" else "jsonl")]


def customer(content: bytes, file_format: str = "jsonl") -> ImportedCustomer:
    """Return the one good customer of a file."""
    (found,) = parsed(content, file_format)
    assert isinstance(found, ImportedCustomer), found
    return found


def reason(content: bytes, file_format: str = "jsonl") -> str:
    """Return why the one line of a file is bad."""
    (found,) = parsed(content, file_format)
    assert isinstance(found, BadLine), found
    return found.reason


def counting_ids() -> NewId:
    """Return a maker of ids that are easy to read: `txn_0`, `grant_1`, …"""
    numbers = count()
    return lambda prefix: f"{prefix}_{next(numbers)}"


def _row(fields: Mapping[str, Any]) -> dict[str, str]:
    flat = {name: value for name, value in fields.items() if name not in GROUPS}
    flat |= {f"{group}.{name}": value for group in GROUPS for name, value in (fields.get(group) or {}).items()}
    return {name: _cell(name, value) for name, value in flat.items()}


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in LIST_COLUMNS or isinstance(value, bool):
        return json.dumps(value)
    return str(value)
