"""The customer portal, as a person uses it: plans, cancellation, cards, invoices, and flows that lead to one."""

from typing import Any

import pytest

from services.payments.sandbox.pages.portal_visit import LASTS
from tests.services.payments.sandbox.pages.visitor import CARD, Page, Visitor
from tests.services.payments.sandbox.shop import DECLINED, FAILS_LATER, GOOD, Shop

MASTERCARD = "5555555555554444"


async def home(shop: Shop, visitor: Visitor) -> Page:
    """Return the portal's first page."""
    return await visitor.open(str((await shop.portal()).url))


async def chosen(visitor: Visitor, page: Page, plan: str, cycle: str | None = None) -> Page:
    """Return the confirmation of a switch to a plan, as in "Starter, 19.00 USD per month"."""
    plans = await visitor.open(page.links["Switch plan"])
    if cycle is not None:
        plans = await visitor.open(page.links["Switch plan"] + plans.links[cycle])
    return await visitor.open(plans.links[f"Choose {plan}"])


async def test_the_first_page_shows_plan_cards_and_invoices(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await home(shop, visitor)
    assert "Acme GmbH Current plan Growth 49.00 USD per month Renews on 20 December 2026." in page.text
    assert "Visa •••• 4242 expires 04 / 30 Default" in page.text
    assert "20 November 2026 SBX-0001-0001 49.00 USD paid" in page.text
    assert page.links["← Return"] == "https://shop.example/billing"


async def test_a_customer_without_anything_sees_that(shop: Shop, visitor: Visitor) -> None:
    page = await home(shop, visitor)
    assert "There is no plan. Payment methods No card is on file." in page.text
    assert "There are no invoices yet." in page.text


async def test_a_downgrade_waits_for_the_periods_end_and_can_be_taken_back(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await chosen(visitor, await home(shop, visitor), "Starter, 19.00 USD per month")
    assert "Takes effect 20 December 2026 Due today 0.00 USD" in page.text
    page = await visitor.follow(page.form())
    assert "Growth until 20 December 2026, then Starter for 19.00 USD per month." in page.text
    page = await visitor.follow(page.form("/keep"))
    assert "Renews on 20 December 2026." in page.text
    assert shop.one("subscription")["schedule"] is None


async def test_a_scheduled_downgrade_takes_place(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await chosen(visitor, await home(shop, visitor), "Starter, 19.00 USD per month")
    await visitor.follow(page.form())
    shop.sandbox.advance(31 * 86_400)
    page = await home(shop, visitor)
    assert "Current plan Starter 19.00 USD per month Renews on 20 January 2027." in page.text


async def test_an_upgrade_is_made_at_once_for_the_amount_that_was_named(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("starter_month")
    shop.sandbox.advance(15 * 86_400)
    page = await chosen(visitor, await home(shop, visitor), "Growth, 49.00 USD per month")
    assert "Takes effect At once Due today 15.00 USD Paid with Visa •••• 4242" in page.text
    assert "Switch and pay 15.00 USD" in page.text
    page = await visitor.follow(page.form())
    assert "Current plan Growth 49.00 USD per month" in page.text
    newest = shop.all("invoice")[0]
    assert (newest["amount_paid"], newest["status"]) == (1_500, "paid")


@pytest.mark.parametrize(
    ("proration", "sentence"),
    [
        ("none", "The price of Growth is charged from the next invoice on."),
        ("create_prorations", "The difference for the rest of the period comes on the next invoice."),
        ("always_invoice", "Growth is charged for the rest of the period; what is left of Starter is credited."),
    ],
)
async def test_the_confirmation_says_what_the_configuration_makes_of_the_rest_of_the_period(
    shop: Shop, visitor: Visitor, proration: str, sentence: str
) -> None:
    shop.subscribe("starter_month")
    page = await home(shop, visitor)
    default = shop.one("billing_portal.configuration")["id"]
    features: Any = {"subscription_update": {"proration_behavior": proration}}
    await shop.client.v1.billing_portal.configurations.update_async(default, {"features": features})
    page = await chosen(visitor, page, "Growth, 49.00 USD per month")
    assert sentence in page.text
    assert ("Due today 0.00 USD" in page.text) == (proration != "always_invoice")


async def test_a_longer_cycle_begins_a_new_period_today(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("starter_month")
    shop.sandbox.advance(15 * 86_400)
    page = await chosen(visitor, await home(shop, visitor), "Starter, 190.00 USD per year", "Yearly")
    assert "A new billing period begins today" in page.text
    assert "Due today 180.50 USD" in page.text
    page = await visitor.follow(page.form())
    assert "Starter 190.00 USD per year Renews on 5 December 2027." in page.text


async def test_a_shorter_cycle_waits_for_the_periods_end(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("starter_year")
    page = await chosen(visitor, await home(shop, visitor), "Growth, 49.00 USD per month", "Monthly")
    assert "Takes effect 20 November 2027" in page.text


async def test_an_upgrade_whose_card_is_declined_changes_nothing(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("starter_month")
    page = await home(shop, visitor)
    added = await visitor.open(page.links["Add card"])
    await visitor.follow(added.form(), number=FAILS_LATER, **CARD)
    page = await visitor.send((await chosen(visitor, page, "Growth, 49.00 USD per month")).form())
    assert page.status == 402
    assert "Your card was declined." in page.text
    assert "Current plan Starter" in (await home(shop, visitor)).text
    assert len(shop.all("invoice")) == 1


async def test_a_plan_is_canceled_at_the_periods_end_and_kept_again(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await visitor.open((await home(shop, visitor)).links["Cancel plan"])
    assert "Growth stays as it is until 20 December 2026 and then ends." in page.text
    page = await visitor.follow(page.form())
    assert "Ends on 20 December 2026, and stays as it is until then." in page.text
    assert "Switch plan" not in page.links
    page = await visitor.follow(page.form("/keep"))
    assert "Renews on 20 December 2026." in page.text


async def test_a_form_that_is_sent_twice_acts_once(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("starter_month")
    form = (await chosen(visitor, await home(shop, visitor), "Growth, 49.00 USD per month")).form()
    first, second = await visitor.send(form), await visitor.send(form)
    assert (first.status, first.address) == (second.status, second.address)
    assert len(shop.all("invoice")) == 2


async def test_cards_are_added_chosen_and_removed(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await visitor.open((await home(shop, visitor)).links["Add card"])
    page = await visitor.send(page.form(), number=DECLINED, **CARD)
    assert "Your card was declined." in page.text
    page = await visitor.send(page.form(), number="1", **CARD)
    assert "Type the whole card number." in page.text
    page = await visitor.follow(page.form(), number=MASTERCARD, **CARD)
    assert (
        "Mastercard •••• 4444 expires 04 / 30 Default Visa •••• 4242 expires 04 / 30 Make default Remove" in page.text
    )
    (visa, mastercard) = (shop.one("payment_method", customer=shop.customer, card=card) for card in _cards(shop))
    assert shop.one("subscription")["default_payment_method"] == mastercard["id"]
    page = await visitor.follow(page.form("/default"))
    assert shop.one("customer")["invoice_settings"]["default_payment_method"] == visa["id"]
    page = await visitor.follow(page.form("/remove"))
    assert "Mastercard" not in page.text
    assert "•••• 4242" in page.text


def _cards(shop: Shop) -> list[object]:
    return [method["card"] for method in reversed(shop.all("payment_method", customer=shop.customer))]


async def test_the_card_that_pays_cannot_be_removed(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    shop.add_card(MASTERCARD)
    page = await home(shop, visitor)
    remove = page.form("/remove")
    await visitor.send(page.form("/default"))
    page = await visitor.send(remove)
    assert page.status == 409
    assert "Make another card the default" in page.text


async def test_a_flow_leads_straight_to_its_page_and_back(shop: Shop, visitor: Visitor) -> None:
    subscription = shop.subscribe("starter_month")
    item = shop.one("subscription")["items"]["data"][0]["id"]
    change = {"subscription": subscription, "items": [{"id": item, "price": shop.prices["growth_month"]}]}
    redirect = {"type": "redirect", "redirect": {"return_url": "https://shop.example/changed"}}
    session = await shop.portal(
        flow_data={"type": "subscription_update_confirm", "subscription_update_confirm": change}
        | {"after_completion": redirect}
    )
    page = await visitor.open(session.url)
    assert "Switch to Growth" in page.text
    assert page.links["← Back"] == "https://shop.example/billing"
    assert (await visitor.send(page.form())).address == "https://shop.example/changed"
    assert shop.one("subscription")["items"]["data"][0]["price"]["id"] == shop.prices["growth_month"]


async def test_a_flow_can_end_on_a_page_of_its_own(shop: Shop, visitor: Visitor) -> None:
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": shop.subscribe()}}
    said = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Sorry to see you go."}}
    session = await shop.portal(flow_data=flow | {"after_completion": said})
    page = await visitor.follow((await visitor.open(session.url)).form())
    assert "Done Sorry to see you go." in page.text


@pytest.mark.parametrize(
    ("flow_type", "title"), [("payment_method_update", "Add card"), ("subscription_update", "Switch plan")]
)
async def test_other_flows_lead_to_their_pages_too(shop: Shop, visitor: Visitor, flow_type: str, title: str) -> None:
    about = {"subscription": shop.subscribe()}
    flow = {"type": flow_type} | ({} if flow_type == "payment_method_update" else {flow_type: about})
    page = await visitor.open((await shop.portal(flow_data=flow)).url)
    assert f"← Back {title}" in page.text


async def test_what_the_configuration_leaves_off_is_neither_offered_nor_possible(shop: Shop, visitor: Visitor) -> None:
    subscription = shop.subscribe()
    bare = await shop.client.v1.billing_portal.configurations.create_async(
        {"features": {"invoice_history": {"enabled": False}}}
    )
    session = await shop.portal(configuration=bare.id)
    page = await visitor.open(session.url)
    assert not {"Switch plan", "Cancel plan", "Add card"} & page.links.keys()
    assert "Invoices" not in page.text
    for path in (f"subscriptions/{subscription}/plans", f"subscriptions/{subscription}/cancel", "cards/new"):
        assert (await visitor.open(f"{session.url}/{path}")).status == 403


async def test_an_immediate_cancellation_is_one_where_the_configuration_says_so(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    configuration = await shop.client.v1.billing_portal.configurations.create_async(
        {"features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}}}
    )
    page = await visitor.open((await shop.portal(configuration=configuration.id)).url)
    page = await visitor.open(page.links["Cancel plan"])
    assert "Growth ends at once." in page.text
    page = await visitor.follow(page.form())
    assert "There is no plan." in page.text


async def test_nobody_elses_plan_or_card_can_be_named(shop: Shop, visitor: Visitor) -> None:
    subscription, card = shop.subscribe(), shop.add_card(MASTERCARD)
    other = await shop.client.v1.customers.create_async({"name": "Other"})
    session = await shop.portal(customer=other.id)
    page = await visitor.open(f"{session.url}/subscriptions/{subscription}/cancel")
    assert page.status == 404
    remove = (await home(shop, visitor)).form("/remove")
    stolen = remove._replace(action=f"{session.url}/cards/{card}/remove")
    assert (await visitor.send(stolen)).status == 404
    assert len(shop.all("payment_method", customer=shop.customer)) == 2


async def test_a_link_serves_for_an_hour(shop: Shop, visitor: Visitor) -> None:
    session = await shop.portal()
    shop.sandbox.advance(LASTS - 1)
    assert (await visitor.open(session.url)).status == 200
    shop.sandbox.advance(1)
    page = await visitor.open(session.url)
    assert page.status == 410
    assert "This link has expired" in page.text


async def test_a_failed_renewal_is_said_where_the_plan_stands(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe()
    page = await visitor.open((await home(shop, visitor)).links["Add card"])
    await visitor.follow(page.form(), number=FAILS_LATER, **CARD)
    shop.sandbox.advance(31 * 86_400)
    page = await home(shop, visitor)
    assert "The last payment failed. Pay the open invoice." in page.text
    invoice = await visitor.open(page.links["View SBX-0001-0002"])
    assert invoice.form().action.startswith("/i/")
    await visitor.follow(invoice.form(), number=GOOD, **CARD)
    assert "Renews on" in (await home(shop, visitor)).text
