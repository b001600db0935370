"""What a tenant of a tier might ask for, chosen from the tier's own bounds: at their edges, where they matter. Pure."""

from collections.abc import Sequence

from services.change_requests.policy.bounds import ANY, Choices, TierPolicy
from services.contract.quantities import MAX_QUANTITY, format_bytes, parse_bytes
from services.contract.types import ChangeRequestKind

Desired = dict[str, str]

# Reserved for examples (RFC 2606, RFC 5737): nobody's name, nobody's network.
_HOST = "shop.example.com"
_NETWORK = "203.0.113.0/24"


def examples(kind: ChangeRequestKind, tier: TierPolicy) -> list[Desired]:
    """Return desired values of one kind of change."""
    match kind:
        case ChangeRequestKind.RESOURCE_QUOTA:
            edges = (tier.resource_quota.auto_approve, tier.resource_quota.review)
            return [{"cpu": bound.cpu, "memory": bound.memory} for bound in edges]
        case ChangeRequestKind.STORAGE_QUOTA:
            return [{"storage": amount} for amount in _storage(tier)]
        case ChangeRequestKind.EGRESS:
            hosts = [_below(tier.egress.auto_approve.hosts), _HOST]
            named: list[Desired] = [{"hosts": host, "ports": "443"} for host in dict.fromkeys(hosts)]
            return [*named, {"networks": _NETWORK, "ports": "443"}]
        case ChangeRequestKind.EXPOSURE_HOSTNAME:
            names = [_below(tier.exposure_hostname.auto_approve.domains), _HOST]
            return [{"add": name} for name in dict.fromkeys(names)]
        case ChangeRequestKind.INGRESS_CLASS:
            return [{"add": name} for name in _offered(tier.ingress_class.review)]
        case ChangeRequestKind.OPERATOR_CAPABILITY:
            return [{"add": name} for name in _offered(tier.operator_capability.review)]
        case ChangeRequestKind.ASSIGNMENT_MODE:
            return [{"mode": name} for name in _offered(tier.assignment_mode.review)]
        case ChangeRequestKind.BACKUP_POLICY:
            longest = tier.backup_policy.auto_approve.most_days
            return [{"retention_days": str(longest)}, {"schedule": "none"}, {"default_protection": "no"}]
        case _:
            return []


def _storage(tier: TierPolicy) -> list[str]:
    at_once, most = tier.storage_quota.auto_approve.storage, tier.storage_quota.review.storage
    twice = 2 * parse_bytes(most)
    return [at_once, most, *([format_bytes(twice)] if twice <= MAX_QUANTITY else [])]


def _below(patterns: Sequence[str]) -> str:
    """Return a host name that the first of some patterns allows."""
    if patterns == ANY or not patterns:
        return _HOST
    return patterns[0].replace("*.", "shop.")


def _offered(bound: Choices) -> list[str]:
    return list(dict.fromkeys(bound.values))
