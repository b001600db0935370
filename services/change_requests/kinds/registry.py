"""All kinds of change that a tenant may ask for. A new kind is one file and one line here."""

from services.change_requests.kinds import (
    assignment_mode,
    backup_policy,
    egress,
    exposure_hostname,
    ingress_class,
    operator_capability,
    resource_quota,
    storage_quota,
)

KINDS = (
    resource_quota.KIND,
    storage_quota.KIND,
    egress.KIND,
    exposure_hostname.KIND,
    ingress_class.KIND,
    operator_capability.KIND,
    assignment_mode.KIND,
    backup_policy.KIND,
)
KIND_BY_CODE = {kind.kind: kind for kind in KINDS}
