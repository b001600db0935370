"""What a token looks like, how long it may serve, and whether it serves at a moment."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access import rules
from services.access.model import AccessToken
from services.contract.errors import Code, Refused
from services.contract.ids import new_id
from services.contract.principals import Principal, Role
from services.contract.text import is_clean

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "s" * 43
TOKEN = AccessToken(
    token_id="bht_1",
    secret_hash=hashlib.sha256(SECRET.encode()).digest(),
    name="olga",
    role=Role.OPERATOR,
    customer_id=None,
    created_at=NOW,
    created_by="ada",
    expires_at=NOW + timedelta(days=1),
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def reason_of(work: Any, *arguments: Any) -> str | None:
    try:
        work(*arguments)
    except Refused as refused:
        return refused.reason
    return None


def test_what_is_handed_out_is_read_back() -> None:
    token_id, secret = new_id("bht"), secrets.token_urlsafe(32)
    assert rules.read_token(rules.token_text(token_id, secret)) == (token_id, secret)


@pytest.mark.parametrize("text", [None, ""])
def test_no_token_is_told_from_a_wrong_one(text: str | None) -> None:
    assert reason_of(rules.read_token, text) == "TOKEN_MISSING"


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "bht_1",
        "bht_1.",
        f"bht_.{SECRET}",
        f"bht_1.{SECRET[1:]}",
        f"bht_1.{SECRET}s",
        f"bht_1.{SECRET}\n",
        f" bht_1.{SECRET}",
        f"BHT_1.{SECRET}",
        f"bht_A.{SECRET}",
        f"bht_{'1' * 41}.{SECRET}",
        f"bht_1.{SECRET[1:]}=",
        f"bht_1.{SECRET[1:]}é",
        f"bht_1\x00.{SECRET}",
        f"Bearer bht_1.{SECRET}",
        f"bht_1.{SECRET[1:]}\ud800",
    ],
)
def test_a_text_that_is_not_exactly_a_token_is_none(text: str) -> None:
    assert reason_of(rules.read_token, text) == "TOKEN_INVALID"


@given(st.text(max_size=100))
def test_no_text_but_a_tokens_own_reads_as_one(text: str) -> None:
    assert reason_of(rules.read_token, text) in ("TOKEN_MISSING", "TOKEN_INVALID")


@given(st.text(alphabet="0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=40), st.text(ALPHABET, min_size=1))
def test_a_pasted_token_loses_its_secret_wherever_it_stands(token_id: str, secret: str) -> None:
    shown = rules.without_secrets(f"see bht_{token_id}.{secret}, please")
    assert shown == f"see bht_{token_id}.…, please"


def test_a_text_without_a_token_stays_as_it_is() -> None:
    assert rules.without_secrets("bht_1 of PO-7781. Agreed.") == "bht_1 of PO-7781. Agreed."


def test_the_comparison_takes_the_same_path_for_an_unknown_id(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for token in (None, TOKEN):
        assert reason_of(rules.admit, token, SECRET, NOW) == "TOKEN_INVALID"
    assert compared == [(32, 32), (32, 32)]


def test_a_hash_that_happens_to_match_does_not_admit_an_unknown_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "hash_secret", lambda _secret: bytes(32))
    assert reason_of(rules.admit, None, SECRET, NOW) == "TOKEN_INVALID"


def test_only_who_knows_the_secret_learns_what_has_become_of_a_token() -> None:
    gone = [
        msgspec.structs.replace(TOKEN, revoked_at=NOW),
        msgspec.structs.replace(TOKEN, expires_at=NOW),
        None,
        TOKEN,
    ]
    assert [reason_of(rules.admit, token, "w" * 43, NOW) for token in gone] == ["TOKEN_INVALID"] * 4
    assert [reason_of(rules.admit, token, SECRET, NOW) for token in gone] == [
        "TOKEN_REVOKED",
        "TOKEN_EXPIRED",
        "TOKEN_INVALID",
        None,
    ]


def test_every_refusal_of_a_token_is_unauthenticated_and_says_what_to_do() -> None:
    for text in (None, "x"):
        with pytest.raises(Refused) as caught:
            rules.read_token(text)
        assert caught.value.code is Code.UNAUTHENTICATED
        assert caught.value.message.endswith((".", "`."))


@pytest.mark.parametrize(("microseconds", "status"), [(-1, "active"), (0, "expired"), (1, "expired")])
def test_a_token_serves_until_the_moment_it_expires(microseconds: int, status: str) -> None:
    moment = TOKEN.expires_at + timedelta(microseconds=microseconds)
    assert rules.status(TOKEN, moment) == status
    assert (reason_of(rules.admit, TOKEN, SECRET, moment) is None) == (status == "active")


def test_revoked_goes_before_expired() -> None:
    assert rules.status(msgspec.structs.replace(TOKEN, revoked_at=NOW), TOKEN.expires_at) == "revoked"


@given(st.integers(1, 999_999), st.sampled_from("mhd"))
def test_a_lifetime_is_exactly_what_it_says(number: int, unit: str) -> None:
    seconds = number * {"m": 60, "h": 3_600, "d": 86_400}[unit]
    if seconds <= rules.LONGEST_DAYS * 86_400:
        assert rules.parse_lifetime(f"{number}{unit}").total_seconds() == seconds
    else:
        assert reason_of(rules.parse_lifetime, f"{number}{unit}") == "INVALID_LIFETIME"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0d",
        "00d",
        "01d",
        "-1d",
        "+1d",
        "1",
        "d",
        "1.5d",
        "1d ",
        " 1d",
        "1 d",
        "1d\n",
        "1D",
        "1w",
        "1s",
        "1e3d",
        "٣d",
        "３d",
        "1_0d",
        "3651d",
        "9999999d",
        "9" * 200,
        "1d12h",
    ],
)
def test_a_lifetime_that_is_not_plain_is_refused(text: str) -> None:
    assert reason_of(rules.parse_lifetime, text) == "INVALID_LIFETIME"


@given(st.text(max_size=8))
def test_a_lifetime_is_read_or_refused_and_never_anything_else(text: str) -> None:
    assert reason_of(rules.parse_lifetime, text) in (None, "INVALID_LIFETIME")


@given(st.text())
def test_a_name_comes_out_clean_or_not_at_all(text: str) -> None:
    if (refused := reason_of(rules.checked_name, text)) is None:
        name = rules.checked_name(text)
        assert 1 <= len(name) <= rules.LONGEST_NAME
        assert is_clean(name)
        assert rules.checked_name(name) == name
    else:
        assert refused == "INVALID_NAME"


@pytest.mark.parametrize(
    "text", ["José  Pérez", "  José Pérez ", "José\tPérez", "Jose\u0301 Pe\u0301rez", "José\u202e Pé\x1brez"]
)
def test_names_that_read_alike_are_one(text: str) -> None:
    assert rules.checked_name(text) == "José Pérez"


@pytest.mark.parametrize(
    "text", ["system:policy", " System:Platform", "SYSTEM: x", "\u200dsystem:policy", "Stripe", "s-tripe"]
)
def test_nobody_is_called_like_the_program_itself(text: str) -> None:
    assert reason_of(rules.checked_name, text) == "INVALID_NAME"


@pytest.mark.parametrize("text", ["", "   ", "\x1b\x07", "\u200d", "x" * 101])
def test_a_name_that_says_nothing_or_too_much_is_refused(text: str) -> None:
    assert reason_of(rules.checked_name, text) == "INVALID_NAME"


@pytest.mark.parametrize("role", Role)
def test_exactly_the_customer_roles_belong_to_a_tenant(role: Role) -> None:
    confined = role.value.startswith("customer_")
    assert reason_of(rules.require_tenant, role, "acme-eu") == (None if confined else "INVALID_TENANT")
    assert reason_of(rules.require_tenant, role, None) == ("INVALID_TENANT" if confined else None)


@pytest.mark.parametrize("role", Role)
def test_the_role_service_alone_has_nodes(role: Role) -> None:
    refused = reason_of(rules.require_tenant, role, "acme-eu", "node-1")
    assert refused == (None if role is Role.SERVICE else "INVALID_NODE")


def test_a_node_belongs_to_a_customer() -> None:
    assert reason_of(rules.require_tenant, Role.SERVICE, None, "node-1") == "INVALID_TENANT"


@given(st.text(max_size=70))
def test_a_node_id_has_the_letters_of_a_customer_id(text: str) -> None:
    fits = 1 <= len(text) <= 64 and all(c.isascii() and (c.isalnum() or c in "_.:-") for c in text)
    assert reason_of(rules.require_tenant, Role.SERVICE, "acme-eu", text) == (None if fits else "INVALID_NODE")


def test_a_nodes_token_may_ask_who_it_is_and_nothing_else() -> None:
    node = Principal(actor="node", role=Role.SERVICE, customer_id="acme-eu", node_id="node-1")
    refused = {method: reason_of(rules.require_no_node, node, method) for method in ("WhoAmI", "RecordUsage")}
    assert refused == {"WhoAmI": None, "RecordUsage": "NODE_TOKEN"}
    feeder = msgspec.structs.replace(node, customer_id=None, node_id=None)
    assert reason_of(rules.require_no_node, feeder, "RecordUsage") is None


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.integers(-7_200, 7_200))
def test_a_call_counts_in_its_own_minute_or_in_the_next_that_has_begun_already(now: datetime, seconds: int) -> None:
    own = rules.minute_to_count_in(now, None)
    assert own <= now < own + timedelta(minutes=1)
    kept = rules.minute_to_count_in(now + timedelta(seconds=seconds), None)
    assert rules.minute_to_count_in(now, kept) == (kept if kept - own in (timedelta(), timedelta(minutes=1)) else own)


@given(MOMENTS, st.lists(st.integers(0, 59), max_size=8))
def test_clocks_less_than_a_minute_apart_never_go_back_to_a_minute_that_is_over(
    now: datetime, aheads: list[int]
) -> None:
    kept: datetime | None = None
    for ahead in aheads:
        latest = rules.minute_to_count_in(now + timedelta(seconds=ahead), kept)
        assert kept is None or latest >= kept
        kept = latest


@pytest.mark.parametrize("name", ["olga petrova", "OLGA PETROVA", "OlgaPetrova", "Olga-Petrova"])
def test_a_name_that_reads_like_anothers_is_to_be_spelled_like_it(name: str) -> None:
    with pytest.raises(Refused) as caught:
        rules.require_one_spelling(name, ["Omar", "Olga Petrova"])
    assert (caught.value.reason, caught.value.details) == ("NAME_SPELLED_OTHERWISE", {"name": "Olga Petrova"})
    rules.require_one_spelling("Olga Petrova", ["Omar", "Olga Petrova"])
    rules.require_one_spelling("Olga Petrova (finance)", ["Omar", "Olga Petrova"])


@pytest.mark.parametrize(
    "name",
    ["Olga\u200d Petrova", "Olga Petrova\ufe0f", "\uff2f\uff4c\uff47\uff41 Petrova", "Olga\u2060 Petrova"],
)
def test_signs_that_nobody_sees_make_no_other_name(name: str) -> None:
    assert rules.checked_name(name) == "Olga Petrova"
