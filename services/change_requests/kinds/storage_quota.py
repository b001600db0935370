"""Storage quota: how much all workspaces of a tenant may store together. Pure."""

from services.change_requests.kinds.model import Field
from services.change_requests.kinds.quota import Amount, quota_kind
from services.contract.quantities import format_bytes, parse_bytes
from services.contract.types import ChangeRequestKind

_STORAGE = Amount(
    field=Field(
        name="storage",
        label="Storage",
        example="200Gi",
        hint="Storage for all workspaces together: 200Gi, or 1Ti.",
    ),
    unit="storage",
    phrase="{} of storage",
    read=parse_bytes,
    write=format_bytes,
)

KIND = quota_kind(
    ChangeRequestKind.STORAGE_QUOTA,
    (_STORAGE,),
    lambda policy: policy.storage_quota,
    example="Immich import needs 200 Gi storage and 4 Gi memory for initial library processing.",
)
