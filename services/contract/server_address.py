"""Where a server is. Its address is taken apart once, so that the host that is shown is the one that is asked."""

import base64
import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Host names as they travel; a name in other letters may look like another one, so it is to be written in this form.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?\.?")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


class UnusableAddressError(ValueError):
    """Says what is wrong with an address, as the end of a sentence without its stop."""


class ServerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A server's address.

    Args:
        url: the base address, without credentials and without a slash at its end.
        host: what is shown: the host, and the port where it is not the scheme's own.
        is_loopback: whether it is this machine.
        credentials: the `Authorization` that a name and password in the address stand for.
    """

    url: str
    host: str
    is_loopback: bool
    credentials: str | None


def parse_address(base_url: str) -> ServerAddress:
    """Return the parts of a base address.

    Raises:
        UnusableAddressError: what is wrong with it. The address is not quoted: it may hold a password.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise UnusableAddressError("its host or port cannot be read") from error
    if not base_url.isascii() or not base_url.isprintable() or " " in base_url:
        raise UnusableAddressError("it may hold ASCII characters only, and no spaces; write a host name in xn-- form")
    if parts.scheme not in _DEFAULT_PORTS:
        raise UnusableAddressError("it must begin with http:// or https://")
    if parts.query or parts.fragment:
        raise UnusableAddressError("it must end with the path, without ? and #")
    if not _PATH.fullmatch(parts.path):
        raise UnusableAddressError("its path holds characters that no address may hold")
    host = _host(parts.hostname or "")
    shown = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return ServerAddress(
        url=f"{parts.scheme}://{shown}{parts.path.rstrip('/')}",
        host=shown,
        is_loopback=_is_loopback(host),
        credentials=_credentials(parts),
    )


def _host(name: str) -> str:
    if ":" in name:
        if "%" in name:
            raise UnusableAddressError("it names an interface of this machine (%)")
        try:
            return f"[{IPv6Address(name)}]"
        except ValueError as error:
            raise UnusableAddressError("its host is not an IPv6 address") from error
    if not _NAME.fullmatch(name):
        raise UnusableAddressError("it names no host")
    return name


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 §6.3


def _credentials(parts: SplitResult) -> str | None:
    if not parts.username and not parts.password:
        return None
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
