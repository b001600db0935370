"""What the quotas have in common: amounts of which a tenant may use so much, each judged by itself. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from services.change_requests.kinds.desired import given, nothing_to_change, refused
from services.change_requests.kinds.model import Field, Kind, Measure, Placement
from services.change_requests.kinds.placing import severest
from services.change_requests.policy.bounds import Bounds, TierPolicy
from services.change_requests.tenant import Allowance, Growth, Tenant
from services.contract.errors import precondition
from services.contract.types import ChangeRequestKind, PolicyDecision

Desired = Mapping[str, int]
"""Amounts by the names of their fields."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """One amount of a quota; its field has the name that it has in `Allowance`, `Use`, `Growth` and the policy.

    Args:
        unit: what it counts («memory»); `phrase`: a number of it in a sentence («{} of memory»).
        read: what a text says; raises `ValueError` with a sentence. `write` is its inverse.
    """

    field: Field
    unit: str
    phrase: str
    read: Callable[[str], int]
    write: Callable[[int], str]

    def of(self, amounts: Any) -> int:
        """Return this amount of an allowance or a use."""
        return int(getattr(amounts, self.field.name))

    def bound(self, bounds: Any) -> int:
        """Return the most that a bound of the policy allows of it."""
        return self.read(getattr(bounds, self.field.name))

    def parse(self, text: str, tenant: Tenant) -> int:
        """Return the amount that a tenant wants.

        Raises:
            Refused: `INVALID_DESIRED_VALUE`; `GIVEN_BY_TIER`; `BELOW_CURRENT_USE`.
        """
        try:
            value = self.read(text)
        except ValueError as error:
            raise refused(self.field.name, str(error)) from error
        if value < (given := self.of(tenant.given)):
            raise precondition(
                "GIVEN_BY_TIER",
                f"{self.phrase.format(self.write(given))} comes with the tenant's tier: ask for more than that.",
                field=self.field.name,
            )
        used = 0 if tenant.use is None else self.of(tenant.use)
        # What holds already takes nothing away: a form sends it again beside the amount that is to change.
        if value < used and value != self.of(tenant.allowance):
            raise precondition(
                "BELOW_CURRENT_USE",
                f"{self.phrase.format(self.write(used))} is in use: ask for at least that, or free some first.",
                field=self.field.name,
            )
        return value

    def place(self, value: int, tenant: Tenant, bounds: Bounds[Any]) -> Placement:
        """Return within which bound an amount lies; its reason has no full stop yet."""
        wanted, now = self.phrase.format(self.write(value)), self.of(tenant.allowance)
        least, at_once, most = (self.bound(each) for each in (bounds.self_service, bounds.auto_approve, bounds.review))
        if value <= least:
            return Placement(
                PolicyDecision.SELF_SERVICE, f"{wanted} is within the {self.write(least)} that needs no request"
            )
        if value <= now:
            return Placement(
                PolicyDecision.SELF_SERVICE, f"{wanted} is no more than the {self.write(now)} there is now"
            )
        if value <= at_once:
            return Placement(
                PolicyDecision.AUTO_APPROVE,
                f"{wanted} is above the {self.write(least)} that needs no request,"
                f" and within the {self.write(at_once)} that is approved at once",
            )
        if value <= most:
            return Placement(
                PolicyDecision.REVIEW,
                f"{wanted} is above the {self.write(at_once)} that is approved at once,"
                f" and within the {self.write(most)} that an operator may approve",
            )
        return Placement(
            PolicyDecision.NEVER, f"{wanted} is above {self.write(most)}, the most that is possible on this tier"
        )

    def measure(self, tenant: Tenant, bounds: Bounds[Any]) -> Measure:
        """Return the bar of the amount."""
        return Measure(
            label=self.field.label,
            used=None if tenant.use is None else self.of(tenant.use),
            allowed=self.of(tenant.allowance),
            self_service=self.bound(bounds.self_service),
            auto_approve=self.bound(bounds.auto_approve),
            review=self.bound(bounds.review),
            shown=self.write,
        )


def quota_kind(
    kind: ChangeRequestKind, amounts: tuple[Amount, ...], bounds: Callable[[TierPolicy], Bounds[Any]], example: str
) -> Kind:
    """Return the kind of change that sets `amounts`; `bounds` finds theirs in a tier's policy."""
    by_name = {amount.field.name: amount for amount in amounts}
    fields = tuple(amount.field for amount in amounts)

    def parse(desired: Mapping[str, str], tenant: Tenant) -> Desired:
        read = {name: by_name[name].parse(text, tenant) for name, text in given(desired, fields).items()}
        # What is sent along unchanged is not asked for: approved later, it would undo what was granted meanwhile.
        wanted = {name: value for name, value in read.items() if value != by_name[name].of(tenant.allowance)}
        if not wanted:
            raise nothing_to_change("This is what the tenant may use already: ask for another amount.")
        return wanted

    def place(wanted: Desired, tenant: Tenant, policy: TierPolicy) -> Placement:
        return severest([by_name[name].place(value, tenant, bounds(policy)) for name, value in wanted.items()])

    return Kind(
        kind=kind,
        fields=fields,
        example=example,
        parse=parse,
        canonical=lambda wanted: {name: by_name[name].write(value) for name, value in wanted.items()},
        after=_after,
        place=place,
        lines=lambda allowance: [(amount.field.label, amount.write(amount.of(allowance))) for amount in amounts],
        growth=lambda old, new: Growth(**{name: max(0, each.of(new) - each.of(old)) for name, each in by_name.items()}),
        impact=lambda old, new: _impact(amounts, old, new),
        grows=tuple(by_name),
        measures=lambda tenant, policy: [amount.measure(tenant, bounds(policy)) for amount in amounts],
    )


def _after(wanted: Desired, tenant: Tenant) -> Allowance:
    return msgspec.structs.replace(tenant.allowance, **wanted)


def _impact(amounts: tuple[Amount, ...], old: Allowance, new: Allowance) -> str:
    differences = [(amount, amount.of(new) - amount.of(old)) for amount in amounts]
    return ", ".join(
        f"{'+' if more > 0 else '-'}{amount.write(abs(more))} {amount.unit}" for amount, more in differences if more
    )
