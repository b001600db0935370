"""An approved change in the words in which the platform is told of it. Pure."""

from services.change_requests.model import ChangeRequest
from services.change_requests.tenant import Allowance
from services.contract.quantities import format_bytes, format_cpu
from services.platform.port import ChangeOrder, OrderedAllowance, OrderedBackup, OrderedEgress


def order_of(approved: ChangeRequest, before: Allowance, after: Allowance) -> ChangeOrder:
    """Return what the platform is told of an approved change of a tenant's allowance.

    Raises:
        ValueError: nobody approved it.
    """
    if approved.decided_by is None or approved.decided_at is None or approved.policy_version is None:
        raise ValueError(f"{approved.change_request_id} is not approved")
    return ChangeOrder(
        change_request_id=approved.change_request_id,
        customer_id=approved.customer_id,
        kind=approved.kind,
        desired=approved.params,
        before=_ordered(before),
        after=_ordered(after),
        reason=approved.reason,
        requested_by=approved.requested_by,
        decided_by=approved.decided_by,
        decided_at=approved.decided_at,
        policy_version=approved.policy_version,
    )


def _ordered(allowance: Allowance) -> OrderedAllowance:
    backup = allowance.backup
    return OrderedAllowance(
        cpu=format_cpu(allowance.cpu),
        memory=format_bytes(allowance.memory),
        storage=format_bytes(allowance.storage),
        egress=[OrderedEgress(rule.target, list(rule.ports)) for rule in allowance.egress],
        hostnames=list(allowance.hostnames),
        ingress_classes=list(allowance.ingress_classes),
        capabilities=list(allowance.capabilities),
        assignment_mode=allowance.assignment_mode,
        backup=OrderedBackup(
            schedule=backup.schedule,
            retention_days=backup.retention_days,
            default_protection=backup.default_protection,
        ),
    )
