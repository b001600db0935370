"""Who may decide a request, and how what is asked for reads."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.model import ChangeRequest
from services.change_requests.rules import undecidable
from services.change_requests.support_credit import asks_for
from services.contract.errors import Code
from services.contract.types import ChangeRequestKind, ChangeRequestStatus

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = ChangeRequest(
    customer_id="acme-eu",
    change_request_id="cr_1",
    kind=ChangeRequestKind.SUPPORT_CREDIT,
    status=ChangeRequestStatus.PENDING,
    params={"workspace_hours": "600", "ai_cents": "0"},
    reason="a long outage",
    requested_by="olga",
    requested_at=NOW,
    request_id="req-1",
)
DECIDED = msgspec.structs.replace(ASKED, decided_by="omar", decided_at=NOW)


@given(st.text(min_size=1), st.text(min_size=1))
def test_exactly_somebody_else_decides_what_is_pending(requester: str, actor: str) -> None:
    why = undecidable(msgspec.structs.replace(ASKED, requested_by=requester), actor, NOW)
    assert (None if why is None else (why.code, why.reason)) == (
        (Code.PERMISSION_DENIED, "FOUR_EYES") if actor == requester else None
    )


@pytest.mark.parametrize("actor", ["olga", "omar", "ona"])
@pytest.mark.parametrize(("status", "verb"), [("applied", "approved"), ("rejected", "rejected")])
def test_nobody_decides_twice_and_all_are_told_who_did(actor: str, status: str, verb: str) -> None:
    why = undecidable(msgspec.structs.replace(DECIDED, status=ChangeRequestStatus(status)), actor, NOW)
    assert why is not None
    assert (why.code, why.reason) == (Code.FAILED_PRECONDITION, "ALREADY_DECIDED")
    assert why.message.startswith(f"omar {verb} this on ")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"workspace_hours": "600", "ai_cents": "50000"}, "600.00 h and $500.00"),
        ({"workspace_hours": "600", "ai_cents": "0"}, "600.00 h"),
        ({"ai_cents": "60000.5"}, "$600.005"),
    ],
)
def test_what_is_asked_for_is_read_without_what_is_not(params: dict[str, str], text: str) -> None:
    assert asks_for(params) == text
