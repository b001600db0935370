"""The audited actions through the surface, on both databases: effects, refusals, and what they leave behind."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.contract.errors import Code, Refused
from services.contract.policy import Policy
from services.contract.principals import Principal, Role
from services.contract.requests import (
    ActionRequest,
    ApplySupportCredit,
    ApproveTrial,
    CompleteBillingChecklist,
    ExtendTrial,
    ListLedgerEntries,
    MarkInvoiceVerified,
    PreviewBillingAction,
    RecordUsage,
    ReverseSupportCredit,
    UsageEvent,
    VerifyAuditTrail,
)
from services.contract.types import Action, Unit
from services.contract.views import ActionPreview
from services.storage.engine import Store
from tests.surface import ADMIN, OPERATOR, OTHER_OPERATOR, SERVICE, Workbench, customer


@pytest.fixture
def bench(empty_bench: Workbench) -> Workbench:
    bench = empty_bench
    bench.feed(
        customer(),
        customer("unapproved", billing={"invoice_rail_approved": False}),
        customer("railless", billing={"payment_rail": "none"}),
        customer("prepaid", billing={"payment_rail": "prepaid", "state": "verified"}, checklist=[]),
    )
    return bench


def refused(bench: Workbench, request: Any, principal: Any = OPERATOR) -> Refused:
    with pytest.raises(Refused) as caught:
        bench.call(request, principal)
    return caught.value


def all_is_sound(bench: Workbench) -> bool:
    found = bench.call(VerifyAuditTrail())
    return all(stream.status == "OK" for stream in found.streams) and not found.ledger.mismatched


def test_marking_verified_clears_the_blockers_and_says_to_retry(bench: Workbench) -> None:
    receipt = bench.act(bench.request(MarkInvoiceVerified))
    assert (receipt.outcome, receipt.replayed) == ("applied", False)
    assert receipt.view.billing.state == "verified"
    assert receipt.view.checklist.billing == "complete"
    assert receipt.view.blockers == []
    assert "ask the customer to retry provisioning" in receipt.notice


def test_verifying_clears_the_end_of_a_trial(bench: Workbench) -> None:
    bench.act(bench.request(ApproveTrial))
    receipt = bench.act(bench.request(MarkInvoiceVerified))
    assert receipt.view.billing.trial_ends_at is None


def test_approving_a_trial_gives_a_rail_lots_and_fourteen_days(bench: Workbench) -> None:
    receipt = bench.act(bench.request(ApproveTrial, "railless"))
    billing, credits = receipt.view.billing, receipt.view.credits
    assert (billing.state, billing.payment_rail) == ("trial_approved", "trial")
    assert billing.trial_ends_at is not None
    assert timedelta(days=14) - timedelta(seconds=1) < billing.trial_ends_at - bench.clock.now <= timedelta(days=14)
    assert (credits.workspace_hours, credits.ai_cents) == ("10.00", "500")
    assert {lot.expires_at for lot in credits.lots} == {billing.trial_ends_at}
    assert receipt.view.checklist.billing == "waived"
    assert receipt.view.blockers == []


def test_a_trial_fills_only_what_is_empty_and_keeps_a_chosen_rail(bench: Workbench) -> None:
    bench.act(bench.request(ApplySupportCredit, workspace_hours="3"))
    receipt = bench.act(bench.request(ApproveTrial))
    assert receipt.view.billing.payment_rail == "invoice"
    assert (receipt.view.credits.workspace_hours, receipt.view.credits.ai_cents) == ("3.00", "500")


@pytest.mark.parametrize("days", [1, 30])
def test_extending_a_trial_counts_from_its_end_or_from_now_whichever_is_later(bench: Workbench, days: int) -> None:
    ends = bench.act(bench.request(ApproveTrial, "railless")).view.billing.trial_ends_at
    bench.clock.advance(days=days)
    receipt = bench.act(bench.request(ExtendTrial, "railless"))
    assert ends is not None
    start = max(ends, receipt.view.as_of)
    assert receipt.view.billing.trial_ends_at == start + timedelta(days=14)
    assert refused(bench, bench.request(ExtendTrial, "railless")).reason == "TRIAL_ALREADY_EXTENDED"


def test_support_credit_opens_a_lot_a_unit_with_its_ledger_entries(bench: Workbench) -> None:
    receipt = bench.act(bench.request(ApplySupportCredit, "prepaid", workspace_hours="12.5", ai_cents="0.25"))
    assert (receipt.view.credits.workspace_hours, receipt.view.credits.ai_cents) == ("12.50", "0.25")
    assert {lot.category for lot in receipt.view.credits.lots} == {"support"}
    latest = receipt.view.latest_adjustment
    assert latest is not None
    assert (latest.kind, latest.category, latest.reason) == ("grant", "support", "agreed with finance")
    entries = bench.call(ListLedgerEntries(customer_id="prepaid")).entries
    legs = sorted((e.unit, e.account, e.amount) for e in entries)
    assert legs == [
        ("ai_cents", "available", "0.25"),
        ("ai_cents", "issued", "-0.25"),
        ("workspace_hours", "available", "12.50"),
        ("workspace_hours", "issued", "-12.50"),
    ]


def test_reversing_voids_only_what_is_left(bench: Workbench) -> None:
    lot = bench.act(bench.request(ApplySupportCredit, "prepaid", workspace_hours="10")).view.credits.lots[0]
    use = UsageEvent(event_id="u1", unit=Unit.WORKSPACE_HOURS, amount="4", occurred_at=bench.clock.now)
    bench.call(RecordUsage(customer_id="prepaid", source="meter", events=[use]), SERVICE)
    receipt = bench.act(bench.request(ReverseSupportCredit, "prepaid", grant_id=lot.grant_id))
    assert receipt.view.credits.workspace_hours == "0.00"
    assert receipt.view.latest_adjustment is not None
    assert (receipt.view.latest_adjustment.kind, receipt.view.latest_adjustment.amount) == ("void", "6.00")
    again = bench.request(ReverseSupportCredit, "prepaid", grant_id=lot.grant_id)
    assert refused(bench, again).reason == "NOTHING_TO_REVERSE"
    assert all_is_sound(bench)


def test_a_decided_customers_item_can_be_completed(bench: Workbench) -> None:
    bench.feed(customer("decided", billing={"state": "verified"}))
    receipt = bench.act(bench.request(CompleteBillingChecklist, "decided"))
    assert receipt.view.checklist.billing == "complete"
    assert receipt.view.blockers == []


@pytest.mark.parametrize(
    ("kind", "customer_id", "reason"),
    [
        (MarkInvoiceVerified, "prepaid", "NOT_INVOICE_RAIL"),
        (MarkInvoiceVerified, "unapproved", "COMMERCIAL_OWNERSHIP_NOT_ESTABLISHED"),
        (ApproveTrial, "prepaid", "ALREADY_VERIFIED"),
        (ExtendTrial, "acme-eu", "NOT_ON_TRIAL"),
        (CompleteBillingChecklist, "acme-eu", "BILLING_NOT_DECIDED"),
        (CompleteBillingChecklist, "prepaid", "NOTHING_TO_COMPLETE"),
    ],
)
def test_a_condition_that_fails_refuses_changes_nothing_and_is_audited(
    bench: Workbench, kind: type[ActionRequest], customer_id: str, reason: str
) -> None:
    before = bench.view(customer_id)
    why = refused(bench, bench.request(kind, customer_id))
    assert (why.code, why.reason) == (Code.FAILED_PRECONDITION, reason)
    after = bench.view(customer_id)
    assert msgspec.structs.replace(after, as_of=before.as_of) == before
    [event] = bench.events(customer_id)
    assert (event.outcome, event.action, event.actor) == ("denied", kind.__name__, "olga")
    assert (event.etag_before, event.etag_after) == (before.billing.etag, None)
    assert json.loads(event.payload)["refused"] == reason


@pytest.mark.parametrize(
    "amounts",
    [
        {},
        {"workspace_hours": "0", "ai_cents": "0"},
        {"workspace_hours": "1e3"},
        {"workspace_hours": "-1"},
        {"ai_cents": "NaN"},
        {"workspace_hours": "1.234"},
        {"ai_cents": "1" + "0" * 30},
        {"ai_cents": "٣"},
        {"workspace_hours": ""},
    ],
)
def test_an_amount_that_is_not_plain_is_refused(bench: Workbench, amounts: dict[str, str]) -> None:
    why = refused(bench, bench.request(ApplySupportCredit, **amounts))
    assert (why.code, why.reason) == (Code.INVALID_ARGUMENT, "INVALID_AMOUNT")
    assert bench.view().credits.lots == []


@pytest.mark.parametrize("reason", ["", "  ab  ", "x" * 201, "y" * 10_000, "\x1b\x1b\x1b", "\u202e\u202e\u202e"])
def test_a_reason_needs_three_to_two_hundred_characters_that_count(bench: Workbench, reason: str) -> None:
    assert refused(bench, bench.request(MarkInvoiceVerified, reason=reason)).reason == "INVALID_REASON"
    [event] = bench.events()
    assert event.outcome == "denied"
    assert event.reason is not None
    assert len(event.reason) <= 200


def test_a_reason_is_kept_trimmed_and_without_what_a_terminal_obeys(bench: Workbench) -> None:
    bench.act(bench.request(MarkInvoiceVerified, reason="  rail \x1b]52;c;x\x07approved [/b]\u202e  "))
    assert bench.events()[-1].reason == "rail ]52;c;xapproved [/b]"


def test_the_same_request_again_returns_the_stored_receipt(bench: Workbench) -> None:
    request = bench.request(ApplySupportCredit, "prepaid", ai_cents="100")
    first = bench.call(request)
    bench.clock.advance(days=2)
    second = bench.call(request)
    assert second == msgspec.structs.replace(first, replayed=True)
    assert bench.view("prepaid").credits.ai_cents == "100"
    assert len(bench.events("prepaid")) == 1


@pytest.mark.parametrize("other", [{"ai_cents": "101"}, {"reason": "another"}, {"etag": "b99"}, {"reason": ""}])
def test_a_request_id_with_anything_else_different_is_refused_and_writes_nothing(
    bench: Workbench, other: dict[str, str]
) -> None:
    request = bench.request(ApplySupportCredit, "prepaid", ai_cents="100")
    bench.call(request)
    why = refused(bench, msgspec.structs.replace(request, **other))
    assert (why.code, why.reason) == (Code.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert len(bench.events("prepaid")) == 1
    assert bench.view("prepaid").credits.ai_cents == "100"


def test_a_request_id_of_another_operator_is_refused(bench: Workbench) -> None:
    request = bench.request(ApplySupportCredit, "prepaid", ai_cents="100")
    bench.call(request)
    assert refused(bench, request, OTHER_OPERATOR).reason == "REQUEST_ID_REUSED"


def test_a_request_id_of_another_action_is_refused_though_all_fields_are_the_same(bench: Workbench) -> None:
    request = bench.request(MarkInvoiceVerified)
    bench.call(request)
    assert refused(bench, ApproveTrial(**msgspec.structs.asdict(request))).reason == "REQUEST_ID_REUSED"


def test_a_refusal_does_not_use_the_request_id_up(bench: Workbench) -> None:
    request = bench.request(MarkInvoiceVerified, reason="no")
    refused(bench, request)
    assert bench.call(msgspec.structs.replace(request, reason="now agreed")).outcome == "applied"


def test_a_stale_etag_is_refused_with_a_fresh_preview(bench: Workbench) -> None:
    stale = bench.request(ApproveTrial)
    bench.act(bench.request(ApplySupportCredit, ai_cents="100"))
    why = refused(bench, stale)
    assert (why.code, why.reason) == (Code.ABORTED, "STALE_ETAG")
    preview = msgspec.convert(why.details["preview"], ActionPreview)
    assert preview.etag == bench.view().billing.etag != stale.etag
    assert preview.allowed


def test_who_waited_for_anothers_change_acts_after_it(bench: Workbench) -> None:
    stale = bench.request(ApplySupportCredit, "prepaid", ai_cents="1")
    first = bench.call(bench.request(ApplySupportCredit, "prepaid", ai_cents="100"))
    bench.clock.advance(seconds=-10)  # the moment at which the next ones came, and began to wait
    preview = msgspec.convert(refused(bench, stale).details["preview"], ActionPreview)
    assert [change.before for change in preview.changes if change.label == "AI credit"] == ["$1.00"]
    request = bench.request(ReverseSupportCredit, "prepaid", grant_id=first.view.credits.lots[0].grant_id)
    receipt = bench.call(request)
    assert receipt.view.as_of == first.view.as_of
    assert receipt.view.credits.ai_cents == "0"


def test_a_change_by_a_clock_that_is_hours_ahead_does_not_take_the_others_with_it(bench: Workbench) -> None:
    bench.clock.advance(hours=2)
    ahead = bench.call(bench.request(ApplySupportCredit, "prepaid", ai_cents="100"))
    bench.clock.advance(hours=-2)
    receipt = bench.call(bench.request(ApplySupportCredit, "prepaid", ai_cents="1"))
    assert receipt.view.as_of < ahead.view.as_of - timedelta(hours=1)


def test_usage_leaves_the_etag_and_moves_the_view_etag(bench: Workbench) -> None:
    before = bench.view("prepaid")
    use = UsageEvent(event_id="u1", unit=Unit.AI_CENTS, amount="4", occurred_at=bench.clock.now)
    bench.call(RecordUsage(customer_id="prepaid", source="meter", events=[use]), SERVICE)
    after = bench.view("prepaid")
    assert after.billing.etag == before.billing.etag
    assert after.view_etag != before.view_etag


PREVIEWED = [
    (MarkInvoiceVerified, "acme-eu", {}),
    (ApproveTrial, "railless", {}),
    (ApplySupportCredit, "prepaid", {"workspace_hours": "2", "ai_cents": "30"}),
]


@pytest.mark.parametrize(("kind", "customer_id", "params"), PREVIEWED)
def test_a_preview_tells_what_the_action_then_does(
    bench: Workbench, kind: type[ActionRequest], customer_id: str, params: dict[str, str]
) -> None:
    action = Action(kind.__name__)
    before = bench.view(customer_id)
    preview = bench.call(PreviewBillingAction(customer_id=customer_id, action=action, params=params))
    receipt = bench.act(bench.request(kind, customer_id, etag=preview.etag, **params))
    had, has = {b.code for b in before.blockers}, {b.code for b in receipt.view.blockers}
    assert preview.allowed
    assert {b.code for b in preview.blockers_removed} == had - has
    assert {b.code for b in preview.blockers_remaining} == had & has
    assert {b.code for b in preview.blockers_added} == has - had
    told = {change.label: change.after for change in preview.changes}
    assert told.get("Workspace hours", f"{before.credits.workspace_hours} h") == (
        f"{receipt.view.credits.workspace_hours} h"
    )
    assert told["Blockers"] == (str(len(has)) if has else "none")
    recorded = json.loads(bench.events(customer_id)[-1].payload)["changes"]
    assert recorded == msgspec.to_builtins(preview.changes)


def test_a_preview_of_a_refused_action_says_why_and_writes_nothing(bench: Workbench) -> None:
    preview = bench.call(PreviewBillingAction(customer_id="prepaid", action=Action.APPROVE_TRIAL))
    assert (preview.allowed, preview.reason, preview.changes) == (False, "ALREADY_VERIFIED", [])
    assert bench.events("prepaid") == []


@pytest.mark.parametrize("amounts", [{"workspace_hours": "100.01"}, {"ai_cents": "50000.0001"}])
def test_what_one_operator_may_not_grant_in_one_action_waits_for_another(
    bench: Workbench, amounts: dict[str, str]
) -> None:
    assert bench.act(bench.request(ApplySupportCredit, **amounts)).outcome == "pending_approval"
    assert bench.view().credits.lots == []


def test_as_much_as_one_action_may_grant_is_granted(bench: Workbench) -> None:
    assert bench.act(bench.request(ApplySupportCredit, workspace_hours="100", ai_cents="50000")).outcome == "applied"


def test_an_operators_limit_is_cumulative_over_customers_and_a_running_day(store: Store) -> None:
    bench = Workbench(store, policy=Policy(action_limit_hours=10, operator_limit_hours=15))
    bench.feed(customer(), customer("beta"))
    bench.act(bench.request(ApplySupportCredit, workspace_hours="10"))
    over = PreviewBillingAction(
        customer_id="beta", action=Action.APPLY_SUPPORT_CREDIT, params={"workspace_hours": "5.01"}
    )
    preview = bench.call(over)
    assert (preview.needs_approval, preview.reason) == (True, "ABOVE_OPERATOR_LIMIT")
    assert preview.limits.left_workspace_hours == "5.00"
    assert not bench.call(over, OTHER_OPERATOR).needs_approval
    bench.act(bench.request(ApplySupportCredit, "beta", workspace_hours="5"))
    bench.clock.advance(hours=24)
    assert bench.act(bench.request(ApplySupportCredit, "beta", workspace_hours="10")).outcome == "applied"


def test_an_unknown_customer_is_refused_and_audited_in_the_system_stream(bench: Workbench) -> None:
    request = bench.request(MarkInvoiceVerified, etag="b1")
    why = refused(bench, msgspec.structs.replace(request, customer_id="nobody\x1b[31m"))
    assert (why.code, why.reason) == (Code.NOT_FOUND, "CUSTOMER_NOT_FOUND")
    event = bench.events("system")[-1]
    assert (event.outcome, event.resource) == ("denied", "customers/nobody[31m")


def test_a_role_that_may_not_act_is_refused_and_audited(bench: Workbench) -> None:
    why = refused(bench, bench.request(MarkInvoiceVerified), SERVICE)
    assert (why.code, why.reason) == (Code.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert bench.events()[-1].outcome == "denied"
    assert bench.act(bench.request(MarkInvoiceVerified), ADMIN).outcome == "applied"


def test_of_many_operators_with_one_etag_one_wins(bench: Workbench) -> None:
    requests = [bench.request(ApplySupportCredit, "prepaid", ai_cents="1", etag="b1") for _ in range(8)]
    shown = []

    def attempt(number: int) -> str:
        try:
            outcome: str = bench.call(requests[number], Principal(actor=f"olga-{number}", role=Role.OPERATOR)).outcome
        except Refused as why:
            shown.append(msgspec.convert(why.details["preview"], ActionPreview))
            return why.reason
        return outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))
    assert outcomes == ["STALE_ETAG"] * 7 + ["applied"]
    assert {(preview.etag, preview.allowed) for preview in shown} == {(bench.view("prepaid").billing.etag, True)}
    assert {change.before for preview in shown for change in preview.changes if change.label == "AI credit"} == {
        "$0.01"
    }
    assert bench.view("prepaid").credits.ai_cents == "1"
    assert len(bench.events("prepaid")) == 8
    assert all_is_sound(bench)


def test_a_limit_holds_when_many_spend_at_once(store: Store) -> None:
    bench = Workbench(store, policy=Policy(operator_limit_cents=5))
    bench.feed(*(customer(f"c{n}") for n in range(10)))
    requests = [bench.request(ApplySupportCredit, f"c{n}", ai_cents="1") for n in range(10)]
    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(receipt.outcome for receipt in pool.map(bench.call, requests))
    assert outcomes == ["applied"] * 5 + ["pending_approval"] * 5
    assert sum(int(bench.view(f"c{n}").credits.ai_cents) for n in range(10)) == 5
    assert all_is_sound(bench)


def test_a_fault_inside_leaves_nothing_but_a_failed_event(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("disk of customer Acme")

    request = bench.request(MarkInvoiceVerified)
    monkeypatch.setattr("services.actions.store.keep_receipt", broken)
    why = refused(bench, request)
    assert why.code is Code.INTERNAL
    assert "Acme" not in why.message
    assert bench.view().billing.state == "needs_review"
    [event] = bench.events()
    assert event.outcome == "failed"
    monkeypatch.undo()
    assert bench.call(request).outcome == "applied"
    assert all_is_sound(bench)
