"""Which change requests are to be shown: by status, kind, what the policy says, and tenant."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from services.contract.text import clean
from services.contract.types import (
    CHANGE_REQUEST_TITLES,
    ChangeRequestKind,
    ChangeRequestStatus,
    PolicyDecision,
)
from widgets.change_requests_details import policy_words

if TYPE_CHECKING:
    from services.contract.views import ChangeRequestView


class Shown(StrEnum):
    """Which requests are shown, by where they stand."""

    WAITING = "waiting"
    APPLYING = "applying"
    APPLIED = "applied"
    REJECTED = "rejected"
    ENDED = "ended"
    ALL = "all"


_STATUS = ChangeRequestStatus
STATUSES: dict[Shown, tuple[ChangeRequestStatus, ...]] = {
    Shown.WAITING: (_STATUS.PENDING,),
    Shown.APPLYING: (_STATUS.APPROVED, _STATUS.APPLYING),
    Shown.APPLIED: (_STATUS.APPLIED,),
    Shown.REJECTED: (_STATUS.REJECTED,),
    Shown.ENDED: (_STATUS.CANCELLED, _STATUS.EXPIRED, _STATUS.FAILED),
    Shown.ALL: tuple(ChangeRequestStatus),
}
"""The statuses of each."""

SHOWN_WORDS = {
    Shown.WAITING: "waiting for approval",
    Shown.APPLYING: "approved, being applied",
    Shown.APPLIED: "applied",
    Shown.REJECTED: "rejected",
    Shown.ENDED: "taken back, expired or failed",
    Shown.ALL: "all, the newest first",
}
"""The same in words."""

_NOTHING = {
    Shown.WAITING: "Nothing waits for approval. What tenants ask for and the policy leaves to an operator comes here, "
    "and support credits above their operator's limits.",
    Shown.APPLYING: "Nothing is being applied now.",
    Shown.APPLIED: "No request was applied yet.",
    Shown.REJECTED: "No request was rejected yet.",
    Shown.ENDED: "No request was taken back, has expired or failed.",
    Shown.ALL: "Nobody has asked for anything yet.",
}


class Wanted(NamedTuple):
    """A filter of change requests; null: of every kind, whatever the policy says, of every tenant."""

    shown: Shown = Shown.WAITING
    kind: ChangeRequestKind | None = None
    policy_decision: PolicyDecision | None = None
    customer_id: str | None = None
    legal_name: str = ""

    @property
    def narrowing(self) -> list[str]:
        """What is left out beside other statuses, each in words."""
        words = []
        if self.kind is not None:
            words.append(CHANGE_REQUEST_TITLES[self.kind])
        if self.policy_decision is not None:
            words.append(f"policy: {policy_words(self.policy_decision)}")
        if self.customer_id is not None:
            words.append(f"only {clean(self.legal_name)}")
        return words

    @property
    def words(self) -> str:
        """The filter, ready to read."""
        return " · ".join((SHOWN_WORDS[self.shown], *self.narrowing))

    @property
    def nothing(self) -> str:
        """What to say where there is no such request."""
        if not self.narrowing:
            return _NOTHING[self.shown]
        # a name may end with a full stop of its own
        return f"There is no such request: {self.words.rstrip('.')}. Press esc for everything that waits."

    def admits(self, asked: ChangeRequestView) -> bool:
        """Return whether a request is one of these."""
        return (
            asked.status in STATUSES[self.shown]
            and self.kind in (None, asked.kind)
            and self.policy_decision in (None, asked.policy_decision)
            and self.customer_id in (None, asked.customer_id)
        )
