"""What an action changes, as lines of before → after. Pure: previews and audit payloads say the same."""

from datetime import datetime

from services.billing.model import CustomerFacts
from services.billing.rules import blockers
from services.contract.types import Unit
from services.contract.views import Change
from services.contract.wording import CHECKLIST_TITLES, RAIL_TITLES, STATE_TITLES, credit, minute
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
    left = {unit: format_amount(unit, available_now(facts.credits.lots, unit, now)) for unit in Unit}
    return [
        ("Billing state", STATE_TITLES[billing.state]),
        ("Payment rail", RAIL_TITLES[billing.payment_rail]),
        ("Trial ends", minute(billing.trial_ends_at) if billing.trial_ends_at else "–"),
        ("Workspace hours", credit(Unit.WORKSPACE_HOURS, left[Unit.WORKSPACE_HOURS])),
        ("AI credit", credit(Unit.AI_CENTS, left[Unit.AI_CENTS])),
        ("Billing checklist", CHECKLIST_TITLES[facts.billing_item] if facts.billing_item else "none"),
        ("Blockers", str(count) if count else "none"),
    ]
