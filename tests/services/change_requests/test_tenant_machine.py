"""Tenants, operators, the policy and the clock in any order, beside an oracle that counts gibibytes in a list."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.change_requests.policy.bounds import BoundsPolicy
from services.contract.errors import Refused
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ApproveTenantChangeRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    ListTenantChangeRequests,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
    Request,
    VerifyAuditTrail,
)
from services.contract.types import ChangeRequestKind
from services.contract.views import ChangeRequestReceipt, TenantChangePreview
from services.storage.engine import Store
from tests.services.change_requests.tenants import POLICY
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR, Workbench, customer
from tests.surface_over_http import bench_over_http

CUSTOMERS = ("acme-eu", "beta")
FREE, MORE_FREE, AT_ONCE, MOST = 100, 130, 200, 400
GROWTH, CHANGES, OPEN = 60, 3, 3
SIZES = st.sampled_from([300, 120, 400, 350, 150, 180, 100, 500])
WINDOW, LIFETIME = timedelta(hours=24), timedelta(days=14)

_tier = POLICY.tier("growth")
_bounds = _tier.storage_quota


def bounds(free: int, version: str) -> BoundsPolicy:
    """Return a policy whose tenants have so many gibibytes without a request."""
    tier = msgspec.structs.replace(
        _tier,
        storage_quota=msgspec.structs.replace(
            _bounds,
            self_service=msgspec.structs.replace(_bounds.self_service, storage=f"{free}Gi"),
            auto_approve=msgspec.structs.replace(_bounds.auto_approve, storage=f"{AT_ONCE}Gi"),
            review=msgspec.structs.replace(_bounds.review, storage=f"{MOST}Gi"),
        ),
        auto_growth=msgspec.structs.replace(_tier.auto_growth, storage=f"{GROWTH}Gi", changes=CHANGES),
    )
    return msgspec.structs.replace(
        POLICY,
        version=version,
        tiers={"default": tier},
        pending_days=LIFETIME.days,
        open_requests=OPEN,
        window_hours=24,
    )


_seen: set[str] = set()
_EVERY_WAY = {
    "applied",
    "pending",
    "rejected",
    "cancelled",
    "NOTHING_TO_CHANGE",
    "NOT_POSSIBLE",
    "ALREADY_ASKED",
    "TOO_MANY_OPEN_REQUESTS",
    "STALE_PREVIEW",
    "ALREADY_DECIDED",
    "REQUEST_CANCELLED",
    "REQUEST_EXPIRED",
    "expired",
    "too much in small steps",
}


_UNREADABLE = {"NOTHING_TO_CHANGE", "GIVEN_BY_TIER"}
"""Refused where a change is read, so already where it is previewed."""

MakeBench = Callable[[Callable[[], BoundsPolicy]], AbstractContextManager[Workbench]]


class Approved(NamedTuple):
    """What the policy approved by itself."""

    customer_id: str
    growth: int
    at: datetime


class Asked:
    """A request as the oracle knows it."""

    def __init__(self, receipt: ChangeRequestReceipt, size: int) -> None:
        self.customer_id = receipt.change_request.customer_id
        self.id = receipt.change_request.change_request_id
        self.by = receipt.change_request.requested_by
        self.at = receipt.change_request.requested_at
        self.size = size
        self.status = str(receipt.change_request.status)


class Platform(RuleBasedStateMachine):
    """Random people, one step after the other."""

    make_bench: MakeBench

    def allowed(self, customer_id: str) -> int:
        """Return what a tenant may use."""
        return max(self.free, self.granted[customer_id])

    def grant(self, customer_id: str, size: int) -> None:
        """Remember what a tenant may use from now on."""
        self.granted[customer_id] = size if size > self.free else 0

    @initialize()
    def open(self) -> None:
        self.opened = ExitStack()
        self.free = FREE
        self.policy = bounds(FREE, "first")
        self.bench = self.opened.enter_context(self.make_bench(lambda: self.policy))
        self.bench.feed(*map(customer, CUSTOMERS))
        self.granted = dict.fromkeys(CUSTOMERS, 0)
        self.approved: list[Approved] = []
        self.asked: list[Asked] = []
        self.calls = 0
        self.old: TenantChangePreview | None = None
        # two that wait, of which the one overtakes the other
        self.create(self.preview("acme-eu", 300), 300, tenant("acme-eu"), "pending")
        self.create(self.preview("acme-eu", 400), 400, ADMIN, "pending")

    def teardown(self) -> None:
        assert {stream.status for stream in self.bench.call(VerifyAuditTrail()).streams} == {"OK"}
        self.opened.close()

    @rule(hours=st.sampled_from([1, 24, 1, 24, 24 * 14]))
    def wait(self, hours: int) -> None:
        self.bench.clock.advance(hours=hours)

    @rule()
    def replace_the_policy(self) -> None:
        """Nothing else in it changes, and yet no preview of before serves."""
        self.calls += 1
        self.policy = bounds(self.free, f"version {self.calls}")

    @rule()
    def give_more_or_less_without_a_request(self) -> None:
        self.calls += 1
        self.free = MORE_FREE if self.free == FREE else FREE
        self.policy = bounds(self.free, f"version {self.calls}")

    @rule(customer_id=st.sampled_from(CUSTOMERS), size=SIZES)
    def look(self, customer_id: str, size: int) -> None:
        if self.expected(customer_id, size) not in _UNREADABLE:
            self.old = self.preview(customer_id, size)

    @rule(customer_id=st.sampled_from(CUSTOMERS), size=SIZES, by_admin=st.booleans())
    def ask(self, customer_id: str, size: int, by_admin: bool) -> None:
        by = ADMIN if by_admin else tenant(customer_id)
        outcome = self.expected(customer_id, size)
        if outcome in _UNREADABLE:
            self.refused(self.previewing(customer_id, size), by, outcome)
            return
        self.create(self.preview(customer_id, size), size, by, outcome)

    @precondition(lambda self: self.old is not None)
    @rule()
    def ask_on_an_old_preview(self) -> None:
        old = self.old
        assert old is not None
        size = int(old.desired["storage"].removesuffix("Gi"))
        outcome = self.expected(old.customer_id, size)
        if outcome not in _UNREADABLE and self.preview(old.customer_id, size).digest != old.digest:
            outcome = "STALE_PREVIEW"
        self.create(old, size, tenant(old.customer_id), outcome)

    def create(self, preview: TenantChangePreview, size: int, by: Principal, outcome: str) -> None:
        self.calls += 1
        request = CreateTenantChangeRequest(
            customer_id=preview.customer_id,
            kind=preview.kind,
            desired=preview.desired,
            digest=preview.digest,
            reason="the library needs it",
            request_id=f"call-{self.calls}",
        )
        if outcome not in {"applied", "pending"}:
            self.refused(request, by, outcome)
            return
        receipt: ChangeRequestReceipt = self.bench.call(request, by)
        _seen.add(outcome)
        one = Asked(receipt, size)
        assert one.status == outcome
        self.asked.append(one)
        if outcome == "applied":
            before = self.allowed(one.customer_id)
            if size > before:
                self.approved.append(Approved(one.customer_id, size - before, one.at))
            self.grant(one.customer_id, size)

    @rule(
        data=st.data(),
        by=st.sampled_from([OPERATOR, OTHER_OPERATOR, ADMIN]),
        approves=st.booleans(),
        often=st.sampled_from([True, True, True, False]),
    )
    def decide(self, data: st.DataObject, by: Principal, approves: bool, often: bool) -> None:
        waiting = [one for one in self.asked if one.status == "pending"]
        among = waiting if waiting and often else self.asked
        one = data.draw(st.sampled_from(among))
        why = self.over(one) or ("FOUR_EYES" if one.by == by.actor else None)
        allowed = self.allowed(one.customer_id)
        self.calls += 1
        fields = {
            "customer_id": one.customer_id,
            "change_request_id": one.id,
            "reason": "looked at",
            "request_id": f"call-{self.calls}",
        }
        request: Request
        if not approves:
            request = RejectTenantChangeRequest(**fields)
        else:
            looking = PreviewTenantChangeRequest(customer_id=one.customer_id, change_request_id=one.id)
            shown = self.bench.call(looking, by)
            if one.size <= allowed:
                why = why or self.no_longer(one.size, allowed)
            assert shown.allowed == (why is None)
            request = ApproveTenantChangeRequest(**fields, digest=shown.digest)
        if why is not None:
            self.refused(request, by, why)
            return
        receipt = self.bench.call(request, by)
        one.status = "applied" if approves else "rejected"
        assert receipt.change_request.status == one.status
        _seen.add(one.status)
        if approves:
            self.grant(one.customer_id, one.size)

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.asked))
        self.calls += 1
        request = CancelTenantChangeRequest(
            customer_id=one.customer_id, change_request_id=one.id, reason="not needed", request_id=f"call-{self.calls}"
        )
        if why := self.over(one):
            self.refused(request, tenant(one.customer_id), why)
            return
        self.bench.call(request, tenant(one.customer_id))
        one.status = "cancelled"
        _seen.add(one.status)

    @invariant()
    def what_is_stored_is_what_the_oracle_says(self) -> None:
        for one in self.asked:
            if one.status == "pending" and self.bench.clock.now >= one.at + LIFETIME:
                one.status = "expired"
                _seen.add(one.status)
        page = self.bench.call(ListTenantChangeRequests(page_size=500))
        assert [(each.change_request_id, each.status) for each in page.change_requests] == [
            (one.id, one.status) for one in self.asked
        ]
        for customer_id in CUSTOMERS:
            found = self.bench.call(GetTenantChangeRequestWorkspace(customer_id=customer_id), tenant(customer_id))
            [bar] = [bar for form in found.kinds if form.kind == ChangeRequestKind.STORAGE_QUOTA for bar in form.bars]
            assert bar.allowed_text == f"{self.allowed(customer_id)}Gi"
            waiting = sum(one.customer_id == customer_id and one.status == "pending" for one in self.asked)
            notices = {notice.code for notice in self.bench.view(customer_id).notices}
            assert ("pending_request" in notices) == (waiting > 0)

    def expected(self, customer_id: str, size: int) -> str:
        """Return how asking for a size ends."""
        allowed = self.allowed(customer_id)
        if size < self.free or size == allowed:
            return self.no_longer(size, allowed)
        if size < allowed:
            return "applied"
        if size > MOST:
            return "NOT_POSSIBLE"
        if size > AT_ONCE:
            return self.waits(customer_id, size)
        since = self.bench.clock.now - WINDOW
        lately = [each for each in self.approved if each.customer_id == customer_id and each.at > since]
        grown = sum(each.growth for each in lately)
        if grown + size - allowed > GROWTH or len(lately) >= CHANGES:
            _seen.add("too much in small steps")
            return self.waits(customer_id, size)
        return "applied"

    def waits(self, customer_id: str, size: int) -> str:
        """Return how asking ends for what only an operator may approve."""
        waiting = [
            one
            for one in self.asked
            # one that has expired stands in the way of nothing only once it was ended, which looking does
            if one.customer_id == customer_id and one.status == "pending"
        ]
        if any(one.size == size for one in waiting):
            return "ALREADY_ASKED"
        return "TOO_MANY_OPEN_REQUESTS" if len(waiting) >= OPEN else "pending"

    def no_longer(self, size: int, allowed: int) -> str:
        """Return why what is no more than a tenant has cannot be asked for, or approved."""
        if size < self.free:
            return "GIVEN_BY_TIER"
        return "NOTHING_TO_CHANGE" if size == allowed else "OVERTAKEN"

    def over(self, one: Asked) -> str | None:
        """Return why nothing can be done with a request any more."""
        if one.status == "pending" and self.bench.clock.now >= one.at + LIFETIME:
            return "REQUEST_EXPIRED"
        return {
            "pending": None,
            "cancelled": "REQUEST_CANCELLED",
            "expired": "REQUEST_EXPIRED",
        }.get(one.status, "ALREADY_DECIDED")

    def previewing(self, customer_id: str, size: int) -> PreviewTenantChangeRequest:
        return PreviewTenantChangeRequest(
            customer_id=customer_id, kind=ChangeRequestKind.STORAGE_QUOTA, desired={"storage": f"{size}Gi"}
        )

    def preview(self, customer_id: str, size: int) -> TenantChangePreview:
        found: TenantChangePreview = self.bench.call(self.previewing(customer_id, size), tenant(customer_id))
        return found

    def refused(self, request: Request, by: Principal, why: str) -> None:
        try:
            self.bench.call(request, by)
        except Refused as refusal:
            assert refusal.reason == why  # noqa: PT017
            _seen.add(why)
        else:
            raise AssertionError(f"it was not refused: {why}")


def tenant(customer_id: str) -> Principal:
    """Return the administrator of a customer."""
    return Principal(actor=f"admin of {customer_id}", role=Role.CUSTOMER_ADMIN, customer_id=customer_id)


@pytest.mark.parametrize(("where", "examples"), [("sqlite", 40), ("postgresql", 5), ("over HTTP", 5)])
def test_the_platform_does_what_the_oracle_says(
    where: str, examples: int, sqlite_template: Path, request: pytest.FixtureRequest
) -> None:
    @contextmanager
    def make_bench(policy: Callable[[], BoundsPolicy]) -> Iterator[Workbench]:
        with ExitStack() as opened:
            if where == "postgresql":
                url = opened.enter_context(request.getfixturevalue("postgres_database")())
            else:
                folder = opened.enter_context(TemporaryDirectory())
                url = f"sqlite:///{shutil.copy(sqlite_template, folder)}"
            store = Store(url)
            opened.callback(store.close)
            if where == "over HTTP":
                yield opened.enter_context(bench_over_http(store, bounds=policy))
            else:
                yield Workbench(store, bounds=policy)

    class OnThis(Platform):
        pass

    OnThis.make_bench = staticmethod(make_bench)
    _seen.clear()
    run_state_machine_as_test(
        OnThis,
        settings=settings(
            # One that fails is made shorter only where that takes seconds.
            phases=[*Phase] if where == "sqlite" else [Phase.generate],
            max_examples=examples,
            stateful_step_count=40,
            derandomize=True,  # so that every way is reached in every run
            suppress_health_check=list(HealthCheck),
        ),
    )
    if where == "sqlite":
        assert _seen >= _EVERY_WAY
