"""The errors that the sandbox answers with, in the shape of Stripe's (docs.stripe.com/api/errors)."""

from typing import Any

_OWN_CODES = frozenset(
    {"authentication_required", "expired_card", "incorrect_cvc", "incorrect_number", "processing_error"}
)
"""Declines whose `code` says the same as their `decline_code`; any other is a `card_declined`."""


class ApiError(Exception):
    """A call that Stripe would refuse.

    Args:
        status: the HTTP status.
        error_type: "invalid_request_error", "card_error", "api_error" or "idempotency_error".
        message: the sentence; a card error's is shown to the person who pays.
        code: Stripe's short code; null: none.
        param: which parameter is meant, as in "items[0][price]".
        decline_code: why the card's bank declined.
        extra: what else the error carries, such as `payment_intent`.
    """

    def __init__(
        self,
        status: int,
        error_type: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = error_type
        self.message = message
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.extra = extra

    @property
    def keeps_work(self) -> bool:
        """Whether what was recorded before it stays: a declined payment has been attempted, and can be seen."""
        return self.status == 402

    def body(self) -> dict[str, Any]:
        """Return the error as it travels: `{"error": {"type", "message", …}}`."""
        told = {"code": self.code, "decline_code": self.decline_code, "message": self.message, "param": self.param}
        return {"error": {"type": self.type} | {k: v for k, v in told.items() if v is not None} | self.extra}


def invalid_request(
    message: str, *, param: str | None = None, code: str | None = None, status: int = 400, **extra: Any
) -> ApiError:
    """Return the refusal of a call that is malformed, or not possible as things stand."""
    return ApiError(status, "invalid_request_error", message, code=code, param=param, **extra)


def missing(kind: str, object_id: str, param: str = "id") -> ApiError:
    """Return the refusal of a call about an object that does not exist."""
    return invalid_request(f"No such {kind}: '{object_id}'", param=param, code="resource_missing", status=404)


def card_error(decline_code: str, message: str, **extra: Any) -> ApiError:
    """Return the refusal of a payment by the card's bank."""
    code = decline_code if decline_code in _OWN_CODES else "card_declined"
    return ApiError(402, "card_error", message, code=code, decline_code=decline_code, **extra)
