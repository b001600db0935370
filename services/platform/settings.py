"""Where the platform is, and how it is spoken to."""

import msgspec

from services.contract.errors import invalid
from services.contract.server_address import ServerAddress, UnusableAddressError, parse_address


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the platform.

    Args:
        url: the address to which orders are posted, as it is.
        token: shows who tells; null: none is sent.
        answer_within: seconds until an answer is complete.

    Raises:
        Refused: `CONFIG_INVALID`, when settings are made that cannot work.
    """

    url: str
    token: str | None = None
    answer_within: float = 10

    def __post_init__(self) -> None:
        try:
            address = parse_address(self.url)
        except UnusableAddressError as problem:
            raise invalid("CONFIG_INVALID", f"[platform] url is not the address of a platform: {problem}.") from problem
        if address.credentials is not None:
            raise invalid("CONFIG_INVALID", "[platform] url may hold no user and no password: set its token instead.")
        if not address.url.startswith("https://") and not address.is_loopback:
            raise invalid(
                "CONFIG_INVALID",
                f"The platform at {address.host} is addressed without encryption, which would show its token to the"
                " network: use https:// in [platform] url, or http:// on this machine alone.",
            )
        # An HTTP header takes no others, and an empty token is none.
        if self.token is not None and not (self.token.isascii() and self.token.isprintable() and self.token):
            raise invalid("CONFIG_INVALID", "[platform] token holds characters that no token can hold: copy it again.")

    def __repr__(self) -> str:
        """Return no token: this is what a traceback shows."""
        return f"PlatformSettings(host={self.address.host!r})"

    @property
    def address(self) -> ServerAddress:
        """The platform's address, taken apart."""
        return parse_address(self.url)
