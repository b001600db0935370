"""An audited action runs at most once, and an answer that did not come is asked for again with the same request id."""

import asyncio
from itertools import count

import pytest

from billinghelp.acting import LATER, LATER_ATTEMPTS, PAUSES, ActionRunner
from billinghelp.pages.action_flow import action_deed, decision_deed
from services.contract.errors import Code, Refused, precondition
from services.contract.requests import (
    ActionRequest,
    ApplySupportCredit,
    ApproveTenantChangeRequest,
    AuditedRequest,
    MarkInvoiceVerified,
    RejectTenantChangeRequest,
)
from services.contract.types import Action
from services.contract.views import ActionReceipt, ChangeRequestReceipt
from tests.billinghelp.fake_desk import FakeDesk
from widgets.action_subject import ActionSubmission, Decision, DecisionSubmission

VERIFY = Action.MARK_INVOICE_VERIFIED
CREDIT = Action.APPLY_SUPPORT_CREDIT
SILENCE = Refused(Code.UNAVAILABLE, "SERVER_UNREACHABLE", "The server does not answer.")
NOT_SENT = Refused(Code.UNAVAILABLE, "SERVER_UNREACHABLE", "It cannot be reached.", {"outcome_unknown": False})
ALL = len(PAUSES) + LATER_ATTEMPTS
BUSY = Refused(Code.UNAVAILABLE, "STORE_LOCKED", "The database is busy: try again in a moment.")


class Runs:
    """A runner whose pauses take no time and are counted."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.pauses: list[float] = []
        numbers = count(1)
        self.runner = ActionRunner(lambda prefix: f"{prefix}_{next(numbers)}", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def verify(self, *, etag: str = "b1", reason: str = "PO-1") -> "asyncio.Task[ActionReceipt]":
        return self.runner.submit(self.desk, action_deed(ActionSubmission("acme-eu", VERIFY, {}, reason, etag)))

    def credit(self, hours: str, *, etag: str = "b1") -> "asyncio.Task[ActionReceipt]":
        fields = {"workspace_hours": hours, "ai_cents": "0"}
        return self.runner.submit(self.desk, action_deed(ActionSubmission("acme-eu", CREDIT, fields, "goodwill", etag)))

    def decide(self, decision: Decision, etag: str | None) -> "asyncio.Task[ChangeRequestReceipt]":
        submission = DecisionSubmission("acme-eu", "cr_1", decision, "checked", etag)
        return self.runner.submit(self.desk, decision_deed(submission))

    def silent(self, times: int, refusal: Refused = SILENCE) -> None:
        """Give no answer for some calls."""
        left = iter(range(times))

        def script(request: ActionRequest) -> object:
            if next(left, None) is None:
                del self.desk.scripts[ActionRequest]
                return self.desk._answer(request)
            raise refusal

        self.desk.scripts[ActionRequest] = script

    def ids(self) -> list[str]:
        return [call.request_id for call in self.desk.asked(ActionRequest)]


async def refusal_of(task: "asyncio.Task[ActionReceipt]") -> Refused:
    with pytest.raises(Refused) as caught:
        await task
    return caught.value


async def test_an_action_carries_a_fresh_request_id_and_what_was_confirmed() -> None:
    runs = Runs()
    receipt = await runs.verify()
    assert receipt.outcome == "applied"
    assert runs.desk.asked(MarkInvoiceVerified) == [
        MarkInvoiceVerified(customer_id="acme-eu", reason="PO-1", request_id="req_1", etag="b1")
    ]


async def test_the_same_action_for_the_same_customer_runs_once_at_a_time() -> None:
    runs = Runs()
    assert runs.verify() is runs.verify()
    await runs.runner.finish()
    assert runs.ids() == ["req_1"]


async def test_another_amount_or_reason_is_not_taken_for_the_action_that_runs() -> None:
    runs = Runs()
    runs.verify()
    first = runs.credit("50")
    with pytest.raises(Refused) as other_reason:
        runs.verify(reason="another")
    with pytest.raises(Refused) as other_amount:
        runs.credit("1")
    assert [caught.value.reason for caught in (other_reason, other_amount)] == ["ACTION_IN_FLIGHT"] * 2
    assert (await first).outcome == "applied"


async def test_finishing_tells_what_was_not_done() -> None:
    runs = Runs()
    runs.silent(99, Refused(Code.UNAVAILABLE, "STORE_DISK_FULL", "The disk is full."))
    runs.verify()
    assert await runs.runner.finish() == ["«Mark invoice verified» for acme-eu was not done: The disk is full."]


async def test_the_request_is_kept_before_it_is_sent_and_let_go_when_it_is_answered() -> None:
    runs = Runs()
    task = runs.verify()
    assert runs.runner.unsettled["acme-eu", VERIFY].request_id == "req_1"
    await task
    assert runs.runner.unsettled == {}


async def test_silence_is_met_by_asking_again_with_the_same_request() -> None:
    runs = Runs()
    runs.silent(2)
    await runs.verify()
    assert runs.ids() == ["req_1"] * 3
    assert runs.pauses == list(PAUSES[:2])


async def test_an_action_that_may_be_recorded_is_asked_about_until_the_server_is_back() -> None:
    runs = Runs()
    runs.silent(len(PAUSES) + 20)
    assert (await runs.verify()).outcome == "applied"
    assert set(runs.ids()) == {"req_1"}
    assert runs.pauses == [*PAUSES, *[LATER] * 20]


async def test_an_action_that_was_never_sent_is_soon_given_up_and_nothing_was_recorded() -> None:
    runs = Runs()
    runs.silent(len(PAUSES) + 1, NOT_SENT)
    assert await refusal_of(runs.verify()) is NOT_SENT
    assert runs.pauses == list(PAUSES)
    assert runs.runner.unsettled == {}


async def test_where_stripe_could_not_be_asked_it_is_said_at_once_and_confirmed_again_it_is_the_same_request() -> None:
    runs = Runs()
    away = Refused(Code.UNAVAILABLE, "PAYMENTS_UNREACHABLE", "Stripe does not answer.")
    runs.silent(1, away)
    assert await refusal_of(runs.verify()) is away
    assert runs.pauses == []
    await runs.verify()
    assert runs.ids() == ["req_1"] * 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (Code.UNAUTHENTICATED, "TOKEN_REVOKED"),
        (Code.PERMISSION_DENIED, "ROLE_NOT_ALLOWED"),
        (Code.UNAVAILABLE, "STORE_READ_ONLY"),
    ],
)
async def test_who_is_refused_at_the_door_learns_nothing_of_an_earlier_attempt(code: Code, reason: str) -> None:
    runs = Runs()
    answers = iter([SILENCE, Refused(code, reason, "Not now.")])

    def script(_request: ActionRequest) -> object:
        raise next(answers)

    runs.desk.scripts[ActionRequest] = script
    refusal = await refusal_of(runs.verify())
    assert refusal.reason == "OUTCOME_UNKNOWN"
    assert refusal.message.endswith("Not now.")
    assert [request.request_id for request in runs.runner.unsettled.values()] == ["req_1"]


async def test_a_refusal_of_the_record_settles_what_an_earlier_attempt_left_open() -> None:
    runs = Runs()
    answers = iter([SILENCE, precondition("NOT_INVOICE_RAIL", "The rail is not invoice.")])

    def script(_request: ActionRequest) -> object:
        raise next(answers)

    runs.desk.scripts[ActionRequest] = script
    assert (await refusal_of(runs.verify())).reason == "NOT_INVOICE_RAIL"
    assert runs.runner.unsettled == {}


async def test_silence_that_stays_leaves_the_outcome_unknown_and_the_next_attempt_asks_about_the_same_request() -> None:
    runs = Runs()
    runs.silent(ALL)
    assert (await refusal_of(runs.verify())).reason == "OUTCOME_UNKNOWN"
    await runs.verify(etag="b7")  # the dialog shows a fresh preview meanwhile
    last = runs.desk.asked(MarkInvoiceVerified)[-1]
    assert (last.request_id, last.etag) == ("req_1", "b1")


async def test_other_fields_after_silence_keep_the_id_so_that_the_store_tells_whether_the_first_was_recorded() -> None:
    runs = Runs()
    runs.silent(ALL)
    await refusal_of(runs.credit("10"))
    runs.desk.scripts.clear()
    runs.desk.refuse(ApplySupportCredit, Refused(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "Used for another action."))
    refusal = await refusal_of(runs.credit("5", etag="b7"))
    last = runs.desk.asked(ApplySupportCredit)[-1]
    assert (last.request_id, last.workspace_hours, last.etag) == ("req_1", "5", "b7")
    assert refusal.reason == "RECORDED_BEFORE"
    assert "recorded after all" in refusal.message
    assert runs.runner.unsettled == {}


async def test_a_busy_store_is_asked_again_and_at_last_says_itself_that_it_is_busy() -> None:
    runs = Runs()
    runs.silent(len(PAUSES) + 1, BUSY)
    assert (await refusal_of(runs.verify())).reason == "STORE_LOCKED"
    assert runs.runner.unsettled == {}
    assert runs.pauses == list(PAUSES)


@pytest.mark.parametrize("reason", ["STORE_READ_ONLY", "STORE_DISK_FULL", "STORE_CORRUPT"])
async def test_a_store_that_recorded_nothing_is_believed_at_once(reason: str) -> None:
    runs = Runs()
    runs.silent(1, Refused(Code.UNAVAILABLE, reason, "It cannot be written."))
    assert (await refusal_of(runs.verify())).reason == reason
    assert runs.ids() == ["req_1"]


async def test_a_refusal_is_final_and_the_next_attempt_has_an_id_of_its_own() -> None:
    runs = Runs()
    runs.silent(1, precondition("NOT_INVOICE_RAIL", "The rail is not invoice."))
    assert (await refusal_of(runs.verify())).reason == "NOT_INVOICE_RAIL"
    await runs.verify()
    assert runs.ids() == ["req_1", "req_2"]


async def test_a_decision_whose_answer_was_lost_keeps_its_id_and_so_does_the_opposite_one() -> None:
    runs = Runs()
    runs.desk.refuse(AuditedRequest, SILENCE)
    with pytest.raises(Refused, match="not known"):
        await runs.decide(Decision.APPROVE, "b1")
    runs.desk.scripts.clear()
    runs.desk.refuse(AuditedRequest, Refused(Code.ALREADY_EXISTS, "REQUEST_ID_REUSED", "Used for another call."))
    with pytest.raises(Refused, match="recorded after all"):
        await runs.decide(Decision.REJECT, None)
    approved, rejected = runs.desk.asked(ApproveTenantChangeRequest), runs.desk.asked(RejectTenantChangeRequest)
    assert {request.request_id for request in (*approved, *rejected)} == {"req_1"}
    assert len(rejected) == 1


async def test_that_four_eyes_are_needed_settles_a_decision_whose_answer_was_lost() -> None:
    runs = Runs()
    answers = iter([SILENCE, Refused(Code.PERMISSION_DENIED, "FOUR_EYES", "Another operator must decide it.")])

    def script(_request: AuditedRequest) -> object:
        raise next(answers)

    runs.desk.scripts[AuditedRequest] = script
    with pytest.raises(Refused, match="Another operator must decide it") as caught:
        await runs.decide(Decision.APPROVE, "b1")
    assert caught.value.reason == "FOUR_EYES"
    assert runs.runner.unsettled == {}


@pytest.mark.parametrize("about", ["action", "decision"])
async def test_what_is_said_of_a_lost_answer_fits_actions_and_decisions(about: str) -> None:
    runs = Runs()
    runs.desk.refuse(AuditedRequest, SILENCE)
    task = runs.verify() if about == "action" else runs.decide(Decision.REJECT, None)
    with pytest.raises(Refused, match=r"Confirm it again: it cannot count twice\.$"):
        await task


async def test_approving_and_rejecting_the_same_request_never_run_beside_each_other() -> None:
    runs = Runs()
    runs.decide(Decision.APPROVE, "b1")
    with pytest.raises(Refused, match="«Approve request»"):
        runs.decide(Decision.REJECT, None)


async def test_finishing_waits_for_what_is_being_recorded() -> None:
    runs = Runs()
    runs.desk.gate = asyncio.Event()
    task = runs.verify()
    finishing = asyncio.create_task(runs.runner.finish())
    await asyncio.sleep(0)
    assert runs.runner.titles_in_flight == ["«Mark invoice verified» for acme-eu"]
    assert not finishing.done()
    runs.desk.gate.set()
    await finishing
    assert task.done()
    assert runs.runner.titles_in_flight == []
