"""The ledger and the audit trail as lists, and the line of a balance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.types import Account, EntryKind, Outcome, Unit
from services.contract.views import (
    AuditPage,
    AuditVerification,
    LedgerPage,
    LedgerVerification,
    StreamVerification,
)
from tests.builders import make_entry, make_event
from tests.widgets.harness import HOSTILE_NAMES, SIZES, Host, running, screen_text, sent
from widgets.audit_view import AuditTrailView
from widgets.ledger_view import LedgerView
from widgets.sparkline import sparkline


def entries(count: int, start: int = 0) -> list[object]:
    return [make_entry(f"{n}.25", entry_id=f"entry-{n}", balance_after=f"{n}.00") for n in range(start, start + count)]


def ledger_page(*shown: object, token: str | None = None) -> LedgerPage:
    return LedgerPage(entries=list(shown), next_page_token=token)  # type: ignore[arg-type]


# ── ledger ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_entry_shows_when_what_signed_amount_balance_and_reason() -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app) as pilot:
        ledger.show_page(
            ledger_page(
                make_entry("-3.25", kind=EntryKind.CONSUME, category=None, reason=None, source="meter"),
                make_entry("1250", Unit.AI_CENTS, entry_id="e2", balance_after="1250"),
            )
        )
        await pilot.pause()
        rows = [line.split() for line in screen_text(app).splitlines() if "2026-10-12" in line]
        assert rows[0] == ["2026-10-12", "12:00", "consume", "-3.25", "h", "12.50", "h", "meter"]
        assert rows[1][:6] == ["2026-10-12", "12:00", "grant", "(support)", "+$12.50", "$12.50"]


async def test_counterparts_are_left_out_and_overage_is_named() -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app) as pilot:
        ledger.show_page(
            ledger_page(
                make_entry("-2.00", account=Account.OVERAGE, balance_after="-2.00"),
                make_entry("2.00", account=Account.CONSUMED, balance_after="77.77"),
            )
        )
        await pilot.pause()
        assert "overage" in screen_text(app)
        assert "77.77" not in screen_text(app)


async def test_the_balance_of_each_unit_has_a_line_with_its_latest_value() -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app) as pilot:
        ledger.show_page(
            ledger_page(
                make_entry("-5.00", balance_after="5.00", entry_id="newest"),
                make_entry("10.00", balance_after="10.00", entry_id="oldest"),
            )
        )
        await pilot.pause()
        line = next(line for line in screen_text(app).splitlines() if "Workspace" in line)
        assert line.split() == ["Workspace", "5.00", "h", "█▅"]
        assert "Managed AI" not in screen_text(app)


async def test_the_end_of_the_ledger_asks_for_the_next_page_once_and_drops_any_other() -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app) as pilot:
        ledger.show_page(ledger_page(*entries(3), token="page-2"))
        ledger.focus_entries()
        await pilot.press("G", "j")
        assert [message.token for message in sent(app, LedgerView.MoreWanted)] == ["page-2"]
        ledger.add_page("another", ledger_page(*entries(1, start=90)))
        ledger.add_page("page-2", ledger_page(*entries(2, start=3)))
        await pilot.pause()
        assert "+4.25 h" in screen_text(app)
        assert "+90.25 h" not in screen_text(app)
        await pilot.press("G")
        assert len(sent(app, LedgerView.MoreWanted)) == 1


async def test_an_empty_a_loading_and_a_failed_ledger_say_so() -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app) as pilot:
        assert "Reading the ledger…" in screen_text(app)
        ledger.show_page(ledger_page())
        await pilot.pause()
        assert "No ledger entries yet" in screen_text(app)
        ledger.show_failure("The store does not answer.")
        await pilot.pause()
        assert "✗ The store does not answer." in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_the_ledger_survives_hostile_reasons_and_small_terminals(size: tuple[int, int]) -> None:
    ledger = LedgerView()
    app = Host(ledger)
    async with running(app, size) as pilot:
        ledger.show_page(ledger_page(*(make_entry(reason=name, entry_id=name) for name in HOSTILE_NAMES)))
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "\x1b" not in screen_text(app)


# ── the line of a balance ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_line_stands_on_zero() -> None:
    assert sparkline([0, 5, 10], 10) == "▁▅█"
    assert sparkline([10, 10], 10) == "██"
    assert sparkline([0, 0], 10) == "▁▁"
    assert sparkline([-10, 0], 10) == "▁█"
    assert sparkline([], 10) == sparkline([1], 0) == ""


@given(st.lists(st.floats(-1e9, 1e9), max_size=300), st.integers(0, 80))
def test_the_line_fits_and_ends_with_the_latest_value(values: list[float], cells: int) -> None:
    drawn = sparkline(values, cells)
    assert len(drawn) == min(len(values), cells)
    if drawn and values[-1] == max(*values, 0.0) > 0:
        assert drawn[-1] == "█"


# ── audit ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def verification(*streams: StreamVerification, mismatched: list[str] | None = None) -> AuditVerification:
    ledger = LedgerVerification(customers=1, entries=12, mismatched=mismatched or [])
    return AuditVerification(streams=list(streams), ledger=ledger, next_page_token=None)


OK = StreamVerification(stream="acme-eu", status="OK", length=3, last_hash="ab")
BROKEN = StreamVerification(
    stream="globex", status="BROKEN", length=9, last_hash="cd", broken_at=4, detail="hash differs"
)


async def test_at_a_hundred_cells_every_event_names_its_deed_in_words_and_leaves_room_for_its_reason() -> None:
    trail = AuditTrailView()
    app = Host(trail)
    events = [
        make_event(audit_event_id="a1", action="RejectTenantChangeRequest", stream="c7-000035", reason="not justified"),
        make_event(audit_event_id="a2", action="CreateToken", stream="system", actor="Olga Petrovna", reason=None),
    ]
    async with running(app, (96, 30)) as pilot:
        trail.show_page(AuditPage(events=events, next_page_token=None))
        await pilot.pause()
        (rejected,) = [row for row in screen_text(app).splitlines() if "c7-000035" in row and "not justified" in row]
        assert "Reject request" in rejected
        assert "Issue token" in screen_text(app)


async def test_an_event_shows_who_did_what_and_how_it_ended_and_the_selected_one_its_hashes_and_payload() -> None:
    trail = AuditTrailView()
    app = Host(trail)
    async with running(app) as pilot:
        shown = [make_event(outcome=outcome, sequence=n, payload=f'{{"n":{n}}}') for n, outcome in enumerate(Outcome)]
        trail.show_page(AuditPage(events=shown, next_page_token=None))
        await pilot.pause()
        text = screen_text(app)
        assert "✓ applied" in text
        assert "▲ denied" in text
        assert "✗ failed" in text
        assert '{"n":0}' in text
        assert "ab" * 32 in text
        trail.focus_events()
        await pilot.press("j")
        await pilot.pause()
        assert '{"n":1}' in screen_text(app)


async def test_verification_says_ok_in_one_line_and_names_every_stream_that_is_not() -> None:
    trail = AuditTrailView()
    app = Host(trail)
    async with running(app) as pilot:
        trail.show_verification(verification(OK))
        await pilot.pause()
        assert "✓ OK  chain of 3 events verified, 12 ledger entries add up" in screen_text(app)
        trail.show_verification(verification(OK, BROKEN, mismatched=["acme-eu"]))
        await pilot.pause()
        assert "✗ BROKEN at 4  globex: hash differs" in screen_text(app)
        assert "✗ LEDGER  balances differ for acme-eu" in screen_text(app)
        trail.show_verification(verification(*[BROKEN] * 9))
        await pilot.pause()
        assert "and 4 more streams" in screen_text(app)


async def test_the_trail_pages_and_says_when_it_is_empty_or_failed() -> None:
    trail = AuditTrailView()
    app = Host(trail)
    async with running(app) as pilot:
        assert "Reading the audit trail…" in screen_text(app)
        trail.show_page(AuditPage(events=[], next_page_token=None))
        await pilot.pause()
        assert "No audit events yet" in screen_text(app)
        trail.show_page(AuditPage(events=[make_event(), make_event()], next_page_token="page-2"))
        trail.focus_events()
        await pilot.press("G", "j")
        assert [message.token for message in sent(app, AuditTrailView.MoreWanted)] == ["page-2"]
        trail.add_page("another", AuditPage(events=[make_event()], next_page_token=None))
        trail.add_page("page-2", AuditPage(events=[make_event()], next_page_token=None))
        await pilot.pause()
        assert "3 events loaded" in screen_text(app)
        trail.show_failure("The store does not answer.")
        await pilot.pause()
        assert "✗ The store does not answer." in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_the_trail_survives_hostile_texts_and_small_terminals(size: tuple[int, int]) -> None:
    trail = AuditTrailView()
    app = Host(trail)
    async with running(app, size) as pilot:
        shown = [make_event(name, actor=name, reason=name, payload=name, stream=name) for name in HOSTILE_NAMES]
        trail.show_page(AuditPage(events=shown, next_page_token=None))
        trail.focus_events()
        for _name in HOSTILE_NAMES:
            await pilot.press("j")
        await pilot.resize_terminal(60, 20)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert "\x1b" not in screen_text(app)
