"""What the tenants of the demo have asked for: in every status, made and decided by the ordinary methods.

Asked for over the last days, so that the queue is alive at the first look.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from services.contract.ids import new_id
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.quantities import format_bytes, format_cpu
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    AuditedRequest,
    CancelTenantChangeRequest,
    CreateTenantChangeRequest,
    GetCustomerBillingView,
    GetTenantChangeRequestWorkspace,
    PreviewTenantChangeRequest,
    RejectTenantChangeRequest,
)
from services.contract.types import ChangeRequestKind
from services.contract.views import BoundBar, ChangeRequestReceipt, ChangeRequestView
from services.storage.engine import Store
from services.surface.surface import Surface

_OPERATOR = Principal(actor="operator@demo", role=Role.OPERATOR)
_HELPED = "demo-0010"  # whom the operator wants to give a credit
_DECIDED_AFTER = timedelta(minutes=40)

Amount = Callable[[BoundBar], int]


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One request: whose, made how long ago, and what became of it.

    Args:
        desired: the values, or how much of what the tier's bounds are, since which tier a customer has is the seed's.
        asked_by: the tenant whose administrator asks; its own, unless an MSP's.
        then: how it ended, and why; null: it waits, or the policy approved it at once.
    """

    customer: str
    kind: ChangeRequestKind
    desired: dict[str, str] | Amount
    reason: str
    ago: timedelta
    asked_by: str | None = None
    then: type[AuditedRequest] | None = None
    because: str = ""


def _after_review(bar: BoundBar) -> int:
    return bar.auto_approve * 3 // 2


def _at_once(bar: BoundBar) -> int:
    return bar.allowed * 3 // 2


_WISHES = (
    _Wish(
        customer="demo-0008",
        kind=ChangeRequestKind.RESOURCE_QUOTA,
        desired=_after_review,
        reason="The image pipeline needs more processors for the yearly lens catalogue, to be printed on the 30th.",
        ago=timedelta(days=6, hours=3),
        then=ApproveTenantChangeRequest,
        because="Agreed with the account team; fits their contract.",
    ),
    _Wish(
        customer="demo-0002",
        kind=ChangeRequestKind.RESOURCE_QUOTA,
        desired=_after_review,
        reason="The path planner wants 6 processors for a demonstration at a customer's site.",
        ago=timedelta(days=5, hours=7),
        then=RejectTenantChangeRequest,
        because="The trial is over: settle billing first, then ask again.",
    ),
    _Wish(
        customer="demo-0003",
        kind=ChangeRequestKind.EGRESS,
        desired={"hosts": "sftp.harbour-office.example", "ports": "22"},
        reason="Customs papers are fetched from the harbour's SFTP server every 15 minutes, from Monday on.",
        ago=timedelta(days=4, hours=2),
        then=CancelTenantChangeRequest,
        because="The harbour sends the papers by HTTPS now.",
    ),
    _Wish(
        customer="demo-0003",
        kind=ChangeRequestKind.RESOURCE_QUOTA,
        desired=_after_review,
        reason="Route planning needs more memory for the 12 000 stops of the Christmas season, by the 1st.",
        ago=timedelta(days=3, hours=5),
    ),
    _Wish(
        customer="demo-0010",
        kind=ChangeRequestKind.STORAGE_QUOTA,
        desired=_at_once,
        reason="Nightly backups of 40 clients need room for 30 more days, to keep what the new contract promises.",
        ago=timedelta(days=2, hours=9),
    ),
    _Wish(
        customer="demo-0004",
        kind=ChangeRequestKind.EXPOSURE_HOSTNAME,
        desired={"add": "press.velmorrow.example"},
        reason="The press archive of 3 200 titles moves to our own name before the book fair on Thursday.",
        ago=timedelta(days=2, hours=1),
    ),
    _Wish(
        customer="demo-0007",
        kind=ChangeRequestKind.BACKUP_POLICY,
        desired={"default_protection": "no"},
        reason="Build runners are made anew 300 times a day and hold nothing; their backups only cost space.",
        ago=timedelta(days=1, hours=4),
    ),
    _Wish(
        customer="demo-0005",
        kind=ChangeRequestKind.STORAGE_QUOTA,
        desired=_after_review,
        reason="The render cache of the new film needs the space until the final cut in 3 weeks.",
        ago=timedelta(hours=22),
    ),
    _Wish(
        customer="demo-0012",
        kind=ChangeRequestKind.EXPOSURE_HOSTNAME,
        desired={"add": "looms.apps.example.net"},
        reason="The loom dashboard is to be reached from the shop floor by 25 people.",
        ago=timedelta(hours=9),
    ),
    _Wish(
        customer="demo-0011",
        kind=ChangeRequestKind.STORAGE_QUOTA,
        desired=_after_review,
        reason="Pattern scans of 1 400 fabrics are to be imported for our client before the weekend.",
        ago=timedelta(hours=5),
        asked_by="demo-0010",
    ),
    _Wish(
        customer="demo-0009",
        kind=ChangeRequestKind.EGRESS,
        desired={"hosts": "tiles.halvornis-survey.example", "ports": "443"},
        reason="Map tiles come from the survey's own server, 2 GB a night; the import is due on the 1st.",
        ago=timedelta(minutes=50),
    ),
)


def ask_for_changes(store: Store, policy: Policy, customers: int, now: datetime) -> None:
    """Make the requests of those customers that there are, and end those that ended. Nothing lies ahead of `now`."""
    moment = now
    surface = Surface(store, policy=policy, clock=lambda: moment)  # not closed: the store is the demo's

    for wish in _WISHES:
        if not _is_there(wish.customer, customers):
            continue
        moment = now - wish.ago
        asked = _ask(surface, wish)
        if wish.then is not None:
            moment += _DECIDED_AFTER
            _end(surface, wish, wish.then, asked.change_request_id)
    if _is_there(_HELPED, customers):
        moment = now - timedelta(hours=2)
        _ask_for_credit(surface, policy)


def _is_there(customer_id: str, customers: int) -> bool:
    return int(customer_id.removeprefix("demo-")) <= customers


def _ask(surface: Surface, wish: _Wish) -> ChangeRequestView:
    admin, desired = _admin_of(wish), _desired(surface, wish)
    preview = PreviewTenantChangeRequest(customer_id=wish.customer, kind=wish.kind, desired=desired)
    request = CreateTenantChangeRequest(
        customer_id=wish.customer,
        kind=wish.kind,
        desired=desired,
        reason=wish.reason,
        request_id=new_id("req"),
        digest=surface.dispatch(admin, preview).digest,
    )
    receipt: ChangeRequestReceipt = surface.dispatch(admin, request)
    return receipt.change_request


def _desired(surface: Surface, wish: _Wish) -> dict[str, str]:
    if isinstance(wish.desired, dict):
        return wish.desired
    workspace = surface.dispatch(_admin_of(wish), GetTenantChangeRequestWorkspace(customer_id=wish.customer))
    form = next(form for form in workspace.kinds if form.kind is wish.kind)
    amounts = {field.name: wish.desired(bar) for field, bar in zip(form.fields, form.bars, strict=True)}
    return {name: (format_cpu if name == "cpu" else format_bytes)(amount) for name, amount in amounts.items()}


def _end(surface: Surface, wish: _Wish, how: type[AuditedRequest], change_request_id: str) -> None:
    by = _admin_of(wish) if how is CancelTenantChangeRequest else _OPERATOR
    fields = {"customer_id": wish.customer, "change_request_id": change_request_id}
    fields |= {"reason": wish.because, "request_id": new_id("req")}
    if how is ApproveTenantChangeRequest:
        preview = PreviewTenantChangeRequest(customer_id=wish.customer, change_request_id=change_request_id)
        fields["digest"] = surface.dispatch(by, preview).digest
    surface.dispatch(by, how(**fields))


def _ask_for_credit(surface: Surface, policy: Policy) -> None:
    """Ask for more than one operator may grant alone."""
    view = surface.dispatch(_OPERATOR, GetCustomerBillingView(customer_id=_HELPED))
    surface.dispatch(
        _OPERATOR,
        ApplySupportCredit(
            customer_id=_HELPED,
            workspace_hours=str(policy.action_limit_hours + 20),
            reason="Two days of the import were lost to our outage in the eastern region.",
            request_id=new_id("req"),
            etag=view.billing.etag,
        ),
    )


def _admin_of(wish: _Wish) -> Principal:
    tenant = wish.asked_by or wish.customer
    return Principal(actor=f"admin@{tenant}", role=Role.CUSTOMER_ADMIN, customer_id=tenant)
