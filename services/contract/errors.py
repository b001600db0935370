"""The closed error set (PRODUCT.md §4): every refusal is one `Refused` with a code, a reason and one plain sentence."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """What kind of refusal it is; the HTTP status and the exit code follow from it."""

    UNAUTHENTICATED = "unauthenticated"
    PERMISSION_DENIED = "permission_denied"
    NOT_FOUND = "not_found"
    INVALID_ARGUMENT = "invalid_argument"
    FAILED_PRECONDITION = "failed_precondition"
    ABORTED = "aborted"
    ALREADY_EXISTS = "already_exists"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Refused(Exception):
    """A call that was not carried out, and why.

    Args:
        code: the kind of refusal.
        reason: an UPPER_SNAKE constant other programs may rely on.
        message: one sentence for a person that says what to do.
        details: JSON-able facts that help to mend the call (a fresh preview, bad lines, …).
    """

    def __init__(self, code: Code, reason: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details: dict[str, Any] = dict(details or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return (Refused, (self.code, self.reason, self.message, self.details))

    def as_dict(self) -> dict[str, Any]:
        """Return the error as it travels: `{code, reason, message, details}`."""
        return {"code": self.code.value, "reason": self.reason, "message": self.message, "details": self.details}


def invalid(reason: str, message: str, **details: Any) -> Refused:
    """Return a refusal of a malformed argument."""
    return Refused(Code.INVALID_ARGUMENT, reason, message, details)


def precondition(reason: str, message: str, **details: Any) -> Refused:
    """Return a refusal because the record's state does not allow the call."""
    return Refused(Code.FAILED_PRECONDITION, reason, message, details)


def customer_not_found() -> Refused:
    """Return the one answer for a customer that does not exist or lies outside the caller's scope (PRODUCT.md §4)."""
    return Refused(
        Code.NOT_FOUND, "CUSTOMER_NOT_FOUND", "No such customer here: check the customer id, or find them by name."
    )
