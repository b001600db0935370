"""Resource quota: how many processors and how much memory all workspaces of a tenant may use together. Pure."""

from services.change_requests.kinds.model import Field
from services.change_requests.kinds.quota import Amount, quota_kind
from services.contract.quantities import format_bytes, format_cpu, parse_bytes, parse_cpu
from services.contract.types import ChangeRequestKind

_CPU = Amount(
    field=Field(
        name="cpu",
        label="CPU",
        example="8",
        hint="Processors for all workspaces together: 2, 0.5, or 500m for half of one.",
    ),
    unit="CPU",
    phrase="{} CPU",
    read=parse_cpu,
    write=format_cpu,
)
_MEMORY = Amount(
    field=Field(
        name="memory",
        label="Memory",
        example="4Gi",
        hint="Memory for all workspaces together: 4Gi, or 512Mi.",
    ),
    unit="memory",
    phrase="{} of memory",
    read=parse_bytes,
    write=format_bytes,
)

KIND = quota_kind(
    ChangeRequestKind.RESOURCE_QUOTA,
    (_CPU, _MEMORY),
    lambda policy: policy.resource_quota,
    example="Immich import needs 200 Gi storage and 4 Gi memory for initial library processing.",
)
