"""A desk with scripted answers that keeps what it was asked: the port at which the app is tested without a store."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.contract.errors import Refused, customer_not_found
from services.contract.requests import (
    ActionRequest,
    AskBillingChat,
    ClearBillingChatThread,
    ExportBillingReport,
    GetBillingChatThread,
    GetCustomerBillingView,
    ListAuditEvents,
    ListBillingCustomers,
    ListLedgerEntries,
    ListTenantChangeRequests,
    PreviewBillingAction,
    Request,
    VerifyAuditTrail,
    WhoAmI,
)
from services.contract.types import ACTION_TITLES, Action, Category, ChecklistStatus, Unit
from services.contract.views import (
    ActionPreview,
    ActionReceipt,
    AuditPage,
    AuditVerification,
    Change,
    ChangeRequestPage,
    ChatAnswer,
    ChatDelta,
    ChatEvent,
    ChatFact,
    ChatMessage,
    ChatThread,
    Cleared,
    CustomerBillingView,
    CustomerList,
    CustomerRow,
    Identity,
    LedgerPage,
    LedgerVerification,
    NotModified,
    ReportFile,
    StreamVerification,
    SupportCreditLimits,
)
from tests.builders import NOW, make_blocked_view, make_entry, make_event, make_lot, make_view

METHODS = [
    *("WhoAmI", "ListBillingCustomers", "GetCustomerBillingView", "ListLedgerEntries", "ListAuditEvents"),
    *("VerifyAuditTrail", "ExportBillingReport", "PreviewBillingAction", "GetBillingChatThread", "AskBillingChat"),
    *("ClearBillingChatThread", "PreviewBillingChatPayload", *(action.value for action in Action)),
]

Script = Callable[[Any], Any]
"""Answers one request: returns a view, or raises."""


def make_identity(role: str = "operator", *, methods: list[str] | None = None, read_only: bool = False) -> Identity:
    """Return who is signed in."""
    return Identity(
        actor="dana",
        role=role,
        customer_id=None,
        store="desk.db",
        read_only=read_only,
        methods=METHODS if methods is None else methods,
        support_credit_limits=None,
    )


def three_customers() -> dict[str, CustomerBillingView]:
    """Return a blocked customer, a healthy one, and one with a support credit and an open item."""
    support = make_lot("grant-7", Unit.WORKSPACE_HOURS, "5.00", amount="5.00", category=Category.SUPPORT)
    views = [
        make_blocked_view(customer_id="acme-eu", legal_name="Acme GmbH"),
        make_view(customer_id="bolt", legal_name="Bolt Works"),
        make_view(customer_id="crux", legal_name="Crux SA", lots=[support], billing_item=ChecklistStatus.OPEN),
    ]
    return {view.customer.customer_id: view for view in views}


@dataclass
class FakeDesk:
    """Answers from `views`; `scripts` answer in place of it, by request type."""

    views: dict[str, CustomerBillingView] = field(default_factory=three_customers)
    identity: Identity = field(default_factory=make_identity)
    scripts: dict[type[Request], Script] = field(default_factory=dict)
    calls: list[Request] = field(default_factory=list)
    story_breaks: Refused | None = None
    """Why the guide does not answer."""
    messages: list[ChatMessage] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """While set and not open, actions and answers wait for it."""
    closed: bool = False

    def asked(self, kind: type[Request]) -> list[Any]:
        """Return the requests of one type, oldest first."""
        return [call for call in self.calls if isinstance(call, kind)]

    def previewed(self) -> list[dict[str, str]]:
        """Return the fields of every preview that was asked for."""
        return [call.params for call in self.asked(PreviewBillingAction)]

    def refuse(self, kind: type[Request], refusal: Refused) -> None:
        """Refuse every request of a type."""

        def script(_request: Request) -> Any:
            raise refusal

        self.scripts[kind] = script

    async def call(self, request: Request) -> Any:
        """Answer a request."""
        self.calls.append(request)
        if self.gate is not None and isinstance(request, ActionRequest):
            await self.gate.wait()
        for kind, script in self.scripts.items():
            if isinstance(request, kind):
                return script(request)
        return self._answer(request)

    async def prepare(self) -> None:
        """Load nothing."""

    async def hang_up(self) -> None:
        """Close nothing."""

    def close(self) -> None:
        """Remember that the store was given back."""
        self.closed = True

    async def stream(self, request: AskBillingChat) -> AsyncGenerator[ChatEvent, None]:
        """Say two pieces, then the answer."""
        self.calls.append(request)
        if self.story_breaks is not None:
            raise self.story_breaks
        yield ChatDelta(text="They are ")
        if self.gate is not None:
            await self.gate.wait()
        yield ChatDelta(text="blocked.")
        question = message("operator", request.question or f"{request.starter}")
        answer = message("guide", "They are blocked.")
        self.messages += [question, answer]
        yield ChatAnswer(thread_id="thread-1", question=question, message=answer)

    def _answer(self, request: Request) -> Any:
        match request:
            case WhoAmI():
                return self.identity
            case ListBillingCustomers():
                return self._list(request)
            case GetCustomerBillingView(customer_id=customer_id):
                view = self._view(customer_id)
                return NotModified() if request.if_none_match == view.view_etag else view
            case PreviewBillingAction():
                return self._preview(request)
            case ActionRequest():
                return self._act(request)
            case GetBillingChatThread(customer_id=customer_id):
                return ChatThread(
                    customer_id=customer_id,
                    thread_id="thread-1",
                    engine="Rule-based guidance (no model)",
                    messages=list(self.messages),
                    next_page_token=None,
                )
            case ClearBillingChatThread():
                cleared, self.messages = len(self.messages), []
                return Cleared(messages=cleared)
            case ListLedgerEntries():
                return LedgerPage(entries=[make_entry()], next_page_token=None)
            case ListTenantChangeRequests():
                return ChangeRequestPage(change_requests=[], next_page_token=None, total=0, total_is_more=False)
            case ListAuditEvents():
                return AuditPage(events=[make_event()], next_page_token=None)
            case VerifyAuditTrail():
                return self._verification()
            case ExportBillingReport(customer_id=customer_id, format=format_):
                name = f"billing-report-{customer_id}.{format_.value}"
                return ReportFile(filename=name, media_type="text/plain", content=b"the report")
            case _:
                raise AssertionError(request)

    def _view(self, customer_id: str) -> CustomerBillingView:
        if customer_id not in self.views:
            raise customer_not_found()
        return self.views[customer_id]

    def _list(self, request: ListBillingCustomers) -> CustomerList:
        rows = [_row(view) for view in sorted(self.views.values(), key=lambda view: view.customer.legal_name)]
        ids = [row.customer_id for row in rows]
        if request.after_customer_id is not None:
            rows = rows[ids.index(request.after_customer_id) + 1 :]
        if request.before_customer_id is not None:
            rows = rows[: ids.index(request.before_customer_id)][::-1]
        if request.query:
            rows = [row for row in rows if request.query.casefold() in row.legal_name.casefold()]
        if request.blocked_only:
            rows = [row for row in rows if row.blockers]
        if request.blocker is not None:
            rows = [row for row in rows if request.blocker in row.blockers]
        shown = rows[: request.page_size or 50]
        return CustomerList(customers=shown, next_page_token=None, total=len(rows), total_is_more=False)

    def _preview(self, request: PreviewBillingAction) -> ActionPreview:
        return make_preview(self._view(request.customer_id), request.action)

    def _act(self, request: ActionRequest) -> ActionReceipt:
        view = self._view(request.customer_id)
        healthy = make_view(
            customer_id=view.customer.customer_id,
            legal_name=view.customer.legal_name,
            etag="b2",
            view_etag="v2",
            changed_at=NOW,
        )
        self.views[request.customer_id] = healthy
        return ActionReceipt(
            outcome="applied",
            replayed=False,
            notice=f"{ACTION_TITLES[Action(type(request).__name__)]} is recorded.",
            audit_event_id="event-9",
            view=healthy,
        )

    def _verification(self) -> AuditVerification:
        sound = [StreamVerification(stream=name, status="OK", length=3, last_hash="ab") for name in self.views]
        ledger = LedgerVerification(customers=3, entries=12, mismatched=[])
        return AuditVerification(streams=sound, ledger=ledger, next_page_token=None)


def make_preview(view: CustomerBillingView, action: Action, *, etag: str | None = None) -> ActionPreview:
    """Return what an action would do: allowed, with one change."""
    return ActionPreview(
        customer_id=view.customer.customer_id,
        legal_name=view.customer.legal_name,
        action=action,
        title=ACTION_TITLES[action],
        etag=etag or view.billing.etag,
        allowed=True,
        reason=None,
        message=None,
        changes=[Change(label="Billing state", before="Needs review", after="Verified")],
        blockers_removed=[],
        blockers_remaining=[],
        blockers_added=[],
        limits=SupportCreditLimits(
            action_workspace_hours="100.00",
            action_ai_cents="50000",
            left_workspace_hours="500.00",
            left_ai_cents="200000",
            window_hours=24,
        ),
    )


def message(author: str, text: str) -> ChatMessage:
    """Return a message of a thread."""
    kind = {"author": author, "text": text, "message_id": f"message-{text}", "created_at": NOW, "actor": "dana"}
    if author == "guide":
        fact = ChatFact(key="state", label="Billing state", value="Needs review", source="billing record")
        kind |= {"engine": "Rule-based guidance (no model)", "facts": [fact]}
    return msgspec.convert(kind, ChatMessage)


def _row(view: CustomerBillingView) -> CustomerRow:
    return CustomerRow(
        customer_id=view.customer.customer_id,
        legal_name=view.customer.legal_name,
        billing_state=view.billing.state,
        payment_rail=view.billing.payment_rail,
        blockers=[blocker.code for blocker in view.blockers],
        blocked_since=None,
    )
