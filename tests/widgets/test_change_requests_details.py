"""One change request in words: what is asked for, and what became of it."""

from datetime import timedelta
from typing import Any

import pytest

from services.contract.types import ChangeRequestStatus
from services.contract.views import ChangeRequestView
from tests.builders import NOW
from tests.widgets.requests_to_show import make_change, make_request
from widgets.change_requests_details import ChangeRequestDetails


def details_of(asked: ChangeRequestView, width: int = 90) -> str:
    """Return what is shown of a request."""
    details = ChangeRequestDetails()
    details.set_reactive(ChangeRequestDetails.asked, asked)
    details.set_reactive(ChangeRequestDetails.now, NOW)
    return "\n".join(line.content.plain for line in details.lines(width))


DECIDED: dict[str, Any] = {"decided_by": "olga", "decided_at": NOW, "decidable": False}


def test_what_was_decided_says_by_whom_when_and_why() -> None:
    text = details_of(make_request(status=ChangeRequestStatus.REJECTED, decision_reason="ask sales first", **DECIDED))
    assert "✗ rejected" in text
    assert f"Rejected by      olga · {NOW:%Y-%m-%d %H:%M}" in text
    assert "Because          ask sales first" in text


def test_what_the_platform_is_asked_to_apply_says_how_often_when_again_and_what_it_answered() -> None:
    text = details_of(
        make_change(
            status=ChangeRequestStatus.APPLYING,
            attempts=3,
            next_attempt_at=NOW + timedelta(minutes=5),
            last_problem="The platform answered 503.",
            **DECIDED,
        )
    )
    assert "◐ applying" in text
    again = f"again {NOW + timedelta(minutes=5):%Y-%m-%d %H:%M} (in 5 min)"
    assert f"Applying         asked the platform 3 times, {again}" in text
    assert "Its last answer  The platform answered 503." in text


@pytest.mark.parametrize(
    ("status", "told", "said"),
    [
        (ChangeRequestStatus.APPROVED, {}, "Applying         in line to be passed on to the platform"),
        (ChangeRequestStatus.APPLYING, {}, "Applying         the platform is being asked"),
        (ChangeRequestStatus.CANCELLED, {"ended_by": "tina", "end_reason": "not needed"}, "Taken back by    tina · "),
        (
            ChangeRequestStatus.CANCELLED,
            {"ended_by": "tina", "end_reason": "not needed"},
            "Because          not needed",
        ),
        (ChangeRequestStatus.EXPIRED, {}, f"Expired          {NOW + timedelta(days=12):%Y-%m-%d %H:%M}, undecided"),
        (ChangeRequestStatus.FAILED, {"end_reason": "no such class"}, "Because          no such class"),
        (ChangeRequestStatus.APPLIED, {}, f"Applied          {NOW:%Y-%m-%d %H:%M}"),
    ],
)
def test_how_it_ended_is_said_in_words(status: ChangeRequestStatus, told: dict[str, Any], said: str) -> None:
    assert said in details_of(make_change(status=status, ended_at=NOW, **told))
