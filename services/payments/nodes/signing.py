"""Ed25519 keys and signatures: how a node can tell, without asking anybody, that entitlements come from here.

JWS in its compact form (RFC 7515) with EdDSA (RFC 8037). The private keys stay in the database and in this process.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWS
from jwt.algorithms import OKPAlgorithm

from services.contract.errors import Code, Refused
from services.contract.ids import NewId
from services.payments.nodes import store
from services.payments.nodes.model import Entitlements
from services.payments.nodes.store import StoredKey
from services.storage.connection import Connection
from services.storage.engine import Store, lock_name

ALGORITHM = "EdDSA"

_JWS = PyJWS(algorithms=[ALGORITHM])


class KeyRing:
    """All signing keys there are: the latest signs, and the older ones tell what was signed with them."""

    def __init__(self, keys: Sequence[StoredKey]) -> None:
        self._private = {key.key_id: Ed25519PrivateKey.from_private_bytes(key.private_key) for key in keys}
        self._latest = keys[-1].key_id

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._private)})"

    def sign(self, entitlements: Entitlements) -> str:
        """Return entitlements, signed."""
        return _JWS.encode(
            msgspec.json.encode(entitlements),
            self._private[self._latest],
            algorithm=ALGORITHM,
            headers={"kid": self._latest},
        )

    def public_keys(self) -> dict[str, Any]:
        """Return what signatures can be checked with: a JSON Web Key Set (RFC 7517)."""
        return {
            "keys": [
                OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": key_id, "alg": ALGORITHM, "use": "sig"}
                for key_id, key in self._private.items()
            ]
        }


def open_ring(data: Store, new_id: NewId, now: datetime, *, read_only: bool) -> KeyRing:
    """Return all signing keys; the first one is made here, once, however many processes ask for it at once.

    Raises:
        Refused: `NO_SIGNING_KEY`, where there is none and none may be made.
    """
    with data.look() as conn:
        keys = store.all_keys(conn)
    if not keys and read_only:
        raise Refused(
            Code.FAILED_PRECONDITION,
            "NO_SIGNING_KEY",
            "Nothing was signed here yet, and this server changes nothing: start one without --read-only.",
        )
    return KeyRing(keys or data.transact(lambda conn: _first_key(conn, new_id, now)))


def _first_key(conn: Connection, new_id: NewId, now: datetime) -> list[StoredKey]:
    lock_name(conn, "signing keys")
    if keys := store.all_keys(conn):  # another process was here meanwhile
        return keys
    key = StoredKey(key_id=new_id("key"), private_key=Ed25519PrivateKey.generate().private_bytes_raw(), created_at=now)
    store.add_signing_key(conn, key)
    return [key]
