"""How payments are taken: with which key, from where, and how Stripe's own messages are told from forged ones."""

import msgspec

from services.contract.errors import Refused, invalid
from services.contract.server_address import ServerAddress, UnusableAddressError, parse_address
from services.contract.text import clean

STRIPE_ADDRESS = "https://api.stripe.com"
"""Where Stripe answers unless another address is set."""

_TEST_KEYS = ("sk_test_", "rk_test_")
_LIVE_KEYS = ("sk_live_", "rk_live_")
_WEBHOOK_SECRET = "whsec_"  # noqa: S105 - how each of them begins
_LONGEST_ADDRESS = 2_000


class PaymentSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach Stripe, or a sandbox that speaks as Stripe does.

    Args:
        key: the secret key, or a restricted one.
        api_base: where the API answers; null: Stripe itself.
        webhook_secrets: what webhooks are signed with, any one of them; several while one takes over from another.
        return_url: the page that Stripe leads a customer to after Checkout, which Stripe asks for; null: the web site
            that Stripe has of the account. The customer portal needs none, and a sandbox has a page of its own.

    Raises:
        Refused: `CONFIG_INVALID`, when settings are made that cannot work.
    """

    key: str
    api_base: str | None = None
    webhook_secrets: tuple[str, ...] = ()
    return_url: str | None = None

    def __post_init__(self) -> None:
        address = self.address
        _check_key(self.key)
        if address.credentials is not None:
            raise _unusable("STRIPE_API_BASE may hold no user and no password: the key says who asks.")
        if not address.url.startswith("https://") and not address.is_loopback:
            raise _unusable(
                f"STRIPE_API_BASE addresses {address.host} without encryption, which would show the key to the"
                " network: use https://, or http:// on this machine alone."
            )
        if self.is_sandbox and self.livemode:
            raise _unusable(
                f"STRIPE_SECRET_KEY is a live key, and {address.host} is not Stripe: use a test key (sk_test_…) there,"
                " or remove STRIPE_API_BASE."
            )
        _check_webhook_secrets(self.webhook_secrets)
        if self.return_url is not None and not is_web_address(self.return_url):
            raise _unusable("STRIPE_RETURN_URL must be the address of a page, beginning with https://.")

    def __repr__(self) -> str:
        """Return no key and no secret: this is what a traceback shows."""
        return f"PaymentSettings({self.label!r}, host={self.address.host!r})"

    @property
    def address(self) -> ServerAddress:
        """Where the API answers, taken apart."""
        try:
            return parse_address(self.api_base or STRIPE_ADDRESS)
        except UnusableAddressError as problem:
            raise _unusable(f"STRIPE_API_BASE is not the address of an API: {problem}.") from problem

    @property
    def is_sandbox(self) -> bool:
        """Whether what answers is not Stripe itself."""
        return self.address.url != STRIPE_ADDRESS

    @property
    def livemode(self) -> bool:
        """Whether the money is real."""
        return self.key.startswith(_LIVE_KEYS)

    @property
    def label(self) -> str:
        """What takes payments, in words."""
        if self.is_sandbox:
            return "Stripe sandbox"
        return "Stripe" if self.livemode else "Stripe test mode"


def split_secrets(text: str | None) -> tuple[str, ...]:
    """Return the webhook secrets of a setting that has them separated by commas."""
    return tuple(secret for part in (text or "").split(",") if (secret := part.strip()))


def is_web_address(text: str) -> bool:
    """Return whether a browser can be sent to an address: an absolute one, over HTTPS or on this machine."""
    if len(text) > _LONGEST_ADDRESS or not text.isascii() or text != clean(text) or " " in text:
        return False
    try:
        # What follows the host may be anything that fits in a line.
        scheme, _, rest = text.partition("://")
        host = rest.replace("?", "/").replace("#", "/").partition("/")[0]
        address = parse_address(f"{scheme}://{host}")
    except UnusableAddressError:
        return False
    return address.credentials is None and (scheme == "https" or address.is_loopback)


def _check_key(key: str) -> None:
    if key.startswith("pk_"):
        raise _unusable("STRIPE_SECRET_KEY is a publishable key, which may do nothing here: take the secret key.")
    if not key.startswith(_TEST_KEYS + _LIVE_KEYS):
        raise _unusable("STRIPE_SECRET_KEY must begin with sk_test_, rk_test_, sk_live_ or rk_live_: copy it again.")
    if not _is_secret(key) or key in _TEST_KEYS + _LIVE_KEYS:
        raise _unusable("STRIPE_SECRET_KEY is cut off, or holds characters that no key can hold: copy it again.")


def _check_webhook_secrets(secrets: tuple[str, ...]) -> None:
    for number, secret in enumerate(secrets, 1):
        if not secret.startswith(_WEBHOOK_SECRET):
            which = f", and secret {number} of {len(secrets)} does not" if len(secrets) > 1 else ""
            raise _unusable(
                f"STRIPE_WEBHOOK_SECRET must begin with {_WEBHOOK_SECRET}{which}: copy the signing secret that Stripe"
                " shows of the endpoint."
            )
        if not _is_secret(secret) or secret == _WEBHOOK_SECRET:
            raise _unusable(
                "STRIPE_WEBHOOK_SECRET is cut off, or holds characters that no secret can hold: copy it again."
            )


def _is_secret(text: str) -> bool:
    # An HTTP header takes no others.
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _unusable(message: str) -> Refused:
    return invalid("CONFIG_INVALID", message)
