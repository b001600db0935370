"""What the action dialog is about, what it makes of it, and how its last step is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from services.contract.text import clean
from services.contract.types import ACTION_TITLES, AUDITED_TITLES, CARRIED_OUT_BY, Action
from widgets.action_form import reversible_lots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.contract.views import ChangeRequestView, CustomerBillingView, LotView


class Decision(StrEnum):
    """What can be decided about a change request, by the methods' names."""

    APPROVE = "ApproveTenantChangeRequest"
    REJECT = "RejectTenantChangeRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a person is asked to confirm: an action on a customer's record, or the decision of a request for one.

    `params`: what the action's own fields begin with; `lots`: the support credits that can be reversed; `asked` and
    `decision`: the request and what is decided about it.
    """

    title: str
    customer_id: str
    legal_name: str
    action: Action
    params: Mapping[str, str] = field(default_factory=dict)
    lots: Sequence[LotView] = ()
    asked: ChangeRequestView | None = None
    decision: Decision | None = None

    @property
    def has_amounts(self) -> bool:
        """Whether amounts are entered."""
        return self.action is Action.APPLY_SUPPORT_CREDIT and self.asked is None

    @property
    def has_lots(self) -> bool:
        """Whether one of the customer's lots is chosen."""
        return self.action is Action.REVERSE_SUPPORT_CREDIT and self.asked is None

    @property
    def changes_the_record(self) -> bool:
        """Whether there is a before → after to look at; a rejection changes nothing of the record."""
        return self.decision is not Decision.REJECT


def action_subject(view: CustomerBillingView, action: Action, params: Mapping[str, str] | None = None) -> Subject:
    """Return an action on the customer of a view."""
    return Subject(
        title=ACTION_TITLES[action],
        customer_id=view.customer.customer_id,
        legal_name=view.customer.legal_name,
        action=action,
        params=params or {},
        lots=reversible_lots(view),
    )


def decision_subject(asked: ChangeRequestView, decision: Decision) -> Subject:
    """Return the decision of a request for an audited action."""
    return Subject(
        title=AUDITED_TITLES[decision],
        customer_id=asked.customer_id,
        legal_name=asked.legal_name,
        action=CARRIED_OUT_BY[asked.kind],
        asked=asked,
        decision=decision,
    )


@dataclass(frozen=True, slots=True)
class ActionSubmission:
    """What the person confirmed. `etag` is that of the preview they saw; `params` the action's own fields."""

    customer_id: str
    action: Action
    params: Mapping[str, str]
    reason: str
    etag: str


@dataclass(frozen=True, slots=True)
class DecisionSubmission:
    """What the person decided about a request.

    `etag`, or of what a tenant asks for `digest`, is that of the preview they saw; null for a rejection.
    """

    customer_id: str
    change_request_id: str
    decision: Decision
    reason: str
    etag: str | None
    digest: str | None = None


Submission = ActionSubmission | DecisionSubmission


class Words(NamedTuple):
    """How the last step is called: on the button, on it while the answer is awaited, and in a sentence."""

    button: str
    under_way: str
    noun: str


_APPLY = Words("Apply  ↵", "applying…", "action")
_REQUEST = Words("Request  ↵", "requesting…", "request")
DECISION_WORDS = {
    Decision.APPROVE: Words("Approve  ↵", "approving…", "decision"),
    Decision.REJECT: Words("Reject  ↵", "rejecting…", "decision"),
}
"""The words of the last step of a decision."""


def words_for(subject: Subject, *, needs_approval: bool) -> Words:
    """Return the words of the last step; an action that needs approval is only requested."""
    if subject.decision is not None:
        return DECISION_WORDS[subject.decision]
    return _REQUEST if needs_approval else _APPLY


def nothing_granted(asked: ChangeRequestView) -> str:
    """Return what rejecting a request does."""
    return f"Nothing is granted; {clean(asked.requested_by)} gets back what this had reserved of their limits."
