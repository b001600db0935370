"""Tenants, operators, the policy and the clock in any order, beside an oracle that counts gibibytes in a list."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from services.change_requests.policy import BoundsPolicy
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

CUSTOMERS = ("acme-eu", "beta")
FREE, AT_ONCE, MOST = 100, 200, 400
GROWTH, CHANGES = 60, 3
SIZES = st.sampled_from([300, 120, 400, 200, 150, 160, 100, 60, 500])
WINDOW, LIFETIME = timedelta(hours=24), timedelta(days=14)

_tier = POLICY.tier("growth")
_bounds = _tier.storage_quota
BOUNDS = msgspec.structs.replace(
    POLICY,
    tiers={
        "default": msgspec.structs.replace(
            _tier,
            storage_quota=msgspec.structs.replace(
                _bounds,
                self_service=msgspec.structs.replace(_bounds.self_service, storage=f"{FREE}Gi"),
                auto_approve=msgspec.structs.replace(_bounds.auto_approve, storage=f"{AT_ONCE}Gi"),
                review=msgspec.structs.replace(_bounds.review, storage=f"{MOST}Gi"),
            ),
            auto_growth=msgspec.structs.replace(_tier.auto_growth, storage=f"{GROWTH}Gi", changes=CHANGES),
        )
    },
    pending_days=LIFETIME.days,
    window_hours=24,
)

_seen: set[str] = set()
_EVERY_WAY = {
    "applied",
    "pending",
    "rejected",
    "cancelled",
    "NOTHING_TO_CHANGE",
    "NO_REQUEST_NEEDED",
    "NOT_POSSIBLE",
    "STALE_PREVIEW",
    "FOUR_EYES",
    "ALREADY_DECIDED",
    "REQUEST_CANCELLED",
    "REQUEST_EXPIRED",
    "expired",
    "too much in small steps",
}


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

    template: Path

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.policy: BoundsPolicy = BOUNDS
        store = Store(f"sqlite:///{shutil.copy(self.template, self.folder.name)}")
        self.bench = Workbench(store, bounds=lambda: self.policy)
        self.bench.feed(*map(customer, CUSTOMERS))
        self.allowed = dict.fromkeys(CUSTOMERS, FREE)
        self.approved: list[Approved] = []
        self.asked: list[Asked] = []
        self.calls = 0
        self.old: TenantChangePreview | None = None

    def teardown(self) -> None:
        assert {stream.status for stream in self.bench.call(VerifyAuditTrail()).streams} == {"OK"}
        self.bench.surface.close()
        self.folder.cleanup()

    @rule(hours=st.sampled_from([24 * 14, 1, 24]))
    def wait(self, hours: int) -> None:
        self.bench.clock.advance(hours=hours)

    @rule()
    def replace_the_policy(self) -> None:
        """Nothing else in it changes, and yet no preview of before serves."""
        self.calls += 1
        self.policy = msgspec.structs.replace(BOUNDS, version=f"version {self.calls}")

    @rule(customer_id=st.sampled_from(CUSTOMERS), size=SIZES)
    def look(self, customer_id: str, size: int) -> None:
        if size != self.allowed[customer_id]:
            self.old = self.preview(customer_id, size)

    @rule(customer_id=st.sampled_from(CUSTOMERS), size=SIZES, by_admin=st.booleans())
    def ask(self, customer_id: str, size: int, by_admin: bool) -> None:
        by = ADMIN if by_admin else tenant(customer_id)
        outcome = self.expected(customer_id, size)
        if outcome == "NOTHING_TO_CHANGE":
            self.refused(self.previewing(customer_id, size), by, outcome)
            return
        self.create(self.preview(customer_id, size), size, by, outcome)

    @rule()
    def ask_on_an_old_preview(self) -> None:
        if (old := self.old) is None:
            return
        size = int(old.desired["storage"].removesuffix("Gi"))
        outcome = self.expected(old.customer_id, size)
        if outcome != "NOTHING_TO_CHANGE" and self.preview(old.customer_id, size).digest != old.digest:
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
            growth = max(0, size - self.allowed[one.customer_id])
            self.approved.append(Approved(one.customer_id, growth, one.at))
            self.allowed[one.customer_id] = size

    @rule(data=st.data(), by=st.sampled_from([OPERATOR, OTHER_OPERATOR, ADMIN]), approves=st.booleans())
    def decide(self, data: st.DataObject, by: Principal, approves: bool) -> None:
        if not self.asked:
            return
        one = data.draw(st.sampled_from(self.asked))
        why = self.over(one) or ("FOUR_EYES" if one.by == by.actor else None)
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
        elif one.size == self.allowed[one.customer_id]:
            request, why = ApproveTenantChangeRequest(**fields), why or "NOTHING_TO_CHANGE"
        else:
            looking = PreviewTenantChangeRequest(customer_id=one.customer_id, change_request_id=one.id)
            request = ApproveTenantChangeRequest(**fields, digest=self.bench.call(looking, by).digest)
        if why is not None:
            self.refused(request, by, why)
            return
        receipt = self.bench.call(request, by)
        one.status = "applied" if approves else "rejected"
        assert receipt.change_request.status == one.status
        _seen.add(one.status)
        if approves:
            self.allowed[one.customer_id] = one.size

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        if not self.asked:
            return
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
        for customer_id, allowed in self.allowed.items():
            found = self.bench.call(GetTenantChangeRequestWorkspace(customer_id=customer_id), tenant(customer_id))
            [bar] = [bar for form in found.kinds if form.kind == ChangeRequestKind.STORAGE_QUOTA for bar in form.bars]
            assert bar.allowed_text == f"{allowed}Gi"
            waiting = sum(one.customer_id == customer_id and one.status == "pending" for one in self.asked)
            notices = {notice.code for notice in self.bench.view(customer_id).notices}
            assert ("pending_request" in notices) == (waiting > 0)

    def expected(self, customer_id: str, size: int) -> str:
        """Return how asking for a size ends."""
        allowed = self.allowed[customer_id]
        if size == allowed:
            return "NOTHING_TO_CHANGE"
        if size <= max(allowed, FREE):
            return "NO_REQUEST_NEEDED"
        if size > MOST:
            return "NOT_POSSIBLE"
        if size > AT_ONCE:
            return "pending"
        since = self.bench.clock.now - WINDOW
        lately = [each for each in self.approved if each.customer_id == customer_id and each.at > since]
        grown = sum(each.growth for each in lately)
        if grown + size - allowed > GROWTH or len(lately) >= CHANGES:
            _seen.add("too much in small steps")
            return "pending"
        return "applied"

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


def test_the_platform_does_what_the_oracle_says(sqlite_template: Path) -> None:
    Platform.template = sqlite_template
    run_state_machine_as_test(
        Platform,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,  # so that every way is reached in every run
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert _seen >= _EVERY_WAY
