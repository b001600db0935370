"""What follows an approval: the change is made where the tenant's allowance is kept, or by the platform first."""

from datetime import datetime

import msgspec

from services.change_requests.actors import PLATFORM
from services.change_requests.granting import granted_with
from services.change_requests.methods.judged import Judged, why_not_yet
from services.change_requests.methods.recording import Step
from services.change_requests.model import ChangeRequest
from services.change_requests.rules import moved
from services.change_requests.tenant import Tenant
from services.change_requests.tenant_store import claim_hostnames, release_hostnames, save_granted
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.storage.connection import Connection

_DONE = "The tenant's allowance is changed."


def carried_out(
    conn: Connection, approved: ChangeRequest, found: Judged, now: datetime, *, platform_applies: bool
) -> list[Step]:
    """Carry out an approved change in the caller's transaction, and return the steps that this takes.

    Args:
        found: what it was judged to come to.
        platform_applies: it stands in line for the platform instead, its host names already the tenant's.

    Raises:
        Refused: `EARLIER_CHANGE_IN_LINE`; `HOSTNAME_TAKEN`.
    """
    if why := why_not_yet(found):
        raise why
    added = {*found.judgement.after.hostnames} - {*found.tenant.allowance.hostnames}
    claim_hostnames(conn, approved.customer_id, added)
    return [] if platform_applies else [made(conn, approved, found.tenant, now)]


def made(conn: Connection, approved: ChangeRequest, tenant: Tenant, now: datetime) -> Step:
    """Store that an approved change holds, and return the last step of its request.

    Raises:
        Refused: the change cannot be made on what is granted.
    """
    save_granted(conn, tenant, granted_with(approved, tenant), now)
    return _ended(approved, ChangeRequestStatus.APPLIED, _DONE, now)


def failed(conn: Connection, approved: ChangeRequest, why: str, now: datetime) -> Step:
    """Give up what an approved change was to bring, and return the last step of its request."""
    give_up(conn, approved)
    return _ended(approved, ChangeRequestStatus.FAILED, why, now)


def give_up(conn: Connection, approved: ChangeRequest) -> None:
    """Let others have the host names that an approved request was to give the tenant: it had none of them before."""
    if approved.kind is ChangeRequestKind.EXPOSURE_HOSTNAME:
        names = approved.params.get("add", "").split(", ")
        release_hostnames(conn, approved.customer_id, [name for name in names if name])


def _ended(approved: ChangeRequest, status: ChangeRequestStatus, why: str, now: datetime) -> Step:
    ended = moved(approved, status, PLATFORM.actor, why, now)
    return Step(msgspec.structs.replace(ended, last_problem=None), PLATFORM, why)
