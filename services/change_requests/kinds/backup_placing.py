"""Within which bounds of a tier's policy it lies to back up in another way. Pure."""

from collections.abc import Callable

from services.change_requests.kinds.model import Placement
from services.change_requests.kinds.placing import severest
from services.change_requests.policy.bounds import Backups, Bounds
from services.change_requests.tenant import Backup
from services.contract.types import PolicyDecision
from services.contract.wording import capital


def place(before: Backup, after: Backup, bounds: Bounds[Backups]) -> Placement:
    """Return within which bound it lies to go from `before` to `after`: what stays as it is is not judged again."""
    placed = []
    if after.schedule != before.schedule:
        placed.append(
            _part(f"the schedule {after.schedule}", bounds, lambda bound: after.schedule in bound.schedules, _schedules)
        )
    # Longer costs room and shorter costs safety: each is bounded at its own end.
    if (days := after.retention_days) > before.retention_days:
        placed.append(_part(_retention(days), bounds, lambda bound: days <= bound.most_days, _at_most))
    elif days < before.retention_days:
        less = f"{_retention(days)} instead of {before.retention_days}"
        placed.append(_part(less, bounds, lambda bound: days >= bound.least_days, _at_least))
    if (protected := after.default_protection) != before.default_protection:
        what = f"switching default protection {'on' if protected else 'off'}"
        placed.append(_part(what, bounds, lambda bound: protected or bound.unprotected, lambda _: "leaving it on"))
    whole = severest(placed)
    return Placement(whole.decision, capital(whole.because))


def in_days(days: int) -> str:
    """Return a number of days: `30 days`, `1 day`."""
    return f"{days} day{'' if days == 1 else 's'}"


def _part(
    what: str, bounds: Bounds[Backups], allows: Callable[[Backups], bool], limit: Callable[[Backups], str]
) -> Placement:
    """Return within which bound one difference lies; its reason has no full stop yet."""
    if allows(bounds.self_service):
        return Placement(PolicyDecision.SELF_SERVICE, f"{what} needs no request on this tier")
    if allows(bounds.auto_approve):
        return Placement(
            PolicyDecision.AUTO_APPROVE,
            f"{what} is approved at once on this tier: only {limit(bounds.self_service)} needs no request",
        )
    if allows(bounds.review):
        return Placement(
            PolicyDecision.REVIEW,
            f"{what} needs an operator's approval on this tier: only {limit(bounds.auto_approve)} is approved at once",
        )
    return Placement(
        PolicyDecision.NEVER, f"{what} is not possible on this tier: only {limit(bounds.review)} may be approved"
    )


def _retention(days: int) -> str:
    return f"a retention of {in_days(days)}"


def _at_most(bound: Backups) -> str:
    return f"up to {in_days(bound.most_days)}"


def _at_least(bound: Backups) -> str:
    return f"{in_days(bound.least_days)} or more"


def _schedules(bound: Backups) -> str:
    return " or ".join(bound.schedules) or "the schedule as it is"
