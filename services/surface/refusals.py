"""A refused change leaves one trace: its own audit event, in a transaction of its own."""

from typing import Any

import msgspec

from services.audit.model import SYSTEM_STREAM, NewEvent, stream_of
from services.audit.store import append
from services.billing.store import current_etag, lock_customer
from services.contract.errors import Code, Refused
from services.contract.ids import is_customer_id
from services.contract.requests import Request
from services.contract.text import clean
from services.contract.types import Outcome
from services.surface.model import Call

# A refused text may be of any length; what is kept of it is enough to recognise it by.
_KEPT = 200
_TOLD_ELSEWHERE = frozenset({"customer_id", "reason", "request_id", "etag", "content", "events"})


def record_refusal(call: Call, method: str, request: Request, refused: Refused) -> None:
    """Record a refused call in its customer's stream, or in `system` where there is no such customer.

    Two refusals leave no trace: a reused request id writes nothing (PRODUCT.md §3), and a store that does not answer
    cannot be written to.
    """
    if refused.reason == "REQUEST_ID_REUSED" or refused.code is Code.UNAVAILABLE:
        return
    principal = call.context.principal
    customer_id = getattr(request, "customer_id", None)
    with call.store.write() as conn:
        known = customer_id is not None and is_customer_id(customer_id) and lock_customer(conn, customer_id)
        append(
            conn,
            NewEvent(
                stream=stream_of(customer_id) if known and customer_id is not None else SYSTEM_STREAM,
                occurred_at=call.context.now,
                actor=principal.actor,
                role=principal.role.value,
                action=method,
                resource="customers" if customer_id is None else f"customers/{_short(customer_id)}",
                etag_before=current_etag(conn, customer_id) if known and customer_id is not None else None,
                etag_after=None,
                request_id=_short(getattr(request, "request_id", None)),
                outcome=Outcome.FAILED if refused.code is Code.INTERNAL else Outcome.DENIED,
                reason=_short(getattr(request, "reason", None)),
                payload=_payload(request, refused),
            ),
        )


def _payload(request: Request, refused: Refused) -> bytes:
    fields = {name: getattr(request, name) for name in request.__struct_fields__ if name not in _TOLD_ELSEWHERE}
    told: dict[str, Any] = {"code": refused.code, "refused": refused.reason, "message": refused.message}
    told["params"] = {name: _short(str(value)) for name, value in fields.items()}
    return msgspec.json.encode(told, order="sorted")


def _short(text: str | None) -> str | None:
    return None if text is None else clean(text)[:_KEPT]
