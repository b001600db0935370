"""What an answer suggests: what its sentences recommend, never what they deny, ask or merely name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Action
from services.guidance.suggestions import suggestions
from tests.evals.answers.customers import CUSTOMERS
from tests.services.guidance.test_checks import texts

TRIAL = "`t` {{action.ApproveTrial.title}}"
VERIFY = "`v` {{action.MarkInvoiceVerified.title}}"


def suggested(template: str, customer: str = "rail_approved") -> list[Action]:
    known = CUSTOMERS[customer]
    return [suggestion.action for suggestion in suggestions(template, known.facts, known.advice)]


@pytest.mark.parametrize(
    "text",
    [
        f"Take {TRIAL}.",
        f"{TRIAL} is allowed.",
        f"- {TRIAL}",
        f"Nothing else helps, so use {TRIAL}.",
        f"Do not wait: {TRIAL} is allowed.",
        f"Do not take {TRIAL}.\n\nOr rather, do take {TRIAL}.",
    ],
)
def test_what_is_recommended_or_said_to_be_allowed_is_suggested(text: str) -> None:
    assert suggested(text) == [Action.APPROVE_TRIAL]


@pytest.mark.parametrize(
    "text",
    [
        f"Do not take {TRIAL}: that is not the way.",
        f"{TRIAL} is not needed.",
        f"There is no reason for {TRIAL} here.",
        f"Should I take {TRIAL}?",
        f"**Not available now**\n\n- {TRIAL}",
        "Take `t`.",
        "",
    ],
)
def test_what_is_denied_asked_or_not_referred_to_is_not(text: str) -> None:
    assert suggested(text) == []


def test_the_way_out_comes_first() -> None:
    assert suggested(f"{TRIAL} or {VERIFY}.") == [Action.MARK_INVOICE_VERIFIED, Action.APPROVE_TRIAL]


@given(texts, st.sampled_from(sorted(CUSTOMERS)))
def test_no_text_suggests_what_is_not_allowed(text: str, customer: str) -> None:
    assert set(suggested(text, customer)) <= set(CUSTOMERS[customer].advice.allowed_actions)
