"""What an action changes, as lines of before → after. Pure: previews and audit payloads say the same."""

from datetime import datetime

from services.billing.model import CustomerFacts
from services.billing.rules import blockers
from services.billing.wording import words
from services.contract.types import Unit
from services.contract.views import Change
from services.credits.rules import available_now
from services.credits.units import format_amount


def changes(before: CustomerFacts, after: CustomerFacts, now: datetime) -> list[Change]:
    """Return the lines that differ, in the order of the summary; the count of blockers is always told."""
    lines = zip(_lines(before, now), _lines(after, now), strict=True)
    return [
        Change(label=label, before=old, after=new)
        for (label, old), (_label, new) in lines
        if old != new or label == "Blockers"
    ]


def _lines(facts: CustomerFacts, now: datetime) -> list[tuple[str, str]]:
    billing = facts.billing
    count = len(blockers(facts, now))
    cents = format_amount(Unit.AI_CENTS, available_now(facts.credits.lots, Unit.AI_CENTS, now))
    return [
        ("Billing state", words(billing.state)),
        ("Payment rail", words(billing.payment_rail)),
        ("Trial ends", billing.trial_ends_at.strftime("%Y-%m-%d %H:%M UTC") if billing.trial_ends_at else "–"),
        (
            "Workspace hours",
            format_amount(Unit.WORKSPACE_HOURS, available_now(facts.credits.lots, Unit.WORKSPACE_HOURS, now)),
        ),
        ("AI cents", cents),
        ("Billing checklist", words(facts.billing_item).lower() if facts.billing_item else "none"),
        ("Blockers", str(count) if count else "none"),
    ]
