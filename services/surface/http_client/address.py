"""Where a Billing Help server is, taken apart once: what is shown is what is asked."""

from services.contract.errors import Refused, invalid
from services.contract.server_address import ServerAddress, UnusableAddressError, parse_address


def parse_server_url(url: str) -> ServerAddress:
    """Return the parts of a server's base address.

    Raises:
        Refused: `SERVER_URL_INVALID`; the address is not quoted, for it may hold a password. `SERVER_NOT_SECURE`.
    """
    try:
        address = parse_address(url)
    except UnusableAddressError as problem:
        raise _unusable(f"{problem}.") from problem
    if address.credentials is not None:
        raise _unusable("it may hold no user and no password; an access token says who you are.")
    if not address.url.startswith("https://") and not address.is_loopback:
        raise invalid(
            "SERVER_NOT_SECURE",
            f"The server at {address.host} is addressed without encryption, which would show the access token to the"
            " network: use https://, or http:// on this machine alone.",
        )
    return address


def _unusable(problem: str) -> Refused:
    return invalid("SERVER_URL_INVALID", f"The server URL is not the address of a server: {problem}")
