"""Values ready to read, spelled one way everywhere: `12.50 h`, `$12.34`, `2026-10-31`, `12 days`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.contract.types import (
    AUDITED_TITLES,
    Area,
    BillingInterval,
    BillingState,
    ChecklistStatus,
    EntryKind,
    HandoffTo,
    Ownership,
    PaymentRail,
    Resource,
    SubscriptionStatus,
    Unit,
)

STATE_TITLES = {
    BillingState.NEEDS_REVIEW: "Needs review",
    BillingState.VERIFIED: "Verified",
    BillingState.TRIAL_APPROVED: "Trial approved",
}
RAIL_TITLES = {
    PaymentRail.INVOICE: "Invoice",
    PaymentRail.PREPAID: "Prepaid",
    PaymentRail.CARD: "Card",
    PaymentRail.TRIAL: "Trial",
    PaymentRail.NONE: "None",
}
OWNERSHIP_TITLES = {
    Ownership.EXTERNAL: "external",
    Ownership.INTERNAL: "internal",
    Ownership.PLATFORM_OWNED: "platform-owned",
}
CHECKLIST_TITLES = {
    ChecklistStatus.OPEN: "open",
    ChecklistStatus.IN_PROGRESS: "in progress",
    ChecklistStatus.COMPLETE: "complete",
    ChecklistStatus.WAIVED: "waived",
}
AREA_TITLES = {Area.PROVISIONING: "provisioning", Area.MANAGED_AI: "managed AI"}
RESOURCE_TITLES = {Resource.NODES: "nodes", Resource.USERS: "users", Resource.STORAGE: "storage"}
INTERVAL_TITLES = {BillingInterval.MONTH: "monthly", BillingInterval.YEAR: "yearly"}
SUBSCRIPTION_TITLES = {
    SubscriptionStatus.ACTIVE: "active",
    SubscriptionStatus.TRIALING: "on trial",
    SubscriptionStatus.PAST_DUE: "past due",
    SubscriptionStatus.UNPAID: "unpaid",
    SubscriptionStatus.PAUSED: "paused",
    SubscriptionStatus.INCOMPLETE: "not paid yet",
    SubscriptionStatus.INCOMPLETE_EXPIRED: "never paid",
    SubscriptionStatus.CANCELED: "cancelled",
}
LEVEL_TITLES = {"ok": "within limit", "close": "close to limit", "reached": "limit reached"}
SETUP_TITLES = {"none": "not begun", "open": "begun", "complete": "complete"}
UNIT_TITLES = {Unit.WORKSPACE_HOURS: "workspace time", Unit.AI_CENTS: "managed AI"}
KIND_TITLES = {
    EntryKind.GRANT: "granted",
    EntryKind.CONSUME: "used",
    EntryKind.EXPIRE: "expired",
    EntryKind.VOID: "voided",
    EntryKind.REVERSE: "usage reversed",
}
HANDOFF_TITLES = {
    HandoffTo.CUSTOMER: "the customer",
    HandoffTo.FINANCE: "finance",
    HandoffTo.ENGINEERING: "engineering",
}


_SIZES = (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))

# Currencies whose minor unit is not a hundredth, as Stripe lists them.
_NO_PLACES = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_THREE_PLACES = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def money(amount: int, currency: str) -> str:
    """Return an amount in minor units as `1,299.00 USD`; currencies without minor units have no places."""
    places = 0 if currency.lower() in _NO_PLACES else 3 if currency.lower() in _THREE_PLACES else 2
    return f"{Decimal(amount).scaleb(-places):,.{places}f} {currency.upper()}"


def credit(unit: Unit, amount: str) -> str:
    """Return a credit amount of the contract ("12.50" hours, "1234" cents) ready to read: `12.50 h`, `$12.34`.

    Dollars have two places, and more only where the amount has them: `$0.0025`.
    """
    if unit is Unit.WORKSPACE_HOURS:
        return f"{Decimal(amount):,.2f} h"
    dollars = Decimal(amount).scaleb(-2)
    places = max(2, -int(dollars.normalize().as_tuple().exponent))
    return f"{'-' if dollars < 0 else ''}${abs(dollars):,.{places}f}"


def size(count: int) -> str:
    """Return a number of bytes as `1.5 GiB`: with one place where that says more, rounded down."""
    name, unit = next(((name, unit) for name, unit in _SIZES if count >= unit), ("KiB", 1024))
    tenths = count * 10 // unit
    return f"{tenths // 10:,} {name}" if tenths % 10 == 0 else f"{tenths / 10:,.1f} {name}"


def date(moment: datetime) -> str:
    """Return the day of a moment in UTC: `2026-10-31`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def minute(moment: datetime) -> str:
    """Return a moment in UTC to the minute: `2026-10-31 09:05 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def days(span: timedelta) -> str:
    """Return the whole days in a span: `12 days`, `1 day`, `less than a day`."""
    count = span.days
    return "less than a day" if count == 0 else f"{count} day{'' if count == 1 else 's'}"


def action_name(method: str) -> str:
    """Return the title of an audited method by its name; other names stay as they are."""
    return AUDITED_TITLES.get(method, method)


def capital(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def join(words: list[str]) -> str:
    """Return words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
