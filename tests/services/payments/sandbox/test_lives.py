"""Lives that are played: everything is dated by when it happened, and what fell due in between has happened too."""

from services.payments.sandbox.lives import Life, card, changed, changes_later, play, subscribed, transferred, voided
from services.payments.sandbox.sandbox import Sandbox
from tests.clocks import START
from tests.services.payments.sandbox.shop import GOOD, PLANS

DAY = 86_400
NOW = int(START.timestamp())


def test_a_past_of_some_months_is_played_in_order(sandbox: Sandbox) -> None:
    sandbox.ensure_catalogue(PLANS)
    lives = [
        Life("cus_late", "late", "Late Ltd", 5, ((5, card(GOOD)), (5, subscribed("starter_month")))),
        Life(
            "cus_early",
            "early",
            "Early GmbH",
            70,
            (
                (70, card(GOOD)),
                (70, subscribed("starter_month")),
                (50, changed("growth_month")),
                (1, changes_later("starter_month")),
            ),
        ),
    ]
    with sandbox.world() as world:
        play(world, lives)
        assert world.now == NOW
        early = world.all("invoice", customer="cus_early")
        assert [each["status"] for each in early] == ["paid"] * 4  # the first, the change, and two renewals
        assert early[-1]["created"] == NOW - 70 * DAY
        assert early[-2]["created"] == NOW - 50 * DAY
        (subscription,) = world.all("subscription", customer="cus_early")
        assert subscription["schedule"] is not None
        assert world.get("customer", "cus_early")["metadata"] == {"customer_id": "early"}
        (late,) = world.all("invoice", customer="cus_late")
        assert late["created"] == NOW - 5 * DAY
        moments = [event["created"] for event in world.all("event")]
        assert moments == sorted(moments, reverse=True)


def test_invoices_that_are_sent_are_paid_voided_or_left_open(sandbox: Sandbox) -> None:
    sandbox.ensure_catalogue(PLANS)
    past = ((80, subscribed("growth_month", by_invoice=True)), (70, transferred()), (40, voided()))
    with sandbox.world() as world:
        play(world, [Life("cus_1", "acme", "Acme GmbH", 80, past)])
        assert [each["status"] for each in world.all("invoice", customer="cus_1")] == ["open", "void", "paid"]
