"""What a tenant may use before anything was granted. Pure."""

from services.change_requests.policy import TierPolicy
from services.change_requests.quantities import parse_bytes, parse_cpu
from services.change_requests.tenant import Allowance


def initial_allowance(tier: TierPolicy) -> Allowance:
    """Return what a tenant of a tier begins with: its self-service bounds, nowhere to connect to, nothing exposed."""
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
