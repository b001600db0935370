"""The life of a request: every status and what may follow it."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change_requests.model import ChangeRequest
from services.change_requests.rules import LIFE, OPEN, has_expired, moved, uncancellable, undecidable
from services.contract.types import ChangeRequestStatus
from tests.services.change_requests.test_rules import ASKED, NOW

STATUSES = st.sampled_from(ChangeRequestStatus)
LATER = NOW + timedelta(days=1)
WAITING = msgspec.structs.replace(ASKED, expires_at=LATER)


def standing(status: ChangeRequestStatus) -> ChangeRequest:
    return msgspec.structs.replace(WAITING, status=status, decided_by="omar", decided_at=NOW)


@given(st.lists(STATUSES, max_size=6))
def test_a_request_goes_only_where_its_life_leads_and_ends_for_good(path: list[ChangeRequestStatus]) -> None:
    request = WAITING
    for status in path:
        if status in LIFE[request.status]:
            request = moved(request, status, "omar", "seen", NOW)
            assert request.status is status
        else:
            with pytest.raises(ValueError, match="is not followed by"):
                moved(request, status, "omar", "seen", NOW)
    assert (request.status in OPEN) == bool(LIFE[request.status])


def test_what_is_applied_was_approved_before() -> None:
    for status, following in LIFE.items():
        if ChangeRequestStatus.APPLIED in following:
            assert status in {ChangeRequestStatus.APPROVED, ChangeRequestStatus.APPLYING}


def test_a_decision_and_an_end_are_told_apart() -> None:
    approved = moved(WAITING, ChangeRequestStatus.APPROVED, "omar", "needed", NOW)
    assert (approved.decided_by, approved.decided_at, approved.decision_reason) == ("omar", NOW, "needed")
    assert approved.ended_by is None
    applying = moved(approved, ChangeRequestStatus.APPLYING, "platform", None, LATER)
    assert applying.next_attempt_at == LATER
    failed = moved(applying, ChangeRequestStatus.FAILED, "platform", "no such cluster", LATER)
    assert (failed.ended_by, failed.end_reason, failed.next_attempt_at) == ("platform", "no such cluster", None)
    assert failed.decided_by == "omar"


@pytest.mark.parametrize(("after", "expired"), [(-timedelta(microseconds=1), False), (timedelta(), True)])
def test_a_request_expires_at_its_time_booked_or_not(after: timedelta, expired: bool) -> None:
    now = LATER + after
    assert has_expired(WAITING, now) is expired
    refusals = [undecidable(WAITING, "omar", now), uncancellable(WAITING, now)]
    assert [why and why.reason for why in refusals] == ["REQUEST_EXPIRED" if expired else None] * 2


@pytest.mark.parametrize(
    ("status", "decide", "cancel"),
    [
        ("pending", None, None),
        ("approved", "ALREADY_DECIDED", None),
        ("applying", "ALREADY_DECIDED", "BEING_APPLIED"),
        ("applied", "ALREADY_DECIDED", "ALREADY_DECIDED"),
        ("rejected", "ALREADY_DECIDED", "ALREADY_DECIDED"),
        ("failed", "ALREADY_DECIDED", "ALREADY_DECIDED"),
        ("cancelled", "REQUEST_CANCELLED", "REQUEST_CANCELLED"),
        ("expired", "REQUEST_EXPIRED", "REQUEST_EXPIRED"),
    ],
)
def test_who_comes_too_late_is_told_what_happened(status: str, decide: str | None, cancel: str | None) -> None:
    request = standing(ChangeRequestStatus(status))
    refusals = [undecidable(request, "ona", NOW), uncancellable(request, NOW)]
    assert [why and why.reason for why in refusals] == [decide, cancel]
