"""Requests with a request id as the app runs them: each at most once, and no outcome that is unknown left unknown.

What is being recorded belongs to the app, not to the dialog it was asked for in: closing the dialog does not stop it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, Generic, TypeVar

from billinghelp.desk_port import DeskPort, ask
from services.contract import requests
from services.contract.errors import Code, Refused
from services.contract.ids import NewId
from services.contract.views import ActionReceipt, ChangeRequestReceipt, HostedPage

Sleep = Callable[[float], Awaitable[None]]
Receipt = TypeVar("Receipt", ActionReceipt, ChangeRequestReceipt, HostedPage)
Attempted = requests.AuditedRequest | requests.StartRequest
"""What carries a request id: changes of a record, and what begins something at the payment provider."""

DeedKey = tuple[str, str]
"""A customer id, and what is done there."""

ANSWER_WITHIN = 30.0
"""Seconds: longer than a lock or Stripe is waited for, shorter than a person waits for an answer."""

PAUSES = (0.5, 2.0, 5.0)
"""Seconds before an unanswered action is asked about again; a server that restarts is back within them."""

LATER = 5.0
"""The same while a server stays away that may have recorded the action. The person is kept waiting for the answer: what
they would do without it is do it again."""

LATER_ATTEMPTS = 120
"""For how many of these pauses that goes on, ten minutes: nobody wants to find done what they confirmed long ago."""

BUSY = "STORE_LOCKED"
"""Nothing was recorded, and asking again in a moment is what helps."""

ROLLED_BACK = frozenset(
    (
        *("STORE_READ_ONLY", "STORE_DISK_FULL", "STORE_CORRUPT", "STORE_FAULT", "STORE_TAKEN_AWAY"),
        "PAYMENTS_NOT_CONFIGURED",
    )
)
"""Answers that nothing was recorded; asking again would not help."""

_ANSWERS = frozenset(
    {Code.NOT_FOUND, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.ABORTED, Code.ALREADY_EXISTS}
)
"""What is said only after the request id was looked up: then it is known that nothing stands under it."""

_ANSWERING = frozenset({"FOUR_EYES"})
"""The same by their reasons, of a code that is also said at the door."""

OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
RECORDED_BEFORE = "RECORDED_BEFORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Generic[Receipt]):
    """What a person confirmed: a request, all but its request id.

    `about`: what must not be done twice at once for a customer: the kind of action, or the change request that is
    decided. `fields`: those of its own. `cites`: what it rests on, the `etag` of the record or the `digest` of a
    preview; empty where it rests on nothing. `reason` null: it begins something at the payment provider, which changes
    no record and needs none.
    """

    title: str
    about: str
    request: type[requests.AuditedRequest] | type[requests.StartRequest]
    receipt: type[Receipt]
    customer_id: str
    reason: str | None
    fields: Mapping[str, Any]
    cites: Mapping[str, str]

    @property
    def key(self) -> DeedKey:
        """Single-flight is per key."""
        return (self.customer_id, self.about)

    def make(self, request_id: str) -> Attempted:
        """Return the request."""
        values: dict[str, Any] = {**self.fields, **self.cites}
        if self.reason is not None:
            values["reason"] = self.reason
        return self.request(customer_id=self.customer_id, request_id=request_id, **values)

    def is_made_by(self, request: Attempted) -> bool:
        """Return whether a request is this deed's, whatever it cites."""
        if type(request) is not self.request:
            return False
        cites = {name: getattr(request, name) for name in self.cites}
        return replace(self, cites=cites).make(request.request_id) == request


class ActionRunner:
    """Runs what carries a request id, single-flight per (customer, what is done).

    Before the first call the request with its id is kept in `unsettled`. An answer, yes or no, settles it; silence does
    not: the same request is asked again, and if silence stays, the next attempt carries the same id, so that it cannot
    be applied twice.
    """

    def __init__(self, new_id: NewId, sleep: Sleep = asyncio.sleep) -> None:
        self._new_id = new_id
        self._sleep = sleep
        self._running: dict[DeedKey, tuple[Deed[Any], asyncio.Task[Any]]] = {}
        self._doubted: set[DeedKey] = set()
        """What may have been recorded without an answer."""
        self.unsettled: dict[DeedKey, Attempted] = {}

    @property
    def titles_in_flight(self) -> list[str]:
        """What is being recorded now, each with its customer id."""
        return [f"«{deed.title}» for {deed.customer_id}" for deed, _task in self._running.values()]

    def submit(self, desk: DeskPort, deed: Deed[Receipt]) -> "asyncio.Task[Receipt]":
        """Start the deed, or return the task of the very same one that runs already.

        Raises:
            Refused: `ACTION_IN_FLIGHT`, when another about the same is being recorded for this customer.

        The task ends with the receipt, or with `Refused`: then nothing was recorded, unless its reason is
        `OUTCOME_UNKNOWN` or `RECORDED_BEFORE`.
        """
        if (running := self._running.get(deed.key)) is not None:
            earlier, task = running
            if not deed.is_made_by(self.unsettled[deed.key]):
                raise _in_flight(earlier.title)
            return task
        request = self._request(deed)
        self.unsettled[deed.key] = request
        task = asyncio.create_task(self._settle(desk, deed, request), name=f"{deed.about} {deed.customer_id}")
        self._running[deed.key] = (deed, task)
        task.add_done_callback(lambda _task: self._running.pop(deed.key, None))
        return task

    async def finish(self) -> list[str]:
        """Wait until nothing is being recorded; return what is to be told of what was not."""
        failures: list[str] = []
        while self._running:
            running = list(self._running.values())
            await asyncio.wait([task for _deed, task in running])
            for deed, task in running:
                if isinstance(refusal := task.exception(), Refused):
                    failures.append(f"«{deed.title}» for {deed.customer_id} was not done: {refusal.message}")
            await asyncio.sleep(0)  # the tasks' own callbacks run first
        return failures

    def _request(self, deed: Deed[Receipt]) -> Attempted:
        earlier = self.unsettled.get(deed.key)
        if earlier is None:
            return deed.make(self._new_id("req"))
        # What it cites is part of what the store compares: the very same request again returns the stored receipt.
        return earlier if deed.is_made_by(earlier) else deed.make(earlier.request_id)

    async def _settle(self, desk: DeskPort, deed: Deed[Receipt], request: Attempted) -> Receipt:
        for attempt, pause in enumerate((*PAUSES, *repeat(LATER, LATER_ATTEMPTS)), start=1):
            try:
                return await self._ask_once(desk, deed, request)
            except _Unanswered as unanswered:
                # A page of the provider's is not worth so long a wait: asked for again, it is the same one.
                is_away = unanswered.refusal is not None and deed.key in self._doubted and deed.reason is not None
                if attempt > len(PAUSES) and not is_away:
                    raise self._given_up(deed, unanswered.refusal) from unanswered
            await self._sleep(pause)
        raise _unknown()

    def _given_up(self, deed: Deed[Receipt], refusal: Refused | None) -> Refused:
        if refusal is not None and deed.reason is None:
            return refusal
        if refusal is None or deed.key in self._doubted:
            return _unknown()
        self._settled(deed)
        return refusal

    async def _ask_once(self, desk: DeskPort, deed: Deed[Receipt], request: Attempted) -> Receipt:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                receipt = await ask(desk, request, deed.receipt)
        except TimeoutError as error:
            self._doubted.add(deed.key)
            raise _Unanswered from error
        except Refused as refusal:
            raise self._judged(deed, refusal) from refusal
        self._settled(deed)
        return receipt

    def _judged(self, deed: Deed[Receipt], refusal: Refused) -> Exception:
        """Return what a refusal comes to. Whoever was refused at the door learns nothing of an earlier attempt."""
        if refusal.reason == BUSY:
            return _Unanswered(refusal)
        if refusal.code is Code.UNAVAILABLE and refusal.reason not in ROLLED_BACK:
            if refusal.details.get("outcome_unknown", True):
                self._doubted.add(deed.key)
            # Who takes payments has been asked again and again by then. Confirmed once more, it is the same request.
            return refusal if refusal.reason.startswith("PAYMENTS_") else _Unanswered(refusal)
        is_answer = refusal.code in _ANSWERS or refusal.reason in _ANSWERING
        if deed.key in self._doubted and not is_answer:
            return _Unanswered(refusal) if refusal.code is Code.RESOURCE_EXHAUSTED else _unknown(refusal)
        self._settled(deed)
        return _recorded_before() if refusal.reason == "REQUEST_ID_REUSED" else refusal

    def _settled(self, deed: Deed[Receipt]) -> None:
        self.unsettled.pop(deed.key, None)
        self._doubted.discard(deed.key)


class _Unanswered(Exception):
    """No answer that settles it. `refusal` null: none at all, in the time that one may take."""

    def __init__(self, refusal: Refused | None = None) -> None:
        super().__init__()
        self.refusal = refusal


def _in_flight(title: str) -> Refused:
    return Refused(
        Code.ABORTED,
        "ACTION_IN_FLIGHT",
        f"An earlier «{title}» for this customer is still being recorded: wait for its answer first.",
    )


def _unknown(refusal: Refused | None = None) -> Refused:
    then = "" if refusal is None else f" {refusal.message}"
    return Refused(
        Code.UNAVAILABLE,
        OUTCOME_UNKNOWN,
        f"No answer came, so it is not known whether this was recorded. Confirm it again: it cannot count twice.{then}",
    )


def _recorded_before() -> Refused:
    return Refused(
        Code.ALREADY_EXISTS,
        RECORDED_BEFORE,
        "The earlier attempt, whose answer was lost, was recorded after all. Leave with escape and see what it did.",
    )
