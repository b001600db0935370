"""What a tenant is granted once an approved change is made. Pure.

What was approved is not judged again, neither by what is in use by now nor by what the tier gives by now: a grant is
what was approved, and what a tier gives comes beside it.
"""

import msgspec

from services.change_requests.allowance import allowance_of, granted_after
from services.change_requests.kinds.registry import KIND_BY_CODE
from services.change_requests.model import ChangeRequest
from services.change_requests.tenant import Granted, Tenant
from services.contract.errors import Refused


def granted_with(approved: ChangeRequest, tenant: Tenant) -> Granted:
    """Return what is granted once an approved change is made; unchanged, where it was granted already.

    Raises:
        Refused: the change cannot be made on what is granted.
    """
    kind = KIND_BY_CODE[approved.kind]
    nothing = msgspec.structs.replace(
        tenant.given, cpu=0, memory=0, storage=0, ingress_classes=(), capabilities=(), assignment_mode=""
    )
    grants_alone = msgspec.structs.replace(
        tenant, use=None, given=nothing, allowance=allowance_of(nothing, tenant.granted)
    )
    try:
        wanted = kind.parse(approved.params, grants_alone)
    except Refused as refused:
        if refused.reason == "NOTHING_TO_CHANGE":
            return tenant.granted
        raise
    after = kind.after(wanted, grants_alone)
    return granted_after(tenant.granted, tenant.given, grants_alone.allowance, after)
