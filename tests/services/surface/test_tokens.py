"""Access tokens through the surface, on both databases: issued, used, listed, revoked, and what they leave behind."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.contract.errors import Code, Refused
from services.contract.principals import Credential, Principal, Role
from services.contract.requests import (
    CreateToken,
    ListBillingCustomers,
    ListTokens,
    MarkInvoiceVerified,
    Request,
    RevokeToken,
    VerifyAuditTrail,
    WhoAmI,
)
from services.contract.views import NewToken, TokenPage, TokenView
from services.storage.engine import Store
from services.storage.tables import metadata
from tests.surface import ADMIN, OPERATOR, OWNER, Workbench, customer


@pytest.fixture
def bench(store: Store) -> Workbench:
    bench = Workbench(store)
    bench.feed(customer("msp"), customer("acme-eu", parent_customer_id="msp"))
    return bench


def issue(
    bench: Workbench, role: Role = Role.OPERATOR, name: str = "olga", by: Principal = ADMIN, **fields: Any
) -> NewToken:
    token: NewToken = bench.call(CreateToken(role=role, name=name, **fields), by)
    return token


def call(bench: Workbench, token: str | None, request: Request | None = None) -> Any:
    return bench.surface.dispatch(Credential(token), request or WhoAmI())


def refused(bench: Workbench, token: str | None, request: Request | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        call(bench, token, request)
    return caught.value


def listed(bench: Workbench, **fields: Any) -> list[TokenView]:
    page: TokenPage = bench.call(ListTokens(**fields), ADMIN)
    return page.tokens


def everything_stored(bench: Workbench) -> str:
    """Return every value of every table, as text."""
    with bench.store.read() as conn:
        rows = [row for table in metadata.sorted_tables for row in conn.execute(select(table))]
    return "\n".join(v.decode(errors="replace") if isinstance(v, bytes) else str(v) for row in rows for v in row)


def test_a_token_is_its_id_and_a_secret_of_256_bits(bench: Workbench) -> None:
    token = issue(bench)
    assert re.fullmatch(rf"{token.token_id}\.[A-Za-z0-9_-]{{43}}", token.token)
    assert token.token_id.startswith("bht_")
    assert issue(bench).token.split(".")[1] != token.token.split(".")[1]


@pytest.mark.parametrize("role", Role)
def test_who_shows_a_token_is_called_by_its_name_and_has_its_role_and_tenant(bench: Workbench, role: Role) -> None:
    tenant = "acme-eu" if role.startswith("customer_") else None
    token = issue(bench, role, "  Olga \x1b[1mNordmann ", customer_id=tenant)
    who = call(bench, token.token)
    assert (who.actor, who.role, who.customer_id, who.store) == ("Olga [1mNordmann", role, tenant, "")
    assert who.expires_at == token.expires_at


def test_an_action_with_a_token_is_the_named_persons(bench: Workbench) -> None:
    token = issue(bench, name="olga@example.com")
    call(bench, token.token, bench.request(MarkInvoiceVerified))
    [event] = bench.events()
    assert (event.actor, event.role, event.outcome) == ("olga@example.com", "operator", "applied")


def test_a_tenants_token_lists_the_tenant_and_its_clients_alone(bench: Workbench) -> None:
    for tenant, visible in (("msp", {"msp", "acme-eu"}), ("acme-eu", {"acme-eu"})):
        token = issue(bench, Role.CUSTOMER_ADMIN, customer_id=tenant)
        page = call(bench, token.token, ListBillingCustomers())
        assert {row.customer_id for row in page.customers} == visible


def test_the_secret_is_kept_nowhere(bench: Workbench, caplog: pytest.LogCaptureFixture) -> None:
    token = issue(bench)
    secret = token.token.split(".")[1]
    call(bench, token.token)
    wrong = f"{token.token_id}.{secret[::-1]}"
    assert refused(bench, wrong).reason == "TOKEN_INVALID"
    bench.call(RevokeToken(token_id=token.token_id), ADMIN)
    assert refused(bench, token.token).reason == "TOKEN_REVOKED"
    stored = everything_stored(bench)
    assert token.token_id in stored  # the search does find what is there
    assert secret not in stored
    assert secret[::-1] not in stored
    assert secret not in caplog.text
    assert secret not in repr(Credential(token.token))


@pytest.mark.parametrize("caller", [ADMIN, OPERATOR], ids=["who may revoke", "who may not"])
def test_a_whole_token_given_to_be_revoked_leaves_its_secret_nowhere(bench: Workbench, caller: Principal) -> None:
    token = issue(bench)
    with pytest.raises(Refused):
        bench.call(RevokeToken(token_id=token.token), caller)
    with pytest.raises(Refused):
        bench.call(bench.request(MarkInvoiceVerified, reason=f"with {token.token}", etag="b0"))
    assert token.token.split(".")[1] not in everything_stored(bench)
    assert bench.events("system")[-1].resource == f"tokens/{token.token_id}.…"


def test_a_token_expires_at_its_moment_and_not_before(bench: Workbench) -> None:
    token = issue(bench, expires_in="30m")
    bench.clock.now = token.expires_at - timedelta(microseconds=10)
    assert call(bench, token.token).actor == "olga"
    bench.clock.now = token.expires_at - timedelta(microseconds=1)  # the look at it is the tick to the moment itself
    why = refused(bench, token.token)
    assert (why.code, why.reason, why.details) == (Code.UNAUTHENTICATED, "TOKEN_EXPIRED", {})


def test_a_revoked_token_serves_no_more_from_the_next_call_on(bench: Workbench) -> None:
    token, other = issue(bench), issue(bench)
    assert call(bench, token.token).actor == "olga"
    gone = bench.call(RevokeToken(token_id=token.token_id), ADMIN)
    assert (gone.status, gone.revoked_by) == ("revoked", "ada")
    assert refused(bench, token.token).reason == "TOKEN_REVOKED"
    assert call(bench, other.token).actor == "olga"


def test_what_is_revoked_already_stays_as_it_is(bench: Workbench) -> None:
    token = issue(bench)
    first = bench.call(RevokeToken(token_id=token.token_id), ADMIN)
    bench.clock.advance(hours=1)
    assert bench.call(RevokeToken(token_id=token.token_id), OWNER) == first
    assert [event.action for event in bench.events("system")].count("RevokeToken") == 1


def test_an_expired_token_can_be_revoked(bench: Workbench) -> None:
    token = issue(bench, expires_in="1m")
    bench.clock.advance(minutes=2)
    bench.call(RevokeToken(token_id=token.token_id), ADMIN)
    assert refused(bench, token.token).reason == "TOKEN_REVOKED"


def test_the_time_of_the_last_use_is_kept_to_a_minute(bench: Workbench) -> None:
    token = issue(bench)
    assert token.last_used_at is None
    for _ in range(3):
        bench.clock.advance(minutes=5)
        call(bench, token.token)
        [seen] = listed(bench)
        assert seen.last_used_at is not None
        assert timedelta() <= bench.clock.now - seen.last_used_at < timedelta(minutes=1)


def test_a_call_that_the_token_did_not_open_is_no_use_of_it(bench: Workbench) -> None:
    token = issue(bench)
    refused(bench, f"{token.token_id}.{'x' * 43}")
    assert listed(bench)[0].last_used_at is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": " \x1b "}, "INVALID_NAME"),
        ({"name": "x" * 101}, "INVALID_NAME"),
        ({"expires_in": "0d"}, "INVALID_LIFETIME"),
        ({"expires_in": "3651d"}, "INVALID_LIFETIME"),
        ({"expires_in": "never"}, "INVALID_LIFETIME"),
        ({"role": Role.CUSTOMER_ADMIN}, "INVALID_TENANT"),
        ({"role": Role.CUSTOMER_MEMBER}, "INVALID_TENANT"),
        ({"customer_id": "acme-eu"}, "INVALID_TENANT"),
        ({"role": Role.CUSTOMER_ADMIN, "customer_id": "nobody"}, "CUSTOMER_NOT_FOUND"),
        ({"role": Role.CUSTOMER_ADMIN, "customer_id": "no such\x00id"}, "CUSTOMER_NOT_FOUND"),
    ],
)
def test_a_token_that_cannot_be_issued_is_refused_and_the_attempt_recorded(
    bench: Workbench, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        bench.call(CreateToken(**({"role": Role.OPERATOR, "name": "olga"} | fields)), ADMIN)
    assert caught.value.reason == reason
    assert listed(bench) == []
    event = bench.events("system")[-1]
    assert (event.action, event.outcome, event.actor, event.resource) == ("CreateToken", "denied", "ada", "tokens")
    assert json.loads(event.payload)["refused"] == reason


def test_refused_attempts_belong_to_the_system_stream_whomever_they_name(bench: Workbench) -> None:
    with pytest.raises(Refused):
        bench.call(CreateToken(role=Role.OPERATOR, name="olga", customer_id="acme-eu"), OPERATOR)
    with pytest.raises(Refused) as caught:
        bench.call(RevokeToken(token_id="bht_none"), ADMIN)
    assert (caught.value.code, caught.value.reason) == (Code.NOT_FOUND, "TOKEN_NOT_FOUND")
    assert bench.events("acme-eu") == []
    issuing, revoking = bench.events("system")[-2:]
    assert (issuing.action, issuing.outcome, issuing.actor) == ("CreateToken", "denied", "olga")
    assert json.loads(issuing.payload)["params"]["customer_id"] == "acme-eu"
    assert (revoking.action, revoking.outcome, revoking.resource) == ("RevokeToken", "denied", "tokens/bht_none")


def test_issuing_and_revoking_are_audited(bench: Workbench) -> None:
    token = issue(bench, Role.CUSTOMER_ADMIN, customer_id="msp", by=OWNER)
    bench.call(RevokeToken(token_id=token.token_id), ADMIN)
    issued, revoked = bench.events("system")[-2:]
    assert (issued.action, issued.outcome, issued.actor, issued.role) == (
        "CreateToken",
        "applied",
        "root",
        "platform_admin",  # in which of their roles the owner of the store may do it
    )
    assert (revoked.action, revoked.outcome, revoked.actor) == ("RevokeToken", "applied", "ada")
    assert issued.resource == revoked.resource == f"tokens/{token.token_id}"
    told = json.loads(issued.payload)
    assert (told["name"], told["role"], told["customer_id"]) == ("olga", "customer_admin", "msp")
    assert token.expires_at.strftime("%Y-%m-%dT%H:%M:%S") in told["expires_at"]
    assert [stream.status for stream in bench.call(VerifyAuditTrail()).streams] == ["OK"]


def test_a_caller_whom_no_token_opens_the_door_for_leaves_no_event(bench: Workbench) -> None:
    before = bench.events("system")
    for token in (None, "x", f"bht_1.{'x' * 43}"):
        refused(bench, token, CreateToken(role=Role.PLATFORM_ADMIN, name="mallory"))
    assert bench.events("system") == before


def test_a_fault_while_a_token_is_looked_up_is_told_without_what_was_looked_for(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("row of Olga")

    token = issue(bench)
    monkeypatch.setattr("services.access.store.find", broken)
    why = refused(bench, token.token)
    assert (why.code, why.reason, list(why.details)) == (Code.INTERNAL, "INTERNAL", ["reference"])
    assert "Olga" not in why.message


def test_the_list_shows_the_newest_first_and_those_out_of_service_only_when_asked(bench: Workbench) -> None:
    lasting, short, gone = issue(bench), issue(bench, expires_in="1m"), issue(bench)
    bench.call(RevokeToken(token_id=gone.token_id), ADMIN)
    bench.clock.now = short.expires_at
    assert [token.token_id for token in listed(bench)] == [lasting.token_id]
    shown = listed(bench, include_inactive=True)
    assert [(token.token_id, token.status) for token in shown] == [
        (gone.token_id, "revoked"),
        (short.token_id, "expired"),
        (lasting.token_id, "active"),
    ]
    assert (shown[2].name, shown[2].created_by) == ("olga", "ada")


def test_pages_together_hold_every_token_once(bench: Workbench) -> None:
    made = [issue(bench, name=f"n{number}").token_id for number in range(5)]
    found: list[str] = []
    token: str | None = None
    while True:
        page = bench.call(ListTokens(page_size=2, page_token=token), ADMIN)
        assert len(page.tokens) <= 2
        found += [each.token_id for each in page.tokens]
        token = page.next_page_token
        if token is None:
            break
        issue(bench)  # one that comes in between moves nothing
    assert found == made[::-1]


def test_a_page_token_belongs_to_its_list(bench: Workbench) -> None:
    for _ in range(2):
        issue(bench)
    token = bench.call(ListTokens(page_size=1), ADMIN).next_page_token
    for request in (ListTokens(page_token=token, include_inactive=True), ListTokens(page_token="x")):
        with pytest.raises(Refused, match="page token"):
            bench.call(request, ADMIN)


def test_a_read_only_desk_takes_tokens_and_issues_none(store: Store) -> None:
    token = issue(Workbench(store), Role.PLATFORM_ADMIN, "ada")
    bench = Workbench(store, read_only=True)
    bench.clock.advance(minutes=1)
    assert call(bench, token.token).read_only
    assert refused(bench, token.token, CreateToken(role=Role.OPERATOR, name="olga")).reason == "READ_ONLY"
