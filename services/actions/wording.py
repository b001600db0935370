"""What an action says to a person: the preview before it and the notice after it. Pure."""

from collections.abc import Iterable
from datetime import datetime

from services.actions.diff import changes
from services.actions.model import Effect, Kind
from services.billing.model import CustomerFacts
from services.billing.rules import Blocker, blockers
from services.billing.wording import TITLES
from services.contract.errors import Refused
from services.contract.types import ACTION_TITLES
from services.contract.views import ActionPreview, BlockerRef, SupportCreditLimits


def notice(kind: Kind, effect: Effect, before: CustomerFacts, after: CustomerFacts, now: datetime) -> str:
    """Return what was done, and what is left: after the last blocker, what to ask of the customer (PRODUCT.md §3)."""
    done = f"{after.customer.legal_name} {kind.done(effect)}."
    if left := blockers(after, now):
        return f"{done} Still blocked: {'; '.join(TITLES[b.code] for b in left)}."
    if blockers(before, now):
        return f"{done} Nothing blocks them now: ask the customer to retry provisioning."
    return done


def action_preview(
    kind: Kind,
    before: CustomerFacts,
    outcome: CustomerFacts | Refused,
    limits: SupportCreditLimits | None,
    now: datetime,
    *,
    over: Refused | None = None,
) -> ActionPreview:
    """Return the preview of an action whose outcome would be these facts, or this refusal.

    `over`: why it needs somebody else's approval, where it does.
    """
    refused = outcome if isinstance(outcome, Refused) else None
    after = before if isinstance(outcome, Refused) else outcome
    had, has = blockers(before, now), blockers(after, now)
    codes_before, codes_after = {b.code for b in had}, {b.code for b in has}
    return ActionPreview(
        customer_id=before.customer.customer_id,
        legal_name=before.customer.legal_name,
        action=kind.action,
        title=ACTION_TITLES[kind.action],
        etag=before.billing.etag,
        allowed=refused is None,
        reason=why.reason if (why := refused or over) else None,
        message=why.message if why else None,
        changes=[] if refused else changes(before, after, now),
        blockers_removed=_refs(b for b in had if b.code not in codes_after),
        blockers_remaining=_refs(b for b in has if b.code in codes_before),
        blockers_added=_refs(b for b in has if b.code not in codes_before),
        limits=limits,
        needs_approval=over is not None,
    )


def _refs(found: Iterable[Blocker]) -> list[BlockerRef]:
    return [BlockerRef(code=b.code, title=TITLES[b.code]) for b in found]
