"""Audited actions as the app runs them: each at most once, and never with an unknown outcome left unknown.

An action belongs to the app, not to the dialog it was asked for in: closing the dialog does not stop it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from billinghelp.desk_port import DeskPort, ask
from services.contract import requests
from services.contract.errors import Code, Refused
from services.contract.ids import NewId
from services.contract.types import ACTION_TITLES, Action
from services.contract.views import ActionReceipt

Sleep = Callable[[float], Awaitable[None]]
ActionKey = tuple[str, Action]

ANSWER_WITHIN = 30.0
"""Seconds: longer than the store waits for a lock, shorter than a person waits for an answer."""

PAUSES = (0.5, 2.0, 5.0)
"""Seconds before an unanswered action is asked about again; a server that restarts is back within them."""

BUSY = "STORE_LOCKED"
"""Nothing was recorded, and asking again in a moment is what helps."""

ROLLED_BACK = frozenset({"STORE_READ_ONLY", "STORE_DISK_FULL", "STORE_CORRUPT", "STORE_FAULT", "STORE_TAKEN_AWAY"})
"""The store itself answered that it recorded nothing; asking again would not help."""

_REQUESTS: dict[Action, type[requests.ActionRequest]] = {
    Action.MARK_INVOICE_VERIFIED: requests.MarkInvoiceVerified,
    Action.APPROVE_TRIAL: requests.ApproveTrial,
    Action.APPLY_SUPPORT_CREDIT: requests.ApplySupportCredit,
    Action.EXTEND_TRIAL: requests.ExtendTrial,
    Action.COMPLETE_BILLING_CHECKLIST: requests.CompleteBillingChecklist,
    Action.REVERSE_SUPPORT_CREDIT: requests.ReverseSupportCredit,
}


OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
RECORDED_BEFORE = "RECORDED_BEFORE"


class ActionRunner:
    """Runs audited actions, single-flight per (customer, action).

    Before the first call the request with its id is kept in `unsettled`. An answer, yes or no, settles it; silence does
    not: the same request is asked again, and if silence stays, the next attempt carries the same id, so that it cannot
    be applied twice.
    """

    def __init__(self, new_id: NewId, sleep: Sleep = asyncio.sleep) -> None:
        self._new_id = new_id
        self._sleep = sleep
        self._running: dict[ActionKey, asyncio.Task[ActionReceipt]] = {}
        self.unsettled: dict[ActionKey, requests.ActionRequest] = {}

    @property
    def titles_in_flight(self) -> list[str]:
        """The actions that are being recorded now, each with its customer id."""
        return [f"«{ACTION_TITLES[action]}» for {customer_id}" for customer_id, action in self._running]

    def running(self, customer_id: str, action: Action) -> "asyncio.Task[ActionReceipt] | None":
        """Return the task of an action that is being recorded now."""
        return self._running.get((customer_id, action))

    def submit(
        self, desk: DeskPort, action: Action, customer_id: str, etag: str, reason: str, fields: Mapping[str, str]
    ) -> "asyncio.Task[ActionReceipt]":
        """Start the action, or return the task of the very same one that runs already.

        Raises:
            Refused: `ACTION_IN_FLIGHT`, when another of this kind is being recorded for this customer.

        The task ends with the receipt, or with `Refused`: then nothing was recorded, unless its reason is
        `OUTCOME_UNKNOWN` or `RECORDED_BEFORE`.
        """
        key = (customer_id, action)
        if (running := self._running.get(key)) is not None:
            if _with(self.unsettled[key], reason, fields) != self.unsettled[key]:
                raise _in_flight(action)
            return running
        request = self._request(key, etag, reason, fields)
        self.unsettled[key] = request
        task = asyncio.create_task(self._settle(desk, key, request), name=f"{action.value} {customer_id}")
        self._running[key] = task
        task.add_done_callback(lambda _task: self._running.pop(key, None))
        return task

    async def finish(self) -> list[str]:
        """Wait until no action is being recorded; return what is to be told of those that were not."""
        failures: list[str] = []
        while self._running:
            running = dict(self._running)
            await asyncio.wait(list(running.values()))
            for (customer_id, action), task in running.items():
                if isinstance(refusal := task.exception(), Refused):
                    failures.append(f"«{ACTION_TITLES[action]}» for {customer_id} was not done: {refusal.message}")
            await asyncio.sleep(0)  # the tasks' own callbacks run first
        return failures

    def _request(self, key: ActionKey, etag: str, reason: str, fields: Mapping[str, str]) -> requests.ActionRequest:
        customer_id, action = key
        values: dict[str, Any] = {"customer_id": customer_id, "reason": reason, **fields}
        earlier = self.unsettled.get(key)
        if earlier is None:
            return _REQUESTS[action](**values, etag=etag, request_id=self._new_id("req"))
        same = _with(earlier, reason, fields) == earlier
        # The etag is part of what the store compares: the very same request again returns the stored receipt.
        return _REQUESTS[action](**values, etag=earlier.etag if same else etag, request_id=earlier.request_id)

    async def _settle(self, desk: DeskPort, key: ActionKey, request: requests.ActionRequest) -> ActionReceipt:
        for pause in PAUSES:
            try:
                return await self._ask_once(desk, key, request)
            except _Unanswered:
                await self._sleep(pause)
        try:
            return await self._ask_once(desk, key, request)
        except _Unanswered as unanswered:
            if unanswered.refusal is not None:
                self.unsettled.pop(key, None)
                raise unanswered.refusal from unanswered
            raise _unknown() from unanswered

    async def _ask_once(self, desk: DeskPort, key: ActionKey, request: requests.ActionRequest) -> ActionReceipt:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                receipt = await ask(desk, request, ActionReceipt)
        except TimeoutError as error:
            raise _Unanswered from error
        except Refused as refusal:
            if refusal.reason == BUSY:
                raise _Unanswered(refusal) from refusal
            if refusal.code is Code.UNAVAILABLE and refusal.reason not in ROLLED_BACK:
                raise _Unanswered from refusal
            self.unsettled.pop(key, None)
            if refusal.reason == "REQUEST_ID_REUSED":
                raise _recorded_before() from refusal
            raise
        self.unsettled.pop(key, None)
        return receipt


def _with(request: requests.ActionRequest, reason: str, fields: Mapping[str, str]) -> requests.ActionRequest:
    return msgspec.structs.replace(request, reason=reason, **fields)


class _Unanswered(Exception):
    """No answer that settles it. `refusal`: the store said that it is busy, so nothing was recorded so far."""

    def __init__(self, refusal: Refused | None = None) -> None:
        super().__init__()
        self.refusal = refusal


def _in_flight(action: Action) -> Refused:
    return Refused(
        Code.ABORTED,
        "ACTION_IN_FLIGHT",
        f"An earlier «{ACTION_TITLES[action]}» for this customer is still being recorded: wait for its answer first.",
    )


def _unknown() -> Refused:
    return Refused(
        Code.UNAVAILABLE,
        OUTCOME_UNKNOWN,
        "No answer came, so it is not known whether this was recorded. Apply again: it cannot be applied twice.",
    )


def _recorded_before() -> Refused:
    return Refused(
        Code.ALREADY_EXISTS,
        RECORDED_BEFORE,
        "The earlier attempt, whose answer was lost, was recorded after all. Leave with escape and read the summary.",
    )
