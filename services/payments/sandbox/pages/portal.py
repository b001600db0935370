"""`/p/session/{session}`: the customer portal's first page."""

from starlette.responses import Response

from services.payments.sandbox.pages import portal_visit
from services.payments.sandbox.pages.plan_states import describe
from services.payments.sandbox.pages.portal_visit import PortalVisit, enter
from services.payments.sandbox.pages.posting import looking, posting
from services.payments.sandbox.pages.rendering import page
from services.payments.sandbox.pages.wording import INVOICE_TONES, card_expiry, card_title
from services.payments.sandbox.resources import subscriptions
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import Object, World

_PATH = "/p/session/{session}"
_MOST_INVOICES = 24
"""Two years of a monthly plan; Stripe's portal shows older ones on demand."""


def show(world: World, _: PageRequest, session_id: str) -> Response:
    """Show the plan, the cards and the invoices, with what can be done about them."""
    visit = enter(world, session_id)
    customer = world.get("customer", visit.customer)
    return page(
        world,
        "portal.html",
        path=visit.path,
        return_url=visit.session["return_url"],
        customer_name=customer["name"] or customer["email"] or customer["id"],
        plans=[_plan(visit, subscription) for subscription in visit.subscriptions()],
        may_switch=visit.features["subscription_update"]["enabled"],
        may_cancel=visit.features["subscription_cancel"]["enabled"],
        may_update_card=visit.features["payment_method_update"]["enabled"],
        cards=_cards(visit),
        invoices=_invoices(visit) if visit.features["invoice_history"]["enabled"] else None,
    )


def keep(world: World, _: PageRequest, session_id: str, subscription_id: str) -> Response:
    """Take back what waits for the period's end: a cancellation, or a switch."""
    visit = enter(world, session_id)
    subscriptions.resume(world, visit.subscription(subscription_id)["id"])
    return visit.finish()


def done(world: World, _: PageRequest, session_id: str) -> Response:
    """Show the confirmation on which a flow can end."""
    return portal_visit.confirmation(enter(world, session_id))


def _plan(visit: PortalVisit, subscription: Object) -> Object:
    state = describe(visit.world, subscription)
    return {
        "id": subscription["id"],
        "path": f"{visit.path}/subscriptions/{subscription['id']}",
        "name": state.name,
        "price": state.price,
        "next": state.outlook,
        "kept_by": state.kept_by,
    }


def _cards(visit: PortalVisit) -> list[Object]:
    default = visit.default_card()
    return [
        {
            "title": card_title(card),
            "expiry": card_expiry(card),
            "is_default": card["id"] == default,
            "path": f"{visit.path}/cards/{card['id']}",
        }
        for card in visit.cards()
    ]


def _invoices(visit: PortalVisit) -> list[Object]:
    issued = [each for each in visit.world.all("invoice", customer=visit.customer) if each["status"] != "draft"]
    return [
        {
            "number": invoice["number"],
            "created": invoice["created"],
            "total": invoice["total"],
            "currency": invoice["currency"],
            "status": invoice["status"],
            "tone": INVOICE_TONES[invoice["status"]],
            "page": invoice["hosted_invoice_url"],
            "pdf": invoice["invoice_pdf"],
        }
        for invoice in issued[:_MOST_INVOICES]
    ]


PAGES = (
    looking(_PATH, show),
    looking(f"{_PATH}/done", done),
    posting(f"{_PATH}/subscriptions/{{subscription}}/keep", keep),
)
