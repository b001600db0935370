"""The loop: a step, the call it makes, the answer or the crash, and the check of everything that must hold after it."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from services.contract.errors import Code, Refused
from services.contract.requests import (
    AuditedRequest,
    GetCustomerBillingView,
    ImportCustomers,
    ListBillingCustomers,
    RecordUsage,
)
from services.contract.views import (
    ActionReceipt,
    ChangeRequestReceipt,
    ImportResult,
    NotModified,
    UsageResult,
)
from services.feeding.sweeping import sweep
from services.storage.engine import Store
from services.surface.surface import Surface
from tests.clocks import FakeClock
from tests.simulation.grains import POLICY
from tests.simulation.inspector import Inspector
from tests.simulation.oracle import Desk
from tests.simulation.steps import NOBODY, Sent, Steps
from tests.simulation.traps import Crash, Trap, Traps
from tests.surface import counting_ids

_TRAPPED = 0.12
"""How many of the calls that write run into a trap."""

_SWEEP_TRAPPED = 0.5
"""How many sweeps do: most find nothing that is due."""

_SWEPT_AT_ONCE = 5
"""How many lots a sweep looks at: few, so that some stay due."""


class Broken(AssertionError):
    """Something that must hold does not; the message says after which step of which seed."""


class Simulation:
    """A team on one database.

    Args:
        seed: all that is random comes from it.
        open_store: opens the database anew; it is empty at first, and migrated.
    """

    def __init__(self, seed: int, open_store: Callable[[], Store]) -> None:
        self.seed = seed
        self.reached: Counter[str] = Counter()
        self._random = Random(seed)
        self._open_store = open_store
        self._new_id = counting_ids()
        self._clock = FakeClock()
        self._desk = Desk()
        self._steps = Steps(self._random, self._desk)
        self._log: list[str] = []
        self._taken = 0
        self._start_process()
        self._inspector = Inspector(self._desk, self._clock, self._store, self._surface)

    def run(self, steps: int) -> Counter[str]:
        """Take steps; return how often each branch was reached.

        Raises:
            Broken: an invariant does not hold.
        """
        try:
            for _ in range(steps):
                self._step()
            self._inspector.check_whole()
        except Exception as error:
            last = "\n".join(self._log[-8:])
            raise Broken(f"seed {self.seed}, step {self._taken}: {error}\nThe last steps:\n{last}") from error
        finally:
            self._store.close()
        return self.reached + self._desk.reached

    def _start_process(self) -> None:
        self._store = self._open_store()
        self._traps = Traps(self._store, self._random)
        self._surface = Surface(self._store, policy=POLICY, clock=self._clock, new_id=self._new_id)

    def _restart(self) -> None:
        self._surface.close()
        self._start_process()
        self._inspector.use(self._store, self._surface)

    def _step(self) -> None:
        self._taken += 1
        move, self._clock.now = self._steps.time_passes(self._clock.now)
        self.reached[f"clock: {move}"] += 1
        self._inspector.importing = False
        step = self._draw()
        self.reached[f"step: {step}"] += 1
        now = self._clock.now
        match step:
            case "action":
                self._send(self._steps.action())
            case "decision":
                self._send(self._steps.decision())
            case "replay":
                self._send(self._steps.replay())
            case "usage":
                self._send(self._steps.usage(now))
            case "feeding":
                self._send(self._steps.feeding(now))
            case "sweep":
                self._sweep()
            case "list":
                self._list()
            case _:
                self._look(self._steps.customer_id())

    def _draw(self) -> str:
        if len(self._desk.customers) < 2:
            return "feeding"
        weights = {"action": 36, "decision": 10, "usage": 20, "feeding": 5, "sweep": 8, "list": 4, "look": 7}
        if self._steps.sent:
            weights["replay"] = 10
        return self._random.choices(list(weights), list(weights.values()))[0]

    # ── calls that change ─────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, sent: Sent) -> None:
        """Make a call as a client does: until an answer comes, and under the same request id."""
        crashed = False
        while True:
            self._traps.set(self._random.choice(self._traps.traps) if self._random.random() < _TRAPPED else None)
            answer = self._attempt(sent)
            if answer is not None:
                break
            crashed = True
        if crashed:
            self._count_retry(answer)

    def _attempt(self, sent: Sent) -> str | None:
        """Make a call once and check what it left behind; return how it was answered, None where no answer came."""
        customers = _customers_of(sent)
        self._inspector.importing = isinstance(sent.request, ImportCustomers)
        before = {customer_id: self._inspector.view(customer_id) for customer_id in customers}
        try:
            result = self._surface.dispatch(sent.who, sent.request)
            answer = _told(result)
        except Refused as refused:
            result, answer = refused, f"refused: {refused.reason}"
        except Crash:
            result, answer = None, None
        sprung, committed = self._traps.sprung, self._traps.commits > 0
        self._traps.set(None)
        self._log.append(f"  {self._clock.now} {sent.who.actor} {_shown(sent.request)} → {answer} ({sprung})")
        if sprung is not None:
            self.reached[str(sprung)] += 1
        if answer is None:
            self._restart()
        stopped = sprung is not None and sprung is not Trap.LOST_RACE and not committed
        revisions = {customer_id: customer.revision for customer_id, customer in self._desk.customers.items()}
        if not stopped:
            due = self._take(sent)
            assert answer in (None, due), f"answered «{answer}», and «{due}» was due"
            self._count(sent, due)
        elif answer is not None and isinstance(result, Refused):
            self.reached[answer] += 1
        image = self._inspector.check()
        if stopped or (answer or "").startswith("refused"):
            assert self._inspector.previous.same_records(image), "a refusal changed more than the trail"
        self._inspector.check_views(before, revisions, image)
        is_new = isinstance(result, ActionReceipt | ChangeRequestReceipt) and not result.replayed
        if is_new and result.view.as_of == self._clock.now:
            assert result.view == self._inspector.view(sent.request.customer_id)  # type: ignore[attr-defined]
        return None if stopped and isinstance(result, Refused) and result.code is Code.UNAVAILABLE else answer

    def _take(self, sent: Sent) -> str:
        now = self._clock.now
        match sent.request:
            case AuditedRequest():
                return self._desk.change(sent.who, sent.request, now)
            case RecordUsage():
                return self._desk.record_usage(sent.who, sent.request, now)
            case _:
                return self._desk.feed(sent.who, sent.request, sent.lines, now)

    def _count(self, sent: Sent, due: str) -> None:
        if due.endswith(" again"):
            self.reached["replayed"] += 1
        elif due.startswith("refused"):
            self.reached[due] += 1
        elif isinstance(sent.request, AuditedRequest):
            self.reached[f"{type(sent.request).__name__}: {due}"] += 1

    def _count_retry(self, answer: str) -> None:
        if answer.endswith(" again"):
            self.reached["replayed after a crash"] += 1
        elif answer.startswith("recorded 0"):
            self.reached["usage replayed after a crash"] += 1
        elif answer.startswith("refused"):
            self.reached["refused twice after a crash"] += 1

    # ── the sweeper, and calls that look ──────────────────────────────────────────────────────────────────────────────

    def _sweep(self) -> None:
        self._traps.set(self._random.choice(self._traps.traps) if self._random.random() < _SWEEP_TRAPPED else None)
        now, expected, crashed = self._clock.now, None, False
        grace = self._random.choice((timedelta(), timedelta(minutes=20)))
        views = {customer_id: self._inspector.view(customer_id) for customer_id in self._desk.due(now)}
        try:
            expected = sweep(self._store, now, self._new_id, _SWEPT_AT_ONCE, grace)
        except Crash:
            crashed = True
        except Refused as refused:
            if refused.code is not Code.UNAVAILABLE:
                raise
        sprung, commits = self._traps.sprung, self._traps.commits
        self._traps.set(None)
        self._log.append(f"  {now} sweep → {expected} ({sprung})")
        if crashed:
            self._restart()
        booked = self._learn_sweep(now - grace)
        assert expected in (None, sum(booked.values()))
        assert len(booked) <= commits
        self.reached["expiry booked"] += bool(booked)
        self.reached["a sweep crashed half-way"] += expected is None and bool(booked)
        self._inspector.check()
        for customer_id, view in views.items():
            assert self._inspector.view(customer_id) == view, "a sweep was seen"

    def _learn_sweep(self, until: datetime) -> dict[str, int]:
        """Let the oracle book what the sweeper chose to book; return how many lots by customer."""
        with self._store.read() as conn:
            closed = set(conn.exec_driver_sql("SELECT customer_id, position FROM credit_lots WHERE closed").all())
        booked = {}
        for customer_id, customer in self._desk.customers.items():
            known = {int(name) for name, lot in customer.credits.lots.items() if lot["closed"]}
            if len(known) < sum(owner == customer_id for owner, _ in closed):
                booked[customer_id] = self._desk.book_expiries(customer_id, until)
        return booked

    def _list(self) -> None:
        page = self._surface.dispatch(self._steps.person(), ListBillingCustomers())
        self._log.append(f"  {self._clock.now} list → {page.total}")
        image = self._inspector.check()
        listed = {row.customer_id: [code.value for code in row.blockers] for row in page.customers}
        stored: dict[str, list[str]] = {customer_id: [] for customer_id in self._desk.customers}
        for row in image.rows["customer_blockers"]:
            stored[row.customer_id].append(row.code)
        assert {customer_id: sorted(codes) for customer_id, codes in listed.items()} == stored
        for customer_id, customer in self._desk.customers.items():
            # What was indexed by a clock that ran ahead stays so until this one has caught up.
            if self._inspector.written_at[customer_id] <= self._clock.now:
                assert listed[customer_id] == customer.blockers(self._clock.now)

    def _look(self, customer_id: str) -> None:
        before = self._inspector.views.get(customer_id, (self._clock.now, None))
        if (view := self._inspector.view(customer_id)) is None:
            return
        who, (at, known) = self._steps.person(), before
        request = GetCustomerBillingView(customer_id=customer_id, if_none_match=known.view_etag if known else None)
        found = self._surface.dispatch(who, request)
        if isinstance(found, NotModified):
            self.reached["view not modified"] += 1
            if self._inspector.written_at[customer_id] <= self._clock.now >= at:
                assert known is not None
                assert view.view_etag == known.view_etag
        else:
            self.reached["view modified"] += 1
            assert found == view
        self._steps.seen[who.actor, customer_id] = view.billing.etag
        self._inspector.check()


def _customers_of(sent: Sent) -> list[str]:
    if isinstance(sent.request, ImportCustomers):
        return [line["customer_id"] for line in sent.lines]
    customer_id: str = getattr(sent.request, "customer_id", NOBODY)
    return [customer_id]


def _told(result: Any) -> str:
    """Return an answer as the oracle tells it."""
    match result:
        case ActionReceipt():
            return result.outcome + (" again" if result.replayed else "")
        case ChangeRequestReceipt():
            return result.change_request.status.value + (" again" if result.replayed else "")
        case UsageResult():
            return f"recorded {result.recorded}, replayed {result.replayed}"
        case ImportResult():
            return f"created {result.created}, updated {result.updated}, unchanged {result.unchanged}"
        case _:
            raise TypeError(f"a {type(result).__name__} is no answer to a change")


def _shown(request: Any) -> str:
    fields = {name: value for name, value in msgspec.structs.asdict(request).items() if name != "content"}
    return f"{type(request).__name__} {fields}"
