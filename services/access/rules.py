"""What a token looks like, how long it may serve, and whether it serves now. Pure."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from services.access.model import AccessToken
from services.contract.errors import Code, Refused, invalid
from services.contract.principals import Principal, Role
from services.contract.requests import WhoAmI
from services.contract.text import clean

_NODE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_PROGRAMS_OWN = "system:"
_AS_READ_FOR_STRIPE = "stripe"
LONGEST_NAME = 100
LONGEST_DAYS = 3_650
CLOCKS_APART = timedelta(minutes=1)
"""How far apart the clocks of processes that share a database may be for the count of calls to be exact."""

CONFINED = frozenset({Role.CUSTOMER_ADMIN, Role.CUSTOMER_MEMBER})
"""The roles that belong to a tenant."""

FOR_NODES = frozenset({WhoAmI.__name__})
"""The methods that a node's token may call."""

# The id says which row to look at, the secret is what must be known. 43 characters hold 256 random bits, so one round
# of SHA-256 is enough: there is nothing to guess that a slower hash would protect.
_TOKEN = re.compile(r"(bht_[0-9a-z]{1,40})\.([A-Za-z0-9_-]{43})")
_PASTED = re.compile(r"(bht_[0-9a-z]{1,40})\.[A-Za-z0-9_-]+")  # all of one, or the part that was copied
_LIFETIME = re.compile(r"([1-9][0-9]{0,5})([mhd])")
# Joiners, separators and variation selectors: what a name does not lack when they are gone.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff]"
)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_NO_SECRET = bytes(32)


def token_text(token_id: str, secret: str) -> str:
    """Return the token as it is handed out."""
    return f"{token_id}.{secret}"


def read_token(text: str | None) -> tuple[str, str]:
    """Return the id and the secret that a token's text holds.

    Raises:
        Refused: `TOKEN_MISSING`, `TOKEN_INVALID`.
    """
    if not text:
        raise _unauthenticated("TOKEN_MISSING", "Send an access token, as `Authorization: Bearer …`.")
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise _unknown_token()
    return found[1], found[2]


def holds_secret(text: str) -> bool:
    """Return whether a whole token stands in a text."""
    return _TOKEN.search(text) is not None


def without_secrets(text: str) -> str:
    """Return `text` with what stands behind the id of a token left out: somebody may paste one anywhere."""
    return _PASTED.sub(r"\1.…", text)


def hash_secret(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def parse_lifetime(text: str) -> timedelta:
    """Return how long `90d`, `12h` or `30m` is.

    Raises:
        Refused: `INVALID_LIFETIME`.
    """
    found = _LIFETIME.fullmatch(text)
    lifetime = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < lifetime <= timedelta(days=LONGEST_DAYS):
        raise invalid("INVALID_LIFETIME", f"Give a lifetime such as 90d, 12h or 30m, of at most {LONGEST_DAYS} days.")
    return lifetime


def checked_name(text: str) -> str:
    """Return a token's name, cleaned, with single spaces, in one spelling of its signs and without invisible ones.

    Raises:
        Refused: `INVALID_NAME`.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", clean(text)))
    name = " ".join(plain.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise invalid("INVALID_NAME", f"Give the name of who uses the token, in 1 to {LONGEST_NAME} characters.")
    if name.casefold().startswith(_PROGRAMS_OWN):
        raise invalid("INVALID_NAME", f"Names that begin with {_PROGRAMS_OWN} are the program's own: give another.")
    if _as_read(name) == _AS_READ_FOR_STRIPE:
        raise invalid("INVALID_NAME", "This is what the trail calls Stripe itself: give another name.")
    return name


def require_one_spelling(name: str, others: Iterable[str]) -> None:
    """Refuse a name that differs from another token's in case, spaces or punctuation alone.

    The name is the actor: two that read alike are one person, to whom the four-eyes rule applies.

    Raises:
        Refused: `NAME_SPELLED_OTHERWISE`.
    """
    for other in others:
        if other != name and _as_read(other) == _as_read(name):
            raise Refused(
                Code.ALREADY_EXISTS,
                "NAME_SPELLED_OTHERWISE",
                f"There is a token of «{other}»: for the same person spell the name so, for another add a word to it.",
                {"name": other},
            )


def _as_read(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def require_tenant(role: Role, customer_id: str | None, node_id: str | None = None) -> None:
    """Refuse a tenant's role without a tenant, a tenant for any other role but a node's, and half a node.

    Raises:
        Refused: `INVALID_TENANT`, `INVALID_NODE`.
    """
    if node_id is not None:
        _require_node(role, customer_id, node_id)
    elif role in CONFINED and customer_id is None:
        raise invalid("INVALID_TENANT", f"Name a customer with customer_id: the role {role} belongs to one.")
    elif role is Role.SERVICE and customer_id is not None:
        raise invalid(
            "INVALID_TENANT",
            f"Leave out customer_id, or name one of its nodes with node_id: the role {role} belongs to none else.",
        )
    elif role not in CONFINED and customer_id is not None:
        raise invalid("INVALID_TENANT", f"Leave out customer_id: the role {role} belongs to none.")


def _require_node(role: Role, customer_id: str | None, node_id: str) -> None:
    if role is not Role.SERVICE:
        raise invalid("INVALID_NODE", f"Leave out node_id: nodes have the role {Role.SERVICE}, and not {role}.")
    if not _NODE_ID.fullmatch(node_id):
        raise invalid("INVALID_NODE", "Give a node id of 1 to 64 of these: letters and digits of ASCII, and _ . : -")
    if customer_id is None:
        raise invalid("INVALID_TENANT", "Name the customer whose node it is with customer_id.")


def require_no_node(principal: Principal, method: str) -> None:
    """Refuse a node's token for whatever its heartbeats are not; who it stands for it may learn.

    Raises:
        Refused: `NODE_TOKEN`.
    """
    if principal.node_id is not None and method not in FOR_NODES:
        raise Refused(
            Code.PERMISSION_DENIED,
            "NODE_TOKEN",
            f"This token is the node {principal.node_id}'s, for its heartbeats alone: call {method} with another one.",
        )


def status(token: AccessToken, now: datetime) -> Literal["active", "expired", "revoked"]:
    """Return whether the token serves, and if not, why; revoked before expired."""
    if token.revoked_at is not None:
        return "revoked"
    return "active" if now < token.expires_at else "expired"


def admit(token: AccessToken | None, secret: str, now: datetime) -> AccessToken:
    """Return the token that was found for an id, if the secret is its own and it serves now.

    The comparison takes the same time wherever the texts differ, and is made for an unknown id too. Only who knows the
    secret learns that the token has expired or was revoked.

    Raises:
        Refused: `TOKEN_INVALID`, `TOKEN_REVOKED`, `TOKEN_EXPIRED`.
    """
    kept = _NO_SECRET if token is None else token.secret_hash
    if not hmac.compare_digest(hash_secret(secret), kept) or token is None:
        raise _unknown_token()
    match status(token, now):
        case "revoked":
            raise _unauthenticated("TOKEN_REVOKED", "This access token was revoked: ask for another one.")
        case "expired":
            raise _unauthenticated("TOKEN_EXPIRED", "This access token has expired: ask for another one.")
        case "active":
            return token


def minute_to_count_in(now: datetime, kept: datetime | None) -> datetime:
    """Return the beginning of the minute in which a call counts: of `now`, or of the one after it once that has begun.

    `kept`: the minute counted in last. Processes whose clocks are less than a minute apart count in the same minutes,
    the latest of theirs; a clock that is further ahead is wrong, and what it left is not gone by.
    """
    minute = now.replace(second=0, microsecond=0)
    return kept if kept is not None and minute <= kept <= minute + CLOCKS_APART else minute


def _unknown_token() -> Refused:
    """Return the one answer to whatever is no token of this service."""
    return _unauthenticated("TOKEN_INVALID", "This access token is not known here: check that all of it was copied.")


def _unauthenticated(reason: str, message: str) -> Refused:
    return Refused(Code.UNAUTHENTICATED, reason, message)
