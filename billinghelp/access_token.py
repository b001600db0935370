"""Where the access token for a server comes from: the settings, else the system's keyring."""

from datetime import timedelta
from typing import TYPE_CHECKING

from billinghelp.secret import Secret
from services.contract.errors import Code, Refused

if TYPE_CHECKING:  # the app reads one figure here, and works on a database as a rule
    from services.contract.server_address import ServerAddress

SERVICE = "billinghelp"
"""What the keyring calls this program; an entry's user is the server's address."""

EXPIRES_SOON = timedelta(days=7)
"""How long before its end a token is said to expire: who issues another one may be away for a few days."""


def require_token(configured: Secret | None, address: "ServerAddress") -> Secret:
    """Return the configured token, or the one that the keyring holds for this server.

    Raises:
        Refused: `TOKEN_MISSING`, with the ways to give one.
    """
    if configured is not None and (text := configured.reveal().strip()):
        return Secret(text)
    token, trouble = keyring_token(address)
    if token is None:
        raise Refused(
            Code.UNAUTHENTICATED,
            "TOKEN_MISSING",
            f"The server at {address.host} wants an access token: set BILLINGHELP_TOKEN, or token in config.toml, or"
            f" store it with `keyring set {SERVICE} {address.url}`{trouble}.",
        )
    return token


def keyring_token(address: "ServerAddress") -> tuple[Secret | None, str]:
    """Return the token that the system's keyring holds for a server, and what is wrong with the keyring, "" if nothing.

    It may ask the person to unlock it, and takes its time: call it in a thread.
    """
    import keyring  # 15 ms, and 50 ms more to look for the system's: only who uses a server without a token pays them
    from keyring.errors import KeyringError, NoKeyringError

    try:
        found = keyring.get_password(SERVICE, address.url)
    except NoKeyringError:
        return None, " (this machine has no keyring that can be used)"
    except KeyringError as error:
        return None, f" (the keyring could not be read: {type(error).__name__})"
    return (Secret(found.strip()) if found and found.strip() else None), ""
