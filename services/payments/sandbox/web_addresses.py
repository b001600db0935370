"""Addresses that a merchant gives for a browser to go to."""

from urllib.parse import urlsplit

from services.payments.sandbox.errors import invalid_request


def check_address(address: str, param: str) -> None:
    """Check that a page may send a browser to an address.

    Raises:
        ApiError: 400 `url_invalid`, unless it is absolute, with http or https, and has a host.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that hold no IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or address != address.strip():
        raise invalid_request("Not a valid URL", param=param, code="url_invalid")
