"""A surface whose approved changes a platform carries out, tenants who ask for them, and who tells the platform."""

from datetime import timedelta

from services.change_requests.policy.file import shipped_policy
from services.change_requests.sending import Claimed, claim_due, send_due, settle
from services.contract.principals import Principal, Role
from services.contract.quantities import format_bytes, parse_bytes
from services.contract.requests import (
    ApproveTenantChangeRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    GetTenantChangeRequestWorkspace,
    PreviewTenantChangeRequest,
    VerifyAuditTrail,
)
from services.contract.types import ChangeRequestKind, ChangeRequestStatus
from services.contract.views import ChangeRequestView, ChangeRequestWorkspace, TenantChangePreview
from services.platform.http_platform import HttpPlatform
from services.platform.port import Answer, PlatformPort
from services.platform.settings import PlatformSettings
from services.storage.engine import Store
from tests.platform_server import TOKEN, PlatformServer
from tests.surface import Workbench, customer

STORAGE, HOSTNAME = ChangeRequestKind.STORAGE_QUOTA, ChangeRequestKind.EXPOSURE_HOSTNAME
APPROVED, APPLYING, APPLIED, FAILED = (
    ChangeRequestStatus.APPROVED,
    ChangeRequestStatus.APPLYING,
    ChangeRequestStatus.APPLIED,
    ChangeRequestStatus.FAILED,
)
POLICY = shipped_policy()
TIER = POLICY.tier("growth")
MORE = {"storage": format_bytes(parse_bytes(TIER.storage_quota.self_service.storage) + parse_bytes("10Gi"))}
MOST = {"storage": TIER.storage_quota.review.storage}
NAME, OTHER_NAME = {"add": "photos.apps.example.net"}, {"add": "club.apps.example.net"}
LEASE = timedelta(minutes=1)


class Platformed(Workbench):
    """A surface with two tenants, whose approved changes a platform carries out, and who tells it."""

    def __init__(self, store: Store, platform: PlatformServer, *, platform_applies: bool = True) -> None:
        self.policy = POLICY
        super().__init__(store, platform_applies=platform_applies, bounds=lambda: self.policy)
        self.feed(customer(), customer("beta"))
        self.url = platform.url
        self._numbers = iter(range(1, 1_000))

    async def send(self, patience: float = 5) -> int:
        """Tell the platform of all that is due now."""
        telling = HttpPlatform(PlatformSettings(url=self.url, token=TOKEN, answer_within=patience), self.clock)
        told = await self.send_through(telling)
        await telling.hang_up()
        return told

    async def send_through(self, platform: PlatformPort) -> int:
        """Tell it by a way of one's own."""
        return await send_due(self.store, platform, lambda: self.policy, self.clock, self.surface._new_id)

    def claim(self) -> list[Claimed]:
        """Claim what is due, as a sender does that is killed after it."""
        return claim_due(self.store, self.policy, self.clock(), LEASE, self.surface._new_id, 10)

    def settle(self, claimed: Claimed, answer: Answer) -> bool:
        """Record an answer, as a sender does that was not killed."""
        return settle(self.store, claimed, answer, self.policy, self.clock(), self.surface._new_id)

    def ask(
        self, desired: dict[str, str], kind: ChangeRequestKind = STORAGE, customer_id: str = "acme-eu"
    ) -> ChangeRequestView:
        """Ask for a change, have it approved where that takes an operator, and return the request."""
        asked = self.create(desired, kind, customer_id)
        return self.approve(asked) if asked.status is ChangeRequestStatus.PENDING else asked

    def create(
        self, desired: dict[str, str], kind: ChangeRequestKind = STORAGE, customer_id: str = "acme-eu"
    ) -> ChangeRequestView:
        """Ask for a change, and return the request."""
        asked: ChangeRequestView = self.call(
            CreateTenantChangeRequest(
                customer_id=customer_id,
                kind=kind,
                desired=desired,
                digest=self.preview(desired, kind, customer_id).digest,
                reason="Immich import needs it until Friday.",
                request_id=f"ask-{next(self._numbers)}",
            ),
            admin_of(customer_id),
        ).change_request
        return asked

    def preview(
        self, desired: dict[str, str], kind: ChangeRequestKind = STORAGE, customer_id: str = "acme-eu"
    ) -> TenantChangePreview:
        seen: TenantChangePreview = self.call(
            PreviewTenantChangeRequest(customer_id=customer_id, kind=kind, desired=desired), admin_of(customer_id)
        )
        return seen

    def preview_of(self, asked: ChangeRequestView) -> TenantChangePreview:
        """Return what an operator is shown of a request."""
        shown: TenantChangePreview = self.call(
            PreviewTenantChangeRequest(customer_id=asked.customer_id, change_request_id=asked.change_request_id)
        )
        return shown

    def held(self, kind: ChangeRequestKind, customer_id: str = "acme-eu") -> dict[str, str]:
        """Return what a tenant has of a kind, label and value."""
        return next(dict(form.current) for form in self.workspace(customer_id).kinds if form.kind is kind)

    def approve(self, asked: ChangeRequestView) -> ChangeRequestView:
        customer_id, change_request_id = asked.customer_id, asked.change_request_id
        fresh = self.preview_of(asked)
        approval = ApproveTenantChangeRequest(
            customer_id=customer_id,
            change_request_id=change_request_id,
            digest=fresh.digest,
            reason="capacity is there",
            request_id=f"approve-{next(self._numbers)}",
        )
        approved: ChangeRequestView = self.call(approval).change_request
        return approved

    def cancel(self, asked: ChangeRequestView) -> ChangeRequestView:
        cancellation = CancelTenantChangeRequest(
            customer_id=asked.customer_id,
            change_request_id=asked.change_request_id,
            reason="not needed any more",
            request_id=f"cancel-{next(self._numbers)}",
        )
        cancelled: ChangeRequestView = self.call(cancellation, admin_of(asked.customer_id)).change_request
        return cancelled

    def workspace(self, customer_id: str = "acme-eu") -> ChangeRequestWorkspace:
        found: ChangeRequestWorkspace = self.call(GetTenantChangeRequestWorkspace(customer_id=customer_id))
        return found

    def find(self, asked: ChangeRequestView) -> ChangeRequestView:
        """Return a request as it stands now."""
        latest = self.workspace(asked.customer_id).requests
        return next(each for each in latest if each.change_request_id == asked.change_request_id)

    def trail(self, asked: ChangeRequestView) -> list[tuple[str, str]]:
        """Return who did what to a request, oldest first; every chain must hold."""
        assert all(stream.status == "OK" for stream in self.call(VerifyAuditTrail()).streams)
        return [
            (event.action.removesuffix("TenantChangeRequest"), event.actor)
            for event in self.events(asked.customer_id)
            if event.resource.endswith(asked.change_request_id)
        ]


def admin_of(customer_id: str) -> Principal:
    """Return who asks for a tenant."""
    return Principal(actor=f"admin of {customer_id}", role=Role.CUSTOMER_ADMIN, customer_id=customer_id)
