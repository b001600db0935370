"""The HTTP status of each kind of refusal."""

from services.contract.errors import Code, Refused

STATUS = {
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 422,
    Code.ABORTED: 409,
    Code.ALREADY_EXISTS: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}

# What is wrong with the request as HTTP has a status of its own; for a program it is an invalid argument all the same.
TRANSPORT_STATUS = {
    "METHOD_NOT_ALLOWED": 405,
    "BODY_TOO_SLOW": 408,
    "BODY_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "HEADERS_TOO_LARGE": 431,
}

CLIENT_LEFT = 499
"""What the log and the metrics call a request whose caller did not wait for the answer; nobody is ever sent it."""


def status_of(refused: Refused) -> int:
    """Return the status that a refusal is answered with."""
    return TRANSPORT_STATUS.get(refused.reason) or STATUS[refused.code]
