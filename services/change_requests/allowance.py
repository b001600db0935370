"""What a tenant may use: what its tier gives without a request, and what was granted beside that. Pure.

A grant outlives a change of the policy or of the tier, and whoever was granted nothing follows both.
"""

from services.change_requests.policy.bounds import TierPolicy
from services.change_requests.tenant import Allowance, Granted
from services.contract.quantities import parse_bytes, parse_cpu


def given_by(tier: TierPolicy) -> Allowance:
    """Return what a tier gives: its self-service bounds, nowhere to connect to, nothing exposed."""
    compute = tier.resource_quota.self_service
    return Allowance(
        cpu=parse_cpu(compute.cpu),
        memory=parse_bytes(compute.memory),
        storage=parse_bytes(tier.storage_quota.self_service.storage),
        ingress_classes=tuple(sorted(set(tier.ingress_class.self_service.values))),
        capabilities=tuple(sorted(set(tier.operator_capability.self_service.values))),
        assignment_mode=tier.assignment_mode.self_service.values[0],
        backup=tier.backup,
    )


def allowance_of(given: Allowance, granted: Granted) -> Allowance:
    """Return what a tenant may use: the larger amounts, all that either list names, and what was chosen."""
    return Allowance(
        cpu=max(given.cpu, granted.cpu),
        memory=max(given.memory, granted.memory),
        storage=max(given.storage, granted.storage),
        egress=granted.egress,
        hostnames=granted.hostnames,
        ingress_classes=tuple(sorted({*given.ingress_classes, *granted.ingress_classes})),
        capabilities=tuple(sorted({*given.capabilities, *granted.capabilities})),
        assignment_mode=granted.assignment_mode or given.assignment_mode,
        backup=granted.backup or given.backup,
    )


def granted_after(granted: Granted, given: Allowance, before: Allowance, after: Allowance) -> Granted:
    """Return what is granted once a tenant may use `after` instead of `before`; what does not change stays granted."""
    return Granted(
        cpu=granted.cpu if after.cpu == before.cpu else _beyond(after.cpu, given.cpu),
        memory=granted.memory if after.memory == before.memory else _beyond(after.memory, given.memory),
        storage=granted.storage if after.storage == before.storage else _beyond(after.storage, given.storage),
        egress=after.egress,
        hostnames=after.hostnames,
        ingress_classes=_names(granted.ingress_classes, before.ingress_classes, after.ingress_classes),
        capabilities=_names(granted.capabilities, before.capabilities, after.capabilities),
        assignment_mode=(
            granted.assignment_mode if after.assignment_mode == before.assignment_mode else after.assignment_mode
        ),
        backup=granted.backup if after.backup == before.backup else after.backup,
    )


def _beyond(amount: int, given: int) -> int:
    return 0 if amount == given else amount


def _names(granted: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(({*granted} | ({*after} - {*before})) & {*after}))
