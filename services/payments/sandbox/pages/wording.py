"""How the pages say dates, prices and states."""

from datetime import UTC, datetime
from typing import Any

from services.contract.wording import money

INVOICE_TONES = {"paid": "good", "open": "", "void": "", "uncollectible": "bad"}
"""The colour class of an issued invoice's status; the word itself always stands beside it."""

INTERVAL_TITLES = {"day": "Daily", "week": "Weekly", "month": "Monthly", "year": "Yearly"}
"""The tab of a billing cycle, shortest cycle first."""


def day(moment: int) -> str:
    """Return the day of a moment in unix seconds, in UTC: `1 December 2026`."""
    date = datetime.fromtimestamp(moment, UTC)
    return f"{date.day} {date:%B %Y}"


def rhythm(price: dict[str, Any]) -> str:
    """Return how often a price is due: `per month`, `every 3 months`, or `once`."""
    recurring = price["recurring"]
    if recurring is None:
        return "once"
    interval, count = recurring["interval"], recurring["interval_count"]
    return f"per {interval}" if count == 1 else f"every {count} {interval}s"


def price_text(price: dict[str, Any], quantity: int = 1) -> str:
    """Return what `quantity` of a price costs: `49.00 USD per month`."""
    return f"{money(price['unit_amount'] * quantity, price['currency'])} {rhythm(price)}"


def card_title(method: dict[str, Any]) -> str:
    """Return a card as people know it: `Visa •••• 4242`."""
    card = method["card"]
    brand = {"amex": "American Express", "mastercard": "Mastercard", "diners": "Diners Club", "jcb": "JCB"}
    return f"{brand.get(card['brand'], card['brand'].title())} •••• {card['last4']}"


def card_expiry(method: dict[str, Any]) -> str:
    """Return a card's expiry: `04 / 30`."""
    return f"{method['card']['exp_month']:02} / {method['card']['exp_year'] % 100:02}"


def customer_name(invoice: dict[str, Any]) -> str:
    """Return whom an invoice is for, as well as it knows."""
    return str(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"])


def invoice_moment(invoice: dict[str, Any]) -> str:
    """Return since when an issued invoice is what it is, or until when it can be paid: `on 1 December 2026`."""
    passed = invoice["status_transitions"]
    if invoice["status"] == "open":
        return f"due {day(invoice['due_date'])}" if invoice["due_date"] else f"since {day(passed['finalized_at'])}"
    kind = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}[invoice["status"]]
    return f"on {day(passed[kind])}"
