"""The session shows the selected customer and nobody else; triage walks the blocked ones."""

from datetime import timedelta

import pytest

from billinghelp.session import CustomerSession, Triage, count_blocked, there_are_customers
from services.contract.requests import ListBillingCustomers
from services.contract.types import BlockerCode
from services.contract.views import CustomerList
from tests.billinghelp.fake_desk import FakeDesk
from tests.builders import NOW, make_view


def test_a_view_of_another_customer_is_dropped() -> None:
    session = CustomerSession()
    session.select("acme-eu")
    assert not session.accept(make_view(customer_id="bolt"))
    assert session.view is None


def test_an_older_view_does_not_replace_a_newer_one() -> None:
    session = CustomerSession()
    session.select("acme-eu")
    newer = make_view(as_of=NOW)
    assert session.accept(newer)
    assert not session.accept(make_view(as_of=NOW - timedelta(seconds=1)))
    assert session.view is newer


async def test_an_unchanged_record_is_not_sent_again() -> None:
    desk, session = FakeDesk(), CustomerSession()
    assert await session.read_if_changed(desk) is None
    session.select("acme-eu")
    session.accept(await session.read(desk, "acme-eu"))
    assert await session.read_if_changed(desk) is None
    desk.views["acme-eu"] = make_view(view_etag="v2")
    changed = await session.read_if_changed(desk)
    assert changed is not None
    assert changed.view_etag == "v2"


async def test_triage_walks_forward_and_wraps() -> None:
    desk, triage = FakeDesk(), Triage()
    first = await triage.step(desk, None, 1)
    assert first.customer is not None
    assert (first.customer.customer_id, first.wrapped) == ("acme-eu", False)
    second = await triage.step(desk, "acme-eu", 1)
    assert second.customer is not None
    assert second.customer.customer_id == "crux"
    third = await triage.step(desk, "crux", 1)
    assert third.customer is not None
    assert (third.customer.customer_id, third.wrapped) == ("acme-eu", True)


async def test_triage_asks_for_one_customer_a_step_with_its_cause_and_order() -> None:
    desk, triage = FakeDesk(), Triage(BlockerCode.TRIAL_EXPIRED, "blocked_longest")
    assert (await triage.step(desk, "crux", -1)).customer is None
    assert desk.calls == [
        ListBillingCustomers(
            blocked_only=True,
            blocker=BlockerCode.TRIAL_EXPIRED,
            order="blocked_longest",
            page_size=1,
            before_customer_id="crux",
        )
    ]


@pytest.mark.parametrize(
    ("total", "more", "said"),
    [(0, False, "none blocked"), (605, False, "605 blocked"), (1_000, True, "1 000+ blocked")],
)
async def test_the_count_of_the_blocked_reads_well(total: int, more: bool, said: str) -> None:
    desk = FakeDesk()
    desk.scripts[ListBillingCustomers] = lambda _request: CustomerList(
        customers=[], next_page_token=None, total=total, total_is_more=more
    )
    assert await count_blocked(desk) == said


async def test_an_empty_store_has_no_customers() -> None:
    assert await there_are_customers(FakeDesk())
    assert not await there_are_customers(FakeDesk(views={}))
