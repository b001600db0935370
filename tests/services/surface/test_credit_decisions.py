"""Who decides on a support credit, once, in whatever order, and what the trail tells of it."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from services.contract.errors import Code, Refused
from services.contract.principals import Credential, Role
from services.contract.requests import (
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    CreateToken,
    MarkInvoiceVerified,
    RejectTenantChangeRequest,
)
from services.contract.types import Action
from services.contract.views import (
    ActionReceipt,
)
from tests.services.surface.asking import EVERYWHERE
from tests.services.surface.crediting import (
    DECISIONS,
    THIRD_OPERATOR,
    Decision,
    all_is_sound,
    ask,
    decide,
    decision,
    left,
    listed,
    opened_bench,
    preview,
    refused,
)
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR, OWNER, Workbench


@pytest.fixture(params=EVERYWHERE)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A desk."""
    with opened_bench(request) as bench:
        yield bench


@pytest.mark.parametrize("kind", DECISIONS)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PLATFORM_ADMIN])
def test_who_asked_does_not_decide_in_whatever_role(bench: Workbench, kind: type[Decision], role: Role) -> None:
    for asking in (OPERATOR, OWNER):
        asked = ask(bench, by=asking)
        why = refused(bench, decision(kind, asked), msgspec.structs.replace(asking, role=role))
        assert (why.code, why.reason) == (Code.PERMISSION_DENIED, "FOUR_EYES")
        event = bench.events()[-1]
        assert (event.action, event.outcome, event.actor) == (kind.__name__, "denied", asking.actor)
    assert {request.status for request in listed(bench)} == {"pending"}
    assert bench.view().credits.lots == []


def test_two_tokens_of_one_name_are_one_person(bench: Workbench) -> None:
    names = ("Ólga", "  O\u0301lga\t", "omar")
    first, second, other = (
        Credential(bench.call(CreateToken(role=Role.OPERATOR, name=name), ADMIN).token) for name in names
    )
    request = bench.request(ApplySupportCredit, workspace_hours="12")
    asked: ActionReceipt = bench.surface.dispatch(first, request)
    for kind in DECISIONS:
        with pytest.raises(Refused) as caught:
            bench.surface.dispatch(second, decision(kind, asked))
        assert caught.value.reason == "FOUR_EYES"
    receipt = bench.surface.dispatch(other, decision(ApproveTenantChangeRequest, asked))
    assert (receipt.change_request.requested_by, receipt.change_request.decided_by) == ("Ólga", "omar")


def test_who_asked_is_told_beforehand_that_another_must_decide(bench: Workbench) -> None:
    asked = ask(bench)
    told = preview(bench, asked, OPERATOR)
    assert (told.allowed, told.reason, told.changes) == (False, "FOUR_EYES", [])
    [own], [others] = listed(bench, OPERATOR), listed(bench, OTHER_OPERATOR)
    assert (own.decidable, own.why_not) == (False, told.message)
    assert (others.decidable, others.why_not) == (True, None)


@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS)
def test_what_is_decided_stays_so(bench: Workbench, first: type[Decision], second: type[Decision]) -> None:
    asked = ask(bench)
    done = decide(bench, first, asked)
    again = decision(second, asked, request_id="another")
    for by in (OPERATOR, OTHER_OPERATOR, THIRD_OPERATOR):
        why = refused(bench, again, by)
        assert (why.code, why.reason) == (Code.FAILED_PRECONDITION, "ALREADY_DECIDED")
    assert preview(bench, asked, THIRD_OPERATOR).reason == "ALREADY_DECIDED"
    assert listed(bench) == [done.change_request]


# Request ids


@pytest.mark.parametrize("kind", DECISIONS)
def test_the_same_decision_again_returns_the_stored_receipt(bench: Workbench, kind: type[Decision]) -> None:
    asked = ask(bench)
    first = decide(bench, kind, asked)
    bench.clock.advance(days=2)
    bench.act(bench.request(MarkInvoiceVerified))
    count = len(bench.events())
    assert bench.call(decision(kind, asked), OTHER_OPERATOR) == msgspec.structs.replace(first, replayed=True)
    assert len(bench.events()) == count


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_request_id_serves_one_method_and_one_person(bench: Workbench, kind: type[Decision]) -> None:
    asking = bench.request(ApplySupportCredit, workspace_hours="12")
    asked: ActionReceipt = bench.call(asking)
    why = refused(bench, decision(kind, asked, request_id=asking.request_id))
    assert (why.code, why.reason) == (Code.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    decide(bench, kind, asked)
    other = next(each for each in DECISIONS if each is not kind)
    used = decision(kind, asked).request_id
    for request, by in (
        (decision(other, asked, request_id=used), OTHER_OPERATOR),
        (decision(kind, asked), THIRD_OPERATOR),
        (decision(kind, asked, reason="another reason"), OTHER_OPERATOR),
        (bench.request(ApplySupportCredit, workspace_hours="1", request_id=used), OTHER_OPERATOR),
    ):
        assert refused(bench, request, by).reason == "REQUEST_ID_REUSED"
    assert len(bench.events()) == 2


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_refused_decision_does_not_use_the_request_id_up(bench: Workbench, kind: type[Decision]) -> None:
    asked = ask(bench)
    assert refused(bench, decision(kind, asked, reason="no")).reason == "INVALID_REASON"
    assert not decide(bench, kind, asked).replayed


# What is refused, and what is left of it


def test_a_request_that_this_customer_does_not_have_is_not_found(bench: Workbench) -> None:
    asked, others = ask(bench), ask(bench, "beta", hours="11")
    for kind in DECISIONS:
        for number, unknown in enumerate(("cr_none", others.change_request_id, "", "x" * 200)):
            request = decision(kind, asked, change_request_id=unknown, request_id=f"r-{number}")
            why = refused(bench, request)
            assert (why.code, why.reason) == (Code.NOT_FOUND, "CHANGE_REQUEST_NOT_FOUND")
    with pytest.raises(Refused) as caught:
        preview(bench, asked, change_request_id=others.change_request_id)
    assert caught.value.reason == "CHANGE_REQUEST_NOT_FOUND"


@pytest.mark.parametrize("fields", [{"params": {"workspace_hours": "1"}}, {"action": Action.APPROVE_TRIAL}])
def test_a_preview_of_an_approval_takes_the_requests_own_action_and_fields(
    bench: Workbench, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        preview(bench, ask(bench), **fields)
    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, "INVALID_REQUEST")


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_refused_decision_leaves_one_event_of_its_own_and_nothing_else(
    bench: Workbench, kind: type[Decision]
) -> None:
    asked = ask(bench)
    before = bench.view()
    for number, (fields, reason) in enumerate(
        (({"reason": "\x1b\x1b\x1b"}, "INVALID_REASON"), ({"change_request_id": "cr_none"}, "CHANGE_REQUEST_NOT_FOUND"))
    ):
        assert refused(bench, decision(kind, asked, **fields)).reason == reason
        event = bench.events()[1 + number]
        assert (event.action, event.outcome, event.actor) == (kind.__name__, "denied", "omar")
        assert json.loads(event.payload)["refused"] == reason
        assert event.etag_after is None
    assert msgspec.structs.replace(bench.view(), as_of=before.as_of) == before
    assert [request.status for request in listed(bench)] == ["pending"]


@pytest.mark.parametrize("kind", DECISIONS)
def test_a_fault_in_the_middle_leaves_the_request_pending_and_the_limit_reserved(
    bench: Workbench, kind: type[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("disk of customer Acme")

    asked = ask(bench)
    monkeypatch.setattr("services.actions.store.keep_receipt", broken)
    assert refused(bench, decision(kind, asked)).code is Code.INTERNAL
    monkeypatch.undo()
    assert [request.status for request in listed(bench)] == ["pending"]
    assert left(bench) == "3.00"
    assert [event.outcome for event in bench.events()] == ["applied", "failed"]
    assert not decide(bench, kind, asked).replayed
    assert all_is_sound(bench)


def test_asking_and_deciding_are_events_of_those_who_did_them(bench: Workbench) -> None:
    approved, rejected = ask(bench), ask(bench, hours="11")
    decide(bench, ApproveTenantChangeRequest, approved)
    decide(bench, RejectTenantChangeRequest, rejected, reason="not agreed", by=ADMIN)
    asking, _other, approving, rejecting = bench.events()
    assert [(e.action, e.outcome, e.actor, e.role) for e in (asking, approving, rejecting)] == [
        ("CreateTenantChangeRequest", "applied", "olga", "operator"),
        ("ApproveTenantChangeRequest", "applied", "omar", "operator"),
        ("RejectTenantChangeRequest", "applied", "ada", "platform_admin"),
    ]
    assert asking.resource == approving.resource == f"customers/acme-eu/change_requests/{approved.change_request_id}"
    assert [e.reason for e in (asking, approving, rejecting)] == [
        "agreed with finance",
        "seen and agreed",
        "not agreed",
    ]
    assert (asking.etag_before, asking.etag_after) == (approving.etag_before, approving.etag_before)
    assert approving.etag_after == rejecting.etag_before == rejecting.etag_after != approving.etag_before
    told = json.loads(approving.payload)
    assert (told["requested_by"], told["asked_for"]) == ("olga", "agreed with finance")
    assert told["params"] == json.loads(asking.payload)["params"] == {"workspace_hours": "12", "ai_cents": "0"}
    assert len(told["grants"]) == len(told["transactions"]) == 1
    assert "grants" not in json.loads(rejecting.payload)
    assert all_is_sound(bench)
