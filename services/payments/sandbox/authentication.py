"""Who may call the sandbox's API: anybody with a test key, which any text after `sk_test_` is."""

import base64
import binascii
from collections.abc import Mapping

from services.payments.sandbox.errors import ApiError, invalid_request
from services.payments.sandbox.world import API_VERSION

_TEST_KEYS = ("sk_test_", "rk_test_")
_NO_KEY = (
    "You did not provide an API key. Provide a test key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer sk_test_sandbox')."
)
_LIVE_KEY = "This is a sandbox: it refuses live keys, and takes test keys (sk_test_…). Revoke the key that was sent."


def authenticate(headers: Mapping[str, str]) -> None:
    """Accept the headers of a call, or refuse it.

    Raises:
        ApiError: 401, without a test key; 400, for an API version that the sandbox does not speak.
    """
    key = _key(headers.get("authorization", ""))
    if not key:
        raise _refused(_NO_KEY)
    if "_live_" in key[:10]:
        raise _refused(_LIVE_KEY)
    if not key.startswith(_TEST_KEYS) or key in _TEST_KEYS:
        raise _refused("Invalid API Key provided: the sandbox takes test keys, which begin with sk_test_.")
    version = headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise invalid_request(f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION} alone.")


def _key(authorization: str) -> str:
    """Return the key of a Bearer header, or the user's name of a Basic one."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _refused(message: str) -> ApiError:
    return ApiError(401, "invalid_request_error", message)
