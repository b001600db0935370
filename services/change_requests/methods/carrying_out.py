"""What follows an approval: the change is made where the tenant's allowance is kept."""

from datetime import datetime

from services.change_requests.actors import PLATFORM
from services.change_requests.methods.recording import Step
from services.change_requests.model import ChangeRequest
from services.change_requests.rules import moved
from services.change_requests.tenant import Allowance, Tenant
from services.change_requests.tenant_store import claim_hostnames, save_allowance
from services.contract.types import ChangeRequestStatus
from services.storage.connection import Connection

_DONE = "the tenant's allowance is changed"


def carried_out(
    conn: Connection, approved: ChangeRequest, tenant: Tenant, after: Allowance, now: datetime
) -> list[Step]:
    """Carry out an approved change in the caller's transaction, and return the steps that this takes."""
    claim_hostnames(conn, tenant.customer_id, after.hostnames)
    save_allowance(conn, tenant, after, now)
    return [Step(moved(approved, ChangeRequestStatus.APPLIED, PLATFORM.actor, _DONE, now), PLATFORM, _DONE)]
