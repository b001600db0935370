"""`/p/session/{session}/subscriptions/{subscription}/cancel`: the portal's page to cancel a plan."""

from starlette.responses import Response

from services.payments.sandbox.pages.plan_states import describe
from services.payments.sandbox.pages.portal_visit import enter
from services.payments.sandbox.pages.posting import looking, posting
from services.payments.sandbox.pages.rendering import page
from services.payments.sandbox.pages.wording import day
from services.payments.sandbox.resources import subscriptions
from services.payments.sandbox.routing import PageRequest
from services.payments.sandbox.world import World

_FLOW = "subscription_cancel"
_PATH = "/p/session/{session}/subscriptions/{subscription}/cancel"


def show(world: World, _: PageRequest, session_id: str, subscription_id: str) -> Response:
    """Say what it means to cancel, and ask."""
    visit = enter(world, session_id)
    visit.require(_FLOW)
    plan = describe(world, visit.subscription(subscription_id))
    if visit.features[_FLOW]["mode"] == "at_period_end":
        consequence = (
            f"{plan.name} stays as it is until {day(plan.period_end)} and then ends. You can keep it until then."
        )
    else:
        consequence = f"{plan.name} ends at once."
    return page(
        world,
        "portal_cancel.html",
        plan=plan.name,
        consequence=consequence,
        action=f"{visit.path}/subscriptions/{subscription_id}/cancel",
        back=visit.back(_FLOW),
    )


def cancel(world: World, _: PageRequest, session_id: str, subscription_id: str) -> Response:
    """Cancel the plan as the configuration says: at the period's end, or at once."""
    visit = enter(world, session_id)
    visit.require(_FLOW)
    subscription = visit.subscription(subscription_id)
    feature = visit.features[_FLOW]
    subscriptions.cancel(
        world,
        subscription["id"],
        at_period_end=feature["mode"] == "at_period_end",
        prorate=feature["proration_behavior"] != "none",
        invoice_now=feature["proration_behavior"] == "always_invoice",
    )
    return visit.finish(_FLOW)


PAGES = (looking(_PATH, show), posting(_PATH, cancel))
