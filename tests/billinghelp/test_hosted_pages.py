"""Pages of the payment provider's: asked for once, shown, opened, and followed until what was done there shows here."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from billinghelp.link import SILENT
from billinghelp.pages import billing_hosted
from billinghelp.pages.billing_flow import (
    change_visit,
    checkout_visit,
    invoice_visit,
    portal_visit,
    setup_visit,
)
from services.contract.errors import Code, Refused
from services.contract.requests import (
    GetInvoice,
    ListInvoices,
    ListPlans,
    RefreshBillingPaymentSetup,
    Request,
    StartBillingInvoicePayment,
    StartBillingPaymentSetup,
    StartCustomerPortal,
    StartPlanCheckout,
)
from services.contract.types import BillingInterval
from services.contract.views import PaymentSetupReceipt, PaymentSetupView
from tests.billinghelp.payments_desk import (
    HOSTED,
    STRIPE_AWAY,
    VISA,
    PaymentsDesk,
    administrator,
    invoices_of,
    new_view,
    payments_view,
    plans_for,
    subscription,
)
from tests.billinghelp.test_billing_page import Paying, paying
from tests.builders import NOW
from widgets.hosted_page_dialog import HostedPageDialog
from widgets.payment_tabs import Shown

COMPLETE = PaymentSetupView(status="complete", method=VISA, open_until=None)


class SlowStripe(PaymentsDesk):
    """A desk that waits for Stripe wherever Stripe is asked."""

    async def call(self, request: Request) -> Any:
        """Answer a request."""
        if isinstance(request, RefreshBillingPaymentSetup | ListInvoices | ListPlans) and self.gate is not None:
            self.calls.append(request)
            await self.gate.wait()
            return self._answer(request)
        return await super().call(request)


async def no_pause(_seconds: float) -> None:
    """Wait for nothing before an answer is asked for again."""


async def look(run: Paying) -> None:
    """Look whether something has come of the page, as happens every two seconds."""
    run.billing.look_for_arrival()
    await run.settle()


async def test_a_plan_is_bought_elsewhere_and_the_page_follows_by_itself() -> None:
    async with paying() as run:
        await run.press("2", "right", "enter")
        assert run.shows(HostedPageDialog)
        [asked] = run.desk.asked(StartPlanCheckout)
        assert (asked.plan, asked.interval) == ("business", BillingInterval.MONTH)
        assert "Checkout · Business" in run.text
        assert HOSTED in run.text
        await look(run)
        assert "Waiting for what is done there" in run.text
        run.desk.tell("acme-eu", subscription=subscription("business"))
        await look(run)
        assert "✓ Business is active now." in run.text
        await run.press("escape")
        assert "Business is active now." in run.notice
        assert "Business  ✓ active" in run.text
        assert run.billing._following is None


async def test_a_smaller_plan_and_a_card_are_the_portals_and_an_invoice_has_its_own_page() -> None:
    async with paying() as run:
        await run.press("p", "escape", "o", "escape", "2", "left", "enter", "escape", "i", "right", "enter", "escape")
        [paid] = run.desk.asked(StartBillingInvoicePayment)
        assert paid.invoice == "ACME-EU-0100"
        asked = [(each.purpose, each.plan, each.interval) for each in run.desk.asked(StartCustomerPortal)]
        month, year = BillingInterval.MONTH, BillingInterval.YEAR
        # the plan that the customer has, paid by the year, is a change of its cycle
        assert asked == [("overview", None, month), ("change_plan", "starter", month), ("change_plan", "growth", year)]


async def test_stripe_is_asked_what_came_of_a_setup() -> None:
    async with paying(PaymentsDesk(identity=administrator("bolt"))) as run:
        await run.press("s")
        run.desk.refuse(RefreshBillingPaymentSetup, STRIPE_AWAY)
        await look(run)
        del run.desk.scripts[RefreshBillingPaymentSetup]
        run.desk.tell("bolt", payment_setup=COMPLETE)
        await look(run)
        assert "✓ Visa ending in 4242 is on file now." in run.text
        assert len(run.desk.asked(RefreshBillingPaymentSetup)) == 3
        await run.press("enter")
        assert run.app.screen is run.billing


async def test_what_stripe_has_had_for_long_has_not_come_of_a_setup() -> None:
    desk = PaymentsDesk(identity=administrator("bolt"))
    unheard_of = replace(new_view("bolt", "Bolt Works"), payment_setup=COMPLETE, view_etag="v7")
    receipt = PaymentSetupReceipt(status="complete", notice="", view=unheard_of)
    desk.scripts[RefreshBillingPaymentSetup] = lambda _: receipt
    async with paying(desk) as run:
        desk.views["bolt"] = unheard_of
        await run.press("s")
        await look(run)
        assert HOSTED in run.text
        assert "on file now" not in run.text
        other = replace(VISA, last4="0077", text="Visa ending in 0077")
        desk.scripts[RefreshBillingPaymentSetup] = lambda _: replace(
            receipt, view=replace(unheard_of, payment_setup=replace(COMPLETE, method=other), view_etag="v8")
        )
        await look(run)
        assert "✓ Visa ending in 0077 is on file now." in run.text


async def test_an_attempt_that_is_declined_is_said_while_the_page_is_waited_for() -> None:
    async with paying() as run:
        known = run.desk._answer(GetInvoice(customer_id="acme-eu", invoice="ACME-EU-0100"))
        run.desk.scripts[GetInvoice] = lambda _: known
        await run.press("p")
        await look(run)
        assert "insufficient funds" not in run.text  # that was an attempt of an earlier day
        again = replace(known.attempts[0], attempted_at=NOW, problem="Your card has expired.")
        run.desk.refuse(GetInvoice, STRIPE_AWAY)
        await look(run)
        run.desk.scripts[GetInvoice] = lambda _: replace(known, attempts=[again, *known.attempts])
        await look(run)
        assert "✗ The card was declined: Your card has expired." in run.text
        assert "Waiting for what is done there" in run.text
        run.desk.tell("acme-eu", open_invoices=[])
        await look(run)
        assert "✓ Invoice ACME-EU-0100 is settled." in run.text
        assert "declined" not in run.text


async def test_a_second_press_leads_to_the_same_page() -> None:
    async with paying(PaymentsDesk(held=asyncio.Event())) as run:
        run.desk.gate = asyncio.Event()  # the app waits for Stripe, and the test does not wait for the app
        await run.press("s", "escape", "s")
        assert "… Asking Stripe for the page" in run.text
        assert run.desk.held is not None
        run.desk.held.set()
        run.desk.gate = None
        await run.until(lambda: HOSTED in run.text)
        assert len(run.desk.asked(StartBillingPaymentSetup)) == 1


async def test_no_key_waits_for_stripe() -> None:
    gate = asyncio.Event()
    async with paying(SlowStripe(gate=gate, held=gate)) as run:  # the test does not wait for the app, either
        await run.press("r", "o")
        assert "… Asking Stripe for the page" in run.text
        for key, shown in zip("2341", (Shown.PLANS, Shown.COSTS, Shown.NODES, Shown.INVOICES), strict=True):
            await run.press(key)
            assert run.app.screen is run.billing
            assert run.billing.views.shown is shown
        await run.press("o")
        assert run.shows(HostedPageDialog)
        gate.set()
        run.desk.gate = None
        await run.until(lambda: HOSTED in run.text)
        assert len(run.desk.asked(StartCustomerPortal)) == 1
        await run.press("2")
        assert run.shows(HostedPageDialog)  # somebody may be paying there


async def test_keys_that_were_typed_at_once_are_carried_out_in_their_order() -> None:
    gate = asyncio.Event()
    async with paying(SlowStripe(gate=gate, held=gate)) as run:
        await run.burst("r", "o", "2", "3", "o", "4")
        await run.until(lambda: run.billing.views.shown is Shown.NODES)
        assert run.app.screen is run.billing
        gate.set()
        run.desk.gate = None


async def test_what_was_not_answered_is_asked_for_again_under_the_same_request_id() -> None:
    async with paying() as run:
        run.app.place.sleep = no_pause
        run.desk.refuse(StartBillingPaymentSetup, STRIPE_AWAY)
        await run.press("s")
        assert "✗ Stripe did not answer: try again in a moment." in run.text
        del run.desk.scripts[StartBillingPaymentSetup]
        await run.press("r")
        assert HOSTED in run.text
        assert len({each.request_id for each in run.desk.asked(StartBillingPaymentSetup)}) == 1
        await run.press("escape", "s")
        assert len({each.request_id for each in run.desk.asked(StartBillingPaymentSetup)}) == 2
        await run.press("escape")
        why = Refused(Code.FAILED_PRECONDITION, "PRICE_GONE", "Stripe has no price for this now: choose another plan.")
        run.desk.refuse(StartCustomerPortal, why)
        await run.press("o")
        assert "✗ Stripe has no price for this now" in run.text
        assert "try again" not in run.text


async def test_a_server_that_does_not_answer_is_not_said_to_be_stripe() -> None:
    waiting = asyncio.Event()

    async def wait(_seconds: float) -> None:
        await waiting.wait()

    async with paying() as run:
        run.app.place.sleep = wait
        run.desk.refuse(StartBillingPaymentSetup, Refused(Code.UNAVAILABLE, SILENT, "The server did not answer."))
        run.desk.gate = asyncio.Event()  # the app waits for the server, and the test does not wait for the app
        await run.press("s")
        await run.until(lambda: "… The server does not answer: it is asked again" in run.text)
        del run.desk.scripts[StartBillingPaymentSetup]
        run.desk.gate = None
        waiting.set()
        await run.until(lambda: HOSTED in run.text)


async def test_what_is_exceeded_and_how_is_collected_from_then_on_is_said_before_a_plan_is_bought() -> None:
    over = replace(GROWTH, change=replace(GROWTH.change, over=["Users: 75 in use, 25 included"]))
    first = checkout_visit(BOLT, over, MONTH)
    assert first.exceeded == "More is in use than Growth includes. Users: 75 in use, 25 included."
    assert first.purpose == "Buy Growth, paid monthly. Invoices are collected automatically from then on."
    assert "collected" not in checkout_visit(ACME, BUSINESS, MONTH).purpose  # as those of the plan before
    assert change_visit(ACME, STARTER, MONTH).exceeded.endswith("Nodes: 3 in use, 1 included.")
    async with paying() as run:
        await run.press("2", "left", "enter")
        assert "▲ More is in use than Starter includes." in run.text


async def test_the_page_is_opened_and_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    copied: list[str] = []
    has_browser = True

    def open_in_browser(url: str) -> bool:
        opened.append(url)
        return has_browser

    monkeypatch.setattr(billing_hosted, "open_in_browser", open_in_browser)
    async with paying() as run:
        monkeypatch.setattr(run.app, "copy_to_clipboard", copied.append)
        await run.press("s", "o")
        assert "Opened in the browser." in run.text
        has_browser = False
        await run.press("enter")
        assert "There is no browser here" in run.text
        await run.press("y")
        assert (opened, copied) == ([HOSTED] * 2, [HOSTED])
        run.desk.hosted = "http://checkout.example.com/c"
        await run.press("escape", "s", "o", "enter")
        assert "This is no https address" in run.text
        assert opened == [HOSTED] * 2


# ── what came of it ───────────────────────────────────────────────────────────────────────────────────────────────────

ACME, BOLT = payments_view(), new_view("bolt", "Bolt Works")
STARTER, GROWTH, BUSINESS, _ = plans_for(ACME)
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
CHANGED = subscription(outlook="Growth until 2026-12-31, then Starter")


@pytest.mark.parametrize(
    ("visit", "before", "changed", "said"),
    [
        (checkout_visit(ACME, BUSINESS, MONTH), ACME, {}, ""),
        (checkout_visit(ACME, BUSINESS, MONTH), ACME, {"subscription": CHANGED}, ""),
        (checkout_visit(ACME, BUSINESS, MONTH), ACME, {"subscription": subscription("business")}, "Business is active"),
        (checkout_visit(BOLT, GROWTH, MONTH), BOLT, {"subscription": subscription()}, "Growth is active now."),
        (checkout_visit(ACME, GROWTH, YEAR), ACME, {"subscription": subscription(interval=YEAR)}, "Growth is active"),
        (change_visit(ACME, STARTER, MONTH), ACME, {"subscription": CHANGED}, "Growth until 2026-12-31, then Starter."),
        (portal_visit(ACME), ACME, {}, ""),
        (portal_visit(ACME), ACME, {"subscription": None}, "The subscription has ended."),
        (portal_visit(ACME), ACME, {"payment_setup": replace(COMPLETE, method=None)}, "No payment method is on file"),
        (portal_visit(BOLT), BOLT, {"payment_setup": COMPLETE}, "Visa ending in 4242 is on file now."),
        (portal_visit(BOLT), BOLT, {}, ""),
        (setup_visit(BOLT), BOLT, {}, ""),
        (setup_visit(BOLT), BOLT, {"payment_setup": replace(COMPLETE, method=None)}, "The payment setup is complete."),
        (invoice_visit(ACME, invoices_of("acme-eu")[0].number, "1"), ACME, {}, ""),
        (invoice_visit(ACME, invoices_of("acme-eu")[0].number, "1"), ACME, {"open_invoices": []}, "is settled."),
    ],
)
def test_what_came_of_a_page_is_told_from_the_records(visit: Any, before: Any, changed: Any, said: str) -> None:
    told = visit.arrived(before, replace(before, **changed))
    assert (told == said) if not said else (said in told)
