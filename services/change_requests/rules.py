"""Who may decide a request. Pure (PRODUCT.md §3: four-eyes)."""

from services.change_requests.model import ChangeRequest
from services.contract.errors import Code, Refused, precondition
from services.contract.types import ChangeRequestStatus
from services.contract.wording import minute

_DECIDED = {ChangeRequestStatus.APPLIED: "approved", ChangeRequestStatus.REJECTED: "rejected"}


def undecidable(request: ChangeRequest, actor: str) -> Refused | None:
    """Return why `actor` cannot decide the request, or None where they can."""
    if request.status is not ChangeRequestStatus.PENDING:
        when = f" on {minute(request.decided_at)}" if request.decided_at else ""
        return precondition(
            "ALREADY_DECIDED",
            f"{request.decided_by} {_DECIDED[request.status]} this{when}: there is nothing to decide.",
        )
    if request.requested_by == actor:
        return Refused(
            Code.PERMISSION_DENIED, "FOUR_EYES", "You asked for this yourself: another operator must decide it."
        )
    return None
