"""Signing keys: made once, kept here, and enough of them shown that every signature can be checked."""

import threading
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.contract.ids import new_id
from services.contract.plans import PlanCatalogue
from services.payments.nodes import store as nodes_store
from services.payments.nodes.entitlements import Answers
from services.payments.nodes.model import Standing
from services.payments.nodes.rules import entitlements_of
from services.payments.nodes.signing import KeyRing, open_ring
from services.payments.nodes.store import StoredKey
from services.storage.engine import Store
from tests.clocks import START

ENTITLEMENTS = entitlements_of(Standing("acme-eu", 1, "growth", None), PlanCatalogue(), START)


def stored(store: Store) -> list[StoredKey]:
    """Return the keys as they are kept."""
    with store.read() as conn:
        return nodes_store.all_keys(conn)


def check(signed: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Return what was signed, checked with the public key that it names."""
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(signed)["kid"]]
    found: dict[str, Any] = jwt.decode(signed, key, algorithms=["EdDSA"])
    return found


def test_two_processes_that_need_the_first_key_at_once_make_one(store: Store) -> None:
    start, rings = threading.Barrier(4), list[KeyRing]()

    def process() -> None:
        start.wait()
        rings.append(open_ring(store, new_id, START, read_only=False))

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(store)) == 1
    assert {str(ring.public_keys()) for ring in rings} == {str(rings[0].public_keys())}


def test_the_latest_key_signs_and_what_an_older_one_signed_can_still_be_checked(sqlite_store: Store) -> None:
    old = open_ring(sqlite_store, new_id, START, read_only=False)
    key = StoredKey(key_id="z", private_key=Ed25519PrivateKey.generate().private_bytes_raw(), created_at=START)
    with sqlite_store.write() as conn:
        nodes_store.add_signing_key(conn, key)
    new = open_ring(sqlite_store, new_id, START, read_only=False)
    assert jwt.get_unverified_header(new.sign(ENTITLEMENTS)) == {"alg": "EdDSA", "kid": "z", "typ": "JWT"}
    for ring in (old, new):
        assert check(ring.sign(ENTITLEMENTS), new.public_keys())["customer_id"] == "acme-eu"


def test_what_somebody_else_signed_or_changed_is_found_out(sqlite_store: Store) -> None:
    ring = open_ring(sqlite_store, new_id, START, read_only=False)
    head, _payload, signature = ring.sign(ENTITLEMENTS).split(".")
    other = jwt.utils.base64url_encode(b'{"customer_id":"acme-eu","plan":"enterprise"}').decode()
    with pytest.raises(jwt.InvalidSignatureError):
        check(f"{head}.{other}.{signature}", ring.public_keys())


def test_a_private_key_is_shown_nowhere(sqlite_store: Store) -> None:
    ring = open_ring(sqlite_store, new_id, START, read_only=False)
    (key,) = stored(sqlite_store)
    secret = Ed25519PrivateKey.from_private_bytes(key.private_key)
    assert set(ring.public_keys()["keys"][0]) == {"kty", "crv", "x", "kid", "alg", "use"}
    for shown in (repr(ring), repr(key), str(ring.public_keys())):
        for form in (repr(key.private_key), jwt.algorithms.OKPAlgorithm.to_jwk(secret, as_dict=True)["d"]):
            assert form not in shown


def test_more_customers_than_are_kept_are_each_answered_with_their_own(sqlite_store: Store) -> None:
    ring = open_ring(sqlite_store, new_id, START, read_only=False)
    answers = Answers(PlanCatalogue(), most=2)
    for customer_id in ("acme-eu", "beta", "gamma", "acme-eu"):
        answer = msgspec.json.decode(answers.to(Standing(customer_id, 1, "growth", None), ring, START))
        assert check(answer["entitlements"], ring.public_keys())["customer_id"] == customer_id
