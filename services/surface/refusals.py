"""A refused change leaves one trace: its own audit event, in a transaction of its own."""

from typing import Any

import msgspec

from services.access.rules import without_secrets
from services.audit.model import SYSTEM_STREAM, NewEvent, stream_of
from services.audit.store import append, is_told
from services.billing.store import current_etag, lock_customer
from services.contract.errors import Code, Refused
from services.contract.ids import is_customer_id
from services.contract.requests import CreateToken, CustomerRequest, Request, RevokeToken
from services.contract.text import clean
from services.contract.types import Outcome
from services.storage.connection import Connection
from services.surface.model import Call
from services.surface.scope import in_scope

# A refused text may be of any length; what is kept of it is enough to recognise it by.
_KEPT = 200
_TOLD_ELSEWHERE = frozenset({"reason", "request_id", "etag", "content", "events"})


def record_refusal(call: Call, method: str, request: Request, refused: Refused) -> None:
    """Record a refused call in its customer's stream, or in `system` where the caller has no business with any such.

    That is the same whether the customer exists: how long it takes must not tell, and nobody writes into the trail of a
    customer whom they may not see. Two refusals leave no trace: a reused request id writes nothing (PRODUCT.md §3), and
    a store that does not answer cannot be written to. Where it is who takes payments that does not, what was asked for
    has failed; asked for again under the same request id, as by a key that is pressed again, it leaves no second event
    for the same reason.
    """
    if refused.reason == "REQUEST_ID_REUSED" or (refused.code is Code.UNAVAILABLE and not _is_of_payments(refused)):
        return
    principal = call.context.principal
    customer_id = request.customer_id if isinstance(request, CustomerRequest) else None

    visible = customer_id is not None and is_customer_id(customer_id) and _may_see(call, customer_id)

    def write(conn: Connection) -> None:
        known = visible and customer_id is not None and lock_customer(conn, customer_id)
        event = NewEvent(
            stream=stream_of(customer_id) if known and customer_id is not None else SYSTEM_STREAM,
            occurred_at=call.context.now,
            actor=principal.actor,
            role=principal.role.value,
            action=method,
            resource=_resource(request),
            etag_before=current_etag(conn, customer_id) if known and customer_id is not None else None,
            etag_after=None,
            request_id=_short(getattr(request, "request_id", None)),
            outcome=Outcome.FAILED if refused.code in (Code.INTERNAL, Code.UNAVAILABLE) else Outcome.DENIED,
            reason=_short(getattr(request, "reason", None)),
            payload=_payload(request, refused),
        )
        if not (_is_of_payments(refused) and is_told(conn, event)):
            append(conn, event)

    call.store.transact(write)


def _is_of_payments(refused: Refused) -> bool:
    return refused.reason.startswith("PAYMENTS_")


def _may_see(call: Call, customer_id: str) -> bool:
    """Return whether the caller has to do with that customer, if there is one."""
    return call.scope is None or in_scope(call, customer_id)


def _resource(request: Request) -> str:
    match request:
        case CustomerRequest():
            return f"customers/{_short(request.customer_id)}"
        case RevokeToken():
            return f"tokens/{_short(request.token_id)}"
        case CreateToken():
            return "tokens"
        case _:
            return "customers"


def _payload(request: Request, refused: Refused) -> bytes:
    told_elsewhere = _TOLD_ELSEWHERE | ({"customer_id"} if isinstance(request, CustomerRequest) else set())
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name not in told_elsewhere}
    told: dict[str, Any] = {"code": refused.code, "refused": refused.reason, "message": refused.message}
    told["params"] = {name: None if value is None else _short(str(value)) for name, value in fields.items()}
    return msgspec.json.encode(told, order="sorted")


def _short(text: str | None) -> str | None:
    return None if text is None else without_secrets(clean(text))[:_KEPT]
